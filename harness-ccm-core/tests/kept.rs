//! Kept listings: the latest one is reused for a while, the accepted one is the baseline of missing accounts.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/slate.rs"]
mod slate;
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery};
use harness_ccm_core::apply::{Acceptance, accept};
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::files::kind_of;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{ApprovedPlan, Mode, PlanOptions, PlanRejected, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::source::{KEPT_LISTING_KIND, Kept, ListSource, Record, Restricted, Union};
use harness_ccm_core::timestamp::Timestamp;
use proptest::prelude::*;
use slate::Slate;
use support::{account, applied, id, listing, nothing, owned, visibility};

fn known(number: u64, name: &str) -> Account {
    account(number, name)
        .with_ou_path(["Workloads"])
        .with_ou_ids(["ou-ab12-11111111"])
        .with_tags([("env", "prod")])
}

fn list(source: &dyn AccountSource) -> Listing {
    block_on(source.list_accounts(&AccountQuery::new())).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Lists these accounts, and keeps the listing.
fn listed(slate: &Slate, numbers: impl IntoIterator<Item = u64>) -> Listing {
    list(&Kept::new(ListSource::new(listing(numbers)), slate.clone(), at("2026-01-31")))
}

fn resolve(listing: Listing) -> Desired {
    owned(visibility()).resolve(listing).unwrap()
}

/// The plan of a run that only adds, in an organization without resources.
fn adding(desired: &Desired) -> ApprovedPlan {
    make_plan(desired, &nothing(desired), PlanOptions::default()).check(&Limits::default()).unwrap()
}

/// The accounts of a record.
fn accounts(slate: &Slate, record: Record) -> Option<BTreeSet<AccountId>> {
    let json: serde_json::Value = serde_json::from_str(&slate.text(record)?).unwrap();
    let accounts = json["accounts"].as_array().unwrap();
    Some(accounts.iter().map(|account| account["id"].as_str().unwrap().parse().unwrap()).collect())
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> BTreeSet<AccountId> {
    numbers.into_iter().map(id).collect()
}

#[test]
fn a_recent_kept_listing_is_reused_with_its_age() {
    let (slate, world) = (Slate::default(), World::new([known(1, "a"), known(2, "b")]));
    let source =
        |now: &str| Kept::new(world.accounts(), slate.clone(), at(now)).with_max_age(Duration::from_hours(1));
    let fresh = list(&source("2026-01-31T12:00:00Z"));
    assert!(
        fresh.is_complete()
            && fresh.taken().is_none()
            && fresh.baseline().is_none()
            && fresh.notes().is_empty()
    );
    world.put_account(account(3, "new"));
    world.clear_journal();

    let young = list(&source("2026-01-31T12:59:00Z"));
    assert_eq!((young.accounts().len(), young.is_complete()), (2, false));
    assert_eq!(young.taken(), Some(at("2026-01-31T12:00:00Z")));
    assert_eq!(
        young.notes(),
        [
            "the accounts were listed at 2026-01-31T12:00:00Z, 59 minutes ago: no account is removed because it is missing from that listing"
        ]
    );
    assert!(world.journal().is_empty(), "the source was not asked");

    // It does not know the tags, because they were not requested.
    let asked =
        block_on(source("2026-01-31T12:59:00Z").list_accounts(&AccountQuery::new().with_tags())).unwrap();
    assert_eq!((asked.accounts().len(), asked.is_complete(), asked.taken()), (3, true, None));
    let from_the_future = list(&source("2026-01-31T12:00:00Z"));
    assert_eq!((from_the_future.accounts().len(), from_the_future.taken()), (3, None));
    let old = list(&source("2026-01-31T13:30:00Z"));
    assert_eq!((old.accounts().len(), old.taken()), (3, None));
}

#[test]
fn a_new_listing_is_compared_with_the_accepted_one_not_with_the_latest() {
    let slate = Slate::default();
    let first = listed(&slate, 1..=3);
    assert_eq!(first.baseline(), None);
    accept(&slate, &adding(&resolve(first)), &Limits::default()).unwrap();
    for _ in 0..3 {
        let baseline = listed(&slate, [1, 3]).baseline().unwrap().clone();
        assert_eq!((baseline.taken, baseline.accounts, baseline.missing), (at("2026-01-31"), 3, vec![id(2)]));
        assert_eq!(accounts(&slate, Record::Latest), Some(ids([1, 3])));
        assert_eq!(accounts(&slate, Record::Accepted), Some(ids(1..=3)), "listing accepts nothing");
    }
    // An empty listing is not kept, but compared.
    assert_eq!(listed(&slate, []).baseline().unwrap().missing.len(), 3);
    assert_eq!(accounts(&slate, Record::Latest), Some(ids([1, 3])));
}

#[test]
fn several_kept_listings_have_one_baseline() {
    let (first, second) = (Slate::default(), Slate::default());
    for (slate, numbers) in [(&first, 1..6), (&second, 6..9)] {
        let desired = resolve(listed(slate, numbers));
        accept(slate, &adding(&desired), &Limits::default()).unwrap();
    }
    let kept = |slate: &Slate, numbers: &[u64]| {
        Kept::new(ListSource::new(listing(numbers.iter().copied())), slate.clone(), at("2026-02-28"))
    };
    // Account 5 left, 8 moved into the other organization.
    let union =
        Union::new().with("first", kept(&first, &[1, 2, 3, 4, 8])).with("second", kept(&second, &[6, 7]));
    let baseline = list(&union).baseline().cloned().unwrap();
    assert_eq!((baseline.accounts, baseline.missing, baseline.taken), (8, vec![id(5)], at("2026-01-31")));
}

#[test]
fn a_shrunk_listing_is_refused_by_every_further_plan() {
    let slate = Slate::default();
    accept(&slate, &adding(&resolve(listed(&slate, 1..=20))), &Limits::default()).unwrap();
    // None of our resources are in the missing accounts, so only the accepted listing shows them; account 99 has
    // left.
    let observed = support::applied(&resolve(listing([1, 99])));
    for _ in 0..3 {
        let desired = resolve(listed(&slate, 1..=10));
        let sync = make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
        assert_eq!(sync.basis().baseline, Some((20, 10)));
        assert!(matches!(
            sync.check(&Limits::default()),
            Err(PlanRejected::ShrunkSince { missing: 10, before: 20, listed: 10, .. })
        ));
        // A run that only adds passes, and does not make it the baseline.
        let acceptance = accept(&slate, &adding(&desired), &Limits::default()).unwrap();
        assert_eq!(acceptance, Acceptance::TooManyMissing { missing: 10, before: 20, listed: 10 });
        assert_eq!(accounts(&slate, Record::Accepted), Some(ids(1..=20)));
    }
    insta::assert_snapshot!(accept(&slate, &adding(&resolve(listed(&slate, 1..=10))), &Limits::default()).unwrap(), @"the listing of 10 accounts is not accepted: 10 of the 20 accounts of the accepted listing are missing from it, more than the setting `max-missing` allows; check that the source lists all accounts; if the accounts did leave, raise the limit");
    let mut raised = Limits::default();
    raised.max_missing = Share::percent(50);
    insta::assert_snapshot!(accept(&slate, &adding(&resolve(listed(&slate, 1..=10))), &raised).unwrap(), @"the listing of 10 accounts, taken at 2026-01-31T00:00:00Z, is accepted: later listings are compared with it");
    assert_eq!(accounts(&slate, Record::Accepted), Some(ids(1..=10)));
    assert_eq!(listed(&slate, 1..=10).baseline().unwrap().missing, []);
    let none = accept(&slate, &adding(&resolve(listed(&slate, [7]))), &Limits::none()).unwrap();
    assert!(
        matches!(none, Acceptance::Accepted { accounts: 1, .. }),
        "without limits everything is accepted"
    );
}

#[test]
fn only_the_latest_complete_listing_that_the_plan_was_made_on_is_accepted() {
    let slate = Slate::default();
    let shown = |plan: &ApprovedPlan| accept(&slate, plan, &Limits::default()).unwrap().to_string();
    let first = resolve(listed(&Slate::default(), 1..=20));
    insta::assert_snapshot!(shown(&adding(&first)), @"no listing is accepted: none is kept");
    listed(&slate, 1..=19);
    insta::assert_snapshot!(shown(&adding(&first)), @"no listing is accepted: the plan is based on another listing than the latest, which was taken at 2026-01-31T00:00:00Z");
    let narrowed = resolve(listed(&slate, 1..=20)).only(&[id(7)].into());
    insta::assert_snapshot!(shown(&adding(&narrowed)), @"no listing is accepted: the plan is based on a partial or an old listing");
    let world = World::new((1..=20).map(|number| account(number, &format!("team {number}"))));
    let part = Restricted::new(world.accounts(), Selector::all().with_name("team 1*"));
    let part = resolve(list(&Kept::new(part, slate.clone(), at("2026-01-31"))));
    assert_eq!(accept(&slate, &adding(&part), &Limits::default()).unwrap(), Acceptance::Partial);
    let kept =
        Kept::new(world.accounts(), slate.clone(), at("2026-01-31")).with_max_age(Duration::from_mins(1));
    let old = resolve(list(&kept));
    assert_eq!(accept(&slate, &adding(&old), &Limits::default()).unwrap(), Acceptance::Partial);
    let dated = resolve(listing(1..=20).with_taken(at("2026-01-31")));
    assert_eq!(accept(&slate, &adding(&dated), &Limits::default()).unwrap(), Acceptance::Partial);
    assert_eq!(slate.text(Record::Accepted), None);
    insta::assert_snapshot!(shown(&adding(&first)), @"the listing of 20 accounts, taken at 2026-01-31T00:00:00Z, is accepted: later listings are compared with it");
    assert_eq!(slate.text(Record::Accepted), slate.text(Record::Latest));
}

#[test]
fn a_plan_file_carries_which_listing_it_was_made_on() {
    let slate = Slate::default();
    let plan = adding(&resolve(listed(&slate, 1..=5))).plan().clone();
    assert!(plan.basis().listing.is_some());
    let read = harness_ccm_core::plan::Plan::from_json(&plan.to_json_text()).unwrap();
    assert_eq!(read, plan);
    let acceptance = accept(&slate, &read.check(&Limits::default()).unwrap(), &Limits::default()).unwrap();
    assert!(matches!(acceptance, Acceptance::Accepted { accounts: 5, .. }), "{acceptance}");
}

#[test]
fn a_kept_listing_begins_with_its_kind() {
    let slate = Slate::default();
    listed(&slate, [1]);
    let text = slate.text(Record::Latest).unwrap();
    assert_eq!(kind_of(text.as_bytes()), Some(KEPT_LISTING_KIND), "{text}");
    assert!(text.starts_with(r#"{"kind":"harness-ccm kept listing","format_version":2,"#), "{text}");
}

/// A record that was cut off, or is of another version or kind.
const DAMAGED: [&str; 5] = [
    "",
    "{}",
    r#"{"kind":"harness-ccm kept listing","format_version":2,"taken":"2026-01-31"#,
    r#"{"kind":"harness-ccm kept listing","format_version":9,"taken":"2026-01-31T00:00:00Z","accounts":[]}"#,
    r#"{"kind":"another","format_version":2,"taken":"2026-01-31T00:00:00Z","accounts":[]}"#,
];

#[test]
fn unknown_details_are_not_requested_again() {
    let slate = Slate::default();
    let blind = || Union::new().with("blind", ListSource::new(Listing::complete([account(1, "a")])));
    let tags = AccountQuery::new().with_tags();
    let ask = |query: &AccountQuery| {
        let kept = Kept::new(blind(), slate.clone(), at("2026-01-31")).with_max_age(Duration::from_hours(1));
        block_on(kept.list_accounts(query)).unwrap()
    };
    assert!(ask(&tags).taken().is_none(), "a new one");
    assert!(ask(&tags).taken().is_some(), "the source was asked for tags, and has none");
    assert!(ask(&tags.with_ou_paths()).taken().is_none(), "it was not asked for units");
}

#[test]
fn a_damaged_kept_listing_is_replaced() {
    let (slate, world) = (Slate::default(), World::new([account(1, "a")]));
    let source =
        Kept::new(world.accounts(), slate.clone(), at("2026-01-31")).with_max_age(Duration::from_mins(1));
    for text in DAMAGED {
        slate.write(Record::Latest, text);
        let listing = list(&source);
        assert_eq!(
            (listing.accounts().len(), listing.notes().len(), listing.is_complete()),
            (1, 1, true),
            "{text}: {:?}",
            listing.notes()
        );
        assert_eq!(accounts(&slate, Record::Latest), Some(ids([1])), "and kept again");
    }
}

#[test]
fn nothing_is_removed_while_the_accepted_listing_cannot_be_read() {
    let good = Slate::default();
    accept(&good, &adding(&resolve(listed(&good, 1..=20))), &Limits::default()).unwrap();
    let text = good.text(Record::Accepted).unwrap();
    for damaged in
        ["", &text[..text.len() / 2], &text.replace("\"format_version\":2", "\"format_version\":1"), "{}"]
    {
        let slate = Slate::default();
        slate.write(Record::Accepted, damaged);
        let listing = listed(&slate, 1..=19);
        assert!(listing.is_baseline_lost() && listing.baseline().is_none() && listing.is_complete());
        assert!(listing.notes()[0].contains("delete it to start again"), "{:?}", listing.notes());
        let union = Union::new()
            .with("kept", ListSource::new(listing.clone()))
            .with("b", ListSource::new(support::listing([30])));
        assert!(list(&union).is_baseline_lost(), "a union rests on all its parts");
        let part = Restricted::new(ListSource::new(listing.clone()), Selector::all());
        assert!(list(&part).is_baseline_lost(), "and a part on the whole");
        let skipping = {
            let mut intent = owned(visibility());
            intent.rules.insert(0, Rule::skip("one", Selector::all().with_accounts([id(1)]), "no"));
            intent
        };
        let observed = applied(&resolve(support::listing(1..=20)));
        let desired = skipping.resolve(listing).unwrap();
        let removing = make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
        let refused = removing.clone().check(&Limits::default()).unwrap_err();
        assert!(matches!(refused, PlanRejected::BaselineLost { removed: 3 }), "{refused}");
        assert!(removing.check(&Limits::none()).is_ok(), "an explicit request may");
        // It does not become the next baseline either.
        let acceptance =
            accept(&slate, &adding(&resolve(listed(&slate, 1..=19))), &Limits::default()).unwrap();
        assert!(matches!(acceptance, Acceptance::Damaged { .. }), "{acceptance}");
        assert_eq!(slate.text(Record::Accepted).as_deref(), Some(damaged));
    }
}

#[test]
fn unusable_records_are_reported_and_change_nothing() {
    for (broken, notes) in [(Record::Latest, 2), (Record::Accepted, 1)] {
        let slate = Slate::default();
        accept(&slate, &adding(&resolve(listed(&slate, 1..=3))), &Limits::default()).unwrap();
        let before = slate.text(Record::Accepted);
        slate.break_down(broken);
        let listing = listed(&slate, 1..=4);
        assert_eq!((listing.accounts().len(), listing.notes().len()), (4, notes), "{:?}", listing.notes());
        let error = accept(&slate, &adding(&resolve(listing)), &Limits::default()).unwrap_err();
        assert!(error.message().contains("cannot be read"), "{error}");
        assert_eq!(slate.text(Record::Accepted), before);
    }
}

/// The actions of a run with a listing.
#[derive(Clone, Copy, Debug)]
enum Run {
    Plan,
    Upsert,
    Sync,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// For any order of listing, planning and applying: the baseline changes only with an apply, and never loses more at once
    /// than the limit allows.
    #[test]
    fn the_baseline_never_loses_more_at_once_than_the_limit_allows(
        runs in prop::collection::vec(
            (prop::sample::select(vec![Run::Plan, Run::Upsert, Run::Sync]), prop::collection::vec(prop::bool::weighted(0.9), 20)),
            1..10,
        ),
    ) {
        let slate = Slate::default();
        for (run, present) in runs {
            let before = accounts(&slate, Record::Accepted);
            let numbers: Vec<u64> = (1..).zip(present).filter(|(_, present)| *present).map(|(number, _)| number).collect();
            let desired = resolve(listed(&slate, numbers));
            prop_assert_eq!(&accounts(&slate, Record::Accepted), &before, "listing moves nothing");
            let mode = match run {
                Run::Plan => continue,
                Run::Upsert => Mode::Upsert,
                Run::Sync => Mode::Sync,
            };
            let plan = make_plan(&desired, &nothing(&desired), PlanOptions::default().with_mode(mode));
            accept(&slate, &plan.check(&Limits::default()).unwrap(), &Limits::default()).unwrap();
            let after = accounts(&slate, Record::Accepted).unwrap_or_default();
            if let Some(before) = before {
                let missing = before.difference(&after).count();
                prop_assert!(missing <= 1 || missing * 10 <= before.len(), "{} of {} went", missing, before.len());
            }
        }
    }
}

#[test]
fn a_kept_listing_is_reused_only_for_its_own_sources() {
    let slate = Slate::default();
    let kept = |numbers: std::ops::RangeInclusive<u64>, origin: Option<&str>| {
        let source = ListSource::new(listing(numbers));
        let kept = Kept::new(source, slate.clone(), at("2026-01-31")).with_max_age(Duration::from_hours(1));
        origin.into_iter().fold(kept, Kept::with_origin)
    };
    let listed = |kept| list(&kept).accounts().len();
    assert_eq!(listed(kept(1..=3, Some("a.csv, account 1"))), 3);
    assert_eq!(listed(kept(1..=5, Some("a.csv, account 1"))), 3, "it is young, and of the same");
    assert_eq!(listed(kept(1..=5, Some("a.csv, account 2"))), 5, "listed with other credentials");
    assert_eq!(listed(kept(1..=7, Some("a.csv, account 1"))), 7, "that one was replaced");
    assert_eq!(listed(kept(1..=9, None)), 9, "nothing is known of it");
    let text = slate.text(Record::Latest).unwrap();
    assert!(!text.contains("a.csv"), "no text of the origin is kept: {text}");
}

#[test]
fn the_acceptance_of_a_listing_is_reported_with_its_reason() {
    let taken = at("2026-01-31");
    let said = [
        Acceptance::Accepted { taken, accounts: 12 },
        Acceptance::Damaged { what: "the accepted listing is damaged in line 1, column 2".into() },
        Acceptance::NothingKept,
        Acceptance::Partial,
        Acceptance::OtherListing { latest: taken },
        Acceptance::TooManyMissing { missing: 3, before: 12, listed: 9 },
    ];
    let said: Vec<_> = said.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    the listing of 12 accounts, taken at 2026-01-31T00:00:00Z, is accepted: later listings are compared with it
    no listing is accepted: the accepted listing is damaged in line 1, column 2; no account is removed because it is missing from a listing until you restore the file, or delete it to start again
    no listing is accepted: none is kept
    no listing is accepted: the plan is based on a partial or an old listing
    no listing is accepted: the plan is based on another listing than the latest, which was taken at 2026-01-31T00:00:00Z
    the listing of 9 accounts is not accepted: 3 of the 12 accounts of the accepted listing are missing from it, more than the setting `max-missing` allows; check that the source lists all accounts; if the accounts did leave, raise the limit
    ");
}
