use super::{Deadline, StopSignal};
use crate::id::RunId;

/// Options for applying a plan.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let stop = StopSignal::new();
/// let options = ApplyOptions::default().with_concurrency(16).with_stop(stop.clone());
/// stop.stop(); // from a signal handler: running steps are finished, no new step starts
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApplyOptions {
    /// How many accounts are processed at the same time.
    pub concurrency: usize,
    /// When a failing run ends.
    pub budget: FailureBudget,
    /// A signal to end the run early.
    pub stop: StopSignal,
    /// The deadline of the run.
    pub deadline: Option<Deadline>,
    /// Which run it is, for the report.
    pub run: Option<RunId>,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            concurrency: 16,
            budget: FailureBudget::default(),
            stop: StopSignal::new(),
            deadline: None,
            run: None,
        }
    }
}

impl ApplyOptions {
    /// Sets how many accounts are processed at the same time; at least one.
    #[must_use]
    pub fn with_concurrency(mut self, accounts: usize) -> Self {
        self.concurrency = accounts.max(1);
        self
    }

    /// Sets when a failing run ends.
    #[must_use]
    pub fn with_budget(mut self, budget: FailureBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Sets the signal that ends the run early.
    #[must_use]
    pub fn with_stop(mut self, stop: StopSignal) -> Self {
        self.stop = stop;
        self
    }

    /// Sets the deadline of the run.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Says which run it is: the report has it too.
    #[must_use]
    pub fn with_run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }
}

/// Ends a run that fails everywhere, for example with expired credentials, instead of failing ten thousand
/// times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureBudget {
    /// This many accounts may always fail.
    pub accounts: usize,
    /// Above that number, the run ends when this percentage of the processed accounts has failed.
    pub percent: usize,
}

impl Default for FailureBudget {
    fn default() -> Self {
        Self { accounts: 20, percent: 50 }
    }
}

impl FailureBudget {
    /// Never gives up.
    pub fn unlimited() -> Self {
        Self { accounts: usize::MAX, percent: 100 }
    }

    pub(super) fn is_spent(self, failed: usize, finished: usize) -> bool {
        failed > self.accounts && failed * 100 >= finished * self.percent
    }
}
