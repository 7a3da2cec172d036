use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// Waits with the timer of the caller's runtime, because the core has no timer.
///
/// With tokio, the implementation is one line: `tokio::time::sleep(duration).await`.
///
/// ```
/// use std::time::Duration;
///
/// use async_trait::async_trait;
/// use harness_ccm_core::backend::Pause;
///
/// /// Waits with tokio; the Harness crate has such a type.
/// #[derive(Debug)]
/// struct Sleep;
///
/// #[async_trait]
/// impl Pause for Sleep {
///     async fn pause(&self, duration: Duration) {
///         # let _ = duration;
///         // tokio::time::sleep(duration).await
///     }
/// }
/// ```
#[async_trait]
pub trait Pause: fmt::Debug + Send + Sync {
    /// Returns after `duration`.
    async fn pause(&self, duration: Duration);
}

/// Does not wait. Intended for backends in memory and for tests.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # let world = World::new([]);
/// # let intent = Intent::us("my-account".parse()?);
/// let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors()).with_pause(NoPause);
/// # let _ = pipeline;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPause;

#[async_trait]
impl Pause for NoPause {
    async fn pause(&self, _duration: Duration) {}
}
