use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::kept_form::Form;
use super::{Keep, Record};
use crate::account::AccountQuery;
use crate::backend::AccountSource;
use crate::error::Result;
use crate::listing::{Baseline, Listing};
use crate::text::hex;
use crate::timestamp::Timestamp;

/// Stores the listings of another source, to compare a new listing with the accepted one and, optionally, to reuse one for a
/// while.
///
/// Every complete listing becomes the [latest](Record::Latest) one; partial and empty listings are not stored. With a `max_age`,
/// the source returns the latest listing if it is not older and contains the requested details, or if they were requested for it.
/// Such a listing has its time ([`taken`](Listing::taken)) and a note with its age, and it is not
/// [complete](Listing::is_complete): accounts that joined since then are not in it. Plans based on it remove nothing.
///
/// A new listing says which accounts of the [accepted](Record::Accepted) one are [missing](Listing::baseline). Listing does not
/// change the accepted one, so the accounts stay missing however often a run lists them; [`accept`](crate::apply::accept) changes
/// it. If the latest listing cannot be read or written, a note says so; this is not an error. If the accepted one cannot be read,
/// the [baseline is lost](Listing::is_baseline_lost), and plans based on the new listing remove nothing.
#[derive(Debug)]
pub struct Kept<S, K> {
    inner: S,
    keep: K,
    now: Timestamp,
    max_age: Duration,
    origin: Option<String>,
}

impl<S: AccountSource, K: Keep> Kept<S, K> {
    /// Stores the listings of `inner` in `keep`. The caller passes the time, because the core reads no clock.
    pub fn new(inner: S, keep: K, now: Timestamp) -> Self {
        Self { inner, keep, now, max_age: Duration::ZERO, origin: None }
    }

    /// Reuses a kept listing that is not older than this.
    #[must_use]
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Identifies what the listings are of, such as the sources with their files and the AWS account whose credentials list. A
    /// listing that was kept for another origin is not reused. Only a digest of the text is stored.
    #[must_use]
    pub fn with_origin(mut self, origin: &str) -> Self {
        self.origin = Some(hex(Sha256::digest(origin)));
        self
    }

    /// Returns the kept listing, or a note why it is unusable.
    fn load(&self, record: Record) -> (Option<Form>, Option<String>) {
        match Form::load(&self.keep, record) {
            Ok(loaded) => (loaded.map(|(form, _)| form), None),
            Err(trouble) => (None, Some(trouble.note(record))),
        }
    }

    /// The age of the listing; `None` if its time is in the future.
    fn age(&self, taken: Timestamp) -> Option<Duration> {
        u64::try_from(self.now.as_unix_seconds() - taken.as_unix_seconds()).ok().map(Duration::from_secs)
    }

    /// Returns the kept listing in place of a new one, if it is recent enough and has the requested details.
    fn answer(&self, form: &Form, query: AccountQuery) -> Option<Listing> {
        let age = self.age(form.taken).filter(|age| *age <= self.max_age && !self.max_age.is_zero())?;
        if form.origin != self.origin || !form.answers(query) {
            return None;
        }
        let note = format!(
            "the accounts were listed at {}, {} ago: no account is removed because it is missing from that listing",
            form.taken,
            in_words(age)
        );
        Some(Listing::partial(form.accounts.iter().cloned()).with_note(note).with_taken(form.taken))
    }
}

/// Whether a stored record has another [origin](Kept::with_origin) than this. Runs in memory leave such records alone: other
/// runs may compare their listings with them. Unreadable records count as stored for no other origin.
pub fn is_kept_for_another(keep: &(impl Keep + ?Sized), origin: &str) -> bool {
    let origin = hex(Sha256::digest(origin));
    [Record::Latest, Record::Accepted].into_iter().any(|record| {
        let kept = Form::load(keep, record).ok().flatten();
        kept.is_some_and(|(form, _)| form.origin.as_ref() != Some(&origin))
    })
}

#[async_trait]
impl<S: AccountSource, K: Keep> AccountSource for Kept<S, K> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        let (latest, trouble) = self.load(Record::Latest);
        if let Some(listing) = latest.and_then(|form| self.answer(&form, *query)) {
            return Ok(listing);
        }
        let listing = self.inner.list_accounts(query).await?.with_notes(trouble);
        if !listing.is_complete() {
            return Ok(listing);
        }
        let (accepted, trouble) = self.load(Record::Accepted);
        let mut listing = if trouble.is_some() { listing.with_lost_baseline() } else { listing };
        listing = listing.with_notes(trouble);
        if let Some(form) = accepted {
            let now: BTreeSet<_> = listing.accounts().iter().map(|account| &account.id).collect();
            let before: BTreeSet<_> = form.accounts.into_iter().map(|account| account.id).collect();
            let missing = before.iter().filter(|id| !now.contains(id)).cloned();
            let baseline = Baseline::new(form.taken, before.len(), missing);
            listing = listing.with_baseline(baseline);
        }
        if !listing.accounts().is_empty() {
            let form = Form::new(self.now, *query, self.origin.clone(), listing.accounts().to_vec());
            if let Err(error) = form.save(&self.keep, Record::Latest) {
                listing = listing.with_note(error.report());
            }
        }
        Ok(listing)
    }
}

fn in_words(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7_200 => format!("{} minutes", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} hours", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
