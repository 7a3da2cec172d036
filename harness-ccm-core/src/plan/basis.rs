use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PlanRejected;
use super::calls::reads;
use crate::catalog::Release;
use crate::id::OrganizationId;
use crate::intent::{Desired, Unlisted};
use crate::limits::Limits;
use crate::listing::ListingDigest;
use crate::observe::{Observed, Searched, Seen};
use crate::owner::Ownership;
use crate::timestamp::Timestamp;

/// The basis of a plan: how reliable its listing of accounts is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Basis {
    /// The number of listed accounts.
    pub listed: usize,
    /// The time of the listing, if it was not made for this plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
    /// The release of the permissions; `None` in plans of older versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// The number of accounts that have a connector of ours.
    pub onboarded: usize,
    /// The number of those that are missing from a listing that claims to be complete.
    pub missing: usize,
    /// The organizations of the accounts, as far as the source knows.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub organizations: BTreeSet<OrganizationId>,
    /// The number of accounts in the accepted listing, and the number of those that are missing now, if a listing is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<(usize, usize)>,
    /// Whether a stored accepted listing cannot be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub baseline_lost: bool,
    /// The listed accounts, if the listing was a new one of all accounts: only such a listing can be
    /// [accepted](crate::apply::accept).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingDigest>,
    /// The effort of the search among all roles, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchExtent>,
}

/// The effort of a [search](crate::observe::RoleSearch::Deep) among all roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SearchExtent {
    /// The accounts whose roles were searched.
    pub accounts: usize,
    /// The approximate number of calls to AWS: lists of all roles in pages of a thousand, and reads of the roles that were
    /// found.
    pub aws_calls: usize,
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
            release: Some(desired.release),
            onboarded: onboarded.len(),
            // Accounts outside a part are not missing.
            missing: if desired.unlisted == Unlisted::Ignored { 0 } else { missing },
            organizations: desired.organizations.clone(),
            baseline: desired.baseline.as_ref().map(|last| (last.accounts, last.missing.len())),
            baseline_lost: desired.baseline_lost,
            search: extent(observed),
            listing: desired.listing.clone().filter(|_| desired.unlisted != Unlisted::Ignored),
        }
    }

    /// Whether anything may be removed because of this listing.
    pub(super) fn check(&self, removed: usize, limits: &Limits) -> Result<(), PlanRejected> {
        let &Self {
            listed,
            taken,
            onboarded,
            missing,
            baseline,
            baseline_lost,
            listing: _,
            organizations: _,
            release: _,
            search: _,
        } = self;
        if let Some(taken) = taken {
            return Err(PlanRejected::OldListing { removed, taken });
        }
        if baseline_lost {
            return Err(PlanRejected::BaselineLost { removed });
        }
        if !limits.tolerate_missing(missing, onboarded) {
            return Err(PlanRejected::Shrunk { missing, onboarded, listed, removed });
        }
        match baseline {
            Some((before, missing)) if !limits.tolerate_missing(missing, before) => {
                Err(PlanRejected::ShrunkSince { missing, before, listed, removed })
            }
            _ => Ok(()),
        }
    }
}

fn extent(observed: &Observed) -> Option<SearchExtent> {
    const PAGE: usize = 1_000;
    let mut extent = SearchExtent::default();
    for searched in observed.searched.values() {
        let Searched::Done { listed, found } = searched else { continue };
        let read = found.iter().filter_map(|arn| match observed.roles.get(arn) {
            Some(Seen::Present(state)) => Some(reads(state)),
            Some(Seen::Absent | Seen::Gap(_)) | None => None,
        });
        extent.accounts += 1;
        extent.aws_calls += listed.div_ceil(PAGE).max(1) + read.sum::<usize>();
    }
    (extent.accounts > 0).then_some(extent)
}
