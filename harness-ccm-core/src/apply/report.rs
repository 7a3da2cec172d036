use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Diagnosis;
use crate::event::{Operation, StepOutcome};
use crate::id::AccountId;
use crate::resource::Resource;

/// One step and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StepReport {
    /// The account.
    pub account: AccountId,
    /// What the step writes.
    pub resource: Resource,
    /// What kind of change it is.
    pub operation: Operation,
    /// How it ended.
    pub outcome: StepOutcome,
}

/// How a plan ended: one entry for each step, in the plan's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[must_use = "a run that failed in part says so only here"]
#[non_exhaustive]
pub struct Report {
    /// The steps.
    pub steps: Vec<StepReport>,
}

/// A report in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
            StepOutcome::Failed(diagnosis) => Some((step, &**diagnosis)),
            _ => None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for StepReport { account, resource, operation, outcome } in &self.steps {
            if let StepOutcome::Failed(diagnosis) = outcome {
                let symbol = operation.symbol();
                writeln!(
                    f,
                    "{account}: {symbol} {resource} failed: {}",
                    diagnosis.to_string().replace('\n', "\n  ")
                )?;
            }
        }
        let count =
            |wanted: fn(&StepOutcome) -> bool| self.steps.iter().filter(|step| wanted(&step.outcome)).count();
        writeln!(
            f,
            "{} of {} steps done, {} failed, {} skipped, {} not started.",
            self.done(),
            self.steps.len(),
            count(|outcome| matches!(outcome, StepOutcome::Failed(_))),
            count(|outcome| *outcome == StepOutcome::Skipped),
            count(|outcome| *outcome == StepOutcome::NotStarted)
        )
    }
}
