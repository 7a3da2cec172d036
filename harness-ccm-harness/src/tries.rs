use std::time::Duration;

use backon::ExponentialBackoff;
use harness_ccm_core::{Effect, Error, Result};

use crate::error::Failure;

/// The tries of one write that takes more than one request: what is known of them, and how many are left.
#[derive(Debug)]
pub(crate) struct Tries {
    waits: ExponentialBackoff,
    subject: String,
    /// The last write that may have taken effect though its answer was lost.
    unanswered: Option<&'static str>,
    /// Whether reading back has not told yet if it has.
    doubt: bool,
}

impl Tries {
    pub(crate) fn new(waits: ExponentialBackoff, subject: String) -> Self {
        Self { waits, subject, unanswered: None, doubt: false }
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// Waits before the next try; the error if there is none left.
    pub(crate) async fn again(&mut self, operation: &'static str, failure: Failure) -> Result<()> {
        if failure.is_unsettled() {
            self.unanswered = Some(operation);
            self.doubt = true;
        }
        let Some(wait) = self.waits.next() else {
            return Err(self.in_doubt(failure.into_error(operation, &self.subject, true)));
        };
        let wait = wait.max(failure.retry_after().unwrap_or_default()).min(Duration::from_mins(5));
        tracing::info!(operation, subject = self.subject, %failure, ?wait, "reading back, then trying again");
        tokio::time::sleep(wait).await;
        Ok(())
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
