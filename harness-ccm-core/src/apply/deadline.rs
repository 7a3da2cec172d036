use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::backend::Pause;

/// The end of a run, for example before a Lambda function times out: after it no new step starts, and the
/// report is complete.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// // With tokio and the Harness crate: `Deadline::after(Duration::from_mins(14), TokioPause)`. This one passes at once.
/// let deadline = Deadline::after(std::time::Duration::from_mins(14), NoPause);
/// let options = ApplyOptions::default().with_deadline(deadline);
/// let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors()).with_apply_options(options);
/// let report = pipeline.run().await?;
/// assert!(world.writes().is_empty(), "no step was started");
/// assert!(report.to_string().contains("its deadline passed"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Deadline {
    pause: Arc<dyn Pause>,
    after: Duration,
}

impl Deadline {
    /// A deadline at this time after the start of the run, by the clock of `pause`. Leave time for running steps: a
    /// step takes seconds.
    pub fn after(after: Duration, pause: impl Pause + 'static) -> Self {
        Self { pause: Arc::new(pause), after }
    }

    /// Completes when the deadline has passed.
    pub(super) fn passed(&self) -> BoxFuture<'_, ()> {
        self.pause.pause(self.after).boxed()
    }
}
