//! Spans around the work on one account and on one step, for whoever collects them: with the feature `tracing`. What the AWS SDK and
//! the HTTP client say meanwhile stands within them. Without the feature there is nothing.

use crate::event::{Operation, StepOutcome};
use crate::id::AccountId;
use crate::resource::Resource;

/// Does `work` within a span `account`, which says the stage and the account.
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

/// Does `work` within a span `step`, which says what is written and how that ended; what else came of it is handed on.
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
        // A diagnosis is told by events and reports.
        span.record("outcome", outcome.word());
        (outcome, more)
    }
    #[cfg(not(feature = "tracing"))]
    {
        let _ = (resource, operation);
        work.await
    }
}
