use std::io;

use serde::{Deserialize, Serialize};

use super::list::unknown;
use super::{Keep, Record};
use crate::account::{Account, AccountQuery};
use crate::error::{Error, ErrorKind, Result};
use crate::listing::ListingDigest;
use crate::timestamp::Timestamp;

/// The first field, `kind`, of a kept listing. It identifies the file, see [`kind_of`](crate::files::kind_of).
pub const KEPT_LISTING_KIND: &str = "harness-ccm kept listing";

/// The format version of a kept listing. Another version counts as damaged. 2: the kind comes first.
const FORMAT_VERSION: u32 = 2;

/// A listing as stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct Form {
    kind: String,
    format_version: u32,
    pub(crate) taken: Timestamp,
    /// What was requested: requesting again what the source did not know would only cost calls.
    #[serde(default)]
    asked: AccountQuery,
    /// Identifies what the listing is of, if the caller said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    pub(crate) accounts: Vec<Account>,
}

/// The reason why a record is unusable.
pub(crate) enum Trouble {
    /// It cannot be read now.
    Unreadable(io::Error),
    /// The content is not what was saved: it can be replaced.
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

    /// Loads a record, with its text.
    pub(crate) fn load(
        keep: &(impl Keep + ?Sized),
        record: Record,
    ) -> Result<Option<(Self, String)>, Trouble> {
        let Some(text) = keep.load(record).map_err(Trouble::Unreadable)? else { return Ok(None) };
        match serde_json::from_str::<Self>(&text) {
            Ok(form) if form.kind != KEPT_LISTING_KIND => {
                Err(Trouble::Damaged(format!("{record} is damaged: the file is of another kind")))
            }
            Ok(form) if form.format_version != FORMAT_VERSION => Err(Trouble::Damaged(format!(
                "{record} is of the format version {}, this program reads {FORMAT_VERSION}",
                form.format_version
            ))),
            Ok(form) => Ok(Some((form, text))),
            // The content is not shown: it may be any file.
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

    /// Whether the listing has the details that `query` requests, or they were requested for it.
    pub(crate) fn answers(&self, query: AccountQuery) -> bool {
        self.asked.and(query) == self.asked || unknown(&self.accounts, query).is_none()
    }

    pub(crate) fn digest(&self) -> ListingDigest {
        ListingDigest::of(self.accounts.iter().map(|account| &account.id))
    }
}

impl Trouble {
    /// The note for a new listing, with the consequences.
    pub(crate) fn note(self, record: Record) -> String {
        let follows = match record {
            Record::Latest => "the accounts are listed again",
            Record::Accepted => {
                "the accounts missing since then are unknown, so nothing is removed: restore the file, or delete it to start again"
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
