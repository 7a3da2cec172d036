use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a caller sees all connectors of the Harness account, or perhaps only some: the others look as if they were not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectorView {
    /// All of them: one that is not listed does not exist.
    All,
    /// Perhaps only some: there are identifiers that the caller may not even ask for.
    Some,
    /// It cannot be told.
    #[default]
    Unknown,
}

impl ConnectorView {
    /// Whether a connector that is not listed does not exist.
    pub fn is_all(self) -> bool {
        self == Self::All
    }
}

impl fmt::Display for ConnectorView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::All => "the API key sees all connectors of the Harness account",
            Self::Some => "the API key may not see all connectors of the Harness account",
            Self::Unknown => "it is not known whether the API key sees all connectors of the Harness account",
        })
    }
}
