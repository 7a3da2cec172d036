//! The result of an account source, and how complete it is.

mod digest;
mod left_out;

pub use digest::ListingDigest;
pub(crate) use left_out::LeftOut;

use crate::account::Account;
use crate::id::AccountId;
use crate::timestamp::Timestamp;

/// The accounts that a source returns, and whether these are all accounts.
///
/// Completeness determines what may be removed, so the caller must state whether a new listing is complete. No type converts into
/// a listing implicitly. A part of a complete listing is partial.
///
/// ```
/// use harness_ccm_core::account::Account;
/// use harness_ccm_core::listing::Listing;
///
/// let accounts = [Account::new("123456789012".parse()?, "web"), Account::new("210987654321".parse()?, "data")];
/// let all = Listing::complete(accounts);
/// let web = all.filter(|account| account.name == "web");
/// assert!(!web.is_complete(), "the account named data still exists");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    accounts: Vec<Account>,
    complete: bool,
    gaps: bool,
    left_out: LeftOut,
    taken: Option<Timestamp>,
    notes: Vec<String>,
    baseline: Option<Baseline>,
    baseline_lost: bool,
}

/// A summary of the accepted listing, with which a new listing is compared. See [`accept`](crate::apply::accept).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// The time of the accepted listing.
    pub taken: Timestamp,
    /// The number of accounts in the accepted listing.
    pub accounts: usize,
    /// The accounts of the accepted listing that are missing from the new listing.
    pub missing: Vec<AccountId>,
}

impl Baseline {
    /// Makes a baseline of an accepted listing with this time, this number of accounts, and these missing accounts.
    pub fn new(taken: Timestamp, accounts: usize, missing: impl IntoIterator<Item = AccountId>) -> Self {
        Self { taken, accounts, missing: missing.into_iter().collect() }
    }

    /// Combines the baselines of two parts of a listing.
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
    /// Makes a listing of all accounts, listed now. An account that is missing from this listing has left, and owned resources of
    /// that account may be removed.
    pub fn complete(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self { complete: true, ..Self::partial(accounts) }
    }

    /// Makes a listing of some accounts, listed now. Other accounts may exist. That an account is missing from this listing
    /// never causes a removal.
    pub fn partial(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut accounts: Vec<_> = accounts.into_iter().collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            accounts,
            complete: false,
            gaps: false,
            left_out: LeftOut::default(),
            taken: None,
            notes: Vec::new(),
            baseline: None,
            baseline_lost: false,
        }
    }

    /// Makes the listing partial. Other accounts may exist.
    #[must_use]
    pub fn into_partial(mut self) -> Self {
        self.complete = false;
        self
    }

    /// Makes the listing partial because expected accounts may be missing, for example because rows of a file could not be used. If a rule
    /// names a missing account by its id, that account is then incomplete. A partial listing without gaps is a deliberate selection: other
    /// accounts may exist, but the listing was not expected to contain them.
    #[must_use]
    pub fn with_gaps(mut self) -> Self {
        self.gaps = true;
        self.into_partial()
    }

    /// Keeps the accounts for which `keep` returns true. The result is partial, because the other accounts
    /// still exist.
    #[must_use]
    pub fn filter(mut self, mut keep: impl FnMut(&Account) -> bool) -> Self {
        let Self { accounts, left_out, .. } = &mut self;
        accounts.retain(|account| {
            let kept = keep(account);
            if !kept {
                left_out.add(account);
            }
            kept
        });
        self.into_partial()
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds notes.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Sets the time of the listing, if the accounts were not listed now. A listing with a time counts as *old*, however recent the time is. All
    /// limits except [`Limits::none`](crate::limits::Limits::none) refuse a plan with removals that is based on an old listing.
    #[must_use]
    pub fn with_taken(mut self, taken: Timestamp) -> Self {
        self.taken = Some(taken);
        self
    }

    /// Sets the summary of the accepted listing with which this listing is compared.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Says that an accepted listing exists but cannot be read. It is then unknown which of its accounts are missing from this
    /// listing. All limits except [`Limits::none`](crate::limits::Limits::none) refuse a plan with removals that is based on such a
    /// listing.
    #[must_use]
    pub fn with_lost_baseline(mut self) -> Self {
        self.baseline_lost = true;
        self
    }

    /// Returns the accounts, sorted by id. A source must list each account once: this type keeps duplicates.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Returns whether the listing has all accounts. An account that is missing from a complete listing has left the organization.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns whether [expected accounts](Self::with_gaps) may be missing.
    pub fn has_gaps(&self) -> bool {
        self.gaps
    }

    /// Sets which accounts it leaves out by choice.
    #[must_use]
    pub(crate) fn with_left_out(mut self, left_out: LeftOut) -> Self {
        self.left_out = left_out;
        self
    }

    /// Returns the time of the listing. `None` if the accounts were listed now.
    pub fn taken(&self) -> Option<Timestamp> {
        self.taken
    }

    /// Returns the notes for the user, for example about corrected ids.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the summary of the accepted listing, with the accounts that are missing from this listing. `None` if there is no
    /// accepted listing.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// Returns whether an accepted listing exists but cannot be read.
    pub fn is_baseline_lost(&self) -> bool {
        self.baseline_lost
    }

    /// Returns the digest of the accounts.
    pub fn digest(&self) -> ListingDigest {
        ListingDigest::of(self.accounts.iter().map(|account| &account.id))
    }

    /// The accounts, to fill in details from other sources. Their ids must not change.
    pub(crate) fn accounts_mut(&mut self) -> impl Iterator<Item = &mut Account> {
        self.accounts.iter_mut()
    }

    /// Splits the listing into its parts.
    pub(crate) fn into_parts(self) -> ListingParts {
        let Self { accounts, complete, gaps, left_out, taken, notes, baseline, baseline_lost } = self;
        ListingParts { accounts, complete, gaps, left_out, taken, notes, baseline, baseline_lost }
    }
}

/// The parts of a listing, for code that combines listings.
pub(crate) struct ListingParts {
    pub(crate) accounts: Vec<Account>,
    pub(crate) complete: bool,
    pub(crate) gaps: bool,
    pub(crate) left_out: LeftOut,
    pub(crate) taken: Option<Timestamp>,
    pub(crate) notes: Vec<String>,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) baseline_lost: bool,
}
