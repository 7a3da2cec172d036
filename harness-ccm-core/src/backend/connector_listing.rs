use crate::connector::{ConnectorState, UnreadableConnector};

/// All connectors of a Harness account that the caller sees: the readable and the unreadable ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectorListing {
    /// The readable connectors.
    pub connectors: Vec<ConnectorState>,
    /// The connectors that exist and could not be read.
    pub unreadable: Vec<UnreadableConnector>,
}

impl ConnectorListing {
    /// Makes a listing in which every connector was readable.
    pub fn new(connectors: impl IntoIterator<Item = ConnectorState>) -> Self {
        Self { connectors: connectors.into_iter().collect(), unreadable: Vec::new() }
    }

    /// Adds connectors that could not be read.
    #[must_use]
    pub fn with_unreadable(mut self, unreadable: impl IntoIterator<Item = UnreadableConnector>) -> Self {
        self.unreadable.extend(unreadable);
        self
    }
}
