use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::marking::is_mark;
use super::{Action, Plan, role};
use crate::owner::Ownership;

/// How much of what a plan holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Counts {
    /// Roles and connectors to create, those among them that an earlier run of ours left in part.
    pub create: usize,
    /// Roles and connectors of ours to change.
    pub update: usize,
    /// Roles and connectors that carry no mark, to change and to mark as ours, and roles that serve another Harness account too.
    pub adopt: usize,
    /// Roles and connectors that carry no mark, to mark as ours and otherwise leave as they are. No limit counts them.
    #[serde(default)]
    pub mark: usize,
    /// Roles and connectors to remove.
    pub remove: usize,
    /// Roles and connectors that are as wanted.
    pub in_sync: usize,
    /// Those among them that are not ours: they stay as they are, and are not removed with what is.
    #[serde(default)]
    pub not_ours: usize,
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
    /// How much of what it holds. Two steps about one role count once. Told by what the steps do, whatever they say of themselves.
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
    /// What a write of something that somebody owns counts as; none for what is not there.
    fn put(&mut self, ownership: Option<&Ownership>) -> &mut usize {
        match ownership {
            None => &mut self.create,
            Some(Ownership::Unmarked) => &mut self.adopt,
            Some(Ownership::Ours | Ownership::Foreign(_)) => &mut self.update,
        }
    }
}
