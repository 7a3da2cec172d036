//! What an account source answers, and how far that can be relied on.

mod digest;
mod left_out;

pub use digest::ListingDigest;
pub(crate) use left_out::LeftOut;

use crate::account::Account;
use crate::id::AccountId;
use crate::timestamp::Timestamp;

/// The accounts that a source knows. Says whether they are all of them.
///
/// Whether a listing is complete decides what may be removed, so it is said when the listing is made: there is no conversion into
/// a listing, and a part of a complete listing is partial.
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
    left_out: LeftOut,
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
    /// All accounts that there are, listed just now: an account that is not among them counts as gone, and what is ours there
    /// can be removed.
    pub fn complete(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self { complete: true, ..Self::partial(accounts) }
    }

    /// Some accounts, listed just now: others may exist. Nothing is ever removed because an account is missing here.
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

    /// The same accounts, of which others may exist.
    #[must_use]
    pub fn into_partial(mut self) -> Self {
        self.complete = false;
        self
    }

    /// Says that accounts may be missing that should be there: rows that could not be used, a list of what one user sees. It is partial
    /// then, and an account that a rule names by its id and that is not there is incomplete. Without this, a partial listing is a part
    /// that somebody chose, of which others are not expected.
    #[must_use]
    pub fn with_gaps(mut self) -> Self {
        self.gaps = true;
        self.into_partial()
    }

    /// The accounts for which `keep` says so. Partial, since the others are not gone.
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

    /// Says that it was not taken just now but then. Nothing is removed on the strength of an old listing.
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

    /// Says that an accepted listing is kept and cannot be read: nobody can tell which accounts are missing since then, so nothing is
    /// removed by this one.
    #[must_use]
    pub fn with_lost_baseline(mut self) -> Self {
        self.baseline_lost = true;
        self
    }

    /// The accounts, sorted by id. A source lists each once.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Whether an account that is not among them is gone.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether accounts may be missing that [should be there](Self::with_gaps).
    pub fn has_gaps(&self) -> bool {
        self.gaps
    }

    /// Says which accounts it lacks by choice.
    #[must_use]
    pub(crate) fn with_left_out(mut self, left_out: LeftOut) -> Self {
        self.left_out = left_out;
        self
    }

    /// When it was taken, if that was not just now.
    pub fn taken(&self) -> Option<Timestamp> {
        self.taken
    }

    /// What somebody should know about it, such as ids that were corrected.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The accepted listing in short, if one is kept: what this one lacks of it.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// Whether an accepted listing is kept and cannot be read.
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
        let Self { accounts, complete, gaps, left_out, taken, notes, baseline, baseline_lost } = self;
        ListingParts { accounts, complete, gaps, left_out, taken, notes, baseline, baseline_lost }
    }
}

/// The parts of a listing, for whoever puts one together out of others.
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
