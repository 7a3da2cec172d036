use std::collections::BTreeSet;

use crate::account::Account;
use crate::id::AccountId;

/// Accounts that a listing lacks by choice: they are not missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Those that were there.
    seen: BTreeSet<AccountId>,
    /// All but these, whether they were there or not.
    all_but: Option<BTreeSet<AccountId>>,
}

impl LeftOut {
    /// Adds an account that was there.
    pub(crate) fn add(&mut self, account: &Account) {
        self.seen.insert(account.id.clone());
    }

    /// Adds all accounts but these.
    pub(crate) fn add_all_but(&mut self, ids: &BTreeSet<AccountId>) {
        self.all_but = Some(match &self.all_but {
            Some(before) => before.intersection(ids).cloned().collect(),
            None => ids.clone(),
        });
    }

    /// Whether an account is not missing where it is not listed.
    pub(crate) fn has(&self, id: &AccountId) -> bool {
        self.seen.contains(id) || self.all_but.as_ref().is_some_and(|ids| !ids.contains(id))
    }

    /// What two listings lack by choice together: what one of them does not look for, the other one may.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.all_but = match (self.all_but, other.all_but) {
            (Some(one), Some(other)) => Some(one.union(&other).cloned().collect()),
            (_, None) | (None, _) => None,
        };
        self
    }
}
