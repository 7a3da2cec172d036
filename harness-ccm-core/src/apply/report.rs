use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::connector::PolicyWarning;
use crate::error::Diagnosis;
use crate::event::{Operation, StepOutcome};
use crate::id::AccountId;
use crate::plan::{AccountPlan, Plan, Withheld, WithheldReason};
use crate::resource::Resource;
use crate::text::visible;

/// How many things that are incomplete a text names: the plan has them all.
const INCOMPLETE_SHOWN: usize = 20;

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
    /// What policies of the Harness account have against what it wrote, though they allow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<PolicyWarning>,
}

/// Something that the plan did not touch, though it is not as desired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WithheldReport {
    /// The account.
    pub account: AccountId,
    /// What.
    pub resource: Resource,
    /// Why.
    pub reason: WithheldReason,
}

impl WithheldReport {
    /// All that a plan withholds.
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

/// Why a run ended before its last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndedEarly {
    /// It was [asked to](super::StopSignal).
    Stopped,
    /// Its [deadline](super::Deadline) passed.
    Deadline,
    /// Too many accounts [failed](super::FailureBudget).
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

/// The result of a run: one entry for each step, in the order of the plan, and what the plan withheld.
///
/// [`status`](Self::status) is the overall result; [`exit_code`](Self::exit_code) is the same for a process.
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
#[must_use = "a run that failed in part says so only here"]
#[non_exhaustive]
pub struct Report {
    /// The steps.
    pub steps: Vec<StepReport>,
    /// What the plan withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldReport>,
    /// Why steps were not started, if some were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndedEarly>,
}

/// The overall result of a run. If several of these apply, the one that is lowest in the list counts.
///
/// ```
/// use harness_ccm_core::apply::Status;
///
/// assert!(Status::InSync.is_success() && Status::Applied.is_success());
/// assert!(!Status::Incomplete.is_success(), "something could not be judged: that is no success");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// There was nothing to write.
    InSync,
    /// Everything is done.
    Applied,
    /// All steps are done, but something [could not be read or decided, or is impossible](WithheldReason::is_incomplete).
    Incomplete,
    /// Some steps are done, others failed or were not started.
    Partial,
    /// No step could be done.
    Failed,
}

impl Status {
    /// Whether everything is as desired: in sync or applied. What a choice of the user holds back does not count.
    pub fn is_success(self) -> bool {
        matches!(self, Self::InSync | Self::Applied)
    }
}

impl Report {
    /// The overall result.
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

    /// The exit code of a program: success if the [status](Self::status) [is a success](Status::is_success), otherwise failure.
    pub fn exit_code(&self) -> ExitCode {
        if self.status().is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// What could not be read or decided, is impossible, or depends on such a thing.
    pub fn incomplete(&self) -> impl Iterator<Item = &WithheldReport> {
        self.withheld.iter().filter(|withheld| withheld.reason.is_incomplete())
    }

    /// What a choice of the user holds back.
    pub fn held_back(&self) -> impl Iterator<Item = &WithheldReport> {
        self.withheld.iter().filter(|withheld| !withheld.reason.is_incomplete())
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

/// Stands for an account's id where the same is said of several. No text has it: control characters are shown as escapes before.
const ANY_ACCOUNT: &str = "\u{1}";

/// How many accounts a line names that is about several.
const ACCOUNTS_NAMED: usize = 10;

impl Report {
    /// The failures in words, each with the accounts that it is the same in, in the order in which they come up.
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
        for (told, accounts) in self.alike() {
            match &accounts[..] {
                [account] => writeln!(f, "{account}: {}", told.replace(ANY_ACCOUNT, account.as_str()))?,
                [some @ .., _] => {
                    let named: Vec<_> = accounts.iter().take(ACCOUNTS_NAMED).map(|id| id.as_str()).collect();
                    let more = (some.len() + 1).saturating_sub(ACCOUNTS_NAMED);
                    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                    let told = told.replace(ANY_ACCOUNT, "<account>");
                    writeln!(f, "{} accounts: {told}\n  in {}{more}", accounts.len(), named.join(", "))?;
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
            write!(f, ", since {ended}")?;
        }
        let warned = self.steps.iter().filter(|step| !step.warnings.is_empty()).count();
        if warned > 0 {
            write!(f, ", {warned} with warnings of policies")?;
        }
        if !self.withheld.is_empty() {
            write!(f, "; {incomplete} incomplete, {} held back", self.withheld.len() - incomplete)?;
        }
        writeln!(f, ".")
    }
}
