//! The decision about each account with its reasons, and its existing resources, for people and programs.

mod account_decision;
mod coverage;
mod coverage_text;
mod explanation;
mod roster;

pub use account_decision::AccountDecision;
pub use coverage::{
    AccountCoverage, AccountHealth, ConnectorCoverage, Coverage, CoverageCounts, FeatureCoverage,
    HealthCount, StateCoverage, UnitCoverage,
};
pub(crate) use coverage_text::percent;
pub use explanation::{Explanation, Outcome, RuleOutcome};
pub use roster::{Entry, Roster};
