//! Signals that end the program: during writes the first one lets them finish, any other one ends the program at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harness_ccm_core::apply::StopSignal;

use crate::output;

/// Listens from its creation until the program ends: registering a handler once disables the signal's default effect.
#[derive(Debug)]
pub(crate) struct Drain {
    writing: Arc<AtomicBool>,
}

impl Drain {
    /// The first signal stops `stop`, and a further one ends the program.
    ///
    /// **Errors.** No handler can be registered.
    pub(crate) fn new(stop: StopSignal) -> io::Result<Self> {
        let mut signals = Signals::new()?;
        let writing = Arc::new(AtomicBool::new(true));
        let is_writing = Arc::clone(&writing);
        tokio::spawn(async move {
            let first = signals.next().await;
            if is_writing.load(Ordering::SeqCst) {
                output::note(&format_args!(
                    "{}: calls under way are finished, no new ones begin; another signal ends the run at once",
                    first.name
                ));
                stop.stop();
                let second = signals.next().await;
                output::note(&format_args!(
                    "{}: ended at once; calls under way may have taken effect, and the next run completes them",
                    second.name
                ));
                second.exit();
            }
            first.exit();
        });
        Ok(Self { writing })
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.writing.store(false, Ordering::SeqCst);
    }
}

#[derive(Clone, Copy, Debug)]
struct Signal {
    name: &'static str,
    number: i32,
}

impl Signal {
    /// Ends the program with the exit code of shells: 128 and the signal's number.
    fn exit(self) -> ! {
        std::process::exit(128 + self.number)
    }
}

const INTERRUPT: Signal = Signal { name: "SIGINT", number: 2 };

#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPT,
            _ = self.terminate.recv() => Signal { name: "SIGTERM", number: 15 },
            _ = self.hang_up.recv() => Signal { name: "SIGHUP", number: 1 },
        }
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        // If listening fails, the signal never arrives.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        INTERRUPT
    }
}
