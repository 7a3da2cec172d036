use backon::ExponentialBackoff;
use harness_ccm_core::{Effect, Error, Result};

use super::policy::{CallKind, LONGEST_RETRY_AFTER, RetrySettings};
use crate::error::Failure;

/// The tries of one write that takes more than one request: what is known of them, and how many are left.
#[derive(Debug)]
pub(crate) struct WriteAttempts {
    waits: ExponentialBackoff,
    subject: String,
    /// The last write that may have taken effect though its answer was lost.
    unanswered: Option<&'static str>,
    /// Whether reading back has not told yet if it has.
    doubt: bool,
    /// The failure of the last try that was left.
    spent: Option<Error>,
}

impl WriteAttempts {
    pub(crate) fn new(settings: RetrySettings, subject: String) -> Self {
        let waits = settings.policy(CallKind::Write).waits();
        Self { waits, subject, unanswered: None, doubt: false, spent: None }
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// Notes a failed try, and waits until it is time to see what is there. That is to be seen after the last try too.
    pub(crate) async fn failed(&mut self, operation: &'static str, failure: Failure) {
        if failure.is_unsettled() {
            self.unanswered = Some(operation);
            self.doubt = true;
        }
        let asked = failure.retry_after().unwrap_or_default();
        match self.waits.next().filter(|_| asked <= LONGEST_RETRY_AFTER) {
            Some(wait) => {
                let wait = wait.max(asked);
                let subject = self.subject.as_str();
                tracing::info!(operation, subject, %failure, ?wait, "reading back, then trying again");
                tokio::time::sleep(wait).await;
            }
            None => self.spent = Some(failure.into_error(operation, &self.subject, true)),
        }
    }

    /// Whether there is another try; the error of the last one if not.
    pub(crate) fn another(&mut self) -> Result<()> {
        let effect = if self.doubt { Effect::Unknown } else { Effect::None };
        self.spent.take().map_or(Ok(()), |error| Err(error.with_effect(effect)))
    }

    /// What is there was read, and shows that the lost write has had no effect.
    pub(crate) fn had_no_effect(&mut self) {
        self.doubt = false;
    }

    /// The error, which leaves open what an earlier write did as long as reading back has not told.
    pub(crate) fn in_doubt(&self, error: Error) -> Error {
        if self.doubt { error.with_effect(Effect::Unknown) } else { error }
    }

    /// The last write that may have taken effect though its answer was lost.
    pub(crate) fn unanswered(&self) -> Option<&'static str> {
        self.unanswered
    }
}
