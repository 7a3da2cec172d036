use serde::Serialize;

use crate::id::{AccountId, HarnessAccountId, OwnerId};
use crate::setting::Setting;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// The reason that a plan was refused before its first write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlanRejected {
    /// A step that a valid plan never contains: the plan was edited, or assembled by hand.
    #[error(
        "the plan for the account {account} was edited, {message}: only an unedited plan can be applied, so make a new one"
    )]
    Edited {
        /// The account.
        account: AccountId,
        /// The problem.
        message: String,
    },
    /// The plan is for another Harness account or another owner than the intent.
    #[error(
        "the plan is for the Harness account {} and the owner {}, the intent for {} and {}: nothing was written", plan.0, plan.1, intent.0, intent.1
    )]
    OtherIntent {
        /// The Harness account and the owner of the plan.
        plan: (HarnessAccountId, OwnerId),
        /// The Harness account and the owner of the intent.
        intent: (HarnessAccountId, OwnerId),
    },
    /// A [guard](super::Guard) refuses the plan.
    #[error("the guard {guard:?} refuses the plan for the account {account}: {}", visible(message))]
    Guard {
        /// The guard.
        guard: String,
        /// The account.
        account: AccountId,
        /// The reason that the guard states.
        message: String,
    },
    /// The plan makes too many changes.
    #[error(
        "the plan changes {changed} of {existing} existing roles and connectors, more than {} allows: if that is intended, raise it",
        Setting::MaxUpdates
    )]
    Updates {
        /// The number of changed resources.
        changed: usize,
        /// The number of existing ones.
        existing: usize,
    },
    /// The plan makes too many adoptions.
    #[error(
        "the plan adopts {adopted} of {existing} existing roles and connectors, more than {} allows: if that is intended, raise it",
        Setting::MaxAdoptions
    )]
    Adoptions {
        /// The number of adopted resources.
        adopted: usize,
        /// The number of existing ones.
        existing: usize,
    },
    /// The plan makes too many removals.
    #[error(
        "the plan removes {removed} of {existing} existing roles and connectors, more than {} allows: if that is intended, raise it",
        Setting::MaxRemovals
    )]
    Removals {
        /// The number of removed resources.
        removed: usize,
        /// The number of existing ones.
        existing: usize,
    },
    /// The plan would remove everything, because nothing is desired: a faulty listing is more likely.
    #[error(
        "the plan removes {removed} roles and connectors and keeps none: check the account source and the rules"
    )]
    NothingWanted {
        /// The number of removed resources.
        removed: usize,
    },
    /// The plan would remove resources, and the listing of accounts is an old one.
    #[error(
        "the plan removes {removed} roles and connectors, but its accounts were listed at {taken}: make a new plan without a kept listing ({} = 0)",
        Setting::MaxAge
    )]
    OldListing {
        /// The number of removed resources.
        removed: usize,
        /// The time of the listing.
        taken: Timestamp,
    },
    /// The plan would remove resources, and a stored accepted listing cannot be read.
    #[error(
        "the plan removes {removed} roles and connectors, and the accepted listing cannot be read, so it is unknown which accounts are missing since then: restore it, or delete it to start again"
    )]
    BaselineLost {
        /// The number of removed resources.
        removed: usize,
    },
    /// The plan would remove resources, and accounts that have a connector of ours are missing from the listing.
    #[error(
        "{missing} of {onboarded} accounts with a connector of ours are missing from the listing of {listed} accounts, more than {} allows, and the plan removes {removed} roles and connectors: check that the source lists all accounts; if they did leave, raise the limit",
        Setting::MaxMissing
    )]
    Shrunk {
        /// The number of accounts with a connector of ours that are missing.
        missing: usize,
        /// The number of all accounts with one.
        onboarded: usize,
        /// The number of listed accounts.
        listed: usize,
        /// The number of removed resources.
        removed: usize,
    },
    /// The plan would remove resources, and accounts of the accepted listing are missing from this one.
    #[error(
        "{missing} of the {before} accounts of the accepted listing are missing from this one of {listed}, more than {} allows, and the plan removes {removed} roles and connectors: check that the source lists all accounts; if they did leave, raise the limit",
        Setting::MaxMissing
    )]
    ShrunkSince {
        /// The number of missing accounts.
        missing: usize,
        /// The number of accounts in the accepted listing.
        before: usize,
        /// The number of accounts in this one.
        listed: usize,
        /// The number of removed resources.
        removed: usize,
    },
}
