use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::AccountState;

/// The reason that nothing is desired for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SkipReason {
    /// No rule selects the account.
    NoRule,
    /// The rule that decides about the account skips it.
    Rule {
        /// The reason that the rule states.
        note: String,
    },
    /// A rule onboards it, but an account in this state cannot be accessed any more.
    State(AccountState),
    /// The source does not list the account.
    NotListed,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRule => f.write_str("no rule matches"),
            Self::Rule { note } => f.write_str(note),
            Self::State(state) => write!(f, "the account is {state}"),
            Self::NotListed => f.write_str("not among the accounts"),
        }
    }
}
