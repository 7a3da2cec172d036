use std::fmt;

use serde::Serialize;

use crate::intent::{Choice, Hold, SkipReason};

/// The decision about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountDecision {
    /// The account is onboarded.
    Onboard,
    /// The account is skipped.
    Skip(SkipReason),
    /// The account is not served now.
    Withhold(Hold),
    /// The account is to be offboarded: its connector and roles are no longer desired.
    Retire,
}

impl From<&Choice> for AccountDecision {
    fn from(choice: &Choice) -> Self {
        match choice {
            Choice::Onboard(_) => Self::Onboard,
            Choice::Skip(reason) => Self::Skip(reason.clone()),
            Choice::Withhold(hold) => Self::Withhold(hold.clone()),
            Choice::Retire => Self::Retire,
        }
    }
}

impl fmt::Display for AccountDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Onboard => f.write_str("onboard"),
            Self::Skip(reason) => write!(f, "skip: {reason}"),
            Self::Withhold(hold) => write!(f, "withhold: {hold}"),
            Self::Retire => f.write_str("retire"),
        }
    }
}
