//! Account sources without a network: each passes the suite, and combined ones hide nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;
#[path = "support/slate.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod slate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery, AccountState};
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::config::Config;
use harness_ccm_core::event::StepOutcome;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, OnWrite, ReadOnly, Write, WriteFault};
use harness_ccm_core::selector::{Selector, TagCondition};
use harness_ccm_core::source::{Kept, ListOptions, ListSource, Restricted, Union, open};
use harness_ccm_core::testing;
use harness_ccm_core::{Error, ErrorKind};
use lists::*;
use slate::Slate;

#[test]
fn every_source_passes_the_suite() {
    let expected: BTreeSet<_> = (1..=3).map(id).collect();
    let full = || listed([known(3, "c"), known(1, "a").as_management(), known(2, "b")]);
    let from_csv = |text: &str| ListSource::from_csv(text.as_bytes(), ListOptions::default()).unwrap();
    let kept = |age| Kept::new(full(), Slate::default(), at("2026-01-31")).with_max_age(age);
    let sources: Vec<Box<dyn AccountSource>> = vec![
        Box::new(full()),
        Box::new(listed([account(1, "a"), account(2, "b"), account(3, "c")])),
        Box::new(from_csv("name,id\nc,000000000003\nb,000000000002\na,000000000001\n")),
        Box::new(from_csv("id;name;ou;tags\n000000000003;c;/;\n000000000002;b;A/B;k=v\n000000000001;a;/;\n")),
        Box::new(ListSource::from_json(&br#"[{"id":"000000000003","name":"c"},{"id":"000000000001","name":"a"},{"id":"000000000002","name":"b"}]"#[..], ListOptions::default()).unwrap()),
        Box::new(Union::new().with("one", listed([known(3, "c")])).with("two", listed([known(1, "a"), known(2, "b")]))),
        Box::new(Union::new().with("one", full()).with("two", listed([known(2, "b")]))),
        Box::new(Union::new().with("one", full()).with("two", listed([known(2, "other")]))),
        Box::new(Restricted::new(
            listed([known(1, "a"), known(2, "b"), known(3, "c"), known(4, "not this")]),
            Selector::all().with_name("?"),
        )),
        Box::new(kept(Duration::ZERO)),
        Box::new(kept(Duration::from_mins(1))),
        Box::new(World::new([account(1, "a"), account(2, "b"), account(3, "c")]).accounts()),
        Box::new(World::new([known(1, "a").as_management(), known(2, "b"), account(3, "c").with_ou_path(["Names only"])]).accounts()),
    ];
    for source in sources {
        block_on(testing::accounts::suite(&*source, &expected));
    }
}

#[test]
fn a_detail_that_a_list_does_not_know_is_refused_when_requested() {
    let source = listed([known(1, "a"), account(2, "b")]);
    let error = block_on(source.list_accounts(&AccountQuery::new().with_tags())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    insta::assert_snapshot!(error.report(), @r"
    accounts:list: unsupported: tags are needed, but the list does not have those of account 000000000002
      remedy: add them to the list, or remove the rules and name templates that need them
    ");
}

#[test]
fn a_union_merges_nothing_silently() {
    let one = listed([
        known(1, "payer").as_management(),
        known(2, "same"),
        known(3, "renamed"),
        account(5, "unknown tags"),
    ]);
    let mut moved = known(3, "new name").with_state(AccountState::Suspended);
    moved.payer = Some(id(9));
    let other = listed([known(2, "same"), moved, known(4, "only here"), known(5, "unknown tags")]);
    let union = Union::new().with("first", one).with("second", other);
    let listing = list(&union);
    assert!(listing.is_complete());
    assert_eq!(
        listing.notes(),
        ["listed by first and by second with the same values: 000000000002, 000000000005"]
    );
    let doubts: Vec<_> = listing
        .accounts()
        .iter()
        .filter_map(|account| Some((account.id.as_str(), account.doubt.as_deref()?)))
        .collect();
    assert_eq!(
        doubts,
        [(
            "000000000003",
            "the sources first and second disagree: the name is \"renamed\" and \"new name\", the state is \"ACTIVE\" and \"SUSPENDED\", the payer is \"000000000001\" and \"000000000009\""
        )]
    );
    assert_eq!(listing.accounts()[4].tags, None, "what only the other knows is not mixed in");
}

#[test]
fn small_differences_between_sources_are_not_contradictions_and_are_noted() {
    let union = |one: Account, other: Account| {
        let listing = list(&Union::new().with("one", listed([one])).with("other", listed([other])));
        (listing.accounts()[0].clone(), listing.notes().join("\n"))
    };
    let exact =
        account(1, "a ").with_joined(at("2025-02-04T22:15:00Z")).with_tags([("env", "prod"), ("x", "y")]);
    let rough = account(1, "a").with_joined(at("2025-02-05")).with_tags([("env", "prod"), ("z", "y")]);
    for (one, other) in [(exact.clone(), rough.clone()), (rough.clone(), exact.clone())] {
        let (merged, note) = union(one, other);
        assert_eq!((merged.doubt, merged.joined), (None, exact.joined));
        assert_eq!(merged.tags, exact.clone().with_tags([("env", "prod"), ("x", "y"), ("z", "y")]).tags);
        assert!(note.contains("the more exact one is used: 000000000001"), "{note}");
        assert!(note.contains("one source does not have all tags of another one"), "{note}");
    }
    for (different, what) in [
        (exact.clone().with_joined(at("2025-02-07")), "it joined"),
        (exact.clone().with_tags([("env", "dev")]), "the tag \"env\" is \"prod\" and \"dev\""),
        (account(1, "b"), "the name is"),
    ] {
        let doubt = union(exact.clone(), different).0.doubt.unwrap();
        assert!(doubt.contains(what), "{doubt}");
    }
}

#[test]
fn a_detail_that_one_source_of_a_union_cannot_know_is_unknown_for_its_accounts() {
    let organization = World::new([known(1, "a").with_tags([("env", "prod")])]).accounts();
    let list = listed([account(2, "b")]);
    let union = Union::new().with("organization", organization).with("lab", list);
    let listing = block_on(union.list_accounts(&AccountQuery::new().with_tags())).unwrap();
    assert!(listing.accounts()[0].tags.is_some() && listing.accounts()[1].tags.is_none());
    assert_eq!(
        listing.notes(),
        [
            "lab: tags are needed, but the list does not have those of account 000000000002: it counts as unknown"
        ]
    );
}

#[derive(Debug)]
struct Broken;

#[async_trait::async_trait]
impl AccountSource for Broken {
    async fn list_accounts(&self, _query: &AccountQuery) -> harness_ccm_core::Result<Listing> {
        Err(Error::new(ErrorKind::Throttled, "organizations:ListAccounts", "slow down"))
    }
}

#[test]
fn a_union_with_a_failed_source_fails() {
    let union = Union::new().with("good", listed([account(1, "a")])).with("broken", Broken);
    let error = block_on(union.list_accounts(&AccountQuery::new())).unwrap_err();
    assert_eq!((error.kind(), error.subject()), (ErrorKind::Throttled, "the source broken"));
}

#[test]
fn a_restriction_asks_for_what_it_needs_and_is_not_whole() {
    let world = World::new([known(1, "a"), known(2, "b"), account(3, "c").with_tags([("env", "dev")])]);
    let prod = Selector::all().with_tag("env", TagCondition::is("prod"));
    let listing = list(&Restricted::new(world.accounts(), prod.clone()));
    assert_eq!(listing.accounts().iter().map(|account| &*account.name).collect::<Vec<_>>(), ["a", "b"]);
    assert!(!listing.is_complete());
    assert_eq!(listing.notes(), ["restricted to 2 of 3 accounts"]);
    // A union with a partial listing is partial.
    let union = Union::new()
        .with("part", Restricted::new(world.accounts(), prod))
        .with("all", listed([account(9, "z")]));
    assert!(!list(&union).is_complete());
}

#[test]
fn an_intent_names_its_sources() {
    let text = r#"
        harness = { account-id = "acct" }
        [[sources]]
        kind = "organizations"
        name = "main"
        [[sources]]
        kind = "organizations"
        role = "arn:aws:iam::999999999999:role/Lister"
        [[sources]]
        kind = "csv"
        file = "export.csv"
        [[sources]]
        kind = "json"
        file = "more.json"
        name = "more"
        [[sources]]
        kind = "list"
        accounts = [{ id = "555555555555", name = "listed", ou-path = ["Lab"], tags = { env = "lab" }, state = "SUSPENDED" }]
    "#;
    let files: BTreeMap<String, Vec<u8>> = BTreeMap::from([
        ("export.csv".into(), b"Linked account,Linked account name\n333333333333,exported\n".to_vec()),
        ("more.json".into(), br#"[{"id": "444444444444", "name": "more"}]"#.to_vec()),
    ]);
    let config = Config::from_toml(text, None).unwrap();
    let mut asked = Vec::new();
    let source = open(&config.sources, &files, |role| {
        asked.push(role.map(|hop| hop.role.to_string()));
        let number = asked.len() as u64;
        Ok(Box::new(listed([account(number, "organization")])))
    });
    let listing = list(&*source.unwrap());
    assert_eq!(asked, [None, Some("arn:aws:iam::999999999999:role/Lister".into())]);
    let ids: Vec<_> = listing.accounts().iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["000000000001", "000000000002", "333333333333", "444444444444", "555555555555"]);
    assert_eq!(listing.accounts()[4].state, AccountState::Suspended);

    // Without any, the organization.
    let plain = Config::from_toml("harness = { account-id = \"acct\" }", None).unwrap();
    let source = open(&plain.sources, &files, |role| {
        Ok(Box::new(listed([account(1, if role.is_none() { "own" } else { "other" })])))
    });
    assert_eq!(list(&*source.unwrap()).accounts()[0].name, "own");
}

#[test]
fn a_bad_file_is_reported_before_anything_is_done() {
    let sources = |file: &str| {
        Config::from_toml(
            &format!(
                "harness = {{ account-id = \"acct\" }}\n[[sources]]\nkind = \"csv\"\nfile = \"{file}\"\n"
            ),
            None,
        )
        .unwrap()
        .sources
    };
    let files: BTreeMap<String, Vec<u8>> = BTreeMap::from([("bad.csv".into(), b"id\n1\n".to_vec())]);
    let fails = |file: &str| {
        let never = |_: Option<&_>| -> harness_ccm_core::Result<Box<dyn AccountSource>> {
            panic!("no organization is asked")
        };
        open(&sources(file), &files, never).map(drop).unwrap_err().report()
    };
    insta::assert_snapshot!(fails("bad.csv"), @r#"
    accounts:read for bad.csv: invalid: line 1, column 1: there is no column for the account name (name or Linked account name); the first line has "id"
      remedy: correct the file; nothing was changed
    "#);
    insta::assert_snapshot!(fails("gone.csv"), @r"
    accounts:read for gone.csv: not found: the file cannot be opened
      caused by: entity not found
      remedy: paths in an intent file are relative to it
    ");
}

/// A source that only answers queries with a selection.
#[derive(Clone, Debug)]
struct OnlyMatching;

#[async_trait]
impl AccountSource for OnlyMatching {
    async fn list_accounts(&self, _query: &AccountQuery) -> harness_ccm_core::Result<Listing> {
        Err(Error::new(ErrorKind::Unavailable, "test:list", "all were asked for"))
    }

    async fn list_matching(&self, _: &AccountQuery, _: &Selector) -> harness_ccm_core::Result<Listing> {
        Ok(Listing::partial([account(1, "a")]))
    }
}

#[test]
fn a_restriction_reaches_the_source_through_all_wrappers() {
    let never = WriteFault::new(usize::MAX, FaultTiming::Before);
    let around: Vec<Box<dyn AccountSource>> = vec![
        Box::new(OnlyMatching),
        Box::new(Arc::new(OnlyMatching)),
        Box::new(ReadOnly::new(OnlyMatching)),
        Box::new(Faulty::new(OnlyMatching, never)),
        Box::new(OnWrite::new(OnlyMatching, |_: &Write<'_>, _: &StepOutcome| {})),
        Box::new(Union::new().with("one", OnlyMatching).with("two", listed([account(1, "a")]))),
    ];
    for source in around {
        let shown = format!("{source:?}");
        let restricted = Restricted::new(source, Selector::all().with_name("a"));
        let listing = block_on(restricted.list_accounts(&AccountQuery::new()));
        let listing = listing.unwrap_or_else(|error| panic!("{shown}: {}", error.report()));
        assert_eq!((listing.accounts().len(), listing.is_complete()), (1, false), "{shown}");
    }
}
