use std::io::Read;

use async_trait::async_trait;

use super::value::Membership;
use super::{InvalidAccounts, ListOptions, csv, json};
use crate::account::{Account, AccountQuery};
use crate::backend::AccountSource;
use crate::error::{Error, ErrorKind, Result};
use crate::id::AccountId;
use crate::listing::Listing;

/// Accounts that are known in advance: listed in code, or read from a file.
///
/// A list from a file is complete unless it says otherwise: an account that is not in it has left. If a query requests details
/// that the list does not have for every account (tags, organizational units), the source returns
/// [`Unsupported`](ErrorKind::Unsupported).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListSource(Listing);

impl ListSource {
    /// A source that returns this listing.
    pub fn new(listing: Listing) -> Self {
        Self(listing)
    }

    /// Reads comma-separated values, such as the export of the Organizations console, of a spreadsheet or of a billing tool.
    ///
    /// One line names the columns: the first one, or one that follows a title. The separator may be a comma, a semicolon or a
    /// tab. UTF-16 with a byte order mark is read like UTF-8. Case, spaces and punctuation in the names do not count. Unknown
    /// columns are ignored, with a note:
    ///
    /// | column | also called | what |
    /// |---|---|---|
    /// | `id` | `Account ID`, `Account number`, `Linked account`, `vendor_account_identifier`, `lineItem/UsageAccountId` | required: 12 digits |
    /// | `name` | `Account name`, `Linked account name`, `vendor_account_name` | required |
    /// | `state` | `status` | a state of AWS Organizations in upper or lower case; without the column every account is active; an empty field is unknown |
    /// | `management` | `is management` | `true` or `false`; without it, the account that is its own payer; without either it is unknown |
    /// | `type` | `Account type` | `Master account` or `Linked account`, for both of the above |
    /// | `payer` | `Payer account`, `Management account ID`, `bill/PayerAccountId` | the organization's management account |
    /// | `vendor` | `cloud`, `provider` | rows of other clouds than AWS are skipped, counted and named |
    /// | `ou path` | `ou`, `organizational unit` | names from the root down, separated by `/`, as in `Workloads/Prod`; `/` is the root, an empty field is unknown |
    /// | `ou 1`, `ou 2` | `level 1` | one unit each, from the root down |
    /// | `ou ids` | | ids from the root down, separated by `/`, as above |
    /// | `tags` | | `key=value`, separated by `;`, or JSON |
    /// | `tag:KEY` | | the value of one tag; an empty field means that the account does not have the tag. A tag without a column is unknown, and so is one whose column is empty in every line; with a column `tags` all tags are known |
    /// | `joined` | `Joined timestamp` | a time as AWS, browsers and scripts write it; without an offset it counts as UTC, and an unreadable time is unknown, each with a note |
    /// | `arn` | | the account's ARN, for the partition, the payer and the organization |
    ///
    /// Empty fields at the end of a row may be missing, unless the file ends there without a line end. A row without an id is
    /// skipped, with a note; unless it is a row of totals, the listing is then [partial](Listing::partial).
    ///
    /// Quotes that enclose too much are errors: a quote that is never closed, text after a closing quote, line breaks in a column
    /// that is read, and an account id between line breaks in a column that is not. Errors and notes show only numbers and plain
    /// words of a file.
    ///
    /// A file without any account is an error: an organization has at least one.
    ///
    /// Memory is bounded: besides the accounts, at most one record is kept. Files of more than 32 MiB and records of more than 1
    /// MiB are errors.
    pub fn from_csv(reader: impl Read, options: ListOptions) -> Result<Self, InvalidAccounts> {
        csv::read(reader, options).map(Self)
    }

    /// Reads JSON: a list of accounts by itself or in an object, such as what `aws organizations list-accounts` prints; JSON
    /// lines with one account each; or a list of lists, the first of which names the values.
    ///
    /// An account is an object with at least `id` and `name`, and optionally other fields of [`Account`] as it is serialised. The
    /// fields may also have the names of the [columns](Self::from_csv), which include the spellings of AWS and its tools. Byte
    /// order marks, UTF-16, and the constants and times of PowerShell are read.
    ///
    /// These are errors: a list that AWS cut off (`NextToken`, and other fields which say that there is more or that something
    /// failed), accounts outside of the list, values without names, a list without any account, and files of more than 32 MiB.
    /// The list of accounts that one user of IAM Identity Center may access is [partial](Listing::partial).
    pub fn from_json(reader: impl Read, options: ListOptions) -> Result<Self, InvalidAccounts> {
        json::read(reader, options).map(Self)
    }

    /// Sets the management account of those accounts for which the list does not name it.
    ///
    /// **Errors.** [`Invalid`](ErrorKind::Invalid) if the list names another one for an account, or marks another account as the
    /// management account.
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

    /// The accounts, with notes about how they were read.
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
                format!("{what} are needed, but the list does not have those of account {account}"),
            )
            .with_remedy(remedy(self.0.notes()))),
        }
    }
}

/// The remedy, with the notes that say why a detail became unknown.
fn remedy(notes: &[String]) -> String {
    let mut remedy = "add them to the list, or remove the rules and name templates that need them".to_owned();
    for note in notes.iter().filter(|note| note.contains("as unknown")) {
        remedy.push_str("; ");
        remedy.push_str(note);
    }
    remedy
}

fn other_payer(problem: String) -> Error {
    Error::new(ErrorKind::Invalid, "accounts:read", problem)
        .with_remedy("correct the list, or remove the payer of its source")
}

/// Returns a detail that `query` requests and an account does not have, and that account.
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
