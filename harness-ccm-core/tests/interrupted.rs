//! Resources that an interrupted run of ours left: finishing them is a creation, never a change.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_core::event::Operation;
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::intent::{Desired, Intent, Layout};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::owner::ADOPTED_TAG;
use harness_ccm_core::plan::{Counts, Plan, PlanOptions, PlanRejected, Reason, make_plan};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleState;
use support::*;

fn governed() -> FeatureSet {
    visibility().with_governance(Governance::default())
}

fn upsert(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default())
}

/// The accounts 1 to `all`; the first `made` of them have their role in its state after `writes` writes.
fn cut_off(desired: &Desired, made: u64, writes: usize) -> Observed {
    let mut observed = nothing(desired);
    for number in 1..=made {
        for spec in &wanted(desired, number).roles {
            let mut state = spec.created();
            for difference in spec.differences(&state).iter().take(writes) {
                spec.apply_difference(difference, &mut state);
            }
            observed.roles.insert(spec.address.arn.clone(), Seen::Present(Box::new(state)));
        }
    }
    observed
}

#[test]
fn an_interrupted_first_run_can_be_repeated_under_the_default_limits() {
    for layout in [Layout::Inline, Layout::Managed] {
        let mut intent = intent(governed());
        intent.role.layout = layout;
        let accounts: Vec<_> = (1..=65).map(|n| account(n, &format!("team {n}"))).collect();
        let desired = intent.resolve(Listing::complete(accounts.clone())).unwrap();
        let spec = &wanted(&desired, 1).roles[0];
        let writes = spec.differences(&spec.created()).len();
        assert!(writes > 1, "{layout:?} takes several writes");
        for cut in 0..=writes {
            for made in [1, 16, 65] {
                let plan = upsert(&desired, &cut_off(&desired, made, cut));
                let counts = plan.counts();
                assert_eq!(counts.update, 0, "{layout:?} after {cut} writes: {}", plan.render());
                assert_eq!(counts.create + counts.in_sync, 130, "{layout:?} after {cut} writes");
                plan.check(&Limits::default()).unwrap();
            }
        }
    }
}

#[test]
fn finished_resources_are_shown_as_such() {
    let desired = desired(governed(), [1]);
    let plan = upsert(&desired, &cut_off(&desired, 1, 0));
    let step = &plan.accounts()[&id(1)].steps[0];
    assert_eq!((step.reason, step.operation()), (Reason::Unfinished, Operation::Finish));
}

#[test]
fn another_intent_than_that_of_the_interrupted_run_may_finish_it() {
    let (before, after) = (desired(visibility(), 1..=40), desired(with_ec2(), 1..=40));
    for writes in [0, 1] {
        let plan = upsert(&after, &cut_off(&before, 40, writes));
        assert_eq!((plan.counts().create, plan.counts().update), (80, 0));
    }
    // Also one that permits less: no connector uses the roles yet.
    let plan = upsert(&before, &cut_off(&after, 40, 1));
    assert_eq!((plan.counts().create, plan.counts().update), (80, 0));
    plan.check(&Limits::default()).unwrap();
}

#[test]
fn taking_something_from_a_role_that_others_may_use_is_a_change() {
    let (before, after) = (desired(visibility(), 1..=40), desired(with_ec2(), 1..=40));
    let plan = |edit: &dyn Fn(&mut RoleState)| {
        let mut observed = cut_off(&after, 40, 1);
        for seen in observed.roles.values_mut() {
            if let Seen::Present(state) = seen {
                edit(state);
            }
        }
        upsert(&before, &observed)
    };
    let narrowed = |plan: &Plan| (plan.counts().create, plan.counts().update);
    assert_eq!(narrowed(&plan(&|_| {})), (80, 0));
    // Its trust changes too: the previous users of the role are unknown.
    let theirs = plan(&|state| state.trust = trust_of(["harness:000000000000:acct"]));
    assert_eq!(narrowed(&theirs), (40, 40));
    theirs.check(&Limits::default()).unwrap_err();
    // Another tool or a person made it.
    let adopted = plan(&|state| drop(state.tags.insert(ADOPTED_TAG.into(), "all".into())));
    assert_eq!(narrowed(&adopted).0, 40);
    // A connector uses it.
    let mut observed = applied(&after);
    observed.connectors = applied(&before).connectors;
    let used = upsert(&before, &observed);
    assert_eq!(narrowed(&used), (0, 40));
    used.check(&Limits::default()).unwrap();
}

#[test]
fn a_role_that_another_harness_account_may_use_is_a_change_too() {
    let second = |mut intent: Intent| {
        intent.role.additional_external_ids.insert("second".parse().unwrap());
        intent.resolve(listing(1..=40)).unwrap()
    };
    let (before, after) = (second(intent(visibility())), second(intent(with_ec2())));
    let plan = upsert(&before, &cut_off(&after, 40, 1));
    assert_eq!((plan.counts().create, plan.counts().update), (40, 40));
    plan.check(&Limits::default()).unwrap_err();
}

/// A trust policy that accepts callers with one of these.
fn trust_of<const N: usize>(ids: [&str; N]) -> PolicyDocument {
    let statement = serde_json::json!({
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::891928451355:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": &ids[..]}},
    });
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
    PolicyDocument::parse(&document.to_string()).unwrap()
}

#[test]
fn a_role_that_a_connector_uses_is_changed_not_finished() {
    let desired = desired(visibility(), 1..=40);
    let mut observed = applied(&desired);
    for number in 1..=40 {
        seen_role(&mut observed, &desired, number).inline.clear();
    }
    let plan = upsert(&desired, &observed);
    assert_eq!((plan.counts().create, plan.counts().update), (0, 40));
}

/// The connector existed before and belongs to another tool, so no connector is created; only the role shows that the run was
/// interrupted.
#[test]
fn a_role_without_permissions_next_to_a_connector_of_another_tool_is_finished() {
    let desired = desired(visibility(), 1..=40);
    for differs in [false, true] {
        let mut observed = applied(&desired);
        for connector in &mut observed.connectors {
            connector.tags.clear();
            if differs {
                connector.features.clear();
            }
        }
        for number in 1..=40 {
            seen_role(&mut observed, &desired, number).inline.clear();
        }
        let plan = upsert(&desired, &observed);
        assert_eq!((plan.counts().create, plan.counts().update), (40, 0), "{}", plan.render());
        let read = Plan::from_json(&plan.to_json().to_string()).unwrap();
        assert!(read.check(&Limits::default()).is_ok());
    }
}

/// A role with some of its permissions shows that someone removed the rest.
#[test]
fn a_role_with_some_permissions_next_to_a_connector_of_another_tool_is_changed() {
    let desired = desired(governed(), [1]);
    let without = |inline: bool, attached: bool| {
        let mut observed = applied(&desired);
        observed.connectors.iter_mut().for_each(|connector| connector.tags.clear());
        let role = seen_role(&mut observed, &desired, 1);
        assert!(!role.inline.is_empty() && !role.attached.is_empty());
        if inline {
            role.inline.clear();
        }
        if attached {
            role.attached.clear();
        }
        let counts = upsert(&desired, &observed).counts();
        (counts.create, counts.update)
    };
    assert_eq!(without(true, true), (1, 0), "it has none");
    assert_eq!(without(true, false), (0, 1));
    assert_eq!(without(false, true), (0, 1));
}

#[test]
fn roles_of_others_and_adopted_ones_are_not_finished() {
    let desired = desired(visibility(), 1..=2);
    let mut observed = cut_off(&desired, 2, 0);
    seen_role(&mut observed, &desired, 1).tags.clear();
    seen_role(&mut observed, &desired, 2).tags.insert(ADOPTED_TAG.into(), String::new());
    let plan = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    let Counts { create, update, adopt, .. } = plan.counts();
    assert_eq!((create, update, adopt), (2, 1, 1), "{}", plan.render());
}

#[test]
fn a_plan_file_cannot_call_a_change_unfinished() {
    let desired = desired(visibility(), 1..=40);
    let mut observed = applied(&desired);
    for number in 1..=40 {
        let role = seen_role(&mut observed, &desired, number);
        let less = PolicyDocument::parse(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ce:Get*","Resource":"*"}}"#,
        );
        role.inline.values_mut().for_each(|document| document.clone_from(less.as_ref().unwrap()));
    }
    let text = upsert(&desired, &observed).to_json().to_string().replace("\"drift\"", "\"unfinished\"");
    let plan = Plan::from_json(&text).unwrap();
    let strict = {
        let mut limits = Limits::default();
        limits.max_updates = Share::percent(25);
        limits
    };
    assert_eq!(plan.check(&strict).unwrap_err(), PlanRejected::Updates { changed: 40, existing: 80 });
}

#[test]
fn adoptions_count_against_a_limit_of_their_own() {
    let desired = desired(visibility(), 1..=40);
    let mut observed = applied(&desired);
    for connector in &mut observed.connectors {
        connector.tags.clear();
        connector.external_id = None;
    }
    for number in 1..=40 {
        let role = seen_role(&mut observed, &desired, number);
        role.tags.clear();
        role.inline.clear();
    }
    let adopting = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    assert_eq!((adopting.counts().adopt, adopting.counts().update), (80, 0));
    let refusal = adopting.judge(&Limits::default()).unwrap_err();
    insta::assert_snapshot!(refusal, @"the plan adopts 80 of 80 existing roles and connectors, more than the setting `max-adoptions` allows: if that is intended, raise it");
    let mut limits = Limits::default();
    limits.max_adoptions = Share::ALL;
    limits.max_updates = Share::NONE;
    adopting.check(&limits).unwrap();
}

#[test]
fn two_steps_about_one_role_are_one_change() {
    let before = desired(with_ec2(), 1..=12);
    let after = desired(governed(), 1..=12);
    let plan = upsert(&after, &applied(&before));
    assert_eq!(plan.steps().count(), 36, "widened, connector, narrowed");
    assert_eq!(plan.counts().update, 24);
}

/// The account 1 with its role as another tool created it: governance is missing, and its trust is as
/// desired.
fn of_another_tool() -> (Desired, Observed) {
    let before = desired(visibility(), 1..2);
    let mut observed = applied(&before);
    seen_role(&mut observed, &before, 1).tags.clear();
    observed.connectors[0].tags.clear();
    (desired(governed(), 1..2), observed)
}

#[test]
fn an_interrupted_adoption_is_completed_without_a_new_request() {
    let (desired, observed) = of_another_tool();
    let adopting = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    let first = &adopting.accounts()[&id(1)].steps[0];
    let harness_ccm_core::plan::Action::PutRole { spec, expect } = &first.action else { panic!("{first:?}") };
    let harness_ccm_core::backend::Expect::Same(state) = expect else { panic!("{first:?}") };
    let differences = spec.differences(state);
    assert!(differences.len() > 1, "{differences:?}");
    let end = spec.result_on(state);
    for writes in 1..differences.len() {
        let mut left = (**state).clone();
        for difference in &differences[..writes] {
            spec.apply_difference(difference, &mut left);
        }
        let mut observed = observed.clone();
        *seen_role(&mut observed, &desired, 1) = left.clone();
        for adopt in [true, false] {
            let mut options = PlanOptions::default();
            options.adopt = adopt;
            let plan = make_plan(&desired, &observed, options);
            let roles = plan.accounts()[&id(1)].steps.iter().filter_map(|step| match &step.action {
                harness_ccm_core::plan::Action::PutRole { spec, .. } => Some(spec.result_on(&left)),
                _ => None,
            });
            assert_eq!(
                roles.collect::<Vec<_>>(),
                std::slice::from_ref(&end),
                "after {writes}: {}",
                plan.render()
            );
        }
    }
}

#[test]
fn a_role_without_permissions_serves_no_one_for_any_external_id() {
    let mut before = intent(visibility());
    before.external_id = "first-id".parse().unwrap();
    let before = before.resolve(listing(1..3)).unwrap();
    let observed = cut_off(&before, 2, 0);
    let mut after = intent(visibility());
    after.external_id = "second-id".parse().unwrap();
    let desired = after.resolve(listing(1..3)).unwrap();
    let plan = upsert(&desired, &observed);
    assert!(plan.accounts().values().all(|account| account.withheld.is_empty()), "{}", plan.render());
    let counts = plan.counts();
    assert_eq!((counts.create, counts.update), (4, 0), "it is finished, not changed: {}", plan.render());
    plan.check(&Limits::default()).unwrap();
    // A role with permissions may serve someone.
    let plan = upsert(&desired, &applied(&before));
    assert_eq!(plan.counts().create, 0, "{}", plan.render());
}

/// Another Harness account may use such a role, so taking something from it is a change.
#[test]
fn a_role_that_accepts_several_external_ids_is_finished_only_by_additions() {
    let resolve = |features: FeatureSet| {
        let mut intent = intent(features);
        intent.role.additional_external_ids = ["harness:891928451355:second".parse().unwrap()].into();
        intent.resolve(listing(1..=5)).unwrap()
    };
    let (narrow, wide) = (resolve(visibility()), resolve(with_ec2()));
    let counts = |desired: &Desired, cut: &Desired| {
        let counts = upsert(desired, &cut_off(cut, 5, 1)).counts();
        (counts.create, counts.update)
    };
    assert_eq!(counts(&wide, &narrow), (10, 0));
    assert_eq!(counts(&narrow, &wide), (5, 5));
}
