use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::kept_form::Form;
use crate::backend::{AccountQuery, AccountSource, Listing, Previous};
use crate::error::Result;
use crate::timestamp::Timestamp;

/// Which of the two listings that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// The last complete one that anybody asked for: it can answer in place of a new one.
    Latest,
    /// The last one that was [accepted](super::accept): what is missing is missing since then.
    Accepted,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latest => "the kept listing",
            Self::Accepted => "the accepted listing",
        })
    }
}

/// Where listings are kept between runs: files, objects in a bucket. The core opens no files by itself.
///
/// The two records are apart, so that a run that only plans cannot touch the one that another run accepts at the same time.
pub trait Keep: fmt::Debug + Send + Sync + 'static {
    /// What was saved last as this record; `None` if nothing was.
    fn load(&self, record: Record) -> io::Result<Option<String>>;

    /// Saves `text` in place of what this record was. Best all or nothing, as by renaming a file.
    fn save(&self, record: Record, text: &str) -> io::Result<()>;
}

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        impl<T: Keep + ?Sized> Keep for $pointer<T> {
            fn load(&self, record: Record) -> io::Result<Option<String>> {
                (**self).load(record)
            }

            fn save(&self, record: Record, text: &str) -> io::Result<()> {
                (**self).save(record, text)
            }
        }
    )+};
}

forward!(Arc Box);

/// Keeps the listings of another source: to compare a new one with the accepted one, and if wanted to do without a new one for a while.
///
/// Every complete listing becomes the [latest](Record::Latest) one; a listing that is not whole or is empty is never kept. With a
/// `max_age`, a latest listing that is not older answers in place of
/// the source, if it knows what is asked for, or was asked for it. It then carries when it was [taken](Listing::taken) and a note of its age, and is
/// not [whole](Listing::whole): accounts that joined since are not gone. Plans on it remove nothing.
///
/// A new listing carries which accounts of the [accepted](Record::Accepted) one are [missing](Listing::previous). Listing does not
/// change the accepted one, so what is missing stays missing however often it is listed; [`accept`](super::accept) does. That a kept
/// listing cannot be read or written is a note, not an error.
#[derive(Debug)]
pub struct Kept<S, K> {
    inner: S,
    keep: K,
    now: Timestamp,
    max_age: Duration,
}

impl<S: AccountSource, K: Keep> Kept<S, K> {
    /// Keeps the listings of `inner` in `keep`. The time is given, since the core reads no clock.
    pub fn new(inner: S, keep: K, now: Timestamp) -> Self {
        Self { inner, keep, now, max_age: Duration::ZERO }
    }

    /// Lets a kept listing that is not older than this answer in place of the source.
    #[must_use]
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// What is kept, or a note why that is of no use.
    fn load(&self, record: Record) -> (Option<Form>, Option<String>) {
        match Form::load(&self.keep, record) {
            Ok(loaded) => (loaded.map(|(form, _)| form), None),
            Err(trouble) => (None, Some(trouble.note(record))),
        }
    }

    /// How old it is; nothing for one that is from the future.
    fn age(&self, taken: Timestamp) -> Option<Duration> {
        u64::try_from(self.now.as_unix_seconds() - taken.as_unix_seconds()).ok().map(Duration::from_secs)
    }

    /// The kept listing in place of a new one, if it is young enough and knows what is asked for.
    fn answer(&self, form: &Form, query: AccountQuery) -> Option<Listing> {
        let age = self.age(form.taken).filter(|age| *age <= self.max_age && !self.max_age.is_zero())?;
        if !form.answers(query) {
            return None;
        }
        let note = format!(
            "the accounts are as of {}, {} ago: nothing is removed on the strength of that",
            form.taken,
            in_words(age)
        );
        let mut listing = Listing::new(form.accounts.iter().cloned()).in_part().with_note(note);
        listing.taken = Some(form.taken);
        Some(listing)
    }
}

#[async_trait]
impl<S: AccountSource, K: Keep> AccountSource for Kept<S, K> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        let (latest, trouble) = self.load(Record::Latest);
        if let Some(listing) = latest.and_then(|form| self.answer(&form, *query)) {
            return Ok(listing);
        }
        let mut listing = self.inner.list_accounts(query).await?;
        listing.notes.extend(trouble);
        if !listing.whole {
            return Ok(listing);
        }
        let (accepted, trouble) = self.load(Record::Accepted);
        listing.notes.extend(trouble);
        if let Some(form) = accepted {
            let now: BTreeSet<_> = listing.accounts.iter().map(|account| &account.id).collect();
            let before: BTreeSet<_> = form.accounts.into_iter().map(|account| account.id).collect();
            let accounts = before.len();
            let missing = before.into_iter().filter(|id| !now.contains(id)).collect();
            listing.previous = Some(Previous { taken: form.taken, accounts, missing });
        }
        if !listing.accounts.is_empty() {
            let form = Form::new(self.now, *query, listing.accounts.clone());
            if let Err(error) = form.save(&self.keep, Record::Latest) {
                listing.notes.push(error.report());
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
