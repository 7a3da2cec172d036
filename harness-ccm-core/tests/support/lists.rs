//! Accounts, and lists that contain them.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test files, each of which uses a part")]

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery};
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::id::{AccountId, OrganizationId};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::source::{ListOptions, ListSource};
use harness_ccm_core::timestamp::Timestamp;
use proptest::strategy::Strategy;
use proptest::string::string_regex;

pub(crate) fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

pub(crate) fn account(number: u64, name: &str) -> Account {
    Account::new(id(number), name)
}

/// An account with all details.
pub(crate) fn known(number: u64, name: &str) -> Account {
    account(number, name)
        .with_ou_path(["Workloads"])
        .with_ou_ids(["ou-ab12-11111111"])
        .with_tags([("env", "prod")])
        .with_payer(id(1))
}

/// The organization that the ARNs of these tests name.
pub(crate) fn organization() -> OrganizationId {
    "o-abcdefghij".parse().unwrap()
}

pub(crate) fn csv(text: &str) -> Listing {
    ListSource::from_csv(text.as_bytes(), ListOptions::default()).unwrap().listing().clone()
}

/// Options with padding of short ids.
pub(crate) fn padded(text: &str) -> Listing {
    let options = ListOptions::default().with_pad_ids();
    ListSource::from_csv(text.as_bytes(), options).unwrap().listing().clone()
}

pub(crate) fn csv_error(text: impl AsRef<[u8]>) -> String {
    ListSource::from_csv(text.as_ref(), ListOptions::default()).unwrap_err().to_string()
}

pub(crate) fn json(text: &str) -> Listing {
    ListSource::from_json(text.as_bytes(), ListOptions::default()).unwrap().listing().clone()
}

pub(crate) fn json_error(text: &str) -> String {
    ListSource::from_json(text.as_bytes(), ListOptions::default()).unwrap_err().to_string()
}

/// A complete list of these accounts.
pub(crate) fn listed(accounts: impl IntoIterator<Item = Account>) -> ListSource {
    ListSource::new(Listing::complete(accounts))
}

pub(crate) fn list(source: &dyn AccountSource) -> Listing {
    block_on(source.list_accounts(&AccountQuery::new())).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Names that begin and end as the two patterns say. The letter between them, which is in no placeholder and in no error of
/// a spreadsheet, keeps chance from making one.
pub(crate) fn names(start: &str, end: &str) -> impl Strategy<Value = String> {
    let may_be_html = |name: &str| name.split_once('&').is_some_and(|(_, rest)| rest.contains(';'));
    let in_marks = |name: &str| {
        let name = name.trim();
        ['"', '\'', '`'].into_iter().any(|mark| name.starts_with(mark) && name.ends_with(mark))
    };
    string_regex(&format!("{start}ü{end}"))
        .unwrap()
        .prop_filter("no HTML and no quotation marks", move |name| !may_be_html(name) && !in_marks(name))
}
