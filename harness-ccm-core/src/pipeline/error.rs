use crate::error::Error;
use crate::id::AccountId;
use crate::intent::InvalidIntent;
use crate::plan::PlanRejected;
use crate::setting::Setting;

/// The reason that a stage of a pipeline failed. Nothing was written.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// /// Whether the same run may succeed later.
/// fn is_passing(error: &PipelineError) -> bool {
///     match error {
///         PipelineError::Backend(error) => error.retry() == harness_ccm_core::Retry::Later,
///         _ => false,
///     }
/// }
/// # let _ = is_passing;
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The accounts or the connectors could not be listed.
    #[error(transparent)]
    Backend(#[from] Error),
    /// The intent does not fit the accounts.
    #[error(transparent)]
    Intent(#[from] InvalidIntent),
    /// An account to offboard is not listed.
    #[error(
        "account {account} is not among the accounts of the source, so nothing was done: check that the source lists the right organization; what is ours in accounts that left goes with {} apply",
        Setting::Sync
    )]
    NotListed {
        /// The account.
        account: AccountId,
    },
    /// Limits or a guard refused the plan.
    #[error(transparent)]
    Rejected(#[from] PlanRejected),
}

impl PipelineError {
    /// Returns the error with its causes and its remedy, one line each.
    pub fn report(&self) -> String {
        match self {
            Self::Backend(error) => error.report(),
            Self::Intent(_) | Self::NotListed { .. } | Self::Rejected(_) => self.to_string(),
        }
    }
}
