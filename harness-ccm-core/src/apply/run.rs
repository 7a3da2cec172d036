use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{BoxFuture, Shared};
use futures_util::{FutureExt as _, StreamExt as _, poll, stream};

use super::users::RoleUsers;
use super::{ApplyOptions, EndedEarly, Report, StepReport, WithheldReport};
use crate::backend::{ConnectorClient, RoleProvisioner};
use crate::connector::PolicyWarning;
use crate::error::Result;
use crate::event::{Event, EventSink, StepOutcome};
use crate::id::AccountId;
use crate::plan::{Action, ApprovedPlan, Step};
use crate::spans::{in_account, in_step};

/// Executes the steps of the plan.
///
/// Accounts are independent and are processed in parallel. Within an account, the steps are executed in order, and a failed step
/// skips the later steps. This function never fails as a whole: the report contains an outcome for each step. If the future is
/// dropped, the effect of the writes in progress is unknown. The next observation shows their effect.
///
/// Before the first removal of a role, this function lists the connectors once. If a connector names a role that is to be
/// removed, for example a connector that was created after the plan, the role stays, and the step fails as a conflict. Two cases
/// are not detected: a connector that is created after this listing, and a connector that is created after the plan for a role
/// that only loses permissions.
///
/// ```
/// use harness_ccm_core::apply::apply_plan;
/// use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
/// use harness_ccm_core::plan::make_plan;
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let (roles, connectors) = (world.roles(), world.connectors());
/// let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await?)?;
/// let observed = observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await?;
/// let plan = make_plan(&desired, &observed, PlanOptions::default());
/// let approved = plan.check(&Limits::default())?;
/// let report = apply_plan(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await;
/// assert_eq!(report.status(), Status::Applied);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn apply_plan(
    plan: &ApprovedPlan,
    roles: &dyn RoleProvisioner,
    connectors: &dyn ConnectorClient,
    options: &ApplyOptions,
    events: &dyn EventSink,
) -> Report {
    let plan = plan.plan();
    events.event(&Event::ApplyStarted { steps: plan.steps().count() });
    let run = Run {
        roles,
        connectors,
        options,
        events,
        users: RoleUsers::default(),
        finished: AtomicUsize::new(0),
        failed: AtomicUsize::new(0),
        deadline: options.deadline.as_ref().map(|deadline| deadline.passed().shared()),
        ended: OnceLock::new(),
    };
    // Collected before streaming: a closure over references would keep this future from being `Send`.
    let mut accounts = Vec::new();
    for (id, account) in plan.accounts.iter().filter(|(_, account)| !account.steps.is_empty()) {
        accounts.push(in_account("apply", id, run.account(id, &account.steps)));
    }
    // In order, so that the report does not depend on which account is done first.
    let reports: Vec<Vec<StepReport>> =
        stream::iter(accounts).buffered(options.concurrency.max(1)).collect().await;
    events.event(&Event::ApplyFinished);
    let steps: Vec<StepReport> = reports.into_iter().flatten().collect();
    Report {
        steps,
        withheld: WithheldReport::all(plan),
        ended: run.ended.into_inner(),
        run: options.run.clone(),
    }
}

struct Run<'a> {
    roles: &'a dyn RoleProvisioner,
    connectors: &'a dyn ConnectorClient,
    options: &'a ApplyOptions,
    events: &'a dyn EventSink,
    users: RoleUsers,
    finished: AtomicUsize,
    failed: AtomicUsize,
    deadline: Option<Shared<BoxFuture<'a, ()>>>,
    ended: OnceLock<EndedEarly>,
}

impl Run<'_> {
    async fn account(&self, account: &AccountId, steps: &[Step]) -> Vec<StepReport> {
        let mut reports = Vec::with_capacity(steps.len());
        let mut failed = false;
        for (position, step) in steps.iter().enumerate() {
            let (resource, operation) = (step.action.resource(), step.operation());
            let (outcome, warnings) = if failed {
                (StepOutcome::Skipped, Vec::new())
            } else if self.is_over().await {
                (StepOutcome::NotStarted, Vec::new())
            } else {
                self.events.event(&Event::StepStarted {
                    account: account.clone(),
                    resource: resource.clone(),
                    operation,
                });
                let work = async {
                    let done = self.step(step, &steps[..position]).await;
                    done.unwrap_or_else(|error| (StepOutcome::from(&error), Vec::new()))
                };
                in_step(&resource, operation, work).await
            };
            failed |= matches!(outcome, StepOutcome::Failed(_));
            self.events.event(&Event::StepFinished {
                account: account.clone(),
                resource: resource.clone(),
                operation,
                outcome: outcome.clone(),
            });
            reports.push(StepReport { account: account.clone(), resource, operation, outcome, warnings });
        }
        self.finished.fetch_add(1, Ordering::Relaxed);
        self.failed.fetch_add(usize::from(failed), Ordering::Relaxed);
        reports
    }

    /// Whether no new step may start.
    async fn is_over(&self) -> bool {
        if self.ended.get().is_some() {
            return true;
        }
        let (failed, finished) = (self.failed.load(Ordering::Relaxed), self.finished.load(Ordering::Relaxed));
        let why = if self.options.stop.is_stopped() {
            EndedEarly::Stopped
        } else if self.options.budget.is_spent(failed, finished) {
            EndedEarly::Failures
        } else if self.is_late().await {
            EndedEarly::Deadline
        } else {
            return false;
        };
        self.ended.get_or_init(|| why);
        true
    }

    /// Whether the deadline has passed.
    async fn is_late(&self) -> bool {
        match &self.deadline {
            None => false,
            Some(deadline) => poll!(deadline.clone()).is_ready(),
        }
    }

    /// Carries out a step after the earlier steps of its account. Also returns the warnings of policies.
    async fn step(&self, step: &Step, before: &[Step]) -> Result<(StepOutcome, Vec<PolicyWarning>)> {
        let outcome = match &step.action {
            Action::PutRole { spec, expect } => (&self.roles.put_role(spec, expect.clone()).await?).into(),
            Action::PutConnector { spec, expect } => {
                let written = self.connectors.put_connector(spec, expect.clone()).await?;
                return Ok(((&written).into(), written.into_state().policy_warnings));
            }
            Action::RemoveConnector { id, expected } => {
                (&self.connectors.remove_connector(id, expected).await?).into()
            }
            Action::RemoveRole { address, expected } => {
                self.users.check(self.connectors, expected, before).await?;
                (&self.roles.remove_role(address, expected).await?).into()
            }
        };
        Ok((outcome, Vec::new()))
    }
}
