use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Action, Counts, Plan};
use crate::backend::ListingDigest;
use crate::id::{AccountId, OrganizationId};
use crate::intent::{Desired, Unlisted};
use crate::observe::Observed;
use crate::owner::Ownership;
use crate::timestamp::Timestamp;

/// What a plan may do before it is refused, as shares of what exists and is wanted or owned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// The share of existing roles and connectors of ours that may be changed, 0 to 1. Finishing what an interrupted run of ours
    /// left is no change.
    #[serde(deserialize_with = "share")]
    pub max_updates: f64,
    /// The share of existing roles and connectors that may be adopted, 0 to 1. Adoptions are no changes of what is ours, so they
    /// do not count against `max_updates`.
    #[serde(deserialize_with = "share")]
    pub max_adoptions: f64,
    /// The share of existing roles and connectors that may be removed, 0 to 1.
    #[serde(deserialize_with = "share")]
    pub max_removals: f64,
    /// As many changes, as many adoptions and as many removals always pass: in a small organization one is a large share.
    pub always_allowed: usize,
    /// The share of accounts that may be missing from a listing by which things are removed: of the accounts that have a
    /// connector of ours, and of those of the accepted listing, if one is kept. 0 to 1; a single account always passes unless it is 0.
    ///
    /// An account that is closed stays listed for 90 days, so accounts rarely go missing, and many at once are as a rule a listing
    /// that went wrong.
    #[serde(deserialize_with = "share")]
    pub max_missing: f64,
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(serde::de::Error::custom("this is no share: it goes from 0.0 (none) to 1.0 (all)"))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_updates: 0.5, max_adoptions: 0.5, max_removals: 0.1, always_allowed: 10, max_missing: 0.1 }
    }
}

impl Limits {
    /// No limit at all.
    pub fn none() -> Self {
        Self {
            max_updates: 1.0,
            max_adoptions: 1.0,
            max_removals: 1.0,
            always_allowed: usize::MAX,
            max_missing: 1.0,
        }
    }

    /// Whether so many of so many accounts may be missing from a listing by which things are removed, or which is accepted.
    pub(crate) fn tolerate_missing(&self, missing: usize, of: usize) -> bool {
        !is_more_than(missing, self.max_missing, of) || missing <= 1 && self.max_missing > 0.0
    }
}

/// What a plan rests on: how far its listing of accounts can be relied on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Basis {
    /// How many accounts were listed.
    pub listed: usize,
    /// When they were listed, if not just for this plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
    /// How many accounts have a connector of ours.
    pub onboarded: usize,
    /// How many of those are not in a listing that claims to be whole.
    pub missing: usize,
    /// The organizations that they belong to, as far as the source knows.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub organizations: BTreeSet<OrganizationId>,
    /// How many accounts the accepted listing had, and how many of those are missing now, if one is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<(usize, usize)>,
    /// Which accounts were listed, if the listing was a new one of all accounts: only such a listing can be
    /// [accepted](crate::source::accept).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingDigest>,
}

impl Basis {
    pub(super) fn of(desired: &Desired, observed: &Observed) -> Self {
        let onboarded: BTreeSet<_> = observed
            .connectors
            .iter()
            .filter(|connector| connector.ownership(&desired.owner) == Ownership::Ours)
            .filter_map(|connector| connector.account.as_ref())
            .collect();
        let missing = onboarded.iter().filter(|id| !desired.accounts.contains_key(**id)).count();
        Self {
            listed: desired.accounts.len(),
            taken: desired.taken,
            onboarded: onboarded.len(),
            // What lies outside a part is not missing.
            missing: if desired.unlisted == Unlisted::Ignored { 0 } else { missing },
            organizations: desired.organizations.clone(),
            previous: desired.previous.as_ref().map(|last| (last.accounts, last.missing.len())),
            listing: desired.listing.clone().filter(|_| desired.unlisted != Unlisted::Ignored),
        }
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
    /// A step that no plan of ours holds: the plan was edited, or put together by hand.
    #[error(
        "the plan for the account {account} was edited, {what}: plans are applied as they were made, so make a new one"
    )]
    Edited {
        /// The account.
        account: AccountId,
        /// What is wrong with it.
        what: String,
    },
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
    /// Too many adoptions.
    #[error(
        "the plan adopts {adopted} of {existing} existing roles and connectors, more than limits.max-adoptions allows: if that is meant, raise it"
    )]
    Adoptions {
        /// How many are adopted.
        adopted: usize,
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
    /// Things would go, and the listing of accounts is an old one.
    #[error(
        "the plan removes {removed} roles and connectors, but its accounts were listed at {taken}: plan anew without a kept listing (listing.max-age-minutes = 0)"
    )]
    OldListing {
        /// How many are removed.
        removed: usize,
        /// When the accounts were listed.
        taken: Timestamp,
    },
    /// Things would go, and accounts that have a connector of ours are missing from the listing.
    #[error(
        "{missing} of {onboarded} accounts with a connector of ours are missing from the listing of {listed} accounts, more than limits.max-missing allows, and the plan removes {removed} roles and connectors: check that the source lists all accounts; if they did leave, raise the limit"
    )]
    Shrunk {
        /// How many accounts with a connector of ours are missing.
        missing: usize,
        /// How many have one.
        onboarded: usize,
        /// How many accounts are listed.
        listed: usize,
        /// How many things are removed.
        removed: usize,
    },
    /// Things would go, and accounts of the accepted listing are missing from this one.
    #[error(
        "{missing} of the {before} accounts of the accepted listing are missing from this one of {listed}, more than limits.max-missing allows, and the plan removes {removed} roles and connectors: check that the source lists all accounts; if they did leave, raise the limit"
    )]
    ShrunkSince {
        /// How many accounts are missing.
        missing: usize,
        /// How many the accepted listing had.
        before: usize,
        /// How many this one has.
        listed: usize,
        /// How many things are removed.
        removed: usize,
    },
}

impl Plan {
    /// Lets the plan pass, or refuses it before its first write; see [`judge`](Self::judge).
    pub fn check(self, limits: &Limits) -> Result<ApprovedPlan, Refusal> {
        self.judge(limits)?;
        Ok(ApprovedPlan(self))
    }

    /// Whether the limits let the plan pass.
    ///
    /// Whatever the limits, nothing is removed on the strength of an old listing, except under
    /// [`Limits::none`]; and no step passes that writes into another account than its own, takes away what does not carry the
    /// plan's mark, or changes what carries another.
    pub fn judge(&self, limits: &Limits) -> Result<(), Refusal> {
        for (account, step) in self.steps() {
            if let Some(what) = self.is_amiss(account, &step.action) {
                let what =
                    format!("the step {} {} {what}", step.operation().symbol(), step.action.resource());
                return Err(Refusal::Edited { account: account.clone(), what });
            }
        }
        if *limits == Limits::none() {
            return Ok(());
        }
        let Counts { create, update, adopt, remove, in_sync, .. } = self.counts();
        let existing = update + adopt + remove + in_sync;
        let exceeds =
            |count: usize, share: f64| count > limits.always_allowed && is_more_than(count, share, existing);
        if remove > 0 {
            self.basis.check(remove, limits)?;
            if create + update + adopt + in_sync == 0 {
                return Err(Refusal::NothingWanted { removed: remove });
            }
        }
        if exceeds(update, limits.max_updates) {
            return Err(Refusal::Updates { changed: update, existing });
        }
        if exceeds(adopt, limits.max_adoptions) {
            return Err(Refusal::Adoptions { adopted: adopt, existing });
        }
        if exceeds(remove, limits.max_removals) {
            return Err(Refusal::Removals { removed: remove, existing });
        }
        Ok(())
    }
}

impl Plan {
    /// What a step does that a plan never does, whatever was wanted and seen.
    fn is_amiss(&self, account: &AccountId, action: &Action) -> Option<&'static str> {
        let (place, owner, found) = match action {
            Action::PutRole { spec, expect } => {
                let found = expect.seen().map(|state| state.ownership(&self.owner));
                (Some(spec.address.account()), Some(&spec.owner), found)
            }
            Action::PutConnector { spec, expect } => {
                let found = expect.seen().map(|state| state.ownership(&self.owner));
                (Some(spec.account()), Some(&spec.owner), found)
            }
            Action::RemoveRole { address, expected } => {
                (Some(address.account()), None, Some(expected.ownership(&self.owner)))
            }
            Action::RemoveConnector { id: _, expected } => {
                (expected.account.as_ref(), None, Some(expected.ownership(&self.owner)))
            }
        };
        let may = match found {
            None | Some(Ownership::Ours) => true,
            Some(Ownership::Unmarked) => self.options.adopt && owner.is_some(),
            Some(Ownership::Foreign(_)) => false,
        };
        match (place == Some(account), owner.is_none_or(|owner| *owner == self.owner), may) {
            (false, ..) => Some("is about another account"),
            (_, false, _) => Some("writes another owner's mark"),
            (.., false) => Some("is about something that does not carry the plan's mark"),
            (true, true, true) => None,
        }
    }
}

impl Basis {
    fn check(&self, removed: usize, limits: &Limits) -> Result<(), Refusal> {
        let &Self { listed, taken, onboarded, missing, previous, listing: _, organizations: _ } = self;
        if let Some(taken) = taken {
            return Err(Refusal::OldListing { removed, taken });
        }
        if !limits.tolerate_missing(missing, onboarded) {
            return Err(Refusal::Shrunk { missing, onboarded, listed, removed });
        }
        match previous {
            Some((before, missing)) if !limits.tolerate_missing(missing, before) => {
                Err(Refusal::ShrunkSince { missing, before, listed, removed })
            }
            _ => Ok(()),
        }
    }
}

fn is_more_than(count: usize, share: f64, all: usize) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^52")]
    let (count, all) = (count as f64, all as f64);
    count > all * share
}
