//! The resources that this library manages, as one value.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConnectorId, RoleArn};

/// The subject of a plan step, a report entry or an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resource {
    /// An AWS account as a whole.
    Account(AccountId),
    /// An IAM role.
    Role(RoleArn),
    /// A Harness connector.
    Connector(ConnectorId),
}

/// Prints the kind and the name; for a role without the account, which the context shows.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account {id}"),
            Self::Role(arn) => write!(f, "role {}", arn.name()),
            Self::Connector(id) => write!(f, "connector {id}"),
        }
    }
}

impl From<ConnectorId> for Resource {
    fn from(id: ConnectorId) -> Self {
        Self::Connector(id)
    }
}

impl From<RoleArn> for Resource {
    fn from(arn: RoleArn) -> Self {
        Self::Role(arn)
    }
}
