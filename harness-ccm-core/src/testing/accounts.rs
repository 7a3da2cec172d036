//! The requirements for every [`AccountSource`].

use std::collections::{BTreeMap, BTreeSet};

use super::ok;
use crate::account::{Account, AccountQuery};
use crate::backend::AccountSource;
use crate::error::{Effect, ErrorKind};
use crate::id::AccountId;
use crate::selector::{Match, Selector};

/// Generates one test for each requirement on an [`AccountSource`](crate::backend::AccountSource).
///
/// `$block_on` runs a future to completion on the runtime that the source needs. `$start` is a future that returns the source,
/// the ids that it must list, and any value that must live as long.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use harness_ccm_core::prelude::*;
///
/// async fn start() -> (impl AccountSource, BTreeSet<AccountId>, ()) {
///     let id: AccountId = "111122223333".parse().unwrap();
///     (World::new([Account::new(id.clone(), "web")]).accounts(), [id].into(), ())
/// }
///
/// mod keeps_the_contract {
///     harness_ccm_core::account_source_tests!(futures_executor::block_on, super::start());
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! account_source_tests {
    ($block_on:expr, $start:expr) => {
        $crate::__account_cases! { tests ($block_on, $start) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __account_cases {
    ($mode:ident $arguments:tt) => {
        $crate::__conformance! { $mode accounts $arguments;
            all_are_listed_once_and_in_order "Every account of the source, sorted by id, each once, in any state.";
            details_are_known_of_all_or_refused "`Unsupported` if the source cannot know a requested detail; otherwise every account has it.";
            those_that_a_selector_may_select_are_listed "Every account that `to` may select, with the requested details; the listing is always partial.";
        }
    };
}

/// The names of all cases.
pub const CASES: &[&str] = &__account_cases! { names () };

/// Runs all cases. `source` must list exactly `expected`.
pub async fn suite(source: &dyn AccountSource, expected: &BTreeSet<AccountId>) {
    __account_cases! { suite (source, expected) }
}

/// Checks that accounts are sorted, complete, listed once, and the same in a second listing, with one
/// management account per organization.
pub async fn all_are_listed_once_and_in_order(source: &dyn AccountSource, expected: &BTreeSet<AccountId>) {
    let first = ok("list", source.list_accounts(&AccountQuery::new()).await);
    let ids: Vec<_> = first.accounts().iter().map(|account| account.id.clone()).collect();
    assert!(ids.is_sorted(), "sorted by id: {ids:?}");
    assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), *expected, "complete");
    assert_eq!(ids.len(), expected.len(), "each once");
    let second = ok("list again", source.list_accounts(&AccountQuery::new()).await);
    assert_eq!(first.accounts(), second.accounts(), "the same twice");
    let mut payers: BTreeMap<Option<&AccountId>, usize> = BTreeMap::new();
    for account in first.accounts().iter().filter(|account| account.management == Some(true)) {
        *payers.entry(account.payer.as_ref()).or_default() += 1;
        assert!(
            account.payer.as_ref().is_none_or(|payer| *payer == account.id),
            "a management account is its own payer: {account:?}"
        );
    }
    assert!(
        payers.iter().all(|(payer, count)| payer.is_none() || *count == 1),
        "one management account an organization: {payers:?}"
    );
}

/// Checks that every account has a requested detail, or that the source reports that it cannot know it. If only some had
/// it, a rule would treat the others as accounts without it.
pub async fn details_are_known_of_all_or_refused(source: &dyn AccountSource, expected: &BTreeSet<AccountId>) {
    type Known = fn(&Account) -> bool;
    let details: [(&str, AccountQuery, Known); 4] = [
        ("ids of units", AccountQuery::new().with_ou_ids(), |account| account.ou_ids.is_some()),
        ("names of units", AccountQuery::new().with_ou_paths(), |account| account.ou_path.is_some()),
        ("tags", AccountQuery::new().with_tags(), |account| account.tags.is_some()),
        ("all", AccountQuery::new().with_ou_ids().with_ou_paths().with_tags(), |account| {
            account.ou_ids.is_some() && account.ou_path.is_some() && account.tags.is_some()
        }),
    ];
    for (what, query, known) in details {
        match source.list_accounts(&query).await {
            Ok(listing) => {
                let ids: BTreeSet<_> = listing.accounts().iter().map(|account| account.id.clone()).collect();
                assert_eq!(ids, *expected, "{what}: the same accounts as without");
                // A record in doubt is not checked: no rule uses it.
                let lacking =
                    listing.accounts().iter().find(|account| account.doubt.is_none() && !known(account));
                assert!(lacking.is_none(), "{what}: requested, but {lacking:?} does not have it");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{what}: {}", error.report());
                assert_eq!(error.effect(), Effect::None, "{what}: it reads only");
            }
        }
    }
}

/// Checks that a listing for a selector has every account that it may select, and is partial.
pub async fn those_that_a_selector_may_select_are_listed(
    source: &dyn AccountSource,
    expected: &BTreeSet<AccountId>,
) {
    let case = "matching";
    let some: BTreeSet<_> = expected.iter().take(2).cloned().collect();
    let all = ok(case, source.list_accounts(&AccountQuery::new()).await);
    for to in [Selector::all(), Selector::all().with_accounts(some), Selector::all().with_name("*a*")] {
        let listing = ok(case, source.list_matching(&AccountQuery::new(), &to).await);
        assert!(!listing.is_complete(), "{case}: the listing is partial, but says that it is complete");
        let listed: BTreeSet<_> = listing.accounts().iter().map(|account| &account.id).collect();
        for account in all.accounts().iter().filter(|account| to.evaluate(account) != Match::No) {
            assert!(listed.contains(&account.id), "{case}: {} is selected and not listed", account.id);
        }
    }
}
