//! Harness connectors of the type `CEAws` at account scope: desired, observed, and their differences.

mod claim;
mod difference;
mod policy_warning;
mod settings;
mod spec;
mod state;
mod unreadable;

pub(crate) use claim::sort_by_claim;
pub use difference::ConnectorDifference;
pub(crate) use difference::laid_over;
pub use policy_warning::PolicyWarning;
pub use settings::{ConnectorSettings, ConnectorSettingsState};
pub use spec::ConnectorSpec;
pub use state::{ConnectorState, CredentialState, Health, ReportState};
pub use unreadable::UnreadableConnector;
