use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::id::{InvalidId, PerAccount, PolicyArn};

/// The desired permissions boundary of roles, written as the ARN or as `none`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
#[serde(into = "String")]
#[non_exhaustive]
pub enum Boundary {
    /// No boundary: any existing one is removed.
    None,
    /// This policy, which must exist in every account.
    Policy(PerAccount<PolicyArn>),
}

const NONE: &str = "none";

impl FromStr for Boundary {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == NONE { Ok(Self::None) } else { text.parse().map(Self::Policy) }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => NONE,
            Self::Policy(arn) => arn.as_str(),
        })
    }
}

impl From<Boundary> for String {
    fn from(boundary: Boundary) -> Self {
        boundary.to_string()
    }
}

impl<'de> Deserialize<'de> for Boundary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::parsed(deserializer)
    }
}
