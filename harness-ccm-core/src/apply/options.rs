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
    /// The number of accounts that are processed at the same time.
    pub concurrency: usize,
    /// The number of failed accounts after which the run ends.
    pub budget: FailureBudget,
    /// A signal to end the run early.
    pub stop: StopSignal,
    /// The deadline of the run.
    pub deadline: Option<Deadline>,
    /// The run id, for the report.
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
    /// Sets the number of accounts that are processed at the same time. The minimum is one.
    #[must_use]
    pub fn with_concurrency(mut self, accounts: usize) -> Self {
        self.concurrency = accounts.max(1);
        self
    }

    /// Sets the number of failed accounts after which the run ends.
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

    /// Sets the run id, for the report.
    #[must_use]
    pub fn with_run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }
}

/// The number of failed accounts after which a run ends. The budget ends a run that fails in every account, for example with
/// expired credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureBudget {
    /// The number of accounts that may always fail, whatever their percentage.
    pub accounts: usize,
    /// The percentage of the processed accounts. The run ends when more than `accounts` accounts and at least this percentage
    /// have failed.
    pub percent: usize,
}

impl Default for FailureBudget {
    fn default() -> Self {
        Self { accounts: 20, percent: 50 }
    }
}

impl FailureBudget {
    /// Returns a budget that never ends a run.
    pub fn unlimited() -> Self {
        Self { accounts: usize::MAX, percent: 100 }
    }

    pub(super) fn is_spent(self, failed: usize, finished: usize) -> bool {
        failed > self.accounts && failed * 100 >= finished * self.percent
    }
}
