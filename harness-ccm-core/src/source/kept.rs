use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::list::unknown;
use crate::account::Account;
use crate::backend::{AccountQuery, AccountSource, Listing, Previous};
use crate::error::{Error, ErrorKind, Result};
use crate::timestamp::Timestamp;

/// The version of the form in which a listing is kept. One of another version counts as none.
const FORMAT_VERSION: u32 = 1;

/// Where a listing is kept between runs: a file, an object in a bucket. The core opens no files by itself.
pub trait Keep: fmt::Debug + Send + Sync + 'static {
    /// What was saved last; `None` if nothing was.
    fn load(&self) -> io::Result<Option<String>>;

    /// Saves `text` in place of what was there. Best all or nothing, as by renaming a file.
    fn save(&self, text: &str) -> io::Result<()>;
}

/// Keeps the listings of another source: to hold a new one against the last, and if wanted to do without a new one for a while.
///
/// A listing that is not whole or is empty is never kept. With a `max_age`, a kept listing that is not older answers in place of
/// the source, if it knows what is asked for, or was asked for it. It then carries when it was [taken](Listing::taken) and a note of its age, and is
/// not [whole](Listing::whole): accounts that joined since are not gone. Plans on it remove nothing.
///
/// A new listing carries which accounts of the last one are [missing](Listing::previous). That the kept listing can not be read or
/// written is a note, not an error.
#[derive(Debug)]
pub struct Kept<S, K> {
    inner: S,
    keep: K,
    now: Timestamp,
    max_age: Duration,
}

#[derive(Serialize, Deserialize)]
struct Form {
    format_version: u32,
    taken: Timestamp,
    /// What was asked for: to ask again for what the source did not know would only cost calls.
    #[serde(default)]
    asked: AccountQuery,
    accounts: Vec<Account>,
}

impl Form {
    fn answers(&self, query: AccountQuery) -> bool {
        self.asked.and(query) == self.asked || unknown(&self.accounts, query).is_none()
    }
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

    fn load(&self) -> Result<Option<Form>, String> {
        let text = self.keep.load().map_err(|error| format!("the kept listing can not be read: {error}"))?;
        let Some(text) = text else { return Ok(None) };
        match serde_json::from_str::<Form>(&text) {
            Ok(form) if form.format_version == FORMAT_VERSION => Ok(Some(form)),
            Ok(_) => Err("the kept listing is of another version: it is taken anew".into()),
            Err(error) => Err(format!("the kept listing is damaged: {error}")),
        }
    }

    /// How old it is; nothing for one that is from the future.
    fn age(&self, taken: Timestamp) -> Option<Duration> {
        u64::try_from(self.now.as_unix_seconds() - taken.as_unix_seconds()).ok().map(Duration::from_secs)
    }

    fn save(&self, listing: &Listing, asked: AccountQuery) -> Result<()> {
        let form = Form {
            format_version: FORMAT_VERSION,
            taken: self.now,
            asked,
            accounts: listing.accounts.clone(),
        };
        let failed = |error: io::Error| {
            Error::new(ErrorKind::Unavailable, "accounts:keep", "the listing can not be kept")
                .with_source(error)
        };
        let text = serde_json::to_string(&form).map_err(|error| failed(error.into()))?;
        self.keep.save(&text).map_err(failed)
    }
}

#[async_trait]
impl<S: AccountSource, K: Keep> AccountSource for Kept<S, K> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        let (last, trouble) = match self.load() {
            Ok(last) => (last, None),
            Err(trouble) => (None, Some(trouble)),
        };
        if let Some(form) = &last
            && let Some(age) = self.age(form.taken)
            && age <= self.max_age
            && !self.max_age.is_zero()
            && form.answers(*query)
        {
            let note = format!(
                "the accounts are as of {}, {} ago: nothing is removed on the strength of that",
                form.taken,
                in_words(age)
            );
            let mut listing = Listing::new(form.accounts.iter().cloned()).in_part().with_note(note);
            listing.taken = Some(form.taken);
            return Ok(listing);
        }
        let mut listing = self.inner.list_accounts(query).await?;
        listing.notes.extend(trouble);
        if !listing.whole {
            return Ok(listing);
        }
        if let Some(form) = last {
            let now: BTreeSet<_> = listing.accounts.iter().map(|account| &account.id).collect();
            let before = form.accounts.iter().map(|account| &account.id);
            let missing = before.filter(|id| !now.contains(id)).cloned().collect();
            listing.previous = Some(Previous { taken: form.taken, accounts: form.accounts.len(), missing });
        }
        if !listing.accounts.is_empty()
            && let Err(error) = self.save(&listing, *query)
        {
            listing.notes.push(error.report());
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
