use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Diagnosis;
use crate::id::AccountId;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was created.
    Created,
    /// It was changed.
    Updated,
    /// It was already as wanted.
    Unchanged,
    /// It was removed.
    Removed,
    /// It was already gone.
    AlreadyGone,
    /// It failed.
    Failed(Box<Diagnosis>),
    /// An earlier step of the account failed, and it builds on that.
    Skipped,
    /// The run ended before its turn: stopped, or its failure budget was spent.
    NotStarted,
}

impl Outcome {
    /// Whether the step is done.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Unchanged | Self::Removed | Self::AlreadyGone => true,
            Self::Failed(_) | Self::Skipped | Self::NotStarted => false,
        }
    }

    fn wrote(&self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Removed)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Updated => f.write_str("changed"),
            Self::Unchanged => f.write_str("already as wanted"),
            Self::Removed => f.write_str("removed"),
            Self::AlreadyGone => f.write_str("already gone"),
            Self::Failed(diagnosis) => write!(f, "failed: {diagnosis}"),
            Self::Skipped => f.write_str("skipped, because an earlier step of the account failed"),
            Self::NotStarted => f.write_str("not started"),
        }
    }
}

/// One step and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepReport {
    /// The account.
    pub account: AccountId,
    /// What the step does, such as `+ role HarnessCERole`.
    pub step: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a plan ended: one entry for each step, in the plan's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[must_use = "a run that failed in part says so only here"]
#[non_exhaustive]
pub struct Report {
    /// The steps.
    pub steps: Vec<StepReport>,
}

/// A report in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There was nothing to write.
    InSync,
    /// Everything is done.
    Applied,
    /// Some is done.
    Partial,
    /// Nothing could be done.
    Failed,
}

impl Report {
    /// The report in one word.
    pub fn status(&self) -> Status {
        let all = self.steps.iter().all(|step| step.outcome.is_done());
        match (all, self.steps.iter().any(|step| step.outcome.wrote())) {
            (true, false) => Status::InSync,
            (true, true) => Status::Applied,
            (false, true) => Status::Partial,
            (false, false) => Status::Failed,
        }
    }

    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.outcome.is_done()).count()
    }

    /// The failures, with cause and remedy.
    pub fn failures(&self) -> impl Iterator<Item = (&StepReport, &Diagnosis)> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Failed(diagnosis) => Some((step, &**diagnosis)),
            _ => None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for StepReport { account, step, outcome } in &self.steps {
            if let Outcome::Failed(diagnosis) = outcome {
                writeln!(f, "{account}: {step} failed: {}", diagnosis.to_string().replace('\n', "\n  "))?;
            }
        }
        let count =
            |wanted: fn(&Outcome) -> bool| self.steps.iter().filter(|step| wanted(&step.outcome)).count();
        writeln!(
            f,
            "{} of {} steps done, {} failed, {} skipped, {} not started.",
            self.done(),
            self.steps.len(),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            count(|outcome| *outcome == Outcome::Skipped),
            count(|outcome| *outcome == Outcome::NotStarted)
        )
    }
}
