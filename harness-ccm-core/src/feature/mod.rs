//! CCM features: one set drives both what the connector enables and what the role permits.

mod name;
mod set;

pub use name::{AutoStopping, CommitmentService, Feature, Named, ReportType, Word};
pub use set::{Billing, Commitment, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization};
