use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a caller sees all connectors of the Harness account, or perhaps only some: hidden connectors look as if they did not
/// exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectorView {
    /// The caller sees all: a connector that is not listed does not exist.
    All,
    /// The caller may see only some: it may not even read some identifiers.
    Some,
    /// The view is unknown.
    #[default]
    Unknown,
}

impl ConnectorView {
    /// Whether a connector that is not listed certainly does not exist.
    pub fn is_all(self) -> bool {
        self == Self::All
    }
}

impl fmt::Display for ConnectorView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::All => "the API key sees all connectors of the Harness account",
            Self::Some => "the API key may not see all connectors of the Harness account",
            Self::Unknown => "it is unknown whether the API key sees all connectors of the Harness account",
        })
    }
}
