//! What of a plan was approved as a part of an earlier one: the earlier plan never says what is written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use harness_ccm_core::backend::Expect;
use harness_ccm_core::connector::Health;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::plan::{Action, Mode, Plan, PlanOptions, PlanRejected, Reason, WithheldReason, plan};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::resource::Resource;
use harness_ccm_core::selector::Selector;
use proptest::prelude::*;
use support::*;

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

/// A desired and an observed state of accounts 1 to `count`: everything is new, gains, loses, or leaves.
fn world(kind: u8, count: u64) -> (Desired, Observed) {
    let all = 1..=count;
    match kind {
        0 => (desired(visibility(), all.clone()), nothing(&desired(visibility(), all))),
        1 => (desired(with_ec2(), all.clone()), applied(&desired(visibility(), all))),
        2 => (desired(visibility(), all.clone()), applied(&desired(with_ec2(), all))),
        _ => {
            let mut nobody = owned(visibility());
            let observed = applied(&nobody.resolve(listing(all.clone())).unwrap());
            nobody.rules = vec![Rule::skip("all", Selector::all(), "no")];
            (nobody.resolve(listing(all)).unwrap(), observed)
        }
    }
}

fn reasons(plan: &Plan, number: u64) -> Vec<WithheldReason> {
    plan.accounts[&id(number)].withheld.iter().map(|withheld| withheld.reason.clone()).collect()
}

#[test]
fn what_did_not_change_is_done_as_it_is_planned_now() {
    for kind in 0..4 {
        let (desired, observed) = world(kind, 3);
        let now = sync(&desired, &observed);
        assert!(now.has_changes());
        assert_eq!(now.clone().within(&now, &observed), now);
        // The health of a connector changes by itself.
        let mut later = observed.clone();
        later.connectors.iter_mut().for_each(|connector| connector.health = Health::Success);
        assert!(sync(&desired, &later).within(&now, &later).is_complete());
    }
}

#[test]
fn an_account_that_the_approved_plan_does_not_touch_is_held_back() {
    let ((small, before), (large, observed)) = (world(0, 2), world(0, 3));
    let within = sync(&large, &observed).within(&sync(&small, &before), &observed);
    assert_eq!(within.counts().create, 4);
    assert_eq!(reasons(&within, 3), [WithheldReason::NotApproved, WithheldReason::NotApproved]);
    assert!(within.is_complete(), "it was somebody's choice");
}

#[test]
fn an_account_that_changed_since_is_left_alone_and_the_others_go_on() {
    let (desired, mut observed) = world(0, 3);
    let approved = sync(&desired, &observed);
    let mut foreign = connector_state(&wanted(&desired, 2).connector);
    foreign.tags.clear();
    foreign.features.clear();
    observed.connectors.push(foreign);
    let within = sync(&desired, &observed).within(&approved, &observed);
    assert_eq!(within.counts().create, 4);
    assert!(within.accounts[&id(2)].steps.is_empty() && !within.is_complete());
    assert!(reasons(&within, 2).contains(&WithheldReason::ChangedSince), "{}", within.render(false));
}

#[test]
fn a_run_of_the_plan_that_was_cut_off_goes_on() {
    let (desired, before) = world(0, 4);
    let approved = sync(&desired, &before);
    let mut observed = applied(&desired);
    // 1: all done; 2: the connector is missing; 3: the role has no permissions yet; 4: nothing was begun.
    observed.connectors.truncate(1);
    seen_role(&mut observed, &desired, 3).inline.clear();
    let fourth = wanted(&desired, 4).connector.role.clone();
    observed.roles.insert(fourth, Seen::Absent);
    let within = sync(&desired, &observed).within(&approved, &observed);
    assert!(within.is_complete(), "{}", within.render(false));
    assert_eq!(within.steps().count(), 5, "{}", within.render(false));
    assert_eq!(within.accounts[&id(3)].steps[0].reason, Reason::Unfinished);
    let done = applied(&desired);
    let again = sync(&desired, &done).within(&approved, &done);
    assert!(!again.has_changes() && again.is_complete());
}

#[test]
fn removals_that_are_done_are_no_difference_even_where_the_account_is_gone_from_the_plan() {
    let intent = owned(visibility());
    let observed = applied(&intent.resolve(listing(1..=20)).unwrap());
    let left = intent.resolve(listing(1..=19)).unwrap();
    let approved = sync(&left, &observed);
    assert_eq!(approved.counts().remove, 1);
    let mut after = observed.clone();
    after.connectors.retain(|connector| connector.account != Some(id(20)));
    let again = sync(&left, &after).within(&approved, &after);
    assert!(!again.has_changes() && again.is_complete(), "{}", again.render(false));
    // Listed again, or not known to be gone: nothing is removed, and that is said.
    for listing in [listing(1..=20), listing(1..=19).into_partial()] {
        let now = sync(&intent.resolve(listing).unwrap(), &observed).within(&approved, &observed);
        assert!(!now.has_changes() && !now.is_complete(), "{}", now.render(false));
        assert_eq!(reasons(&now, 20), [WithheldReason::ChangedSince]);
    }
}

/// Ways to edit a plan file; each would write something that nobody planned, or would count as less.
fn edit(plan: &mut Plan, kind: usize) {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let any = PolicyDocument::parse(text).unwrap();
    for account in plan.accounts.values_mut() {
        match kind {
            0 => account.steps.reverse(),
            1 => {
                let made_up = |number| Resource::Connector(format!("zz{number}").parse().unwrap());
                account.in_sync.extend((0..50).map(made_up));
            }
            _ => {}
        }
        for step in &mut account.steps {
            match (&mut step.action, kind) {
                (Action::PutRole { spec, .. }, 2) => {
                    spec.inline.values_mut().for_each(|document| document.clone_from(&any));
                }
                (Action::PutRole { spec, .. }, 3) => spec.trust = any.clone(),
                (Action::PutRole { expect, .. }, 4) => *expect = Expect::Absent,
                (Action::PutConnector { expect, .. }, 4) => *expect = Expect::Absent,
                (Action::PutConnector { spec, .. }, 5) => spec.external_id = "another".parse().unwrap(),
                (Action::RemoveConnector { expected, .. }, 6) => expected.tags.clear(),
                (Action::RemoveRole { expected, .. }, 6) => expected.tags.clear(),
                _ => {}
            }
            if kind == 7 {
                step.reason = Reason::Unfinished;
            }
        }
    }
}

proptest! {
    /// Whatever stands in a file, what is done is a part of what is planned now, in its order, and is counted as such.
    #[test]
    fn an_edited_plan_does_nothing_that_is_not_planned(
        kinds in prop::collection::vec(0_usize..8, 1..4),
        kind in 0..4_u8,
    ) {
        let (desired, observed) = world(kind, 12);
        let now = sync(&desired, &observed);
        let mut approved = now.clone();
        for kind in kinds {
            edit(&mut approved, kind);
        }
        let within = now.clone().within(&approved, &observed);
        for (account, plan) in &within.accounts {
            let planned = &now.accounts[account].steps;
            if plan.steps.is_empty() {
                let planned: BTreeSet<_> = planned.iter().map(|step| step.action.resource().to_string()).collect();
                let withheld = plan.withheld.iter().map(|withheld| withheld.resource.to_string());
                prop_assert!(planned.is_subset(&withheld.collect()));
            } else {
                prop_assert_eq!(&plan.steps, planned);
            }
        }
        prop_assert_eq!(within.counts().in_sync, now.counts().in_sync);
        if within.has_changes() {
            let verdict = |plan: Plan| plan.check(&Limits::default()).is_ok();
            prop_assert_eq!(verdict(within), verdict(now));
        }
    }
}

#[test]
fn a_role_that_goes_before_its_connector_is_refused_by_every_check() {
    let (desired, observed) = world(3, 1);
    let mut plan = sync(&desired, &observed);
    plan.accounts.values_mut().for_each(|account| account.steps.reverse());
    let error = plan.check(&Limits::none()).unwrap_err();
    let expected = "comes after the role was removed";
    assert!(matches!(&error, PlanRejected::Edited { what, .. } if what.contains(expected)), "{error}");
}
