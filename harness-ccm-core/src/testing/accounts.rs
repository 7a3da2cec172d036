//! What every [`AccountSource`] has to do.

use std::collections::BTreeSet;

use super::ok;
use crate::backend::{AccountQuery, AccountSource};
use crate::id::AccountId;

/// `source` must list exactly `expected`.
pub async fn suite(source: &dyn AccountSource, expected: &BTreeSet<AccountId>) {
    let first = ok("list", source.list_accounts(&AccountQuery::new()).await);
    let ids: Vec<_> = first.iter().map(|account| account.id.clone()).collect();
    assert!(ids.is_sorted(), "sorted by id: {ids:?}");
    assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), *expected, "complete");
    assert_eq!(ids.len(), expected.len(), "each once");
    let second = ok("list again", source.list_accounts(&AccountQuery::new()).await);
    assert_eq!(first, second, "the same twice");
    assert!(
        first.iter().filter(|account| account.management).count() <= 1,
        "one management account at the most"
    );
}
