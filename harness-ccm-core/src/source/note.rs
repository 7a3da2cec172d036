use std::collections::BTreeMap;
use std::fmt;

use super::account_ids::octal;
use super::remark::Remark;
use super::units::Settled;
use crate::id::AccountId;
use crate::text::some_of;

/// A note about how a list was read. It shows only plain words and numbers of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// Columns that are not read.
    UnusedColumns(Vec<String>),
    /// Lines before the line that names the columns.
    Preamble(Vec<u64>),
    /// Ids that got leading zeros, with their lines.
    Padded(Vec<(AccountId, u64)>),
    /// Rows of other clouds by cloud, with their lines.
    OtherClouds(BTreeMap<String, Vec<u64>>),
    /// A word in the column of clouds, which names no cloud in any row.
    NoClouds(String),
    /// Rows of totals and repeated names of columns.
    Totals(Vec<u64>),
    /// Rows without an id, with their lines and what they begin with.
    NoId(Vec<(u64, String)>),
    /// Accounts that are there more than once, alike.
    Repeated(Vec<AccountId>),
    /// Accounts whose joining time is unreadable, with their lines.
    UnreadableTime(Vec<(AccountId, u64)>),
    /// Accounts whose joining time has no offset.
    AssumedUtc(Vec<AccountId>),
    /// How many unit paths began with the root.
    FromRoot(usize),
    /// Accounts whose unit path begins with `Root`, while other paths do not.
    RootOrUnit(Vec<AccountId>),
    /// Accounts with a slash in the name of a unit.
    Slash(Vec<AccountId>),
    /// The account that is the payer according to the account types, and the number of its members.
    PayerByType(AccountId, usize),
    /// A tag whose column is empty.
    EmptyTag(String),
    /// No account has a tag.
    NoTags,
    /// The accounts that one user of IAM Identity Center may access.
    OfOneUser,
    /// The accounts without their management account.
    MembersOnly,
    /// Tags of billed resources were not read as tags of accounts.
    TagsOfCharges,
    /// Remarks about single accounts, with their lines.
    Remarked(Remark, Vec<(AccountId, u64)>),
}

impl Note {
    /// Whether the note says that the list is not complete.
    pub(super) fn is_of_a_part(&self) -> bool {
        matches!(self, Self::OfOneUser | Self::MembersOnly)
    }

    /// The notes about unit paths.
    pub(super) fn of_units(settled: Settled) -> impl Iterator<Item = Self> {
        let Settled { from_root, root_or_unit, slash } = settled;
        let notes = [
            (from_root > 0).then_some(Self::FromRoot(from_root)),
            (!root_or_unit.is_empty()).then_some(Self::RootOrUnit(root_or_unit)),
            (!slash.is_empty()).then_some(Self::Slash(slash)),
        ];
        notes.into_iter().flatten()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_lines = |accounts: &[(AccountId, u64)]| {
            some_of(accounts.iter().map(|(id, line)| format!("{id} (line {line})")))
        };
        match self {
            Self::UnusedColumns(names) => write!(f, "columns that are not used: {}", names.join(", ")),
            Self::Preamble(lines) => {
                write!(f, "skipped, before the line of the column names: line {}", some_of(lines))
            }
            Self::Padded(ids) => {
                write!(f, "leading zeros were added to short ids, because spreadsheets remove them: {}", with_lines(ids))?;
                let misread = ids.iter().find_map(|(id, _)| {
                    Some((id, octal(id.as_str().trim_start_matches('0'))?))
                });
                match misread {
                    Some((id, octal)) => write!(
                        f,
                        "; if the list was YAML before, {id} may be {octal}, read as an octal number: compare"
                    ),
                    None => Ok(()),
                }
            }
            Self::OtherClouds(clouds) => {
                let count: usize = clouds.values().map(Vec::len).sum();
                let named = clouds
                    .iter()
                    .map(|(cloud, lines)| format!("{cloud} ({}: line {})", lines.len(), some_of(lines)));
                let named: Vec<_> = named.collect();
                write!(f, "skipped, accounts of other clouds: {count} rows, {}", named.join(", "))
            }
            Self::NoClouds(word) => {
                write!(f, "no row names a cloud in the column for it, only words such as {word}: all rows count as AWS")
            }
            Self::Totals(lines) => write!(
                f,
                "skipped, totals or names of columns: {} rows, line {}",
                lines.len(),
                some_of(lines)
            ),
            Self::NoId(rows) => {
                let named = rows.iter().map(|(line, begins)| format!("line {line} ({begins})"));
                write!(
                    f,
                    "skipped, no account id: {} rows, {}; the listing is partial, because accounts may be missing from it",
                    rows.len(),
                    some_of(named)
                )
            }
            Self::Repeated(ids) => write!(f, "listed more than once with the same values: {}", some_of(ids)),
            Self::UnreadableTime(accounts) => write!(
                f,
                "unreadable joining times count as unknown (write them like 2026-01-31T12:00:00Z): {}",
                with_lines(accounts)
            ),
            Self::AssumedUtc(ids) => {
                write!(f, "joining times without an offset count as UTC: {}", some_of(ids))
            }
            Self::FromRoot(count) => write!(
                f,
                "the paths of organizational units begin with Root, which was removed: {count} accounts"
            ),
            Self::RootOrUnit(ids) => write!(
                f,
                "some paths of organizational units begin with Root and others do not, so it may be the root or a unit; those paths count as unknown: {}",
                some_of(ids)
            ),
            Self::Slash(ids) => write!(
                f,
                "the path does not have as many organizational units as there are ids, for example because a name contains a slash; it counts as unknown (write it as a JSON list of names): {}",
                some_of(ids)
            ),
            Self::PayerByType(payer, members) => {
                let accounts = if *members == 1 { "account" } else { "accounts" };
                write!(f, "account {payer} is the payer of {members} other {accounts}, according to the account types")
            }
            Self::EmptyTag(column) => {
                write!(f, "the column {column} is empty in every line: the tag counts as unknown")
            }
            Self::NoTags => f.write_str("no account has a tag: the tags count as unknown"),
            Self::OfOneUser => f.write_str(
                "this is the list of accounts that one user of IAM Identity Center may access: the listing is partial",
            ),
            Self::MembersOnly => {
                f.write_str("this is the list of accounts without the management account: the listing is partial")
            }
            Self::TagsOfCharges => f.write_str(
                "the tags in an export of costs belong to the billed resources and were not read: the tags of accounts count as unknown",
            ),
            Self::Remarked(remark, accounts) => {
                let what = match remark {
                    Remark::Invisible => "invisible characters were removed from values",
                    Remark::Placeholder => "placeholders such as N/A count as unknown",
                    Remark::UnclearPath => {
                        "the path of organizational units is ambiguous and counts as unknown (separate names with /, or write a JSON list of names)"
                    }
                    Remark::NoTags => "the tags are missing and count as unknown",
                };
                write!(f, "{what}: {} accounts, {}", accounts.len(), with_lines(accounts))
            }
        }
    }
}
