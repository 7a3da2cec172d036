use std::time::Duration;

use async_trait::async_trait;
use harness_ccm_core::backend::Pause;

/// Waits with tokio's timer: for [`Pipeline::with_pause`](harness_ccm_core::pipeline::Pipeline::with_pause) and deadlines.
/// Needs a tokio runtime with its timer, like everything in this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioPause;

#[async_trait]
impl Pause for TokioPause {
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_the_given_duration() {
        let start = tokio::time::Instant::now();
        TokioPause.pause(Duration::from_secs(90)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(90));
    }
}
