use std::collections::BTreeSet;
use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::plan::ApprovedPlan;
use crate::setting::Setting;
use crate::source::kept_form::{Form, Trouble, not_kept};
use crate::source::{Keep, Record};
use crate::timestamp::Timestamp;

/// The result of accepting the listing of a plan. Shown as a note for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acceptance {
    /// Later listings are compared with this one.
    Accepted {
        /// When it was listed.
        taken: Timestamp,
        /// The number of its accounts.
        accounts: usize,
    },
    /// The accepted listing is damaged, and stays: the accounts missing since then are unknown.
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// No listing is kept.
    NothingKept,
    /// The plan is based on a partial listing or a kept one, which do not show missing accounts.
    Partial,
    /// The latest kept listing has other accounts than the listing of the plan.
    OtherListing {
        /// When the latest one was listed.
        latest: Timestamp,
    },
    /// More accounts of the accepted listing are missing than the limits allow.
    TooManyMissing {
        /// How many are missing.
        missing: usize,
        /// The number of accounts in the accepted listing.
        before: usize,
        /// The number of accounts in the new listing.
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
                "no listing is accepted: {what}; no account is removed because it is missing from a listing until you restore the file, or delete it to start again"
            ),
            Self::NothingKept => f.write_str("no listing is accepted: none is kept"),
            Self::Partial => {
                f.write_str("no listing is accepted: the plan is based on a partial or an old listing")
            }
            Self::OtherListing { latest } => write!(
                f,
                "no listing is accepted: the plan is based on another listing than the latest, which was taken at {latest}"
            ),
            Self::TooManyMissing { missing, before, listed } => write!(
                f,
                "the listing of {listed} accounts is not accepted: {missing} of the {before} accounts of the accepted listing are missing from it, more than {} allows; check that the source lists all accounts; if the accounts did leave, raise the limit",
                Setting::MaxMissing
            ),
        }
    }
}

/// Accepts the listing of an approved plan: later listings are [compared](crate::listing::Listing::baseline) with it. Call
/// it right before applying the plan; nothing else changes the baseline.
///
/// The listing must have the same accounts as the [latest](Record::Latest) kept one. No more accounts of the accepted listing may
/// be missing from it than `limits` allow, even if the plan removes nothing. Otherwise a run that only adds could make a faulty
/// listing the baseline, and the next run would remove accounts because of it. The first listing is accepted without this check.
///
/// Use the `keep` of a [`Kept`](crate::source::Kept) around the whole source: the parts of a union have other accounts than the
/// union.
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
