//! Faulty listings remove nothing.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::listing::{Baseline, Listing};
use harness_ccm_core::observe::Observed;
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, PlanRejected, make_plan};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::selector::Selector;
use proptest::prelude::*;
use support::*;

/// An organization of accounts 1 to `all`, all onboarded; a listing shows some of them.
fn world(all: u64) -> Observed {
    applied(&resolve(listing(1..=all)))
}

fn resolve(listing: Listing) -> Desired {
    owned(visibility()).resolve(listing).unwrap()
}

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

fn refusal(listing: Listing, observed: &Observed) -> Option<String> {
    sync(&resolve(listing), observed).check(&Limits::default()).err().map(|refusal| refusal.to_string())
}

#[test]
fn an_empty_listing_removes_nothing() {
    let observed = world(3);
    let sync = sync(&resolve(listing([])), &observed);
    assert!(!sync.has_changes(), "it shows no organization, so none that is pinned: {}", sync.render());
    assert_eq!(sync.counts().withheld, 6, "three connectors and the roles that they name");
    let upsert = make_plan(&resolve(listing([])), &observed, PlanOptions::default());
    assert!(upsert.check(&Limits::default()).is_ok(), "where nothing is removed, nothing is refused");
}

#[test]
fn a_listing_that_shrank_removes_nothing() {
    let observed = world(40);
    assert_eq!(refusal(listing(1..=40), &observed), None);
    assert_eq!(refusal(listing(1..=36), &observed), None, "a tenth may leave");
    insta::assert_snapshot!(refusal(listing(1..=35), &observed).unwrap(), @"5 of 40 accounts with a connector of ours are missing from the listing of 35 accounts, more than the setting `max-missing` allows, and the plan removes 5 roles and connectors: check that the source lists all accounts; if they did leave, raise the limit");
    // In a small organization, a single account may always leave.
    assert_eq!(refusal(listing(1..=4), &world(5)), None);
    assert!(refusal(listing(1..=3), &world(5)).is_some());
    let mut strict = Limits::default();
    strict.max_missing = Share::NONE;
    let one_left = sync(&resolve(listing(1..=4)), &world(5));
    assert!(matches!(
        one_left.check(&strict),
        Err(PlanRejected::Shrunk { missing: 1, onboarded: 5, listed: 4, removed: 1 })
    ));
    // Resources of other tools do not count against the listing.
    let mut foreign = world(40);
    foreign.connectors.iter_mut().skip(1).for_each(|connector| connector.tags.clear());
    assert_eq!(refusal(listing(2..=40), &foreign), None);
}

#[test]
fn a_listing_is_compared_with_the_accepted_one() {
    // None of our resources are in the missing accounts, so only the accepted listing shows them.
    let observed = world(20);
    let after = |missing: std::ops::Range<u64>| {
        let taken = "2026-01-31T00:00:00Z".parse().unwrap();
        listing(2..=20).with_baseline(Baseline::new(taken, 100, missing.map(id)))
    };
    assert_eq!(refusal(after(30..30), &observed), None);
    insta::assert_snapshot!(refusal(after(30..41), &observed).unwrap(), @"11 of the 100 accounts of the accepted listing are missing from this one of 19, more than the setting `max-missing` allows, and the plan removes 1 roles and connectors: check that the source lists all accounts; if they did leave, raise the limit");
}

#[test]
fn an_old_listing_removes_nothing() {
    let observed = world(20);
    let old = listing(1..=20).into_partial().with_taken("2026-01-31T00:00:00Z".parse().unwrap());
    assert_eq!(refusal(old.clone(), &observed), None, "nothing is removed");
    let mut skipping = owned(visibility());
    skipping.rules[0].selector = skipping.rules[0].selector.clone().with_name("team 1?");
    let plan = sync(&skipping.resolve(old).unwrap(), &observed);
    insta::assert_snapshot!(plan.check(&Limits::default()).unwrap_err(), @"the plan removes 20 roles and connectors, but its accounts were listed at 2026-01-31T00:00:00Z: make a new plan without a kept listing (the setting `max-age` = 0)");
}

#[test]
fn a_partial_listing_says_nothing_about_other_accounts() {
    let observed = world(40);
    let plan = sync(&resolve(listing(1..=5).into_partial()), &observed);
    assert!(!plan.has_changes());
    assert!(plan.check(&Limits::default()).is_ok());
    let offboard = resolve(listing(1..=40)).only(&[id(7)].into()).retire();
    let plan = sync(&offboard, &observed);
    assert_eq!(plan.counts().remove, 2);
    assert!(plan.check(&Limits::none()).is_ok(), "what was asked for by name is done");
}

#[test]
fn a_plan_file_contains_its_basis() {
    let observed = world(40);
    let plan = sync(&resolve(listing(1..=20)), &observed);
    let read = Plan::from_json(&plan.to_json().to_string()).unwrap();
    assert_eq!(read, plan);
    assert!(matches!(
        read.check(&Limits::default()),
        Err(PlanRejected::Shrunk { missing: 20, onboarded: 40, listed: 20, removed: 20 })
    ));
}

/// One of the shares among the limits.
type Limit = fn(&mut Limits) -> &mut Share;

#[test]
fn shares_are_those_of_what_exists_and_a_few_always_pass() {
    // Of 10 accounts, two lose everything, two roles drifted, two connectors have no mark and differ, and nothing exists in one.
    let mut intent = owned(visibility());
    let mut observed = applied(&intent.resolve(listing(1..=9)).unwrap());
    intent.rules.insert(0, Rule::skip("two", Selector::all().with_accounts([id(1), id(2)]), "no"));
    let desired = intent.resolve(listing(1..=10)).unwrap();
    for number in [3, 4] {
        seen_role(&mut observed, &desired, number)
            .inline
            .values_mut()
            .for_each(|policy| *policy = PolicyDocument::new([]));
    }
    for connector in &mut observed.connectors[4..6] {
        connector.tags.clear();
        connector.features.clear();
    }
    observed.roles.extend(nothing(&desired).roles.into_iter().filter(|(arn, _)| *arn.account() == id(10)));
    let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync).with_adopt());
    let counts = plan.counts();
    let shown = [counts.create, counts.update, counts.adopt, counts.remove, counts.in_sync];
    assert_eq!((shown, counts.accounts, counts.skipped), ([2, 2, 2, 4, 10], 10, 2), "{}", plan.render());
    let passes = |edit: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::default();
        (limits.max_updates, limits.max_adoptions, limits.max_removals, limits.always_allowed) =
            (Share::ALL, Share::ALL, Share::ALL, 0);
        edit(&mut limits);
        plan.judge(&limits).is_ok()
    };
    assert!(passes(&|_| {}));
    // 2, 2 and 4 of 18.
    let limits: [(Limit, f64, u32); 3] = [
        (|limits| &mut limits.max_updates, 2.0 / 18.0, 2),
        (|limits| &mut limits.max_adoptions, 2.0 / 18.0, 2),
        (|limits| &mut limits.max_removals, 4.0 / 18.0, 4),
    ];
    for (limit, share, count) in limits {
        assert!(passes(&|limits| *limit(limits) = Share::try_from(share + 0.001).unwrap()), "{share}");
        assert!(!passes(&|limits| *limit(limits) = Share::try_from(share - 0.001).unwrap()), "{share}");
        for (always, expected) in [(count, true), (count - 1, false)] {
            let allowed = |limits: &mut Limits| {
                *limit(limits) = Share::NONE;
                limits.always_allowed = always;
            };
            assert_eq!(passes(&allowed), expected, "{always} of {count}");
        }
    }
}

#[test]
fn limits_are_shares() {
    let error = |text: &str| {
        let text = format!("harness = {{ account-id = \"acct\" }}\n[limits]\n{text}\n");
        harness_ccm_core::config::Config::from_toml(&text, None).unwrap_err().to_string()
    };
    insta::assert_snapshot!(error("max-missing = 10.0"), @"
    TOML parse error at line 3, column 15
      |
    3 | max-missing = …
      |               ^
    this is not a share: a share is between 0.0 (none) and 1.0 (all)
    ");
    assert!(
        error("max-removals = -0.1").contains("line 3") && error("max-updates = nan").contains("not a share")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// For any missing accounts: beyond the limit nothing is removed, and within it only the missing ones.
    #[test]
    fn no_listing_that_lost_more_than_a_tenth_removes_anything(kept in prop::collection::vec(any::<bool>(), 1..60)) {
        let all = kept.len() as u64;
        let numbers = (1..=all).zip(&kept).filter(|(_, kept)| **kept).map(|(number, _)| number);
        let plan = sync(&resolve(listing(numbers)), &world(all));
        let missing = kept.iter().filter(|kept| !**kept).count();
        // An empty listing shows no organization, so nothing is missing from a pinned one.
        let empty = missing == kept.len();
        prop_assert_eq!(plan.counts().remove, if empty { 0 } else { missing });
        let tolerable = empty || missing <= 1 || missing * 10 <= kept.len();
        prop_assert_eq!(plan.check(&Limits::default()).is_ok(), tolerable);
    }
}

/// A plan whose file was edited at `step` of the first account.
fn edited(plan: &Plan, step: usize, edit: impl FnOnce(&mut serde_json::Value)) -> Option<String> {
    let mut file = plan.to_json();
    edit(&mut file["accounts"]["000000000001"]["steps"][step]["action"]);
    let plan = Plan::from_json(&file.to_string()).unwrap();
    plan.check(&Limits::none()).err().map(|refusal| refusal.to_string())
}

#[test]
fn an_edited_plan_writes_nowhere_else_and_removes_nothing_of_others() {
    let wanted = resolve(listing([1]));
    let removing = sync(&wanted.clone().retire(), &world(1));
    let making = make_plan(&wanted, &nothing(&wanted), PlanOptions::default());
    assert_eq!(edited(&removing, 0, |_| {}), None);
    for (step, thing) in [(0, "remove_connector"), (1, "remove_role")] {
        for tags in [serde_json::json!({}), serde_json::json!({"harness-ccm-owner": "somebody-else"})] {
            let refusal = edited(&removing, step, |action| action[thing]["expected"]["tags"] = tags).unwrap();
            assert!(refusal.contains("does not carry the plan's mark"), "{refusal}");
        }
    }
    insta::assert_snapshot!(
        edited(&removing, 0, |action| action["remove_connector"]["expected"]["account"] = "000000000002".into()).unwrap(),
        @"the plan for the account 000000000001 was edited, the step - connector team_1 is about another account: only an unedited plan can be applied, so make a new one"
    );
    assert_eq!(edited(&making, 0, |_| {}), None);
    for (step, thing) in [(0, "put_role"), (1, "put_connector")] {
        let owner = |action: &mut serde_json::Value| action[thing]["spec"]["owner"] = "somebody-else".into();
        let refusal = edited(&making, step, owner).unwrap();
        assert!(refusal.contains("another owner's mark"), "{refusal}");
    }
    let elsewhere = |action: &mut serde_json::Value| {
        action["put_connector"]["spec"]["role"] = "arn:aws:iam::000000000002:role/HarnessCERole".into();
    };
    assert!(edited(&making, 1, elsewhere).unwrap().contains("another account"));
}
