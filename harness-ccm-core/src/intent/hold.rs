use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::AccountState;
use crate::catalog::AccountRefusal;
use crate::id::Partition;
use crate::selector::{Unmet, in_words};

/// Why an account is not served now: nothing is made and nothing is removed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// The source is in [doubt](crate::account::Account::doubt) about it.
    Doubt {
        /// What the source says.
        note: String,
    },
    /// The source does not tell its state.
    NoState,
    /// This version does not know its state.
    UnknownState {
        /// The state, as the source has it.
        name: String,
    },
    /// This version does not know its partition.
    UnknownPartition {
        /// The partition, as its ARN has it.
        name: Partition,
    },
    /// Too little is known of it to say whether a rule selects it, so no later rule may decide either.
    UndecidedRule {
        /// The rule.
        rule: String,
        /// Its conditions that cannot be judged.
        because: Vec<Unmet>,
    },
    /// It is still being set up.
    Pending,
    /// What its rule asks for is impossible in it.
    Impossible(AccountRefusal),
    /// Nobody can enter an account in this state.
    State(AccountState),
}

impl Hold {
    /// Whether it makes a run incomplete. A suspended account does not: nothing that anybody does changes it.
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::Doubt { .. }
            | Self::NoState
            | Self::UnknownState { .. }
            | Self::UnknownPartition { .. }
            | Self::UndecidedRule { .. }
            | Self::Pending
            | Self::Impossible(_) => true,
            Self::State(_) => false,
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doubt { note } => f.write_str(note),
            Self::NoState => f.write_str("the source tells no state of the account"),
            Self::UnknownState { name } => write!(f, "the state {name:?} is not known to this version"),
            Self::UnknownPartition { name } => {
                write!(f, "the partition {name} is not known to this version")
            }
            Self::UndecidedRule { rule, because } => {
                write!(f, "rule {rule:?} cannot be judged: {}", in_words(because))
            }
            Self::Pending => f.write_str("the account is still being set up: the next run takes it in"),
            Self::Impossible(refusal) => write!(f, "{refusal}: {}", refusal.remedy()),
            Self::State(state) => {
                write!(f, "the account's state is {state}: only active accounts let anybody in")
            }
        }
    }
}
