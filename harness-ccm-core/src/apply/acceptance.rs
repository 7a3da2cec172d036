use std::collections::BTreeSet;
use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::plan::ApprovedPlan;
use crate::setting::Setting;
use crate::source::kept_form::{Form, Trouble, not_kept};
use crate::source::{Keep, Record};
use crate::timestamp::Timestamp;

/// What became of the listing that a plan was made on. Shown as a note for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acceptance {
    /// Later listings are compared with this one.
    Accepted {
        /// When it was taken.
        taken: Timestamp,
        /// How many accounts it has.
        accounts: usize,
    },
    /// The accepted listing is damaged, and stays: nobody can tell which accounts are missing since then.
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// No listing is kept.
    NothingKept,
    /// The plan was made on a part of the accounts, or on a kept listing: that says nothing about what is missing.
    Partial,
    /// The listing that was kept last has other accounts than the one that the plan was made on.
    OtherListing {
        /// When the one that was kept last was taken.
        latest: Timestamp,
    },
    /// It lacks more accounts of the accepted listing than the limits allow.
    TooManyMissing {
        /// How many it lacks.
        missing: usize,
        /// How many the accepted listing has.
        before: usize,
        /// How many it has.
        listed: usize,
    },
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { taken, accounts } => write!(
                f,
                "the listing of {accounts} accounts, taken at {taken}, is accepted: later listings are compared with it"
            ),
            Self::Damaged { what } => write!(
                f,
                "no listing is accepted: {what}; nothing is removed by a listing until somebody restores it, or deletes it to start anew"
            ),
            Self::NothingKept => f.write_str("no listing is accepted: none is kept"),
            Self::Partial => f.write_str(
                "no listing is accepted: the plan was made on a part of the accounts or on an old listing",
            ),
            Self::OtherListing { latest } => write!(
                f,
                "no listing is accepted: the plan was made on another listing than the latest, which was taken at {latest}"
            ),
            Self::TooManyMissing { missing, before, listed } => write!(
                f,
                "the listing of {listed} accounts is not accepted: {missing} of the {before} accounts of the accepted listing are missing from it, more than {} allows; check that the source lists all accounts; if they did leave, raise the limit",
                Setting::MaxMissing
            ),
        }
    }
}

/// Makes the listing that an approved plan was made on the accepted one, with which later listings are
/// [compared](crate::listing::Listing::baseline). For whoever is about to apply the plan; nothing else moves that baseline.
///
/// It has to be the one that is kept as the [latest](Record::Latest), by its accounts, and it is judged: more accounts of the
/// accepted listing may not be missing from it than `limits` allow, even if the plan removes nothing. Otherwise a run that only adds
/// would make a listing that went wrong the baseline, and the next run would remove by it. The first listing is accepted as it is.
///
/// `keep` is that of a [`Kept`](crate::source::Kept) around the whole source: the parts of a union have other accounts than the union.
///
/// **Errors.** `Unavailable` if a record cannot be read or saved. The accepted listing is then as it was.
pub fn accept(keep: &(impl Keep + ?Sized), approved: &ApprovedPlan, limits: &Limits) -> Result<Acceptance> {
    let latest = Form::load(keep, Record::Latest).map_err(|trouble| not_read(Record::Latest, trouble))?;
    let Some((latest, text)) = latest else { return Ok(Acceptance::NothingKept) };
    let Some(digest) = &approved.plan().basis.listing else { return Ok(Acceptance::Partial) };
    if latest.digest() != *digest {
        return Ok(Acceptance::OtherListing { latest: latest.taken });
    }
    let listed: BTreeSet<_> = latest.accounts.iter().map(|account| &account.id).collect();
    match Form::load(keep, Record::Accepted) {
        Ok(None) => {}
        Ok(Some((accepted, _))) => {
            let before: BTreeSet<_> = accepted.accounts.iter().map(|account| &account.id).collect();
            let missing = before.difference(&listed).count();
            if !limits.tolerate_missing(missing, before.len()) {
                return Ok(Acceptance::TooManyMissing {
                    missing,
                    before: before.len(),
                    listed: listed.len(),
                });
            }
        }
        Err(Trouble::Damaged(what)) => return Ok(Acceptance::Damaged { what }),
        Err(trouble @ Trouble::Unreadable(_)) => return Err(not_read(Record::Accepted, trouble)),
    }
    keep.save(Record::Accepted, &text).map_err(|error| not_kept(Record::Accepted, error))?;
    Ok(Acceptance::Accepted { taken: latest.taken, accounts: listed.len() })
}

fn not_read(record: Record, trouble: Trouble) -> Error {
    let error = Error::new(
        ErrorKind::Unavailable,
        "accounts:keep",
        format!("no listing is accepted: {record} cannot be read"),
    );
    match trouble {
        Trouble::Unreadable(source) => error.with_source(source),
        Trouble::Damaged(what) => error.with_source(std::io::Error::other(what)),
    }
}
