//! What was decided of each account and why, for people and programs.

mod explanation;
mod roster;

pub use explanation::{Explanation, Outcome, RuleOutcome};
pub use roster::{Entry, Roster};
