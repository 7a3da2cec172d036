use crate::error::Error;
use crate::id::AccountId;
use crate::intent::InvalidIntent;
use crate::plan::PlanRejected;
use crate::setting::Setting;

/// The error of a stage of a pipeline. The stage wrote nothing.
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
    /// The intent is invalid, or is not for the listed accounts.
    #[error(transparent)]
    Intent(#[from] InvalidIntent),
    /// An account to offboard is not listed.
    #[error(
        "account {account} is not among the accounts of the source, so nothing was done: check that the source lists the right organization; to remove our resources in accounts that left, apply with {}",
        Setting::Sync
    )]
    NotListed {
        /// The account.
        account: AccountId,
    },
    /// A limit or a guard refused the plan.
    #[error(transparent)]
    Rejected(#[from] PlanRejected),
}

impl PipelineError {
    /// Returns the error, its causes and its remedy as text, with one line for each of them.
    pub fn report(&self) -> String {
        match self {
            Self::Backend(error) => error.report(),
            Self::Intent(_) | Self::NotListed { .. } | Self::Rejected(_) => self.to_string(),
        }
    }
}
