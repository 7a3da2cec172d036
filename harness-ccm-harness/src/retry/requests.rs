//! Retries one request.

use std::time::Duration;

use backon::Retryable as _;
use tokio::time::Instant;

use super::policy::{CallKind, Next, RetrySettings, next};
use crate::error::Failure;

/// Makes `attempt` until it succeeds, as often and as long as the table permits. `answered` returns whether the endpoint has
/// ever responded, and `waiting` is called for every failure after which the request is sent again.
pub(crate) async fn send<T, F: Future<Output = Result<T, Failure>>>(
    settings: RetrySettings,
    kind: CallKind,
    answered: impl Fn() -> bool,
    attempt: impl Fn() -> F,
    waiting: impl Fn(&Failure, Duration),
) -> Result<T, Failure> {
    let policy = settings.policy(kind);
    let begun = Instant::now();
    attempt
        .retry(policy.backoff())
        .when(|failure| next(kind, failure, answered()) == Next::SendAgain)
        .adjust(|failure, wait| policy.wait(wait, failure, begun))
        .notify(|failure, wait| waiting(failure, wait))
        .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use harness_ccm_core::internal::{BodyForm, ForeignAnswer};

    use super::*;

    /// The number of tries of a call whose tries take this long and get this status, and the time that it takes.
    async fn tries(status: u16, each: Duration, retry_after: Option<Duration>) -> (u32, Duration) {
        let (made, begun) = (Cell::new(0), Instant::now());
        let attempt = async || {
            made.set(made.get() + 1);
            tokio::time::sleep(each).await;
            let answer = ForeignAnswer { status, body: BodyForm::Html };
            Err::<(), _>(Failure::Foreign { answer, endpoint: "http://harness".into(), retry_after })
        };
        let sent = send(RetrySettings::default(), CallKind::Read, || true, attempt, |_, _| {}).await;
        assert!(sent.is_err());
        (made.get(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn tries_that_take_long_are_fewer() {
        let (fast, waited) = tries(503, Duration::ZERO, None).await;
        assert!(fast == 9 && waited < Duration::from_secs(184), "{fast} {waited:?}");
        let (slow, waited) = tries(503, Duration::from_mins(1), None).await;
        assert!((3..=4).contains(&slow) && waited <= Duration::from_secs(260), "{slow} {waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_harness_requests_is_not_shortened() {
        let (tries, waited) = tries(429, Duration::ZERO, Some(Duration::from_mins(2))).await;
        assert_eq!((tries, waited), (9, Duration::from_mins(16)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_pauses_that_a_gateway_requests_end_with_the_tries_of_an_outage() {
        for (pause, (most, longest)) in [(300, (2, 300)), (60, (5, 240)), (1, (9, 184))] {
            let (tries, waited) = tries(503, Duration::ZERO, Some(Duration::from_secs(pause))).await;
            assert!(tries == most && waited <= Duration::from_secs(longest), "{pause}: {tries} {waited:?}");
        }
    }
}
