//! Shows what the program waits for: a moving line on a terminal, and otherwise a plain line from time to time, because CI
//! services end jobs without output.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use harness_ccm_core::event::{Event, EventSink};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

/// Clones show the same progress.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    bar: ProgressBar,
    phase: Mutex<Option<Phase>>,
}

#[derive(Debug)]
struct Phase {
    what: &'static str,
    begun: Instant,
    done: usize,
    /// The total number, if that is known.
    total: Option<usize>,
}

impl Progress {
    /// If stderr is not a terminal, prints the current wait every `interval`. Needs a runtime.
    pub(crate) fn new(interval: Duration) -> Self {
        let shown = Arc::new(Shown { bar: ProgressBar::new(0), phase: Mutex::default() });
        if std::io::stderr().is_terminal() {
            shown.bar.enable_steady_tick(Duration::from_secs(1));
        } else {
            tokio::spawn(speak(Arc::downgrade(&shown), interval));
        }
        Self(shown)
    }

    /// Shows this text while it waits for `work`.
    pub(crate) async fn during<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        self.begin(what, None);
        let done = work.await;
        self.end();
        done
    }

    fn begin(&self, what: &'static str, total: Option<usize>) {
        let Shown { bar, phase } = &*self.0;
        *phase.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Phase { what, begun: Instant::now(), done: 0, total });
        let template =
            if total.is_some() { "{msg} [{bar:30}] {pos}/{len} {elapsed}" } else { "{msg} {elapsed}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.reset();
        bar.set_length(total.unwrap_or_default() as u64);
        bar.set_message(what);
    }

    fn advance(&self) {
        if let Some(phase) = &mut *self.0.phase.lock().unwrap_or_else(PoisonError::into_inner) {
            phase.done += 1;
        }
        self.0.bar.inc(1);
    }

    fn end(&self) {
        *self.0.phase.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.bar.finish_and_clear();
    }
}

/// Prints the current wait, until the wait ends.
async fn speak(shown: Weak<Shown>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(shown) = shown.upgrade() else { return };
        let line = shown.phase.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Phase::line);
        if let Some(line) = line {
            output::note(&line);
        }
    }
}

impl Phase {
    fn line(&self) -> String {
        let Self { what, begun, done, total } = self;
        let seconds = begun.elapsed().as_secs();
        match total {
            Some(total) => format!("waiting: {what}, {done} of {total}, {seconds} s"),
            None => format!("waiting: {what}, {seconds} s"),
        }
    }
}

impl EventSink for Progress {
    fn event(&self, event: &Event) {
        match event {
            Event::ObserveStarted { accounts, .. } => self.begin("reading the accounts", Some(*accounts)),
            Event::ApplyStarted { steps } => self.begin("applying the plan", Some(*steps)),
            Event::VerifyStarted { connectors } => self.begin("testing the connectors", Some(*connectors)),
            Event::AccountObserved { .. } | Event::StepFinished { .. } | Event::ConnectorVerified { .. } => {
                self.advance();
            }
            Event::ObserveFinished | Event::ApplyFinished | Event::VerifyFinished => self.end(),
            _ => {}
        }
    }
}
