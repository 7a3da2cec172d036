//! Spans around the work on one account and on one step, with the feature `tracing`. They contain the events of the AWS SDK and
//! the HTTP client. Without the feature they do nothing.

use crate::event::{Operation, StepOutcome};
use crate::id::AccountId;
use crate::resource::Resource;

/// Runs `work` within a span `account` with the stage and the account.
pub(crate) async fn in_account<T>(
    stage: &'static str,
    account: &AccountId,
    work: impl Future<Output = T>,
) -> T {
    #[cfg(feature = "tracing")]
    {
        use tracing::Instrument as _;
        work.instrument(tracing::info_span!("account", stage, account = account.as_str())).await
    }
    #[cfg(not(feature = "tracing"))]
    {
        let _ = (stage, account);
        work.await
    }
}

/// Runs `work` within a span `step` with the written resource and the outcome; the second value is passed through.
pub(crate) async fn in_step<T>(
    resource: &Resource,
    operation: Operation,
    work: impl Future<Output = (StepOutcome, T)>,
) -> (StepOutcome, T) {
    #[cfg(feature = "tracing")]
    {
        use tracing::Instrument as _;
        let span = tracing::info_span!("step", %resource, ?operation, outcome = tracing::field::Empty);
        let (outcome, more) = work.instrument(span.clone()).await;
        // Events and reports contain the diagnosis.
        span.record("outcome", outcome.word());
        (outcome, more)
    }
    #[cfg(not(feature = "tracing"))]
    {
        let _ = (resource, operation);
        work.await
    }
}
