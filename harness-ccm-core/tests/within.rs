//! The part of a plan that an earlier plan approved: the earlier plan never determines what is written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::backend::Expect;
use harness_ccm_core::connector::Health;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::internal::accounts_mut;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::plan::{
    Action, Mode, Plan, PlanOptions, PlanRejected, Reason, WithheldReason, make_plan,
};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::resource::Resource;
use harness_ccm_core::route::Route;
use harness_ccm_core::selector::Selector;
use proptest::prelude::*;
use support::*;

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

/// A desired and an observed state of accounts 1 to `count`: everything is new, gains, loses, or is removed.
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

/// The approved part of `now`, without limits.
fn within(now: Plan, approved: &Plan, observed: &Observed) -> Plan {
    now.check(&Limits::none()).unwrap().within(approved, observed).plan().clone()
}

fn reasons(plan: &Plan, number: u64) -> Vec<WithheldReason> {
    plan.accounts()[&id(number)].withheld.iter().map(|withheld| withheld.reason.clone()).collect()
}

#[test]
fn unchanged_accounts_are_applied_as_planned_now() {
    for kind in 0..4 {
        let (desired, observed) = world(kind, 3);
        let now = sync(&desired, &observed);
        assert!(now.has_changes());
        assert_eq!(within(now.clone(), &now, &observed), now);
        // The health of a connector changes by itself.
        let mut later = observed.clone();
        later.connectors.iter_mut().for_each(|connector| connector.health = Health::Success);
        assert!(within(sync(&desired, &later), &now, &later).is_complete());
    }
}

#[test]
fn an_account_that_the_approved_plan_does_not_touch_is_held_back() {
    let ((small, before), (large, observed)) = (world(0, 2), world(0, 3));
    let part = within(sync(&large, &observed), &sync(&small, &before), &observed);
    assert_eq!(part.counts().create, 4);
    assert_eq!(reasons(&part, 3), [WithheldReason::NotApproved, WithheldReason::NotApproved]);
    assert!(part.is_complete(), "it was somebody's choice");
}

#[test]
fn an_account_that_changed_since_is_left_alone_and_the_others_continue() {
    let (desired, mut observed) = world(0, 3);
    let approved = sync(&desired, &observed);
    let mut foreign = connector_state(&wanted(&desired, 2).connector);
    foreign.tags.clear();
    foreign.features.clear();
    observed.connectors.push(foreign);
    let part = within(sync(&desired, &observed), &approved, &observed);
    assert_eq!(part.counts().create, 4);
    assert!(part.accounts()[&id(2)].steps.is_empty() && !part.is_complete());
    assert!(reasons(&part, 2).contains(&WithheldReason::ChangedSince), "{}", part.render());
}

#[test]
fn an_interrupted_run_of_the_plan_continues() {
    let (desired, before) = world(0, 4);
    let approved = sync(&desired, &before);
    let mut observed = applied(&desired);
    // 1: all done; 2: the connector is missing; 3: the role has no permissions yet; 4: nothing was started.
    observed.connectors.truncate(1);
    seen_role(&mut observed, &desired, 3).inline.clear();
    let fourth = wanted(&desired, 4).connector.role.clone();
    observed.roles.insert(fourth, Seen::Absent);
    let part = within(sync(&desired, &observed), &approved, &observed);
    assert!(part.is_complete(), "{}", part.render());
    assert_eq!(part.steps().count(), 5, "{}", part.render());
    assert_eq!(part.accounts()[&id(3)].steps[0].reason, Reason::Unfinished);
    let done = applied(&desired);
    let again = within(sync(&desired, &done), &approved, &done);
    assert!(!again.has_changes() && again.is_complete());
}

#[test]
fn finished_removals_are_not_a_difference_even_if_the_plan_lost_the_account() {
    let intent = owned(visibility());
    let observed = applied(&intent.resolve(listing(1..=20)).unwrap());
    let left = intent.resolve(listing(1..=19)).unwrap();
    let approved = sync(&left, &observed);
    assert_eq!(approved.counts().remove, 1);
    let mut after = observed.clone();
    after.connectors.retain(|connector| connector.account != Some(id(20)));
    let again = within(sync(&left, &after), &approved, &after);
    assert!(!again.has_changes() && again.is_complete(), "{}", again.render());
    // Listed again, or not known to have left: nothing is removed, and a note says so.
    for listing in [listing(1..=20), listing(1..=19).into_partial()] {
        let now = within(sync(&intent.resolve(listing).unwrap(), &observed), &approved, &observed);
        assert!(!now.has_changes() && !now.is_complete(), "{}", now.render());
        assert_eq!(reasons(&now, 20), [WithheldReason::ChangedSince]);
    }
}

/// Ways to edit a plan file; each would write something unplanned, or would count as less.
fn edit(plan: &mut Plan, kind: usize) {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let any = PolicyDocument::parse(text).unwrap();
    for account in accounts_mut(plan).values_mut() {
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
    /// For any content of a file, the executed steps are a part of the current plan, in its order, and are counted as
    /// such.
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
        let part = within(now.clone(), &approved, &observed);
        for (account, plan) in part.accounts() {
            let planned = &now.accounts()[account].steps;
            if plan.steps.is_empty() {
                let planned: BTreeSet<_> = planned.iter().map(|step| step.action.resource().to_string()).collect();
                let withheld = plan.withheld.iter().map(|withheld| withheld.resource.to_string());
                prop_assert!(planned.is_subset(&withheld.collect()));
            } else {
                prop_assert_eq!(&plan.steps, planned);
            }
        }
        prop_assert_eq!(part.counts().in_sync, now.counts().in_sync);
    }
}

#[test]
fn an_account_that_was_in_sync_and_changed_since_is_named_and_makes_the_run_incomplete() {
    let whole = desired(visibility(), 1..=2);
    let mut observed = applied(&whole);
    let approved = sync(&whole, &observed);
    seen_role(&mut observed, &whole, 1).inline.clear();
    let part = within(sync(&whole, &observed), &approved, &observed);
    assert!(!part.has_changes() && !part.is_complete());
    assert_eq!(reasons(&part, 1), [WithheldReason::ChangedSince]);
}

#[test]
fn approved_changes_that_are_no_longer_desired_are_named() {
    let (before, after) = (desired(visibility(), 1..=1), desired(with_ec2(), 1..=1));
    let observed = applied(&before);
    let approved = sync(&after, &observed);
    let part = within(sync(&before, &observed), &approved, &observed);
    assert!(!part.has_changes() && !part.is_complete(), "{}", part.render());
}

#[test]
fn interrupted_changes_and_removals_continue() {
    // A role after one of several writes: the policy, and not yet the tags.
    let mut tagged = intent(with_ec2());
    tagged.tags.insert("team".into(), "b".into());
    let after = tagged.resolve(listing([1])).unwrap();
    let before = applied(&desired(visibility(), [1]));
    let approved = sync(&after, &before);
    let mut cut = before.clone();
    let spec = wanted(&after, 1).roles.last().unwrap();
    seen_role(&mut cut, &after, 1).inline.clone_from(&spec.inline);
    let part = within(sync(&after, &cut), &approved, &cut);
    assert!(part.has_changes() && part.is_complete(), "{}", part.render());
    // A change of another tool in the meantime is a difference.
    let mut edited = cut.clone();
    let other = PolicyDocument::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
    );
    seen_role(&mut edited, &after, 1).inline.insert("Other".parse().unwrap(), other.unwrap());
    let part = within(sync(&after, &edited), &approved, &edited);
    assert!(!part.has_changes() && !part.is_complete(), "{}", part.render());

    // A removal whose connector is removed and whose role lost its policy.
    let (desired, there) = world(3, 1);
    let approved = sync(&desired, &there);
    let mut half = there.clone();
    half.connectors.clear();
    let arn = desired.accounts()[&id(1)].addresses[1].arn.clone();
    if let Some(Seen::Present(role)) = half.roles.get_mut(&arn) {
        role.inline.clear();
    }
    let part = within(sync(&desired, &half), &approved, &half);
    assert_eq!((part.counts().remove, part.is_complete()), (1, true), "{}", part.render());
}

#[test]
fn a_role_removed_before_its_connector_is_refused_by_every_check() {
    let (desired, observed) = world(3, 1);
    let mut plan = sync(&desired, &observed);
    for account in accounts_mut(&mut plan).values_mut() {
        account.steps.reverse();
    }
    let error = plan.check(&Limits::none()).unwrap_err();
    let expected = "comes too late";
    assert!(matches!(&error, PlanRejected::Edited { message, .. } if message.contains(expected)), "{error}");
}

fn tag(tags: &mut BTreeMap<String, String>) -> bool {
    tags.insert("edited".into(), "x".into()).is_none()
}

/// The parts of steps that are compared.
const PARTS: [&str; 7] = [
    "what a role is to be",
    "what is expected of a role",
    "what a connector is to be",
    "what is expected of a connector",
    "the connector to remove",
    "the role to remove",
    "the way to it",
];

/// Changes one part of a step, if it has that part.
fn changed(action: &mut Action, part: &str) -> bool {
    match (part, action) {
        ("what a role is to be", Action::PutRole { spec, .. }) => tag(&mut spec.tags),
        ("what is expected of a role", Action::PutRole { expect: Expect::Same(state), .. }) => {
            tag(&mut state.tags)
        }
        ("what a connector is to be", Action::PutConnector { spec, .. }) => tag(&mut spec.tags),
        ("what is expected of a connector", Action::PutConnector { expect: Expect::Same(state), .. }) => {
            tag(&mut state.tags)
        }
        ("the connector to remove", Action::RemoveConnector { expected, .. }) => tag(&mut expected.tags),
        ("the role to remove", Action::RemoveRole { expected, .. }) => tag(&mut expected.tags),
        ("the way to it", Action::RemoveRole { address, .. }) => {
            address.route = Route::Direct;
            true
        }
        _ => false,
    }
}

#[test]
fn a_step_is_the_same_only_if_all_of_it_is() {
    let mut done = BTreeSet::new();
    for kind in 0..4 {
        let (desired, observed) = world(kind, 1);
        let now = sync(&desired, &observed);
        for (step, part) in (0..now.steps().count()).flat_map(|step| PARTS.map(|part| (step, part))) {
            let mut approved = now.clone();
            let steps = &mut accounts_mut(&mut approved).get_mut(&id(1)).unwrap().steps;
            if changed(&mut steps[step].action, part) {
                done.insert(part);
                let left = within(now.clone(), &approved, &observed);
                assert!(!left.has_changes() && !left.is_complete(), "{kind}, {part}: {}", left.render());
            }
        }
    }
    assert_eq!(done, PARTS.into(), "each part was met");
}

#[test]
fn a_role_that_lost_its_boundary_on_the_way_out_is_what_is_left_and_one_that_got_one_is_not() {
    let boundary = Some("arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap());
    let other = Some("arn:aws:iam::aws:policy/Other".parse().unwrap());
    for (then, seen, goes_on) in [
        (boundary.clone(), None, true),
        (None, boundary.clone(), false),
        (boundary.clone(), other, false),
        (boundary.clone(), boundary, true),
    ] {
        let (desired, mut before) = world(3, 1);
        let arn = desired.accounts()[&id(1)].addresses[1].arn.clone();
        let put = |observed: &mut Observed, boundary| {
            let Some(Seen::Present(role)) = observed.roles.get_mut(&arn) else { panic!("it is there") };
            role.boundary = boundary;
        };
        put(&mut before, then.clone());
        let approved = sync(&desired, &before);
        let mut after = before.clone();
        put(&mut after, seen.clone());
        let part = within(sync(&desired, &after), &approved, &after);
        assert_eq!(part.has_changes(), goes_on, "{then:?} {seen:?}: {}", part.render());
    }
}
