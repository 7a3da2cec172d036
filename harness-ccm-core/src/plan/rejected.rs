use serde::Serialize;

use crate::id::{AccountId, HarnessAccountId, OwnerId};
use crate::setting::Setting;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// Why a plan was refused before its first write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlanRejected {
    /// A step that no plan of ours holds: the plan was edited, or put together by hand.
    #[error(
        "the plan for the account {account} was edited, {message}: plans are applied as they were made, so make a new one"
    )]
    Edited {
        /// The account.
        account: AccountId,
        /// What is wrong with it.
        message: String,
    },
    /// It was made for another Harness account or another owner than the intent.
    #[error(
        "the plan is for the Harness account {} and the owner {}, the intent for {} and {}: nothing was written", plan.0, plan.1, intent.0, intent.1
    )]
    OtherIntent {
        /// What the plan is for.
        plan: (HarnessAccountId, OwnerId),
        /// What the intent is for.
        intent: (HarnessAccountId, OwnerId),
    },
    /// A [guard](super::Guard) refuses it.
    #[error("the guard {guard:?} refuses what the plan does in the account {account}: {}", visible(message))]
    Guard {
        /// The guard.
        guard: String,
        /// The account.
        account: AccountId,
        /// Why.
        message: String,
    },
    /// Too many changes.
    #[error(
        "the plan changes {changed} of {existing} existing roles and connectors, more than {} allows: if that is meant, raise it",
        Setting::MaxUpdates
    )]
    Updates {
        /// How many are changed.
        changed: usize,
        /// How many exist.
        existing: usize,
    },
    /// Too many adoptions.
    #[error(
        "the plan adopts {adopted} of {existing} existing roles and connectors, more than {} allows: if that is meant, raise it",
        Setting::MaxAdoptions
    )]
    Adoptions {
        /// How many are adopted.
        adopted: usize,
        /// How many exist.
        existing: usize,
    },
    /// Too many removals.
    #[error(
        "the plan removes {removed} of {existing} existing roles and connectors, more than {} allows: if that is meant, raise it",
        Setting::MaxRemovals
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
        "the plan removes {removed} roles and connectors, but its accounts were listed at {taken}: plan anew without a kept listing ({} = 0)",
        Setting::MaxAge
    )]
    OldListing {
        /// How many are removed.
        removed: usize,
        /// When the accounts were listed.
        taken: Timestamp,
    },
    /// Things would go, and an accepted listing is kept that cannot be read.
    #[error(
        "the plan removes {removed} roles and connectors, and the accepted listing cannot be read, so nobody can tell which accounts are missing since then: restore it, or delete it to start anew"
    )]
    BaselineLost {
        /// How many are removed.
        removed: usize,
    },
    /// Things would go, and accounts that have a connector of ours are missing from the listing.
    #[error(
        "{missing} of {onboarded} accounts with a connector of ours are missing from the listing of {listed} accounts, more than {} allows, and the plan removes {removed} roles and connectors: check that the source lists all accounts; if they did leave, raise the limit",
        Setting::MaxMissing
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
        "{missing} of the {before} accounts of the accepted listing are missing from this one of {listed}, more than {} allows, and the plan removes {removed} roles and connectors: check that the source lists all accounts; if they did leave, raise the limit",
        Setting::MaxMissing
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
