//! The planner: compares the desired with the observed state. It is pure and total, and the order of its input does not matter.

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

/// The complete set of decisions of a run. Applying a plan makes no further decisions.
///
/// A plan answers three questions: does it change anything ([`has_changes`](Self::has_changes)), could everything be read and
/// decided ([`is_complete`](Self::is_complete)), and which resources of each account does it withhold, and why
/// ([`AccountPlan::withheld`]).
///
/// Before you apply a plan, you can show it, store it, and check it with [limits and guards](Self::check_with). You can reduce an
/// approved plan: [`ApprovedPlan::only`] and [`ApprovedPlan::waves`] select accounts, and [`ApprovedPlan::within`] keeps the steps that an
/// earlier plan had too. You cannot edit a plan: `check` refuses steps that were added, reordered or moved to another account. To prevent
/// a step, change the intent or add a guard.
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
    /// The owner whose mark the resources carry.
    pub(crate) owner: OwnerId,
    /// The options that it was made with.
    pub(crate) options: PlanOptions,
    /// The listing that it is based on.
    pub(crate) basis: Basis,
    /// The plan for each account, with steps and withheld resources.
    pub(crate) accounts: BTreeMap<AccountId, AccountPlan>,
    /// Connectors without an AWS account. No step changes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unassigned: Vec<ConnectorId>,
    /// Notes on the rules for the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// The Harness account of the connectors.
    pub fn harness_account(&self) -> &HarnessAccountId {
        &self.harness_account
    }

    /// The owner whose mark the resources carry.
    pub fn owner(&self) -> &OwnerId {
        &self.owner
    }

    /// The options that it was made with.
    pub fn options(&self) -> PlanOptions {
        self.options
    }

    /// The listing that it is based on.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// The plan for each account, with steps and withheld resources.
    pub fn accounts(&self) -> &BTreeMap<AccountId, AccountPlan> {
        &self.accounts
    }

    /// Connectors without an AWS account. No step changes them.
    pub fn unassigned(&self) -> &[ConnectorId] {
        &self.unassigned
    }

    /// Notes on the rules for the user.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The steps, sorted by account. The steps of one account are in the order in which they run.
    pub fn steps(&self) -> impl Iterator<Item = (&AccountId, &Step)> {
        self.accounts.iter().flat_map(|(id, account)| account.steps.iter().map(move |step| (id, step)))
    }

    /// The roles that it removes.
    pub(crate) fn removed_roles(&self) -> impl Iterator<Item = RoleArn> {
        self.steps().filter_map(|(_, step)| match &step.action {
            Action::RemoveRole { address, .. } => Some(address.arn.clone()),
            Action::PutRole { .. } | Action::PutConnector { .. } | Action::RemoveConnector { .. } => None,
        })
    }

    /// Whether the plan has steps.
    pub fn has_changes(&self) -> bool {
        self.steps().next().is_some()
    }

    /// Whether everything could be read and judged: nothing is withheld for a reason that makes it
    /// [incomplete](WithheldReason::is_incomplete).
    pub fn is_complete(&self) -> bool {
        let mut withheld = self.accounts.values().flat_map(|account| &account.withheld);
        !withheld.any(|withheld| withheld.reason.is_incomplete())
    }
}
