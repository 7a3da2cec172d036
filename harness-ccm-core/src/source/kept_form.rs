use std::io;

use serde::{Deserialize, Serialize};

use super::list::unknown;
use super::{Keep, Record};
use crate::account::{Account, AccountQuery};
use crate::error::{Error, ErrorKind, Result};
use crate::listing::ListingDigest;
use crate::timestamp::Timestamp;

/// The `kind` in a kept listing, which it begins with: how a file is known to be one, see [`kind_of`](crate::files::kind_of).
pub const KEPT_LISTING_KIND: &str = "harness-ccm kept listing";

/// The version of the form in which a listing is kept. One of another version is damaged. 2: its kind comes first.
const FORMAT_VERSION: u32 = 2;

/// A listing as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Form {
    kind: String,
    format_version: u32,
    pub(crate) taken: Timestamp,
    /// What was asked for: to ask again for what the source did not know would only cost calls.
    #[serde(default)]
    asked: AccountQuery,
    /// Of what it is a listing, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    pub(crate) accounts: Vec<Account>,
}

/// Why a record is of no use.
pub(crate) enum Trouble {
    /// It cannot be read now.
    Unreadable(io::Error),
    /// It is not what was saved: it can be replaced.
    Damaged(String),
}

impl Form {
    pub(crate) fn new(
        taken: Timestamp,
        asked: AccountQuery,
        origin: Option<String>,
        accounts: Vec<Account>,
    ) -> Self {
        Self {
            kind: KEPT_LISTING_KIND.into(),
            format_version: FORMAT_VERSION,
            taken,
            asked,
            origin,
            accounts,
        }
    }

    /// What is kept, with its text.
    pub(crate) fn load(
        keep: &(impl Keep + ?Sized),
        record: Record,
    ) -> Result<Option<(Self, String)>, Trouble> {
        let Some(text) = keep.load(record).map_err(Trouble::Unreadable)? else { return Ok(None) };
        match serde_json::from_str::<Self>(&text) {
            Ok(form) if form.kind != KEPT_LISTING_KIND => {
                Err(Trouble::Damaged(format!("{record} is damaged: it is a file of another kind")))
            }
            Ok(form) if form.format_version != FORMAT_VERSION => Err(Trouble::Damaged(format!(
                "{record} is of the format version {}, this version reads {FORMAT_VERSION}",
                form.format_version
            ))),
            Ok(form) => Ok(Some((form, text))),
            // Nothing of it is shown: it may be any file.
            Err(error) => Err(Trouble::Damaged(format!(
                "{record} is damaged in line {}, column {}",
                error.line(),
                error.column()
            ))),
        }
    }

    pub(crate) fn save(&self, keep: &(impl Keep + ?Sized), record: Record) -> Result<()> {
        let text = serde_json::to_string(self).map_err(|error| not_kept(record, error.into()))?;
        keep.save(record, &text).map_err(|error| not_kept(record, error))
    }

    /// Whether it knows what `query` asks for, or was asked for it.
    pub(crate) fn answers(&self, query: AccountQuery) -> bool {
        self.asked.and(query) == self.asked || unknown(&self.accounts, query).is_none()
    }

    pub(crate) fn digest(&self) -> ListingDigest {
        ListingDigest::of(self.accounts.iter().map(|account| &account.id))
    }
}

impl Trouble {
    /// As a note on a new listing, with what follows from it.
    pub(crate) fn note(self, record: Record) -> String {
        let follows = match record {
            Record::Latest => "the accounts are listed anew",
            Record::Accepted => {
                "nobody can tell which accounts are missing since then, so nothing is removed: restore it, or delete it to start anew"
            }
        };
        match self {
            Self::Unreadable(error) => format!("{record} cannot be read: {error}; {follows}"),
            Self::Damaged(what) => format!("{what}; {follows}"),
        }
    }
}

pub(crate) fn not_kept(record: Record, error: io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "accounts:keep", format!("{record} cannot be saved"))
        .with_source(error)
}
