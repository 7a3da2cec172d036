use crate::error::Error;
use crate::intent::InvalidIntent;
use crate::plan::PlanRejected;

/// Why a pipeline has nothing to show: nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The accounts or the connectors could not be listed.
    #[error(transparent)]
    Backend(#[from] Error),
    /// The intent does not fit the accounts.
    #[error(transparent)]
    Intent(#[from] InvalidIntent),
    /// Limits or a guard refuse the plan.
    #[error(transparent)]
    Rejected(#[from] PlanRejected),
}

impl PipelineError {
    /// What happened with its causes and remedy, one line each.
    pub fn report(&self) -> String {
        match self {
            Self::Backend(error) => error.report(),
            Self::Intent(_) | Self::Rejected(_) => self.to_string(),
        }
    }
}
