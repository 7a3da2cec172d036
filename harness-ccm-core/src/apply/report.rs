use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::connector::PolicyWarning;
use crate::error::Diagnosis;
use crate::event::{Operation, StepOutcome};
use crate::id::{AccountId, RunId};
use crate::plan::{AccountPlan, Plan, Withheld, WithheldReason};
use crate::resource::Resource;
use crate::text::visible;

/// How many incomplete resources the text names. The plan names all of them.
const INCOMPLETE_SHOWN: usize = 20;

/// One step with its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StepReport {
    /// The account.
    pub account: AccountId,
    /// The resource that the step writes.
    pub resource: Resource,
    /// The kind of change.
    pub operation: Operation,
    /// The outcome of the step.
    pub outcome: StepOutcome,
    /// Warnings about the write from policies of the Harness account. The policies permitted the write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<PolicyWarning>,
}

/// A resource that the plan withheld, with its account and the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WithheldReport {
    /// The account.
    pub account: AccountId,
    /// The resource.
    pub resource: Resource,
    /// The reason.
    pub reason: WithheldReason,
}

impl WithheldReport {
    /// Everything that a plan withholds.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        let of_account = |(account, plan): (&AccountId, &AccountPlan)| {
            let account = account.clone();
            let report = move |Withheld { resource, reason }: &Withheld| Self {
                account: account.clone(),
                resource: resource.clone(),
                reason: reason.clone(),
            };
            plan.withheld.iter().map(report).collect::<Vec<_>>()
        };
        plan.accounts.iter().flat_map(of_account).collect()
    }
}

/// The reason that a run ended before its last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndedEarly {
    /// A [stop signal](super::StopSignal) ended the run.
    Stopped,
    /// The [deadline](super::Deadline) of the run passed.
    Deadline,
    /// More accounts failed than the [failure budget](super::FailureBudget) permits.
    Failures,
}

impl fmt::Display for EndedEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stopped => "it was asked to stop",
            Self::Deadline => "its deadline passed",
            Self::Failures => "too many accounts failed",
        })
    }
}

/// The result of a run. A report contains one entry for each step, in the order of the plan, and the resources that the plan
/// withheld.
///
/// [`status`](Self::status) returns the overall result. [`exit_code`](Self::exit_code) returns the overall result as the exit
/// code of a process.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// let report = pipeline.run().await?;
/// for (step, diagnosis) in report.failures() {
///     eprintln!("{}: {diagnosis}", step.account);
/// }
/// assert!(report.status().is_success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[must_use = "only the report says whether a run failed in part"]
#[non_exhaustive]
pub struct Report {
    /// The steps, in the order of the plan.
    pub steps: Vec<StepReport>,
    /// The resources that the plan withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldReport>,
    /// The reason that the run ended before its last step; otherwise `None`. A step that is skipped because an earlier step of its
    /// account failed does not end a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndedEarly>,
    /// The run id, if [`ApplyOptions::run`](super::ApplyOptions::run) or the pipeline sets one. `CloudTrail` shows it in the user
    /// agent of each call, if the backend has the same id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// The overall result of a run. If several variants apply, the status is the last of them in this list.
///
/// ```
/// use harness_ccm_core::apply::Status;
///
/// assert!(Status::InSync.is_success() && Status::Applied.is_success());
/// assert!(!Status::Incomplete.is_success(), "something could not be read or decided, so the run is not a success");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// All steps are done, and no step had to write anything.
    InSync,
    /// All steps are done, and at least one step wrote something.
    Applied,
    /// All steps are done, but at least one resource is [incomplete](WithheldReason::is_incomplete).
    Incomplete,
    /// At least one step wrote something, and at least one step failed or was not started.
    Partial,
    /// At least one step failed or was not started, and no step wrote anything.
    Failed,
}

impl Status {
    /// Returns whether the status is [`InSync`](Self::InSync) or [`Applied`](Self::Applied). Resources that are held back do not
    /// affect the status.
    pub fn is_success(self) -> bool {
        matches!(self, Self::InSync | Self::Applied)
    }
}

impl Report {
    /// Returns the overall result.
    pub fn status(&self) -> Status {
        let all = self.steps.iter().all(|step| step.outcome.is_done());
        match (all, self.steps.iter().any(|step| step.outcome.wrote())) {
            (false, true) => Status::Partial,
            (false, false) => Status::Failed,
            (true, _) if self.incomplete().next().is_some() => Status::Incomplete,
            (true, true) => Status::Applied,
            (true, false) => Status::InSync,
        }
    }

    /// Returns the exit code for a process: success if the [status](Self::status) [is a success](Status::is_success), otherwise
    /// failure.
    pub fn exit_code(&self) -> ExitCode {
        if self.status().is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Returns the [incomplete](WithheldReason::is_incomplete) resources.
    pub fn incomplete(&self) -> impl Iterator<Item = &WithheldReport> {
        self.withheld.iter().filter(|withheld| withheld.reason.is_incomplete())
    }

    /// Returns the resources that are held back: withheld, but not incomplete. For example because of the mode, the mark of another
    /// owner, or a suspended account.
    pub fn held_back(&self) -> impl Iterator<Item = &WithheldReport> {
        self.withheld.iter().filter(|withheld| !withheld.reason.is_incomplete())
    }

    /// Returns the number of steps that are done.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.outcome.is_done()).count()
    }

    /// Returns the failed steps, each with its cause and remedy.
    pub fn failures(&self) -> impl Iterator<Item = (&StepReport, &Diagnosis)> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            StepOutcome::Failed(diagnosis) => Some((step, &**diagnosis)),
            _ => None,
        })
    }
}

/// Replaces an account's id in a text that applies to several accounts. No text contains it: control characters are shown as
/// escapes.
const ANY_ACCOUNT: &str = "\u{1}";

/// How many accounts a line about several accounts names.
const ACCOUNTS_NAMED: usize = 10;

impl Report {
    /// The failures as texts, each with the accounts that have it, in order of first occurrence.
    fn alike(&self) -> Vec<(String, Vec<&AccountId>)> {
        let mut found: Vec<(String, Vec<&AccountId>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (StepReport { account, resource, operation, .. }, diagnosis) in self.failures() {
            let symbol = operation.symbol();
            let what = format!("{symbol} {resource} failed: {}", diagnosis.to_string().replace('\n', "\n  "));
            let what = what.replace(account.as_str(), ANY_ACCOUNT);
            let place = *places.entry(what.clone()).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, accounts)) => accounts.push(account),
                None => found.push((what, vec![account])),
            }
        }
        found
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for StepReport { account, resource, operation, warnings, .. } in &self.steps {
            for warning in warnings {
                let warning = warning.to_string();
                writeln!(f, "{account}: {} {resource}: {}", operation.symbol(), visible(&warning))?;
            }
        }
        for (text, accounts) in self.alike() {
            match &accounts[..] {
                [account] => writeln!(f, "{account}: {}", text.replace(ANY_ACCOUNT, account.as_str()))?,
                [some @ .., _] => {
                    let named: Vec<_> = accounts.iter().take(ACCOUNTS_NAMED).map(|id| id.as_str()).collect();
                    let more = (some.len() + 1).saturating_sub(ACCOUNTS_NAMED);
                    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                    let text = text.replace(ANY_ACCOUNT, "<account>");
                    writeln!(f, "{} accounts: {text}\n  in {}{more}", accounts.len(), named.join(", "))?;
                }
                [] => {}
            }
        }
        for WithheldReport { account, resource, reason } in self.incomplete().take(INCOMPLETE_SHOWN) {
            writeln!(f, "{account}: {resource} is incomplete: {}", reason.shown("  "))?;
        }
        let incomplete = self.incomplete().count();
        if incomplete > INCOMPLETE_SHOWN {
            writeln!(f, "and {} more that are incomplete.", incomplete - INCOMPLETE_SHOWN)?;
        }
        let count =
            |wanted: fn(&StepOutcome) -> bool| self.steps.iter().filter(|step| wanted(&step.outcome)).count();
        write!(
            f,
            "{} of {} steps done, {} failed, {} skipped, {} not started",
            self.done(),
            self.steps.len(),
            count(|outcome| matches!(outcome, StepOutcome::Failed(_))),
            count(|outcome| *outcome == StepOutcome::Skipped),
            count(|outcome| *outcome == StepOutcome::NotStarted)
        )?;
        if let Some(ended) = self.ended {
            write!(f, ", because {ended}")?;
        }
        let warned = self.steps.iter().filter(|step| !step.warnings.is_empty()).count();
        if warned > 0 {
            write!(f, ", {warned} with warnings of policies")?;
        }
        if !self.withheld.is_empty() {
            write!(f, "; {incomplete} incomplete, {} held back", self.withheld.len() - incomplete)?;
        }
        writeln!(f, ".")?;
        match &self.run {
            Some(run) => writeln!(f, "Run {run}: CloudTrail has it in the user agent of each call."),
            None => Ok(()),
        }
    }
}
