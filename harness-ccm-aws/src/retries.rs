//! What is tried again, and how often.

use std::error::Error as StdError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use aws_config::SdkConfig;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::retry::RetryConfig;

use crate::bodies::is_too_long;
use crate::ca_bundle::is_untrusted;
use crate::codes::CONCURRENT_MODIFICATION;

/// What the SDK does when nobody says anything.
const DEFAULT_ATTEMPTS: u32 = 3;

/// So often a server that has never answered is asked.
const UNANSWERED: u32 = 3;

/// The retry configuration of one service: the caller's, with `attempts` where the caller left the SDK's own number.
pub(crate) fn config(config: &SdkConfig, attempts: u32) -> RetryConfig {
    let given = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    if given.max_attempts() == DEFAULT_ATTEMPTS { given.with_max_attempts(attempts) } else { given }
}

/// A budget of retries that does not end.
///
/// All clients of a service share one small budget for the whole process, without refill: one throttled account would use up the
/// retries of all. Attempts are bounded by the retry configuration anyway.
pub(crate) fn partition(name: &'static str) -> RetryPartition {
    RetryPartition::custom(name).token_bucket(TokenBucket::unlimited()).build()
}

/// What the SDK does not know about retries.
///
/// AWS Organizations asks for another try after `ConcurrentModificationException`, which the SDK does not give. And where
/// nothing has ever answered, the address is wrong rather than the network busy: more than a few tries only hide that.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    concurrent: bool,
    answered: AtomicBool,
    unanswered: AtomicU32,
}

impl Classifier {
    /// Tries again after `ConcurrentModificationException`, too.
    pub(crate) fn with_concurrent_modification() -> Self {
        Self { concurrent: true, ..Self::default() }
    }
}

impl ClassifyRetry for Classifier {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        // Asked again, it would be as long again.
        if let Some(Err(error)) = ctx.output_or_error()
            && is_too_long(error)
        {
            return RetryAction::RetryForbidden;
        }
        if let Some(answer) = ctx.response() {
            self.answered.store(true, Ordering::Relaxed);
            let code = CONCURRENT_MODIFICATION;
            let says = |body: &[u8]| body.windows(code.len()).any(|part| part == code.as_bytes());
            let concurrent = self.concurrent
                && answer.status().is_client_error()
                && answer.body().bytes().is_some_and(says);
            return if concurrent { RetryAction::throttling_error() } else { RetryAction::NoActionIndicated };
        }
        let Some(error) =
            ctx.output_or_error().and_then(Result::err).and_then(|error| error.as_connector_error())
        else {
            return RetryAction::NoActionIndicated;
        };
        if self.answered.load(Ordering::Relaxed) {
            return RetryAction::NoActionIndicated;
        }
        let times = self.unanswered.fetch_add(1, Ordering::Relaxed) + 1;
        if times >= UNANSWERED || is_refused(error) || is_untrusted(error) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "harness-ccm"
    }
}

/// Whether nothing listens at the address.
fn is_refused(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let io = cause.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
            return true;
        }
        next = cause.source();
    }
    false
}
