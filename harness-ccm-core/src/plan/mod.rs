//! The planner: compares what is wanted with what is there. Pure, total, and blind to the order of its input.

mod account_plan;
mod basis;
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
mod role;
mod shortfall;
mod step;
mod terraform;
mod trust;
mod waves;
mod withheld;
mod within;

pub use account_plan::{AccountPlan, ExpectedTest};
pub use basis::Basis;
pub use change::Change;
pub use check::ApprovedPlan;
pub use concern::{Concern, UnknownConcern};
pub use counts::Counts;
pub use file::InvalidPlanFile;
pub use finding::{Finding, FindingKind, Severity};
pub use forecast::Forecast;
pub use guard::{Guard, guard};
pub use options::{Mode, PlanOptions};
pub use planner::make_plan;
pub use rejected::PlanRejected;
pub use shortfall::Shortfall;
pub use step::{Action, Reason, Step};
pub use waves::Waves;
pub use withheld::{Obstacle, UnlistedReason, Withheld, WithheldReason};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConnectorId, HarnessAccountId, OwnerId};
use crate::intent::Diagnostic;

/// Everything that will be done, in full: applying it decides nothing.
///
/// Three facts are kept apart: whether it changes anything ([`has_changes`](Self::has_changes)), whether everything could be
/// judged ([`is_complete`](Self::is_complete)), and what is held back, with its reason, account by account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    pub diagnostics: Vec<Diagnostic>,
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
}
