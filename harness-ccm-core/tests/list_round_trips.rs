//! A listing that is written in any supported form is read back as the same accounts.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;

use std::collections::BTreeMap;

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::source::{ListOptions, ListSource};
use harness_ccm_core::timestamp::Timestamp;
use lists::*;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const STATES: [AccountState; 5] = [
    AccountState::PendingActivation,
    AccountState::Active,
    AccountState::Suspended,
    AccountState::PendingClosure,
    AccountState::Closed,
];

/// The details that every form can express. The first account of a listing is its payer.
fn accounts() -> impl Strategy<Value = Vec<Account>> {
    let name = names("[!-~][ -~]{0,10}", "[ -~]{0,10}[!-~]");
    let one = (1..1_000_000_000_000_u64, name, select(STATES.to_vec()), 1_300_000_000..1_800_000_000_i64);
    prop::collection::vec(one, 1..8).prop_map(|all| {
        let all: BTreeMap<u64, _> =
            all.into_iter().map(|(number, name, state, joined)| (number, (name, state, joined))).collect();
        let payer = id(*all.keys().next().unwrap());
        all.into_iter()
            .map(|(number, (name, state, joined))| {
                let mut account = account(number, &name)
                    .with_state(state)
                    .with_joined(Timestamp::from_unix_seconds(joined).unwrap())
                    .with_payer(payer.clone())
                    .with_organization(organization());
                account.management = Some(account.id == payer);
                account
            })
            .collect()
    })
}

/// Adds the details that only user-made lists contain.
fn detailed() -> impl Strategy<Value = Vec<Account>> {
    // The letter between keeps chance from making an id of a unit, a placeholder, or the root.
    let path =
        prop::collection::vec("[A-Za-z0-9&][A-Za-z0-9 &.-]{0,4}ö([A-Za-z0-9 &.-]{0,4}[A-Za-z0-9])?", 0..4);
    let tags = prop::collection::btree_map("[ -~é]{1,8}", "[ -~é]{0,8}", 1..4);
    (accounts(), prop::collection::vec((path, tags), 8)).prop_map(|(accounts, details)| {
        let with = |(account, (path, tags)): (Account, (Vec<String>, BTreeMap<String, String>))| {
            account.with_ou_path(path).with_tags(tags)
        };
        accounts.into_iter().zip(details).map(with).collect()
    })
}

fn arn(account: &Account) -> String {
    format!(
        "arn:aws:organizations::{}:account/{}/{}",
        account.payer.as_ref().unwrap(),
        organization(),
        account.id
    )
}

/// As JavaScript prints a date, an hour east of Greenwich.
fn browser_date(time: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let local = time.as_unix_seconds() + 3600;
    let text = Timestamp::from_unix_seconds(local).unwrap().to_string();
    let day = DAYS[usize::try_from(local / 86_400 % 7).unwrap()];
    let month = MONTHS[text[5..7].parse::<usize>().unwrap() - 1];
    format!(
        "{day} {month} {} {} {} GMT+0100 (Central European Standard Time)",
        &text[8..10],
        &text[..4],
        &text[11..19]
    )
}

fn csv_of(header: &[&str], separator: u8, records: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(header).unwrap();
    records.for_each(|record| writer.write_record(record).unwrap());
    writer.into_inner().unwrap()
}

/// A word as the console shows it: `Pending closure`.
fn shown(state: &AccountState) -> String {
    let words = state.as_str().to_lowercase().replace('_', " ");
    words[..1].to_uppercase() + &words[1..]
}

fn console_csv(accounts: &[Account]) -> Vec<u8> {
    let header = ["Account ID", "ARN", "Email", "Name", "State", "Joined method", "Joined timestamp"];
    let records = accounts.iter().map(|account| {
        vec![
            account.id.to_string(),
            arn(account),
            "a@example.com".into(),
            account.name.clone(),
            shown(&account.state),
            "Created".into(),
            browser_date(account.joined.unwrap()),
        ]
    });
    csv_of(&header, b',', records)
}

fn object(account: &Account) -> Value {
    json!({
        "Id": account.id, "Arn": arn(account), "Email": "a@example.com", "Name": account.name, "Status": "ACTIVE",
        "State": account.state, "JoinedMethod": "INVITED", "JoinedTimestamp": account.joined,
    })
}

fn cli_json(accounts: &[Account]) -> Vec<u8> {
    let list: Vec<_> = accounts.iter().map(object).collect();
    serde_json::to_vec_pretty(&json!({"Accounts": list, "NextToken": null})).unwrap()
}

fn json_lines(accounts: &[Account]) -> Vec<u8> {
    accounts.iter().map(|account| object(account).to_string() + "\n").collect::<String>().into_bytes()
}

fn rows(accounts: &[Account]) -> Vec<u8> {
    let heading = json!(["Arn", "Id", "JoinedTimestamp", "Name", "State"]);
    let row = |account: &Account| {
        json!([
            arn(account),
            account.id,
            account.joined.unwrap().as_unix_seconds(),
            account.name,
            account.state
        ])
    };
    let list: Vec<_> = [heading].into_iter().chain(accounts.iter().map(row)).collect();
    serde_json::to_vec(&list).unwrap()
}

/// UTF-16 with its mark and the line ends of Windows; constants are objects, times are numbers of
/// milliseconds.
fn power_shell(accounts: &[Account]) -> Vec<u8> {
    let objects: Vec<_> = accounts
        .iter()
        .map(|account| {
            let mut object = object(account);
            object["State"] = json!({"Value": account.state});
            object["Status"] = json!({"Value": "ACTIVE"});
            object["JoinedTimestamp"] =
                format!("/Date({})/", account.joined.unwrap().as_unix_seconds() * 1000).into();
            object
        })
        .collect();
    // A list of one becomes its element.
    let text = match &objects[..] {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    let text = text.unwrap().replace("/Date(", "\\/Date(").replace(")/\"", ")\\/\"").replace('\n', "\r\n");
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn own_csv(accounts: &[Account], separator: u8) -> Vec<u8> {
    let header = ["id", "name", "state", "payer", "organization", "ou path", "tags", "joined"];
    let records = accounts.iter().map(|account| {
        vec![
            account.id.to_string(),
            account.name.clone(),
            account.state.as_str().to_lowercase(),
            account.payer.iter().map(AccountId::to_string).collect(),
            organization().to_string(),
            format!("/{}", account.ou_path.as_ref().unwrap().join("/")),
            serde_json::to_string(account.tags.as_ref().unwrap()).unwrap(),
            account.joined.unwrap().to_string(),
        ]
    });
    csv_of(&header, separator, records)
}

fn read_csv(text: &[u8]) -> Vec<Account> {
    ListSource::from_csv(text, ListOptions::default()).unwrap().listing().accounts().to_vec()
}

fn read_json(text: &[u8]) -> Vec<Account> {
    ListSource::from_json(text, ListOptions::default()).unwrap().listing().accounts().to_vec()
}

proptest! {
    #[test]
    fn output_of_aws_and_its_tools_is_read_as_the_same_accounts(accounts in accounts()) {
        prop_assert_eq!(&read_csv(&console_csv(&accounts)), &accounts);
        prop_assert_eq!(&read_json(&cli_json(&accounts)), &accounts);
        prop_assert_eq!(&read_json(&json_lines(&accounts)), &accounts);
        prop_assert_eq!(&read_json(&rows(&accounts)), &accounts);
        prop_assert_eq!(&read_json(&power_shell(&accounts)), &accounts);
    }

    #[test]
    fn user_made_lists_are_read_as_the_same_accounts(accounts in detailed(), separator in select(vec![b',', b';', b'\t'])) {
        prop_assert_eq!(&read_csv(&own_csv(&accounts, separator)), &accounts);
        // Accounts as this library writes them.
        prop_assert_eq!(&read_json(&serde_json::to_vec(&accounts).unwrap()), &accounts);
    }
}
