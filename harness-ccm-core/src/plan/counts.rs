use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::marking::is_mark;
use super::{Action, Plan, role};
use crate::owner::Ownership;

/// The counts of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Counts {
    /// Roles and connectors to create. Some existing roles of ours count here too, see [`Plan::counts`].
    pub create: usize,
    /// Our roles and connectors to change.
    pub update: usize,
    /// Unmarked roles and connectors to adopt. Our roles to change that another Harness account also uses count here, too.
    pub adopt: usize,
    /// Unmarked roles and connectors that get the owner mark and otherwise stay unchanged. No limit restricts their number.
    #[serde(default)]
    pub mark: usize,
    /// Roles and connectors to remove.
    pub remove: usize,
    /// Roles and connectors that are in sync.
    pub in_sync: usize,
    /// The part of `in_sync` without our owner mark. This plan does not change these resources, and removing our resources does
    /// not remove them.
    #[serde(default)]
    pub not_ours: usize,
    /// Withheld resources, for any reason.
    pub withheld: usize,
    /// Withheld resources whose reason makes the run [incomplete](Plan::is_complete).
    pub incomplete: usize,
    /// Skipped accounts.
    pub skipped: usize,
    /// Accounts in the plan.
    pub accounts: usize,
}

impl Plan {
    /// Counts the resources and accounts of the plan. A role with two steps counts once. The field in which a resource counts
    /// depends on the observed resource with its owner mark, and on what the steps of its account write. The stated
    /// [reason](super::Reason) of a step matters in one case only: a role of ours that has no permissions yet counts in
    /// [`create`](Counts::create), not in [`update`](Counts::update), if the reason is that an interrupted run left it half created.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { accounts: self.accounts.len(), ..Counts::default() };
        for account in self.accounts.values() {
            counts.in_sync += account.in_sync.len();
            counts.not_ours += account.not_ours.len();
            counts.withheld += account.withheld.len();
            counts.incomplete +=
                account.withheld.iter().filter(|withheld| withheld.reason.is_incomplete()).count();
            counts.skipped += usize::from(account.skipped.is_some());
            let mut roles = BTreeSet::new();
            for step in &account.steps {
                match &step.action {
                    action if is_mark(action, &self.owner) => counts.mark += 1,
                    // The second of two phases is about the same role.
                    Action::PutRole { spec, .. } if !roles.insert(&spec.address.arn) => {}
                    Action::PutRole { .. } if role::is_unfinished(step, &account.steps, &self.owner) => {
                        counts.create += 1;
                    }
                    Action::PutRole { .. } if role::adopts(step) => counts.adopt += 1,
                    Action::PutRole { expect, .. } => {
                        *counts.put(expect.seen().map(|state| state.ownership(&self.owner)).as_ref()) += 1;
                    }
                    Action::PutConnector { expect, .. } => {
                        *counts.put(expect.seen().map(|state| state.ownership(&self.owner)).as_ref()) += 1;
                    }
                    Action::RemoveConnector { .. } | Action::RemoveRole { .. } => counts.remove += 1,
                }
            }
        }
        counts
    }
}

impl Counts {
    /// The count for a write to a resource with this owner; `None` for a missing resource.
    fn put(&mut self, ownership: Option<&Ownership>) -> &mut usize {
        match ownership {
            None => &mut self.create,
            Some(Ownership::Unmarked) => &mut self.adopt,
            Some(Ownership::Ours | Ownership::Foreign(_)) => &mut self.update,
        }
    }
}
