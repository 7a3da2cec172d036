//! CCM features: one set determines both the features of the connector and the permissions of the role.

mod flag;
mod name;
mod set;

pub use flag::HarnessFlag;
pub use name::{AutoStopping, CommitmentService, Feature, Named, ReportType, Word};
pub use set::{Billing, Commitment, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization};
