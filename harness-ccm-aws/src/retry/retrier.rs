//! Repeats calls of more than one request, until IAM shows a write.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use harness_ccm_core::Result;

use super::policy::CallKind;

/// Waits as the SDK's configuration does between tries.
#[derive(Clone, Debug)]
pub(crate) struct Retrier(SharedAsyncSleep);

/// The number of tries so far.
#[derive(Debug)]
pub(crate) struct Tries {
    kind: CallKind,
    made: AtomicU32,
}

impl Tries {
    pub(crate) fn of(kind: CallKind) -> Self {
        Self { kind, made: AtomicU32::new(0) }
    }
}

impl Default for Retrier {
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

impl Retrier {
    pub(crate) fn of(sleep: Option<SharedAsyncSleep>) -> Self {
        sleep.map_or_else(Self::default, Self)
    }

    /// Counts a failed try, and waits until the next one. Returns `false`, without waiting, if there is none.
    pub(crate) async fn another(&self, tries: &Tries) -> bool {
        let made = tries.made.fetch_add(1, Relaxed) + 1;
        match tries.kind.policy().wait(made) {
            Some(wait) => {
                self.0.sleep(wait).await;
                true
            }
            None => false,
        }
    }

    /// Makes the call until its result is not the error that is retried.
    pub(crate) async fn run<T, F: Future<Output = Result<T>>>(
        &self,
        kind: CallKind,
        call: impl Fn() -> F,
    ) -> Result<T> {
        let tries = Tries::of(kind);
        loop {
            match call().await {
                Err(error) if kind.policy().repeats(error.kind()) && self.another(&tries).await => {}
                answer => return answer,
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use harness_ccm_core::{Error, ErrorKind};

    use super::*;

    /// A sleep that does not wait.
    #[derive(Debug)]
    struct Instantly;

    impl AsyncSleep for Instantly {
        fn sleep(&self, _: Duration) -> Sleep {
            Sleep::new(std::future::ready(()))
        }
    }

    impl Retrier {
        /// Makes the same number of tries without waiting.
        pub(crate) fn that_does_not_wait() -> Self {
            Self(SharedAsyncSleep::new(Instantly))
        }
    }

    /// The number of calls that are made if each ends with this error.
    async fn calls(kind: CallKind, error: ErrorKind) -> u32 {
        let made = AtomicU32::new(0);
        let call = || async {
            made.fetch_add(1, Relaxed);
            Err::<(), _>(Error::new(error, "x:Y", "no"))
        };
        Retrier::that_does_not_wait().run(kind, call).await.unwrap_err();
        made.into_inner()
    }

    #[tokio::test]
    async fn a_call_is_made_as_often_as_its_row_says_and_once_after_another_error() {
        for (kind, error) in [
            (CallKind::ReadInParts, ErrorKind::NotFound),
            (CallKind::WriteToExisting, ErrorKind::NotReady),
            (CallKind::Deletion, ErrorKind::Conflict),
        ] {
            assert_eq!(calls(kind, error).await, kind.policy().tries, "{kind:?}");
            assert_eq!(calls(kind, ErrorKind::Denied).await, 1, "{kind:?}");
        }
    }

    #[tokio::test]
    async fn reading_back_ends() {
        let (retrier, tries) = (Retrier::that_does_not_wait(), Tries::of(CallKind::ReadBack));
        let mut waits = 0;
        while retrier.another(&tries).await {
            waits += 1;
        }
        assert_eq!(waits + 1, CallKind::ReadBack.policy().tries);
    }
}
