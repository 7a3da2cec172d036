//! The planner: compares what is wanted with what is there. Pure, total, and blind to the order of its input.

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

/// Everything that will be done, in full: applying it decides nothing.
///
/// Three facts are kept apart: whether it changes anything ([`has_changes`](Self::has_changes)), whether everything could be
/// judged ([`is_complete`](Self::is_complete)), and what is held back, with its reason, account by account.
///
/// Between planning and applying it may be looked at, stored, shown, judged by [limits and guards](Self::check_with), and, once approved,
/// narrowed: [`ApprovedPlan::only`] and [`ApprovedPlan::waves`] cut it by accounts, [`ApprovedPlan::within`] to what an earlier plan had
/// too. It cannot be edited: steps that are added, reordered or moved to another account are refused by `check`. What shall not be done is
/// said in the intent, or by a guard.
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
    /// The Harness account that it is for.
    pub(crate) harness_account: HarnessAccountId,
    /// Whose mark everything carries.
    pub(crate) owner: OwnerId,
    /// What it was allowed to do.
    pub(crate) options: PlanOptions,
    /// What it rests on.
    pub(crate) basis: Basis,
    /// What is done and not done in each account.
    pub(crate) accounts: BTreeMap<AccountId, AccountPlan>,
    /// Connectors that belong to no AWS account. They are left alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unassigned: Vec<ConnectorId>,
    /// What a user should know about the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// The Harness account that it is for.
    pub fn harness_account(&self) -> &HarnessAccountId {
        &self.harness_account
    }

    /// Whose mark everything carries.
    pub fn owner(&self) -> &OwnerId {
        &self.owner
    }

    /// What it was allowed to do.
    pub fn options(&self) -> PlanOptions {
        self.options
    }

    /// What it rests on.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// What is done and not done in each account.
    pub fn accounts(&self) -> &BTreeMap<AccountId, AccountPlan> {
        &self.accounts
    }

    /// Connectors that belong to no AWS account. They are left alone.
    pub fn unassigned(&self) -> &[ConnectorId] {
        &self.unassigned
    }

    /// What a user should know about the rules.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The steps, account by account, in the order in which they are done within an account.
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

    /// Whether anything is to be done.
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
