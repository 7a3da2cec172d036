use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests the end of a run: running steps are finished, no new step starts. Clones share the flag.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// let stop = StopSignal::new();
/// let options = ApplyOptions::default().with_stop(stop.clone());
/// let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors()).with_apply_options(options);
/// stop.stop();
/// assert_eq!(pipeline.run().await?.done(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// A signal that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the signal.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the signal is set.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
