//! The contract of the reader of every kind of file for any bytes: a value, or an error with its place and without terminal
//! control; never a panic. Shared by the property test and the fuzz targets.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several programs, each of which uses a part")]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery};
use harness_ccm_core::backend::AccountSource as _;
use harness_ccm_core::config::Config;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{Plan, PlanOptions, make_plan};
use harness_ccm_core::source::{InvalidAccounts, Keep, Kept, ListOptions, ListSource, Record};
use harness_ccm_core::text::visible_lines;

/// A reader, and well-formed files to start with.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    pub(crate) read: fn(&[u8]),
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

pub(crate) const READERS: [Reader; 5] = [
    Reader { name: "csv", read: csv, seeds: csv_seeds },
    Reader { name: "json", read: json, seeds: json_seeds },
    Reader { name: "toml", read: toml, seeds: toml_seeds },
    Reader { name: "kept", read: kept, seeds: kept_seeds },
    Reader { name: "plan", read: plan, seeds: plan_seeds },
];

fn harmless(text: &str) {
    assert_eq!(visible_lines(text), text, "it holds what a terminal obeys");
}

fn owed(read: Result<ListSource, InvalidAccounts>) {
    match read {
        Ok(source) => {
            let listing = source.listing();
            let ids: BTreeSet<_> = listing.accounts().iter().map(|account| &account.id).collect();
            assert!(!ids.is_empty() && ids.len() == listing.accounts().len(), "each account once");
            assert!(listing.accounts().iter().all(|account| !account.name.trim().is_empty()));
            listing.notes().iter().for_each(|note| harmless(note));
        }
        Err(error) => {
            assert!(error.line > 0 && error.column > 0, "{error}");
            harmless(&error.to_string());
        }
    }
}

pub(crate) fn csv(bytes: &[u8]) {
    for options in [ListOptions::default(), ListOptions::default().with_pad_ids()] {
        owed(ListSource::from_csv(bytes, options));
    }
}

pub(crate) fn json(bytes: &[u8]) {
    for options in [ListOptions::default(), ListOptions::default().with_pad_ids()] {
        owed(ListSource::from_json(bytes, options));
    }
}

pub(crate) fn toml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = BTreeMap::from([("list".to_owned(), bytes.to_vec())]);
    match Config::from_toml_with_files(text, None, &files) {
        Ok(config) => drop(config.intent.resolve(Listing::complete([]))),
        Err(error) => harmless(&error.to_string()),
    }
}

/// A kept listing that never changes.
#[derive(Debug)]
struct Text(String);

impl Keep for Text {
    fn load(&self, _record: Record) -> io::Result<Option<String>> {
        Ok(Some(self.0.clone()))
    }

    fn save(&self, _record: Record, _text: &str) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn kept(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let inner = ListSource::new(Listing::complete([account()]));
    for age in [Duration::ZERO, Duration::from_hours(1)] {
        let source =
            Kept::new(inner.clone(), Text(text.into()), "2026-01-31".parse().unwrap()).with_max_age(age);
        let listing = block_on(source.list_accounts(&AccountQuery::new())).unwrap();
        listing.notes().iter().for_each(|note| harmless(note));
    }
}

pub(crate) fn plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Plan::from_json(text) {
        Ok(plan) => {
            harmless(&plan.render().to_string());
            let again = Plan::from_json(&plan.to_json_text()).unwrap();
            assert_eq!(again, plan, "what was read is written and read again");
        }
        Err(error) => harmless(&error.to_string()),
    }
}

fn account() -> Account {
    Account::new("111122223333".parse().unwrap(), "prod")
        .with_ou_path(["Workloads"])
        .with_tags([("env", "prod")])
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn csv_seeds() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        "Account ID,ARN,Email,Name,State,Joined method,Joined timestamp\n111122223333,arn:aws:organizations::111122223333:account/o-abcdefghij/111122223333,a@example.com,\"a, b\",Active,Invited,Tue Feb 04 2025 09:15:00 GMT+0100 (Central European Standard Time)\n",
        "sep=;\r\nid;name;ou;ou ids;tags;tag:x;payer;type\r\n0311-2200-4455;a;Root/A/B;ou-ab12-11111111/ou-ab12-22222222;\"{\"\"k\"\":\"\"v\"\"}\";y;111122223333;Linked Account\r\n;Total;;;;;;\r\n",
        "Vendor\tPayer account_identifier\tvendor_account_identifier\tvendor_account_name\nAWS\t111122223333\t111122223333.0\ta\nAzure\tx\t3f2504e0-4f89-11d3-9a0c-0305e82c3301\tb\n",
        "Title\n\nid,name,OU 1,OU 2,joined\n31122004455,a,A\n'111122223333,b,A,B,1738656900\n",
    ]);
    let utf16 = "id,name\n111122223333,é\n".encode_utf16().flat_map(u16::to_le_bytes);
    seeds.push([0xff, 0xfe].into_iter().chain(utf16).collect());
    seeds
}

fn json_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "{\"Accounts\": [{\"Id\": \"111122223333\", \"Arn\": \"arn:aws:organizations::111122223333:account/o-abcdefghij/111122223333\", \"Name\": \"a\", \"State\": \"ACTIVE\", \"Paths\": [\"o-abcdefghij/r-ab12/ou-ab12-11111111/\"], \"JoinedTimestamp\": 1738656900.5, \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}], \"NextToken\": null}",
        "{\"Id\":\"111122223333\",\"Name\":\"a\",\"Status\":{\"Value\":\"ACTIVE\"},\"JoinedTimestamp\":\"\\/Date(1738656900000)\\/\"}\n{\"Id\":31122004455,\"Name\":\"b\"}\n",
        "[[\"Id\",\"Name\",\"ou_path\",\"tags\"],[\"111122223333\",\"a\",[\"A\",\"B\"],{\"k\":\"v\"}],[222233334444.0,\"b\",null,{}]]",
        "\u{feff}{\"accountList\": [{\"accountId\": \"111122223333\", \"accountName\": \"a\", \"provider\": \"AWS\", \"doubt\": null}]}",
    ])
}

fn toml_seeds() -> Vec<Vec<u8>> {
    texts(&[
        "owner = \"finops\"\nregions = [\"us-east-1\"]\n[harness]\naccount-id = \"acct\"\ncluster = \"us\"\n[organization]\nid = \"o-a1b2c3d4e5\"\n[role]\nlayout = \"managed\"\nprefix = \"x\"\n[naming]\ntemplate = \"${ou.1|x}_${tag.k}\"\n[limits]\nmax-updates = 0.5\n[reach]\nbootstrap-roles = [\"R\"]\n[[sources]]\nkind = \"csv\"\nfile = \"list\"\npad-ids = true\n[[sources]]\nkind = \"list\"\naccounts = [{ id = \"111122223333\", name = \"a\", ou-path = [\"A\"], tags = { k = \"v\" } }]\n[[rules]]\nname = \"r\"\nou-paths = [\"A/**\"]\ntags = { k = [\"v\"], x = true }\njoined-after = 2026-01-31\nfeatures = [\"visibility\", \"governance\"]\n",
        "harness = { account-id = \"a\" }\n[[rules]]\nname = 'x'\naccounts-file = \"list\"\nskip = \"\"\"\nwhy\"\"\"\n",
    ])
}

fn kept_seeds() -> Vec<Vec<u8>> {
    #[derive(Debug, Default)]
    struct Saved(std::sync::Mutex<String>);

    impl Keep for Saved {
        fn load(&self, _record: Record) -> io::Result<Option<String>> {
            Ok(None)
        }

        fn save(&self, _record: Record, text: &str) -> io::Result<()> {
            text.clone_into(&mut self.0.lock().unwrap());
            Ok(())
        }
    }

    let saved = std::sync::Arc::new(Saved::default());
    let inner = ListSource::new(Listing::complete([account()]));
    let kept = Kept::new(inner, std::sync::Arc::clone(&saved), "2026-01-31".parse().unwrap());
    block_on(kept.list_accounts(&AccountQuery::new())).unwrap();
    let text = saved.0.lock().unwrap().clone();
    vec![text.into_bytes()]
}

fn plan_seeds() -> Vec<Vec<u8>> {
    let text = String::from_utf8(toml_seeds().swap_remove(0)).unwrap();
    let rule = "[[rules]]\nname = \"all\"\nfeatures = [\"visibility\", \"optimization\"]\n";
    let config = format!("{}{rule}", &text[..text.find("[[sources]]").unwrap()]);
    let intent = Config::from_toml(&config, None).unwrap().intent;
    let world = World::new([account(), Account::new("222233334444".parse().unwrap(), "x")]);
    let listing = block_on(world.accounts().list_accounts(&intent.query())).unwrap();
    let desired = Config::from_toml(&config.replace("id = \"o-a1b2c3d4e5\"", ""), None)
        .unwrap()
        .intent
        .resolve(listing)
        .unwrap();
    let (roles, connectors) = (world.roles(), world.connectors());
    let observed =
        block_on(observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents));
    let plan = make_plan(&desired, &observed.unwrap(), PlanOptions::default());
    vec![plan.to_json_text().into_bytes()]
}
