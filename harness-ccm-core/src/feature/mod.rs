//! CCM features: one set drives both what the connector enables and what the role permits.

mod flag;
mod name;
mod set;

pub use flag::HarnessFlag;
pub use name::{AutoStopping, CommitmentService, Feature, Named, ReportType, Word};
pub use set::{Billing, Commitment, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization};
