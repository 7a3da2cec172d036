//! Retries one request.

use std::time::Duration;

use backon::Retryable as _;

use super::policy::{CallKind, Next, RetrySettings, next};
use crate::error::Failure;

/// Makes `attempt` until it succeeds, as often as the table permits. `answered` returns whether the endpoint has ever
/// responded, and `waiting` is called for every failure after which the request is sent again.
pub(crate) async fn send<T, F: Future<Output = Result<T, Failure>>>(
    settings: RetrySettings,
    kind: CallKind,
    answered: impl Fn() -> bool,
    attempt: impl Fn() -> F,
    waiting: impl Fn(&Failure, Duration),
) -> Result<T, Failure> {
    attempt
        .retry(settings.policy(kind).backoff())
        .when(|failure| next(kind, failure, answered()) == Next::SendAgain)
        // No wait is left: the tries are used up.
        .adjust(|failure, wait| Some(wait?.max(failure.retry_after().unwrap_or_default())))
        .notify(|failure, wait| waiting(failure, wait))
        .await
}
