//! What may be missing from a list of accounts may be missing from a part of it too, and what is outside that part is not missing.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/slate.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod slate;
mod support;

use std::time::Duration;

use futures_executor::block_on;
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::intent::{Intent, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, WithheldReason, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::source::{Kept, ListSource, Restricted, Union};
use harness_ccm_fixtures::Scenario;
use support::*;

/// A list of accounts 1 and 3.
fn list() -> Listing {
    Listing::complete([account(1, "a"), account(3, "c")])
}

/// The same list, of which rows could not be used.
fn with_gaps() -> ListSource {
    ListSource::new(list().with_gaps())
}

/// Rules that name accounts 1, 2 and 3.
fn naming() -> Intent {
    let mut intent = owned(visibility());
    intent.rules =
        vec![Rule::onboard("named", Selector::all().with_accounts([id(1), id(2), id(3)]), visibility())];
    intent
}

fn plan(source: impl AccountSource) -> Plan {
    let world = World::new([account(1, "a"), account(2, "b"), account(3, "c")]);
    let intent = naming();
    Scenario::new(&world, &intent).with_accounts(source).with_mode(Mode::Sync).plan().plan
}

/// The accounts that are missed.
fn missed(plan: &Plan) -> Vec<u64> {
    let is_missed = |number: &u64| {
        plan.accounts().get(&id(*number)).is_some_and(|account| {
            account
                .withheld
                .iter()
                .any(|withheld| matches!(withheld.reason, WithheldReason::NotListed { .. }))
        })
    };
    (1..=3).filter(is_missed).collect()
}

fn to(numbers: &[u64]) -> Selector {
    Selector::all().with_accounts(numbers.iter().map(|number| id(*number)))
}

#[test]
fn an_account_whose_row_was_lost_is_missed_in_a_part_of_the_list_too() {
    let gaps = with_gaps();
    assert_eq!(missed(&plan(gaps.clone())), [2]);
    for part in [to(&[2]), to(&[1, 2]), Selector::all(), Selector::all().with_name("a")] {
        let plan = plan(Restricted::new(gaps.clone(), part.clone()));
        assert_eq!(missed(&plan), [2], "{part:?}");
        assert!(!plan.is_complete(), "{part:?}");
    }
}

#[test]
fn accounts_outside_the_part_are_not_missed() {
    let gaps = with_gaps();
    assert_eq!(missed(&plan(Restricted::new(gaps.clone(), to(&[1])))), [0; 0]);
    assert_eq!(missed(&plan(Restricted::new(Restricted::new(gaps, to(&[1, 2])), to(&[1, 3])))), [0; 0]);
    // A part of a list of which nothing is missing says nothing, as before.
    assert_eq!(missed(&plan(Restricted::new(ListSource::new(list()), to(&[2])))), [0; 0]);
}

#[test]
fn a_part_of_a_kept_listing_misses_what_that_lacked_and_not_what_was_cut_off() {
    let keep = slate::Slate::default();
    let kept = || Kept::new(ListSource::new(list()), keep.clone(), "2026-11-27".parse().unwrap());
    block_on(kept().list_accounts(&AccountQuery::new())).unwrap();
    let young = kept().with_max_age(Duration::from_hours(1));
    assert_eq!(missed(&plan(Restricted::new(young, to(&[1, 2])))), [2]);
}

#[test]
fn an_account_that_one_source_is_cut_off_from_is_missed_if_another_may_have_lost_it() {
    let part = || Restricted::new(with_gaps(), to(&[1]));
    assert_eq!(missed(&plan(Union::new().with("one", part()).with("other", with_gaps()))), [2]);
    assert_eq!(missed(&plan(Union::new().with("one", with_gaps()).with("other", part()))), [2]);
    assert_eq!(missed(&plan(Union::new().with("one", part()).with("other", part()))), [0; 0]);
}

#[test]
fn accounts_that_a_filter_leaves_out_are_not_missing() {
    let listing = Listing::complete([account(1, "a"), account(2, "b")]).with_gaps();
    let desired = naming().resolve(listing.filter(|account| account.id != id(2))).unwrap();
    let world = World::new([account(1, "a"), account(2, "b")]);
    let observed = block_on(observe_accounts(
        &desired,
        &world.roles(),
        &world.connectors(),
        ObserveOptions::default(),
        &NoEvents,
    ))
    .unwrap();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    let incomplete = plan.accounts().iter().filter(|(_, account)| !account.withheld.is_empty());
    assert_eq!(incomplete.map(|(id, _)| id.clone()).collect::<Vec<_>>(), [id(3)], "{}", plan.render());
}
