//! An approved plan, applied in parts.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use futures_executor::block_on;
use harness_ccm_core::apply::{ApplyOptions, Status, apply_plan};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::internal::accounts_mut;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{ApprovedPlan, Mode, PlanOptions, PlanRejected, Waves, make_plan};
use proptest::prelude::*;
use support::*;

fn approved(count: u64) -> ApprovedPlan {
    let desired = desired(visibility(), 1..=count);
    make_plan(&desired, &nothing(&desired), PlanOptions::default()).check(&Limits::default()).unwrap()
}

fn accounts(waves: &[ApprovedPlan]) -> Vec<Vec<u64>> {
    let number = |id: &AccountId| id.as_str().parse::<u64>().unwrap();
    waves.iter().map(|wave| wave.plan().accounts().keys().map(number).collect()).collect()
}

#[test]
fn waves_are_cut_by_share_and_by_number() {
    assert_eq!(accounts(&approved(5).waves(&Waves::percent(40))), [vec![1, 2], vec![3, 4], vec![5]]);
    assert_eq!(accounts(&approved(5).waves(&Waves::percent(1))).len(), 5, "one account at least");
    assert_eq!(accounts(&approved(3).waves(&Waves::percent(100))), [[1, 2, 3]]);
    assert_eq!(accounts(&approved(3).waves(&Waves::percent(0))).len(), 3);
    let two = Waves::accounts(NonZeroUsize::new(2).unwrap());
    assert_eq!(accounts(&approved(5).waves(&two)), [vec![1, 2], vec![3, 4], vec![5]]);
}

#[test]
fn waves_are_cut_by_unit_by_tag_and_by_any_function() {
    let listing = Listing::complete([
        at(1, "a", &["Prod"], &[("stage", "2")]),
        at(2, "b", &["Dev"], &[("stage", "1")]),
        at(3, "c", &["Prod"], &[]),
        account(4, "d"),
    ]);
    let desired = intent(visibility()).resolve(listing).unwrap();
    let approved =
        make_plan(&desired, &nothing(&desired), PlanOptions::default()).check(&Limits::default()).unwrap();
    assert_eq!(accounts(&approved.waves(&Waves::by_unit())), [vec![2], vec![1, 3], vec![4]]);
    assert_eq!(accounts(&approved.waves(&Waves::by_tag("stage"))), [vec![2], vec![1], vec![3, 4]]);
    let by_name = Waves::by(|_, plan| plan.name().map(|name| (name > "b").to_string()));
    assert_eq!(accounts(&approved.waves(&by_name)), [[1, 2], [3, 4]]);
}

#[test]
fn a_checked_plan_is_not_judged_by_the_limits_again() {
    // 40 % of 200 accounts change: the whole plan passes, and so does each part, in which all accounts
    // change.
    let before = desired(visibility(), 1..=200);
    let mut intent = intent(visibility());
    let chosen: BTreeSet<AccountId> = (1..=80).map(id).collect();
    let rule = harness_ccm_core::intent::Rule::onboard(
        "governed",
        harness_ccm_core::selector::Selector::all().with_accounts(chosen),
        with_ec2(),
    );
    intent.rules.insert(0, rule);
    let changed =
        make_plan(&intent.resolve(listing(1..=200)).unwrap(), &applied(&before), PlanOptions::default());
    let mut alone = changed.clone();
    accounts_mut(&mut alone).retain(|number, _| *number <= id(8));
    assert!(matches!(alone.check(&Limits::default()), Err(PlanRejected::Updates { .. })));
    let waves = changed.check(&Limits::default()).unwrap().waves(&Waves::percent(10));
    assert_eq!(waves.len(), 10);
    assert_eq!(accounts(&waves)[0], (1..=8).collect::<Vec<_>>());
    assert_eq!(accounts(&waves)[9].len(), 8 + 120, "those in which nothing is done are in the last one");
}

#[test]
fn a_health_gate_between_waves_stops_the_rest_and_what_is_incomplete_shows_in_the_last() {
    let world = World::new((1..=6).map(|number| account(number, &format!("team {number}"))));
    world.refuse_connector(&id(2), Some("not here"));
    world.make_unreachable(&id(6));
    let (roles, connectors) = (world.roles(), world.connectors());
    let desired = desired(visibility(), 1..=6);
    let observed =
        block_on(observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents))
            .unwrap();
    let approved = make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::default()).unwrap();
    let run = |wave: &ApprovedPlan| {
        block_on(apply_plan(wave, &roles, &connectors, &ApplyOptions::default(), &NoEvents)).status()
    };
    let waves = approved.waves(&Waves::percent(40));
    let statuses: Vec<_> = waves.iter().map(&run).collect();
    assert_eq!(statuses, [Status::Partial, Status::Applied, Status::Incomplete]);
    let mut healthy = waves.iter().map(&run).take_while(|status| status.is_success());
    assert_eq!(healthy.next(), None, "the first wave still fails, so the gate lets no other through");
}

#[test]
fn nothing_to_do_is_one_wave() {
    let desired = desired(visibility(), 1..=3);
    let approved =
        make_plan(&desired, &applied(&desired), PlanOptions::default()).check(&Limits::default()).unwrap();
    assert_eq!(accounts(&approved.waves(&Waves::percent(10))), [[1, 2, 3]]);
    assert_eq!(accounts(&approved.waves(&Waves::by_tag("x"))), [[1, 2, 3]]);
}

#[test]
fn a_plan_with_reversed_steps_is_refused() {
    let before = desired(visibility(), 1..=1);
    let widened = desired(with_ec2(), 1..=1);
    for (desired, observed) in [
        (&before, nothing(&before)),
        (&widened, applied(&before)),
        (&before.clone().retire(), applied(&before)),
    ] {
        let mut plan = make_plan(desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
        plan.clone().check(&Limits::none()).unwrap();
        let steps = &mut accounts_mut(&mut plan).get_mut(&id(1)).unwrap().steps;
        assert!(steps.len() >= 2);
        steps.reverse();
        let refusal = plan.check(&Limits::none()).unwrap_err();
        assert!(refusal.to_string().contains("comes too late"), "{refusal}");
    }
}

proptest! {
    #[test]
    fn every_account_is_in_exactly_one_wave_with_all_its_steps(
        count in 1_u64..30,
        percent in 0_u32..120,
        done in prop::collection::btree_set(1_u64..30, 0..30),
        stages in prop::collection::vec(prop::option::of(0_u8..4), 30),
    ) {
        let listing = Listing::complete((1..=count).zip(&stages).map(|(number, stage)| match stage {
            Some(stage) => at(number, &format!("team {number}"), &[], &[("stage", &stage.to_string())]),
            None => account(number, &format!("team {number}")),
        }));
        let desired = intent(visibility()).resolve(listing).unwrap();
        let mut observed = applied(&desired);
        observed.roles.retain(|arn, _| done.contains(&arn.account().as_str().parse().unwrap()));
        observed.connectors.retain(|connector| done.contains(&connector.account.as_ref().unwrap().as_str().parse().unwrap()));
        for (arn, seen) in nothing(&desired).roles {
            observed.roles.entry(arn).or_insert(seen);
        }
        let whole = make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::none()).unwrap();
        for waves in [Waves::percent(percent), Waves::by_tag("stage")] {
            let mut together = whole.plan().clone();
            accounts_mut(&mut together).clear();
            for wave in whole.waves(&waves) {
                for (id, account) in wave.plan().accounts().clone() {
                    prop_assert!(accounts_mut(&mut together).insert(id, account).is_none());
                }
            }
            prop_assert_eq!(&together, whole.plan());
        }
    }
}
