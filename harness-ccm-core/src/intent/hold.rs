use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::AccountState;
use crate::catalog::AccountRefusal;
use crate::id::Partition;
use crate::selector::{Unmet, in_words};

/// The reason that no decision about an account is possible, or that the account cannot be onboarded now. Nothing is created and
/// nothing is removed in the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// The source has a [doubt](crate::account::Account::doubt) about the account.
    Doubt {
        /// The doubt.
        note: String,
    },
    /// The source does not return the state of the account.
    NoState,
    /// This version does not support the state of the account.
    UnknownState {
        /// The state, as the source returns it.
        name: String,
    },
    /// This version does not support the partition of the account.
    UnknownPartition {
        /// The partition, as in its ARN.
        name: Partition,
    },
    /// It is unknown whether a rule selects the account. Later rules do not decide about the account either.
    UndecidedRule {
        /// The rule.
        rule: String,
        /// The conditions of the rule that cannot be evaluated.
        because: Vec<Unmet>,
    },
    /// The account is not active yet.
    Pending,
    /// The account cannot have the features of its rule.
    Impossible(AccountRefusal),
    /// The account has a state in which no session can be opened.
    State(AccountState),
}

impl Hold {
    /// Returns whether this reason makes a run incomplete. A suspended account does not make a run incomplete, because no action
    /// of the user changes the account.
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
