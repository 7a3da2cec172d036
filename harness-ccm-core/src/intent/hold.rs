use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::AccountState;
use crate::catalog::AccountRefusal;
use crate::id::Partition;
use crate::selector::{Unmet, in_words};

/// The reason why an account is not served now: nothing is created and nothing is removed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// The source has a [doubt](crate::account::Account::doubt) about it.
    Doubt {
        /// The doubt.
        note: String,
    },
    /// The source does not return its state.
    NoState,
    /// This version does not know its state.
    UnknownState {
        /// The state, as the source returns it.
        name: String,
    },
    /// This version does not know its partition.
    UnknownPartition {
        /// The partition, as in its ARN.
        name: Partition,
    },
    /// Too little is known about it to decide whether a rule selects it, so later rules do not decide either.
    UndecidedRule {
        /// The rule.
        rule: String,
        /// The conditions of the rule that cannot be judged.
        because: Vec<Unmet>,
    },
    /// It is still being set up.
    Pending,
    /// It cannot have the features of its rule.
    Impossible(AccountRefusal),
    /// An account in this state cannot be accessed.
    State(AccountState),
}

impl Hold {
    /// Whether it makes a run incomplete. A suspended account does not, because no action changes that.
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
            Self::NoState => f.write_str("the source does not return the state of the account"),
            Self::UnknownState { name } => write!(f, "this version does not know the state {name:?}"),
            Self::UnknownPartition { name } => {
                write!(f, "this version does not know the partition {name}")
            }
            Self::UndecidedRule { rule, because } => {
                write!(f, "rule {rule:?} cannot be judged: {}", in_words(because))
            }
            Self::Pending => f.write_str("the account is still being set up: the next run onboards it"),
            Self::Impossible(refusal) => write!(f, "{refusal}: {}", refusal.remedy()),
            Self::State(state) => {
                write!(f, "the account's state is {state}: only active accounts can be accessed")
            }
        }
    }
}
