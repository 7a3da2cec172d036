use std::fmt;

use crate::account::AccountState;
use serde::{Deserialize, Serialize};

/// Why an account is not served now: nothing is made and nothing is removed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// Too little is known of it, or its sources contradict each other.
    Unknown(String),
    /// It is still being set up.
    Pending,
    /// What its rule asks for is impossible in it.
    Impossible(String),
    /// Nobody can enter an account in this state.
    State(AccountState),
}

impl Hold {
    /// Whether it makes a run incomplete. A suspended account does not: nothing that anybody does changes it.
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::Unknown(_) | Self::Pending | Self::Impossible(_) => true,
            Self::State(_) => false,
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(why) | Self::Impossible(why) => f.write_str(why),
            Self::Pending => f.write_str("the account is still being set up: the next run takes it in"),
            Self::State(state) => {
                write!(f, "the account's state is {state}: only active accounts let anybody in")
            }
        }
    }
}
