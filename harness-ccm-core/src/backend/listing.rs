use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::ListingDigest;
use crate::account::Account;
use crate::id::AccountId;
use crate::timestamp::Timestamp;

/// What an account source answers: the accounts, and how far they can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Listing {
    /// The accounts, sorted by id, each once.
    pub accounts: Vec<Account>,
    /// Whether an account that is not among them is gone. If not, as for a part of an organization or an old copy, nothing is
    /// ever removed because an account is missing here.
    pub whole: bool,
    /// When it was taken, if that was not just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
    /// What somebody should know about it, such as ids that were mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The accepted listing in short, if one is kept: what this one lacks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// The accepted listing, in short: what a new one is compared with. See [`accept`](crate::source::accept).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Previous {
    /// When it was taken.
    pub taken: Timestamp,
    /// How many accounts it had.
    pub accounts: usize,
    /// Those of them that the new listing does not have.
    pub missing: Vec<AccountId>,
}

impl Previous {
    /// Of one part of a listing, taken together with that of another part.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let Self { taken, accounts, mut missing } = self;
        missing.extend(other.missing);
        missing.sort();
        missing.dedup();
        Self { taken: taken.min(other.taken), accounts: accounts + other.accounts, missing }
    }
}

impl Listing {
    /// A whole listing that was taken just now; sorts the accounts.
    pub fn new(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut accounts: Vec<_> = accounts.into_iter().collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Self { accounts, whole: true, taken: None, notes: Vec::new(), previous: None }
    }

    /// Says that accounts may exist which are not in it.
    #[must_use]
    pub fn in_part(mut self) -> Self {
        self.whole = false;
        self
    }

    /// Which accounts it has.
    pub fn digest(&self) -> ListingDigest {
        ListingDigest::of(self.accounts.iter().map(|account| &account.id))
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

impl Deref for Listing {
    type Target = [Account];

    fn deref(&self) -> &[Account] {
        &self.accounts
    }
}

impl IntoIterator for Listing {
    type Item = Account;
    type IntoIter = std::vec::IntoIter<Account>;

    fn into_iter(self) -> Self::IntoIter {
        self.accounts.into_iter()
    }
}

impl<'a> IntoIterator for &'a Listing {
    type Item = &'a Account;
    type IntoIter = std::slice::Iter<'a, Account>;

    fn into_iter(self) -> Self::IntoIter {
        self.accounts.iter()
    }
}

impl FromIterator<Account> for Listing {
    fn from_iter<I: IntoIterator<Item = Account>>(accounts: I) -> Self {
        Self::new(accounts)
    }
}

impl From<Vec<Account>> for Listing {
    fn from(accounts: Vec<Account>) -> Self {
        Self::new(accounts)
    }
}

impl From<&[Account]> for Listing {
    fn from(accounts: &[Account]) -> Self {
        Self::new(accounts.iter().cloned())
    }
}

impl From<&Vec<Account>> for Listing {
    fn from(accounts: &Vec<Account>) -> Self {
        Self::new(accounts.iter().cloned())
    }
}

impl<const N: usize> From<&[Account; N]> for Listing {
    fn from(accounts: &[Account; N]) -> Self {
        Self::new(accounts.iter().cloned())
    }
}

impl<const N: usize> From<[Account; N]> for Listing {
    fn from(accounts: [Account; N]) -> Self {
        Self::new(accounts)
    }
}

impl From<&Listing> for Listing {
    fn from(listing: &Listing) -> Self {
        listing.clone()
    }
}
