use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a caller sees all connectors of the Harness account. A connector that the caller may not view looks as if it did not
/// exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectorView {
    /// The caller sees all connectors. A connector that is not listed does not exist.
    All,
    /// The caller may see only some connectors. Reading another connector by its identifier may also fail.
    Some,
    /// It is unknown whether the caller sees all connectors.
    #[default]
    Unknown,
}

impl ConnectorView {
    /// Returns whether a connector that is not listed certainly does not exist.
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
