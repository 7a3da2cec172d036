use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::{Write, WriteObserver};
use crate::event::StepOutcome;
use crate::id::AccountId;
use crate::resource::Resource;
use crate::timestamp::Timestamp;

/// Writes a line of JSON for every write, with its outcome and the time at which it ended: for [`OnWrite`](super::OnWrite).
///
/// ```
/// use std::time::SystemTime;
///
/// use harness_ccm_core::prelude::*;
///
/// # let world = World::new([]);
/// let log = AuditLog::new(std::io::stderr(), || SystemTime::now().try_into().ok());
/// let roles = OnWrite::new(world.roles(), log.clone());
/// let connectors = roles.and(world.connectors());
/// # let _ = connectors;
/// assert!(log.error().is_none(), "every line was written");
/// ```
///
/// Clones share the log. A line that cannot be written does not stop the run: [`error`](Self::error) has the first failure.
#[derive(Clone)]
pub struct AuditLog(Arc<Inner>);

struct Inner {
    now: Box<dyn Fn() -> Option<Timestamp> + Send + Sync>,
    log: Mutex<Log>,
}

struct Log {
    writer: Box<dyn io::Write + Send>,
    error: Option<io::Error>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    operation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a AccountId>,
    resource: Resource,
    outcome: &'a StepOutcome,
}

impl AuditLog {
    /// Writes lines to `writer`. `now` returns the time of each line; without one, the line has no time.
    pub fn new(
        writer: impl io::Write + Send + 'static,
        now: impl Fn() -> Option<Timestamp> + Send + Sync + 'static,
    ) -> Self {
        let log = Mutex::new(Log { writer: Box::new(writer), error: None });
        Self(Arc::new(Inner { now: Box::new(now), log }))
    }

    /// Why a line could not be written, if one could not: the first failure, as text.
    pub fn error(&self) -> Option<String> {
        let log = self.0.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.error.as_ref().map(ToString::to_string)
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog").field("error", &self.error()).finish_non_exhaustive()
    }
}

impl WriteObserver for AuditLog {
    fn wrote(&self, write: &Write<'_>, outcome: &StepOutcome) {
        let line = Line {
            time: (self.0.now)(),
            operation: write.operation(),
            account: write.account(),
            resource: write.resource(),
            outcome,
        };
        let mut log = self.0.log.lock().unwrap_or_else(PoisonError::into_inner);
        let written = serde_json::to_string(&line).map_err(io::Error::from).and_then(|line| {
            // One write: lines of several processes do not run into each other.
            log.writer.write_all(format!("{line}\n").as_bytes())?;
            log.writer.flush()
        });
        if let (Err(error), None) = (written, &log.error) {
            log.error = Some(error);
        }
    }
}
