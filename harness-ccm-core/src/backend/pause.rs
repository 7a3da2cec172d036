use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// Waiting, as the caller's runtime does it: the core has no timer of its own.
///
/// With tokio it is one line: `tokio::time::sleep(duration).await`.
#[async_trait]
pub trait Pause: fmt::Debug + Send + Sync {
    /// Returns after `duration`.
    async fn pause(&self, duration: Duration);
}

/// Does not wait at all: for backends in memory and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPause;

#[async_trait]
impl Pause for NoPause {
    async fn pause(&self, _duration: Duration) {}
}
