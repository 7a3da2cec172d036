//! What was decided of each account and why, for people and programs.

mod account_decision;
mod explanation;
mod roster;

pub use account_decision::AccountDecision;
pub use explanation::{Explanation, Outcome, RuleOutcome};
pub use roster::{Entry, Roster};
