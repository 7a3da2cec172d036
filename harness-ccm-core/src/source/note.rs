use std::collections::BTreeMap;
use std::fmt;

use super::account_ids::octal;
use super::remark::Remark;
use super::units::Settled;
use crate::id::AccountId;
use crate::text::some_of;

/// What somebody should know about how a list was read. Values of the file in it are plain words and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// Columns that mean nothing here.
    UnusedColumns(Vec<String>),
    /// Lines before the one that names the columns.
    Preamble(Vec<u64>),
    /// Ids that got zeros in front, with their lines.
    Padded(Vec<(AccountId, u64)>),
    /// Rows of other clouds, by the cloud, with their lines.
    OtherClouds(BTreeMap<String, Vec<u64>>),
    /// What stands where clouds are named, and is none in any row.
    NoClouds(String),
    /// Rows of totals and repeated names of columns.
    Totals(Vec<u64>),
    /// Rows without an id, with their lines and what they begin with.
    NoId(Vec<(u64, String)>),
    /// Accounts that are there more than once, alike.
    Repeated(Vec<AccountId>),
    /// Accounts whose joining time cannot be read, with their lines.
    UnreadableTime(Vec<(AccountId, u64)>),
    /// Accounts whose joining time has no offset.
    AssumedUtc(Vec<AccountId>),
    /// Paths of units that began with the root.
    FromRoot(usize),
    /// Paths of units that begin with `Root` while others do not.
    RootOrUnit(Vec<AccountId>),
    /// Paths of units with a slash in a name.
    Slash(Vec<AccountId>),
    /// The account that the types of accounts show to be the payer, and how many members it has.
    PayerByType(AccountId, usize),
    /// A tag whose column is empty.
    EmptyTag(String),
    /// No account has any tag.
    NoTags,
    /// The accounts that one user of IAM Identity Center may enter.
    OfOneUser,
    /// The accounts without their management account.
    MembersOnly,
    /// Tags of what was paid for were not taken for those of accounts.
    TagsOfCharges,
    /// What is to be said of single accounts, with their lines.
    Remarked(Remark, Vec<(AccountId, u64)>),
}

impl Note {
    /// Whether it says that the list is a part.
    pub(super) fn is_of_a_part(&self) -> bool {
        matches!(self, Self::OfOneUser | Self::MembersOnly)
    }

    /// What is to be said about paths of units.
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
                write!(f, "skipped, since the columns are named below: line {}", some_of(lines))
            }
            Self::Padded(ids) => {
                write!(f, "ids that lacked digits got zeros in front, as spreadsheets eat them: {}", with_lines(ids))?;
                let misread = ids.iter().find_map(|(id, _)| {
                    Some((id, octal(id.as_str().trim_start_matches('0'))?))
                });
                match misread {
                    Some((id, octal)) => write!(
                        f,
                        "; if YAML was in between, {id} may be {octal}, which it reads as an octal number: compare"
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
                write!(f, "skipped, since they are of other clouds: {count} rows, {}", named.join(", "))
            }
            Self::NoClouds(word) => {
                write!(f, "no row names a cloud where others do, such as {word}: all are taken for AWS")
            }
            Self::Totals(lines) => write!(
                f,
                "skipped, since they are totals or names of columns: {} rows, line {}",
                lines.len(),
                some_of(lines)
            ),
            Self::NoId(rows) => {
                let named = rows.iter().map(|(line, begins)| format!("line {line} ({begins})"));
                write!(
                    f,
                    "skipped, since they have no account id: {} rows, {}; the list counts as a part, since accounts may be missing in it",
                    rows.len(),
                    some_of(named)
                )
            }
            Self::Repeated(ids) => write!(f, "listed more than once, alike: {}", some_of(ids)),
            Self::UnreadableTime(accounts) => write!(
                f,
                "joining times that cannot be read count as unknown (a time such as 2026-01-31T12:00:00Z can): {}",
                with_lines(accounts)
            ),
            Self::AssumedUtc(ids) => {
                write!(f, "joining times without an offset count as UTC: {}", some_of(ids))
            }
            Self::FromRoot(count) => write!(
                f,
                "the paths of organizational units begin with Root, which was left out: {count} accounts"
            ),
            Self::RootOrUnit(ids) => write!(
                f,
                "some paths of organizational units begin with Root and others do not, so that it may be the root or a unit; they count as unknown: {}",
                some_of(ids)
            ),
            Self::Slash(ids) => write!(
                f,
                "the path has not as many organizational units as there are ids, as where a name has a slash in it; it counts as unknown (write it as a JSON list of names): {}",
                some_of(ids)
            ),
            Self::PayerByType(payer, members) => {
                write!(f, "account {payer} is the payer of {members} others by the type of the accounts")
            }
            Self::EmptyTag(column) => {
                write!(f, "the column {column} is empty in every line: the tag counts as unknown")
            }
            Self::NoTags => f.write_str("no account has a tag: the tags count as unknown"),
            Self::OfOneUser => f.write_str(
                "it is the list of accounts that one user of IAM Identity Center may enter: it counts as a part",
            ),
            Self::MembersOnly => {
                f.write_str("it is the list of accounts without the management account: it counts as a part")
            }
            Self::TagsOfCharges => f.write_str(
                "the tags in an export of costs are those of what was paid for, and were not read: the tags of accounts count as unknown",
            ),
            Self::Remarked(remark, accounts) => {
                let what = match remark {
                    Remark::Invisible => "characters that do not show were left out of values",
                    Remark::Placeholder => "words for no value, such as N/A, stand for values, which count as unknown",
                    Remark::UnclearPath => {
                        "the path of organizational units may be read in several ways and counts as unknown (write names with / between them, or a JSON list of names)"
                    }
                    Remark::NoTags => "the tags are not told and count as unknown",
                };
                write!(f, "{what}: {} accounts, {}", accounts.len(), with_lines(accounts))
            }
        }
    }
}
