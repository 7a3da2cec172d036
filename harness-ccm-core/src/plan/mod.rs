//! The planner: compares what is wanted with what is there. Pure, total, and blind to the order of its input.

mod account_plan;
mod connector;
mod describe;
mod file;
mod finding;
mod forecast;
mod limits;
mod planner;
mod render;
mod role;
mod shortfall;
mod step;
mod trust;
mod withheld;

pub(crate) use connector::sort_by_claim;

pub use account_plan::{AccountPlan, ExpectedTest};
pub use file::InvalidPlanFile;
pub use finding::{Finding, FindingKind, Severity};
pub use forecast::Forecast;
pub use limits::{ApprovedPlan, Basis, Limits, Refusal};
pub use planner::{Mode, PlanOptions, plan};
pub use render::Rendered;
pub use shortfall::Shortfall;
pub use step::{Action, Reason, Step};
pub use withheld::{Obstacle, UnlistedReason, Withheld, WithheldReason};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConnectorId, HarnessAccountId, OwnerId};
use crate::owner::Ownership;

/// Everything that will be done, in full: applying it decides nothing.
///
/// Three facts are kept apart: whether it changes anything ([`has_changes`](Self::has_changes)), whether everything could be
/// judged ([`is_complete`](Self::is_complete)), and what is held back, with its reason, account by account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The Harness account that it is for.
    pub harness_account: HarnessAccountId,
    /// Whose mark everything carries.
    pub owner: OwnerId,
    /// What it was allowed to do.
    pub options: PlanOptions,
    /// What it rests on.
    #[serde(default)]
    pub basis: Basis,
    /// What is done and not done in each account.
    pub accounts: BTreeMap<AccountId, AccountPlan>,
    /// Connectors that belong to no AWS account. They are left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unassigned: Vec<ConnectorId>,
    /// What a user should know about the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<String>,
}

/// How much of what a plan holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// Roles and connectors to create, those among them that an earlier run of ours left in part.
    pub create: usize,
    /// Roles and connectors of ours to change.
    pub update: usize,
    /// Roles and connectors that carry no mark, to change and to mark as ours.
    pub adopt: usize,
    /// Roles and connectors to remove.
    pub remove: usize,
    /// Roles and connectors that are as wanted.
    pub in_sync: usize,
    /// Things that are withheld, for whatever reason.
    pub withheld: usize,
    /// Those among them that make the run [incomplete](Plan::is_complete).
    pub incomplete: usize,
    /// Accounts that are left out.
    pub skipped: usize,
    /// Accounts in the plan.
    pub accounts: usize,
}

impl Plan {
    /// The steps, account by account, in the order in which they are done within an account.
    pub fn steps(&self) -> impl Iterator<Item = (&AccountId, &Step)> {
        self.accounts.iter().flat_map(|(id, account)| account.steps.iter().map(move |step| (id, step)))
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

    /// How much of what it holds. Two steps about one role count once. Told by what the steps do, whatever they say of themselves.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { accounts: self.accounts.len(), ..Counts::default() };
        for account in self.accounts.values() {
            counts.in_sync += account.in_sync.len();
            counts.withheld += account.withheld.len();
            counts.incomplete +=
                account.withheld.iter().filter(|withheld| withheld.reason.is_incomplete()).count();
            counts.skipped += usize::from(account.skipped.is_some());
            let mut roles = BTreeSet::new();
            for step in &account.steps {
                match &step.action {
                    // The second of two phases is about the same role.
                    Action::PutRole { spec, .. } if !roles.insert(&spec.address.arn) => {}
                    Action::PutRole { .. } if role::is_unfinished(step, &account.steps, &self.owner) => {
                        counts.create += 1;
                    }
                    Action::PutRole { expect, .. } => {
                        *counts.put(expect.seen().map(|state| &state.tags), &self.owner) += 1;
                    }
                    Action::PutConnector { expect, .. } => {
                        *counts.put(expect.seen().map(|state| &state.tags), &self.owner) += 1;
                    }
                    Action::RemoveConnector { .. } | Action::RemoveRole { .. } => counts.remove += 1,
                }
            }
        }
        counts
    }
}

impl Counts {
    /// What a write of something that has these tags counts as; none for what is not there.
    fn put(&mut self, tags: Option<&BTreeMap<String, String>>, owner: &OwnerId) -> &mut usize {
        match tags.map(|tags| Ownership::read(tags, owner)) {
            None => &mut self.create,
            Some(Ownership::Unmarked) => &mut self.adopt,
            Some(Ownership::Ours | Ownership::Foreign(_)) => &mut self.update,
        }
    }
}
