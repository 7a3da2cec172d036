use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::backend::Pause;

/// When a run ends, such as before a Lambda function does: then no new step starts, and the report is complete.
#[derive(Clone, Debug)]
pub struct Deadline {
    pause: Arc<dyn Pause>,
    after: Duration,
}

impl Deadline {
    /// This long after the run began, by the clock of `pause`. Leave time for what is under way: a step takes seconds.
    pub fn after(after: Duration, pause: impl Pause + 'static) -> Self {
        Self { pause: Arc::new(pause), after }
    }

    /// Ends when it has passed.
    pub(super) fn passed(&self) -> BoxFuture<'_, ()> {
        self.pause.pause(self.after).boxed()
    }
}
