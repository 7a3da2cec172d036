use std::sync::atomic::{AtomicBool, Ordering};

use super::policy::{CallKind, Next, RetrySettings, next};
use crate::error::Failure;

/// What the calls of a client so far show about its endpoint. All clones of a client share it.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    /// Whether the endpoint has ever responded.
    answered: AtomicBool,
    /// Whether a call used up its tries without an answer of Harness, and no later call got one.
    lasting: AtomicBool,
}

impl Outage {
    pub(crate) fn answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Records a response of any kind.
    pub(crate) fn record_response(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Records the final result of a call.
    pub(crate) fn record<T>(&self, kind: CallKind, result: &Result<T, Failure>) {
        match result {
            Err(failure) if failure.is_outage() => {
                // A write that is read back has used up nothing yet.
                if next(kind, failure, self.answered()) == Next::SendAgain {
                    self.lasting.store(true, Ordering::Relaxed);
                }
            }
            _ => self.lasting.store(false, Ordering::Relaxed),
        }
    }

    /// Returns the settings of the next call: it is not retried during an outage that outlasted the tries of an earlier call.
    /// Otherwise every call of a run would wait as long.
    pub(crate) fn settings(&self, settings: RetrySettings) -> RetrySettings {
        let retries = if self.lasting.load(Ordering::Relaxed) { 0 } else { settings.retries };
        RetrySettings { retries, ..settings }
    }
}
