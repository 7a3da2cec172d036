//! Gives the table to the SDK, which retries requests.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use aws_config::SdkConfig;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::retry::{ErrorKind, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use harness_ccm_core::internal::{ForeignAnswer, TransportFault};

use super::policy::{CONNECT_LIMIT, CallKind, Policy, TRY_LIMIT, UNANSWERED_TRIES};
use crate::bodies::is_too_long;
use crate::clock::is_refused_for_its_time;
use crate::codes::CONCURRENT_MODIFICATION;
use crate::error::foreign;

/// The retries of a client: those of the table, unless the caller changed the SDK's own numbers. `tries` is the number of the
/// environment, which may equal the SDK's own.
pub(crate) fn retry_config(kind: CallKind, config: &SdkConfig, tries: Option<u32>) -> RetryConfig {
    let own = RetryConfig::standard();
    let policy = kind.policy();
    let Policy { after: _, tries: _, first_wait, longest_wait } = policy;
    let mut given = config.retry_config().cloned().unwrap_or_else(|| own.clone());
    if given.max_attempts() == own.max_attempts() {
        given = given.with_max_attempts(tries.unwrap_or(policy.tries));
    }
    if given.initial_backoff() == own.initial_backoff() {
        given = given.with_initial_backoff(first_wait);
    }
    if given.max_backoff() == own.max_backoff() {
        given = given.with_max_backoff(longest_wait);
    }
    given
}

/// The timeouts of one try of a request.
pub(crate) fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_LIMIT).operation_attempt_timeout(TRY_LIMIT).build()
}

/// A retry budget without an end.
///
/// By default, all clients of a service share one small budget for the whole process, without refill: one throttled account
/// would use up the retries of all. The retry configuration limits attempts anyway.
pub(crate) fn partition(name: &'static str) -> RetryPartition {
    RetryPartition::custom(name).token_bucket(TokenBucket::unlimited()).build()
}

/// Adds retries that the SDK does not make.
///
/// AWS Organizations expects a retry after `ConcurrentModificationException`, which the SDK does not make. An incomplete
/// response is worth a retry, and so is a request that was signed with a wrong clock. If there has never been a response, the
/// address is probably wrong rather than the network busy: more than a few tries only hide that. Retries do not change a
/// certificate either.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    concurrent: bool,
    answered: AtomicBool,
    unanswered: AtomicU32,
}

impl Classifier {
    pub(crate) fn of(kind: CallKind) -> Self {
        Self { concurrent: kind == CallKind::Organizations, ..Self::default() }
    }
}

impl ClassifyRetry for Classifier {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        let failed = ctx.output_or_error().and_then(Result::err);
        // The next response would be as long.
        if failed.is_some_and(|error| is_too_long(error)) {
            return RetryAction::RetryForbidden;
        }
        if let Some(answer) = ctx.response() {
            self.answered.store(true, Ordering::Relaxed);
            let code = CONCURRENT_MODIFICATION;
            let says = |body: &[u8]| body.windows(code.len()).any(|part| part == code.as_bytes());
            let concurrent = self.concurrent
                && answer.status().is_client_error()
                && answer.body().bytes().is_some_and(says);
            return if concurrent {
                RetryAction::throttling_error()
            } else if failed.is_some() && is_refused_for_its_time(answer) {
                // With another time than the last request: the clock was corrected since.
                RetryAction::retryable_error(ErrorKind::ServerError)
            } else if failed.is_some() && foreign(answer).is_some_and(ForeignAnswer::is_cut) {
                RetryAction::transient_error()
            } else {
                RetryAction::NoActionIndicated
            };
        }
        let Some(error) = failed.and_then(|error| error.as_connector_error()) else {
            return RetryAction::NoActionIndicated;
        };
        let fault = TransportFault::of(error, None);
        let unanswered = !self.answered.load(Ordering::Relaxed)
            && (self.unanswered.fetch_add(1, Ordering::Relaxed) + 1 >= UNANSWERED_TRIES
                || fault.is_wrong_address());
        if unanswered || !fault.is_passing() {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "harness-ccm"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn config(given: RetryConfig) -> SdkConfig {
        SdkConfig::builder().retry_config(given).build()
    }

    #[test]
    fn the_table_applies_unless_the_caller_changed_the_numbers_of_the_sdk() {
        for kind in [CallKind::Organizations, CallKind::Sts, CallKind::Iam] {
            let (policy, own) = (kind.policy(), RetryConfig::standard());
            for config in [SdkConfig::builder().build(), config(own.clone())] {
                let used = retry_config(kind, &config, None);
                assert_eq!(used.max_attempts(), policy.tries);
                assert_eq!(
                    (used.initial_backoff(), used.max_backoff()),
                    (policy.first_wait, policy.longest_wait)
                );
            }
            let slow = own.with_max_attempts(7).with_initial_backoff(Duration::from_millis(10));
            let used = retry_config(kind, &config(slow), None);
            assert_eq!((used.max_attempts(), used.initial_backoff()), (7, Duration::from_millis(10)));
        }
    }

    #[test]
    fn a_number_from_the_environment_applies_even_if_it_is_the_default_of_the_sdk() {
        let own = RetryConfig::standard().max_attempts();
        let config = config(RetryConfig::standard().with_max_attempts(own));
        assert_eq!(retry_config(CallKind::Organizations, &config, Some(own)).max_attempts(), own);
    }
}
