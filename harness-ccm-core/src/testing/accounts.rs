//! What every [`AccountSource`] has to do.

use std::collections::{BTreeMap, BTreeSet};

use super::ok;
use crate::account::{Account, AccountQuery};
use crate::backend::AccountSource;
use crate::error::{Effect, ErrorKind};
use crate::id::AccountId;

/// Runs all cases. `source` must list exactly `expected`.
pub async fn suite(source: &dyn AccountSource, expected: &BTreeSet<AccountId>) {
    all_are_listed_once_and_in_order(source, expected).await;
    details_are_known_of_all_or_refused(source, expected).await;
}

/// Sorted, complete, each once, the same again, and one management account for each organization.
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

/// What is asked for is there for every account, or the source says that it cannot know: never for some only, since a rule
/// would take the others for accounts without it.
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
                // Of a record in doubt nothing is asked: it decides nothing.
                let lacking =
                    listing.accounts().iter().find(|account| account.doubt.is_none() && !known(account));
                assert!(lacking.is_none(), "{what}: asked for, but not known of {lacking:?}");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{what}: {}", error.report());
                assert_eq!(error.effect(), Effect::None, "{what}: it reads only");
            }
        }
    }
}
