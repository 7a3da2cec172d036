use crate::connector::{ConnectorState, UnreadableConnector};

/// All connectors of a Harness account that the caller sees: those that could be read, and those that could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectorListing {
    /// Those that could be read.
    pub connectors: Vec<ConnectorState>,
    /// Those that are there and could not be read.
    pub unreadable: Vec<UnreadableConnector>,
}

impl ConnectorListing {
    /// A listing in which every connector could be read.
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
