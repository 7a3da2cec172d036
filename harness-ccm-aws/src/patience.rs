//! Waiting until IAM shows what was written.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use harness_ccm_core::{ErrorKind, Result};

/// How often it is waited in a row. With the delays below, that is 15 seconds, which covers what IAM is usually behind.
const TIMES: u32 = 5;

const FIRST: Duration = Duration::from_millis(500);

/// Waits as the SDK's configuration does between its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Patience(SharedAsyncSleep);

impl Default for Patience {
    fn default() -> Self {
        Self(SharedAsyncSleep::new(Tokio))
    }
}

/// The clock of the runtime.
#[derive(Debug)]
struct Tokio;

impl AsyncSleep for Tokio {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

impl Patience {
    pub(crate) fn of(sleep: Option<SharedAsyncSleep>) -> Self {
        sleep.map_or_else(Self::default, Self)
    }

    /// Waits, each time twice as long as the time before; `false` once that was often enough.
    pub(crate) async fn wait(&self, waited: &AtomicU32) -> bool {
        let times = waited.fetch_add(1, Relaxed);
        if times >= TIMES {
            return false;
        }
        self.0.sleep(FIRST * 2_u32.pow(times)).await;
        true
    }

    /// Tries again as long as IAM is not ready for the call.
    pub(crate) async fn keep_trying<F: Future<Output = Result<()>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<()> {
        let waited = AtomicU32::new(0);
        loop {
            match call().await {
                Err(error) if error.kind() == ErrorKind::NotReady && self.wait(&waited).await => {}
                other => return other,
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Does not wait.
    #[derive(Debug)]
    struct Instantly;

    impl AsyncSleep for Instantly {
        fn sleep(&self, _: Duration) -> Sleep {
            Sleep::new(std::future::ready(()))
        }
    }

    impl Patience {
        /// As often, and without waiting.
        pub(crate) fn that_does_not_wait() -> Self {
            Self(SharedAsyncSleep::new(Instantly))
        }
    }

    #[tokio::test]
    async fn it_ends() {
        let (patience, waited) = (Patience::that_does_not_wait(), AtomicU32::new(0));
        let mut times = 0;
        while patience.wait(&waited).await {
            times += 1;
        }
        assert_eq!(times, TIMES);
    }
}
