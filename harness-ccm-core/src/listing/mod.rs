//! What an account source answers, and how far that can be relied on.

mod digest;

pub use digest::ListingDigest;

use crate::account::Account;
use crate::id::AccountId;
use crate::timestamp::Timestamp;

/// The accounts that a source knows, and whether they are all accounts.
///
/// A complete listing allows removals: an account that is missing from it has left. So whoever makes a listing states whether it is
/// complete; nothing converts into a listing without that. A part of a complete listing is partial.
///
/// ```
/// use harness_ccm_core::account::Account;
/// use harness_ccm_core::listing::Listing;
///
/// let accounts = [Account::new("123456789012".parse()?, "web"), Account::new("210987654321".parse()?, "data")];
/// let all = Listing::complete(accounts);
/// let web = all.filter(|account| account.name == "web");
/// assert!(!web.is_complete(), "the account data is not gone");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    accounts: Vec<Account>,
    complete: bool,
    gaps: bool,
    taken: Option<Timestamp>,
    notes: Vec<String>,
    baseline: Option<Baseline>,
    baseline_lost: bool,
}

/// The accepted listing, in short: what a new one is compared with. See [`accept`](crate::apply::accept).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// When it was taken.
    pub taken: Timestamp,
    /// How many accounts it had.
    pub accounts: usize,
    /// Those of them that the new listing does not have.
    pub missing: Vec<AccountId>,
}

impl Baseline {
    /// An accepted listing of this many accounts, and those of them that the new one does not have.
    pub fn new(taken: Timestamp, accounts: usize, missing: impl IntoIterator<Item = AccountId>) -> Self {
        Self { taken, accounts, missing: missing.into_iter().collect() }
    }

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
    /// All accounts, listed just now. An account that is missing here counts as gone, and our resources in it can be removed.
    pub fn complete(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self { complete: true, ..Self::partial(accounts) }
    }

    /// Some accounts, listed just now; others may exist. Nothing is removed because an account is missing here.
    pub fn partial(accounts: impl IntoIterator<Item = Account>) -> Self {
        let mut accounts: Vec<_> = accounts.into_iter().collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            accounts,
            complete: false,
            gaps: false,
            taken: None,
            notes: Vec::new(),
            baseline: None,
            baseline_lost: false,
        }
    }

    /// The same accounts, of which others may exist.
    #[must_use]
    pub fn into_partial(mut self) -> Self {
        self.complete = false;
        self
    }

    /// Makes the listing partial, and says that accounts are missing by mistake, such as rows that could not be read. An account that a
    /// rule names by its id and that is missing here is then incomplete. Without this, a partial listing is a part that somebody chose,
    /// and a missing account is not reported.
    #[must_use]
    pub fn with_gaps(mut self) -> Self {
        self.gaps = true;
        self.into_partial()
    }

    /// The accounts for which `keep` returns true. The result is partial: the other accounts are not gone.
    #[must_use]
    pub fn filter(mut self, keep: impl FnMut(&Account) -> bool) -> Self {
        self.accounts.retain(keep);
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

    /// Sets when the listing was taken, if that was not just now. An old listing never causes a removal.
    #[must_use]
    pub fn with_taken(mut self, taken: Timestamp) -> Self {
        self.taken = Some(taken);
        self
    }

    /// Sets the accepted listing that it is compared with.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Says that an accepted listing exists and cannot be read. Then nobody knows which accounts are missing, so this listing causes no
    /// removal.
    #[must_use]
    pub fn with_lost_baseline(mut self) -> Self {
        self.baseline_lost = true;
        self
    }

    /// The accounts, sorted by id. A source lists each once.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Whether a missing account counts as gone.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether accounts are missing [by mistake](Self::with_gaps).
    pub fn has_gaps(&self) -> bool {
        self.gaps
    }

    /// When the listing was taken, if that was not just now.
    pub fn taken(&self) -> Option<Timestamp> {
        self.taken
    }

    /// Notes for the user, such as ids that were corrected.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The accepted listing in short, if there is one, and which of its accounts are missing here.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// Whether an accepted listing exists and cannot be read.
    pub fn is_baseline_lost(&self) -> bool {
        self.baseline_lost
    }

    /// Which accounts it has.
    pub fn digest(&self) -> ListingDigest {
        ListingDigest::of(self.accounts.iter().map(|account| &account.id))
    }

    /// The accounts, to fill in what is known from elsewhere. Their ids stay.
    pub(crate) fn accounts_mut(&mut self) -> impl Iterator<Item = &mut Account> {
        self.accounts.iter_mut()
    }

    /// Takes it apart.
    pub(crate) fn into_parts(self) -> ListingParts {
        let Self { accounts, complete, gaps, taken, notes, baseline, baseline_lost } = self;
        ListingParts { accounts, complete, gaps, taken, notes, baseline, baseline_lost }
    }
}

/// The parts of a listing, for whoever puts one together out of others.
pub(crate) struct ListingParts {
    pub(crate) accounts: Vec<Account>,
    pub(crate) complete: bool,
    pub(crate) gaps: bool,
    pub(crate) taken: Option<Timestamp>,
    pub(crate) notes: Vec<String>,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) baseline_lost: bool,
}
