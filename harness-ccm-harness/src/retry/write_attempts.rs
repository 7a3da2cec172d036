use backon::ExponentialBackoff;
use harness_ccm_core::{Effect, Error, Result};
use tokio::time::Instant;

use super::policy::{CallKind, Policy, RetrySettings};
use crate::error::Failure;

/// The tries of one write that takes more than one request: their results, and the number of remaining ones.
#[derive(Debug)]
pub(crate) struct WriteAttempts {
    policy: Policy,
    waits: ExponentialBackoff,
    begun: Instant,
    subject: String,
    /// The last write that may have taken effect although its response was lost.
    unanswered: Option<&'static str>,
    /// Whether reading back has not shown yet if it has.
    doubt: bool,
    /// The failure of the last try.
    spent: Option<Error>,
}

impl WriteAttempts {
    pub(crate) fn new(settings: RetrySettings, subject: String) -> Self {
        let policy = settings.policy(CallKind::Write);
        let (waits, begun) = (policy.waits(), Instant::now());
        Self { policy, waits, begun, subject, unanswered: None, doubt: false, spent: None }
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// Records a failed try, and waits before the current state is read, also after the last try.
    pub(crate) async fn failed(&mut self, operation: &'static str, failure: Failure) {
        if failure.is_unsettled() {
            self.unanswered = Some(operation);
            self.doubt = true;
        }
        match self.policy.wait(self.waits.next(), &failure, self.begun) {
            Some(wait) => {
                let subject = self.subject.as_str();
                tracing::info!(operation, subject, %failure, ?wait, "reading back, then trying again");
                tokio::time::sleep(wait).await;
            }
            None => self.spent = Some(failure.into_error(operation, &self.subject, true)),
        }
    }

    /// Returns whether there is another try; the error of the last one if not.
    pub(crate) fn another(&mut self) -> Result<()> {
        let effect = if self.doubt { Effect::Unknown } else { Effect::None };
        self.spent.take().map_or(Ok(()), |error| Err(error.with_effect(effect)))
    }

    /// Records that the current state shows that the lost write had no effect.
    pub(crate) fn had_no_effect(&mut self) {
        self.doubt = false;
    }

    /// Returns the error, whose effect is unknown if an earlier write may have taken effect and reading back has not shown it.
    pub(crate) fn in_doubt(&self, error: Error) -> Error {
        if self.doubt { error.with_effect(Effect::Unknown) } else { error }
    }

    /// Returns the last write that may have taken effect although its response was lost.
    pub(crate) fn unanswered(&self) -> Option<&'static str> {
        self.unanswered
    }
}
