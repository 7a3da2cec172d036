use serde::{Deserialize, Serialize};

use super::{Counts, Plan};

/// What a plan may do before it is refused, as shares of what exists and is wanted or owned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// The share of existing roles and connectors that may be changed, 0 to 1.
    pub max_updates: f64,
    /// The share of existing roles and connectors that may be removed, 0 to 1.
    pub max_removals: f64,
    /// As many changes and as many removals always pass: in a small organization one is a large share.
    pub always_allowed: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_updates: 0.5, max_removals: 0.1, always_allowed: 10 }
    }
}

impl Limits {
    /// No limit at all.
    pub fn none() -> Self {
        Self { max_updates: 1.0, max_removals: 1.0, always_allowed: usize::MAX }
    }
}

/// A plan that passed the limits: the only thing that [`apply`](crate::apply::apply) takes.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovedPlan(Plan);

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Why a plan was refused before its first write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Too many changes.
    #[error(
        "the plan changes {changed} of {existing} existing roles and connectors, more than limits.max-updates allows: if that is meant, raise it"
    )]
    Updates {
        /// How many are changed.
        changed: usize,
        /// How many exist.
        existing: usize,
    },
    /// Too many removals.
    #[error(
        "the plan removes {removed} of {existing} existing roles and connectors, more than limits.max-removals allows: if that is meant, raise it"
    )]
    Removals {
        /// How many are removed.
        removed: usize,
        /// How many exist.
        existing: usize,
    },
    /// Everything would go, because nothing is wanted: more likely a listing that went wrong.
    #[error(
        "the plan removes {removed} roles and connectors and wants none: check the account source and the rules"
    )]
    NothingWanted {
        /// How many are removed.
        removed: usize,
    },
}

impl Plan {
    /// Lets the plan pass, or refuses it before its first write.
    pub fn check(self, limits: &Limits) -> Result<ApprovedPlan, Refusal> {
        let Counts { create, update, remove, in_sync, withheld: _, skipped: _, accounts: _ } = self.counts();
        let existing = update + remove + in_sync;
        let exceeds = |count: usize, share: f64| {
            #[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^52")]
            let allowed = existing as f64 * share;
            #[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^52")]
            let count_as_share = count as f64;
            count > limits.always_allowed && count_as_share > allowed
        };
        if remove > 0 && create + update + in_sync == 0 && limits.always_allowed != usize::MAX {
            return Err(Refusal::NothingWanted { removed: remove });
        }
        if exceeds(update, limits.max_updates) {
            return Err(Refusal::Updates { changed: update, existing });
        }
        if exceeds(remove, limits.max_removals) {
            return Err(Refusal::Removals { removed: remove, existing });
        }
        Ok(ApprovedPlan(self))
    }
}
