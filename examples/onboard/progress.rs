use harness_ccm_core::event::{Event, EventSink};
use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar on stderr; nothing at all where that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg:12} [{bar:40}] {pos}/{len} {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    fn start(&self, what: &'static str, total: usize) {
        self.0.reset();
        self.0.set_length(total as u64);
        self.0.set_message(what);
    }
}

impl EventSink for Progress {
    fn event(&self, event: &Event) {
        match event {
            Event::ObserveStarted { accounts, .. } => self.start("reading", *accounts),
            Event::ApplyStarted { steps } => self.start("applying", *steps),
            Event::VerifyStarted { connectors } => self.start("testing", *connectors),
            Event::AccountObserved { .. } | Event::StepFinished { .. } | Event::ConnectorVerified { .. } => {
                self.0.inc(1);
            }
            Event::ObserveFinished | Event::ApplyFinished | Event::VerifyFinished => {
                self.0.finish_and_clear();
            }
            _ => {}
        }
    }
}
