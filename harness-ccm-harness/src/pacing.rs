use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Never lets more than `limit` calls through in any span of `window`.
///
/// Callers are served in the order in which they came; one that is dropped while it waits takes no place.
#[derive(Clone, Debug)]
pub(crate) struct Pacer {
    limit: usize,
    window: Duration,
    sent: Arc<Mutex<VecDeque<Instant>>>,
}

impl Pacer {
    pub(crate) fn new(limit: u32, window: Duration) -> Self {
        // Calls may arrive closer together than they were sent; a little more distance makes up for that.
        let window = window + window / 200;
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), window, sent: Arc::default() }
    }

    /// Returns when one more call may be sent, and counts it.
    pub(crate) async fn wait(&self) {
        let mut sent = self.sent.lock().await;
        while sent.len() >= self.limit {
            let Some(oldest) = sent.front().copied() else { break };
            sleep_until(oldest + self.window).await;
            sent.pop_front();
        }
        sent.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_calls_than_the_limit() {
        let pacer = Pacer::new(7, Duration::from_mins(1));
        let mut times = Vec::new();
        for call in 0..40_u64 {
            pacer.clone().wait().await;
            times.push(Instant::now());
            // Uneven use, so that windows do not line up with bursts.
            tokio::time::advance(Duration::from_secs(call % 11)).await;
        }
        for (at, start) in times.iter().enumerate() {
            let within =
                times[at..].iter().filter(|t| t.duration_since(*start) < Duration::from_mins(1)).count();
            assert!(within <= 7, "{within} calls in the minute after call {at}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_free_window_costs_no_time() {
        let pacer = Pacer::new(400, Duration::from_mins(1));
        let start = Instant::now();
        for _ in 0..400 {
            pacer.wait().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
