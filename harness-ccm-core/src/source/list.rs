use std::io::Read;

use async_trait::async_trait;

use super::value::Membership;
use super::{InvalidAccounts, ListOptions, csv, json};
use crate::account::{Account, AccountQuery};
use crate::backend::AccountSource;
use crate::error::{Error, ErrorKind, Result};
use crate::id::AccountId;
use crate::listing::Listing;

/// Accounts that are known beforehand: listed in code, or read from a file.
///
/// A list from a file is complete unless it says otherwise: an account that is not in it is taken for gone. Asked for something that it does not know of every
/// account (tags, organizational units), it answers [`Unsupported`](ErrorKind::Unsupported).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListSource(Listing);

impl ListSource {
    /// What this listing says: its accounts, and whether they are all.
    pub fn new(listing: Listing) -> Self {
        Self(listing)
    }

    /// Reads comma-separated values, such as the export of the Organizations console, of a spreadsheet or of a billing tool.
    ///
    /// A line names the columns, the first one or one of those behind a title; semicolons and tabs separate as well as commas do, and
    /// UTF-16 with its mark is read like UTF-8. Case, spaces and punctuation in the names do not count. Columns that mean nothing here
    /// are passed over, which is noted:
    ///
    /// | column | also called | what |
    /// |---|---|---|
    /// | `id` | `Account ID`, `Account number`, `Linked account`, `vendor_account_identifier`, `lineItem/UsageAccountId` | needed: 12 digits |
    /// | `name` | `Account name`, `Linked account name`, `vendor_account_name` | needed |
    /// | `state` | `status` | a word of AWS Organizations in any letters; without the column every account is active, an empty field is unknown |
    /// | `management` | `is management` | `true` or `false`; without it, the account that is its own payer; without both it is unknown |
    /// | `type` | `Account type` | `Master account` or `Linked account`, for both of these |
    /// | `payer` | `Payer account`, `Management account ID`, `bill/PayerAccountId` | the organization's management account |
    /// | `vendor` | `cloud`, `provider` | rows of other clouds than AWS are skipped, counted and named |
    /// | `ou path` | `ou`, `organizational unit` | names from the root down with `/` between them, as in `Workloads/Prod`; `/` is the root, an empty field is unknown |
    /// | `ou 1`, `ou 2` | `level 1` | one unit each, from the root down |
    /// | `ou ids` | | ids from the root down with `/` between them; likewise |
    /// | `tags` | | `key=value`, several with `;` between them, or JSON |
    /// | `tag:KEY` | | the value of one tag; an empty field is a tag that is not there. A tag without a column is unknown, and so is one whose column is empty in every line; with a column `tags` all are known |
    /// | `joined` | `Joined timestamp` | a time as AWS, browsers and scripts write it; without an offset it counts as UTC, and what cannot be read is unknown, both of which is noted |
    /// | `arn` | | the account's ARN, for the partition, the payer and the organization |
    ///
    /// Fields may be missing at the end of a row, where they are empty, unless the file ends there without a line end. A row without an
    /// id is skipped and named; unless it is a row of totals, the listing is then [partial](Listing::partial).
    ///
    /// Quotes may not take in what was not meant: refused are a quote that is never closed, text behind a closing quote, line breaks
    /// in a column that is read, and an account id between them in one that is not. Errors and notes show of a file no more than
    /// numbers and plain words.
    ///
    /// A file without any account is refused: an organization has at least one.
    ///
    /// Never keeps more than one record beside the accounts, and refuses files of more than 32 MiB and records of more than 1 MiB.
    pub fn from_csv(reader: impl Read, options: ListOptions) -> Result<Self, InvalidAccounts> {
        csv::read(reader, options).map(Self)
    }

    /// Reads JSON: a list of accounts by itself or in an object, such as what `aws organizations list-accounts` prints; lines with an
    /// account each; or a list of lists, the first of which names the values.
    ///
    /// An account is an object with at least `id` and `name`, and with other fields of [`Account`] as it is serialised; all are known by
    /// the names of the [columns](Self::from_csv) too, so that the spellings of AWS and its tools are read. Marks of the encoding, UTF-16,
    /// and the words and times of PowerShell are read.
    ///
    /// A list that AWS broke off (`NextToken`, and other fields that say that there is more, or that something failed) is refused, and so
    /// are accounts that stand elsewhere than in the list. So are values without names, a
    /// list without any account, and files of more than 32 MiB. The accounts that one user of IAM Identity Center may enter are
    /// [partial](Listing::partial).
    pub fn from_json(reader: impl Read, options: ListOptions) -> Result<Self, InvalidAccounts> {
        json::read(reader, options).map(Self)
    }

    /// Says that its accounts belong to this management account, where it does not name theirs.
    ///
    /// **Errors.** [`Invalid`](ErrorKind::Invalid) if it names another for some account, or marks another account as the management
    /// account.
    pub fn with_payer(mut self, payer: &AccountId) -> Result<Self> {
        for account in self.0.accounts_mut() {
            let stated = Membership {
                arn: None,
                payer: account.payer.take().or_else(|| Some(payer.clone())),
                management: account.management,
            };
            stated.enter_into(account).map_err(other_payer)?;
            if let Some(other) = account.payer.as_ref().filter(|other| *other != payer) {
                return Err(other_payer(format!("the payer of account {} is {other}", account.id)));
            }
        }
        Ok(self)
    }

    /// The accounts, and what is to be said about how they were read.
    pub fn listing(&self) -> &Listing {
        &self.0
    }
}

#[async_trait]
impl AccountSource for ListSource {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        match unknown(self.0.accounts(), *query) {
            None => Ok(self.0.clone()),
            Some((what, account)) => Err(Error::new(
                ErrorKind::Unsupported,
                "accounts:list",
                format!("{what} are asked for, but the list does not have those of account {account}"),
            )
            .with_remedy(remedy(self.0.notes()))),
        }
    }
}

/// What to do, with what was said when the list was read: why something became unknown stands there.
fn remedy(notes: &[String]) -> String {
    let mut remedy = "add them to the list, or do without rules and name templates that need them".to_owned();
    for note in notes.iter().filter(|note| note.contains("as unknown")) {
        remedy.push_str("; ");
        remedy.push_str(note);
    }
    remedy
}

fn other_payer(problem: String) -> Error {
    Error::new(ErrorKind::Invalid, "accounts:read", problem)
        .with_remedy("correct the list, or leave out the payer of its source")
}

/// What of `query` is not known of some account, and of which.
pub(super) fn unknown(accounts: &[Account], query: AccountQuery) -> Option<(&'static str, &AccountId)> {
    let AccountQuery { ou_ids, ou_paths, tags } = query;
    accounts.iter().find_map(|account| {
        let what = if tags && account.tags.is_none() {
            "tags"
        } else if ou_paths && account.ou_path.is_none() {
            "organizational units"
        } else if ou_ids && account.ou_ids.is_none() {
            "ids of organizational units"
        } else {
            return None;
        };
        Some((what, &account.id))
    })
}
