use std::collections::BTreeSet;

use crate::account::Account;
use crate::id::AccountId;

/// Accounts that a listing leaves out by choice: they are not missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Accounts that the source returned.
    seen: BTreeSet<AccountId>,
    /// All accounts except these, whether the source returned them or not.
    all_but: Option<BTreeSet<AccountId>>,
}

impl LeftOut {
    /// Adds an account that the source returned.
    pub(crate) fn add(&mut self, account: &Account) {
        self.seen.insert(account.id.clone());
    }

    /// Adds all accounts except these.
    pub(crate) fn add_all_but(&mut self, ids: &BTreeSet<AccountId>) {
        self.all_but = Some(match &self.all_but {
            Some(before) => before.intersection(ids).cloned().collect(),
            None => ids.clone(),
        });
    }

    /// Whether an account that is not listed is not missing.
    pub(crate) fn has(&self, id: &AccountId) -> bool {
        self.seen.contains(id) || self.all_but.as_ref().is_some_and(|ids| !ids.contains(id))
    }

    /// Combines the exclusions of two listings: one source may return an account that the other does not look for.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.all_but = match (self.all_but, other.all_but) {
            (Some(one), Some(other)) => Some(one.union(&other).cloned().collect()),
            (_, None) | (None, _) => None,
        };
        self
    }
}
