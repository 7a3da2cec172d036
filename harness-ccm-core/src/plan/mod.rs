//! The planner: compares the desired with the observed state. The planner is pure and never fails. The order of its input does
//! not matter.

mod account_plan;
mod basis;
mod calls;
mod change;
mod check;
mod concern;
mod connector;
mod context;
mod counts;
mod describe;
mod documents;
mod file;
mod finding;
mod flags;
mod forecast;
mod guard;
mod leaving;
mod marking;
mod oddities;
mod options;
mod orphans;
mod pairs;
mod planner;
mod policies;
mod rejected;
mod releases;
mod role;
mod shortfall;
mod step;
mod terraform;
mod trust;
mod unmanaged;
mod waves;
mod withheld;
mod within;

pub use account_plan::{AccountPlan, ExpectedTest, SeenRole};
pub use basis::{Basis, SearchExtent};
pub use change::Change;
pub use check::ApprovedPlan;
pub use concern::{Concern, UnknownConcern};
pub use counts::Counts;
pub(crate) use describe::Describing;
pub use file::InvalidPlanFile;
pub use finding::{Finding, FindingKind, Severity};
pub use forecast::Forecast;
pub use guard::{Guard, guard};
pub use options::{Mode, PlanOptions};
pub use planner::make_plan;
pub use rejected::PlanRejected;
pub use releases::ReleaseCounts;
pub use shortfall::Shortfall;
pub use step::{Action, Reason, Step};
pub use waves::Waves;
pub use withheld::{Obstacle, UnlistedReason, Withheld, WithheldReason};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::{AccountId, ConnectorId, HarnessAccountId, OwnerId, RoleArn};
use crate::intent::Diagnostic;

/// All decisions of a run, and the steps that follow from them. [`apply_plan`](crate::apply::apply_plan) executes the steps and
/// makes no decisions of its own.
///
/// A plan answers three questions:
///
/// - [`has_changes`](Self::has_changes): does the plan have steps?
/// - [`is_complete`](Self::is_complete): could everything be read and decided?
/// - [`AccountPlan::withheld`]: which resources of an account does the plan withhold, and why?
///
/// Before you apply a plan, you can show it, save it, and check it with [limits and guards](Self::check_with). You can reduce an
/// approved plan: [`ApprovedPlan::only`] and [`ApprovedPlan::waves`] select accounts, and [`ApprovedPlan::within`] keeps the
/// steps that an earlier plan also contains. The crate has no way to edit a plan. If a saved plan was edited,
/// [`judge`](Self::judge) refuses steps that the planner never makes. To leave out a step, change the intent. To refuse every plan with such
/// a step, add a guard.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// let plan = pipeline.plan().await?;
/// println!("{}", plan.render());
/// for (account, step) in plan.steps() {
///     println!("{account}: {} {}", step.operation().symbol(), step.action.resource());
/// }
/// let saved = plan.to_json_text();
/// assert_eq!(Plan::from_json(&saved)?, plan);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// The Harness account of the connectors.
    pub(crate) harness_account: HarnessAccountId,
    /// The owner. The owner mark of the resources contains this id.
    pub(crate) owner: OwnerId,
    /// The options with which the plan was made.
    pub(crate) options: PlanOptions,
    /// The listing on which the plan is based.
    pub(crate) basis: Basis,
    /// The plan for each account, with steps and withheld resources.
    pub(crate) accounts: BTreeMap<AccountId, AccountPlan>,
    /// Connectors without an AWS account. No step changes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unassigned: Vec<ConnectorId>,
    /// Notes for the user about the listing and the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// Returns the Harness account of the connectors.
    pub fn harness_account(&self) -> &HarnessAccountId {
        &self.harness_account
    }

    /// Returns the owner. The owner mark of the resources contains this id.
    pub fn owner(&self) -> &OwnerId {
        &self.owner
    }

    /// Returns the options with which the plan was made.
    pub fn options(&self) -> PlanOptions {
        self.options
    }

    /// Returns the basis of the plan: how reliable its listing of accounts is.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Returns the plan for each account, with steps and withheld resources.
    pub fn accounts(&self) -> &BTreeMap<AccountId, AccountPlan> {
        &self.accounts
    }

    /// Returns the connectors that name no AWS account. No step changes these connectors.
    pub fn unassigned(&self) -> &[ConnectorId] {
        &self.unassigned
    }

    /// Returns the notes for the user about the listing and the rules.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns the steps, sorted by account. The steps of one account are in the order of execution.
    pub fn steps(&self) -> impl Iterator<Item = (&AccountId, &Step)> {
        self.accounts.iter().flat_map(|(id, account)| account.steps.iter().map(move |step| (id, step)))
    }

    /// The roles that the plan removes.
    pub(crate) fn removed_roles(&self) -> impl Iterator<Item = RoleArn> {
        self.steps().filter_map(|(_, step)| match &step.action {
            Action::RemoveRole { address, .. } => Some(address.arn.clone()),
            Action::PutRole { .. } | Action::PutConnector { .. } | Action::RemoveConnector { .. } => None,
        })
    }

    /// Returns whether the plan has steps.
    pub fn has_changes(&self) -> bool {
        self.steps().next().is_some()
    }

    /// Returns whether the plan is complete: no resource is withheld for a reason that makes a run
    /// [incomplete](WithheldReason::is_incomplete).
    pub fn is_complete(&self) -> bool {
        let mut withheld = self.accounts.values().flat_map(|account| &account.withheld);
        !withheld.any(|withheld| withheld.reason.is_incomplete())
    }
}
