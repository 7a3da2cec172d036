//! Permissions boundaries that are set and removed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use harness_ccm_core::feature::{AutoStopping, FeatureSet, Optimization};
use harness_ccm_core::id::{PolicyArn, RoleName};
use harness_ccm_core::intent::{Intent, Layout};
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::BOUNDARY_TAG;
use harness_ccm_core::plan::{Mode, Shortfall, WithheldReason};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{ManagedPolicy, RoleState};
use harness_ccm_fixtures::Scenario;
use one_account::*;

const OURS: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const THEIRS: &str = "arn:aws:iam::aws:policy/PowerUserAccess";

fn arn(text: &str) -> PolicyArn {
    text.parse().unwrap()
}

fn bounded(boundary: Option<&str>) -> Intent {
    let mut intent = intent(Layout::Inline, FeatureSet::new().with_visibility());
    intent.role.boundary = boundary.map(|text| text.parse().unwrap());
    intent
}

fn role(world: &World) -> RoleState {
    world.role(&account(), &RoleName::cross_account()).unwrap()
}

fn edit(world: &World, edit: impl FnOnce(&mut RoleState)) {
    assert!(world.edit_role(&account(), &RoleName::cross_account(), edit));
}

#[test]
fn our_boundary_is_removed_once_the_intent_has_none_and_the_next_plan_is_empty() {
    let world = world();
    bring_to_safely(&world, &bounded(Some(OURS)));
    assert_eq!(
        (role(&world).boundary, role(&world).tags.contains_key(BOUNDARY_TAG)),
        (Some(arn(OURS)), true)
    );
    let plan = make_plan(&world, &bounded(None), Mode::Upsert);
    let shown = plan.render().to_string();
    assert!(shown.contains("removes the permissions boundary ReadOnlyAccess"), "{shown}");
    bring_to_safely(&world, &bounded(None));
    assert_eq!((role(&world).boundary, role(&world).tags.contains_key(BOUNDARY_TAG)), (None, false));
}

#[test]
fn a_boundary_of_another_tool_stays_unless_the_intent_removes_any() {
    let world = world();
    bring_to_safely(&world, &bounded(None));
    // In place of none, and in place of ours.
    for before in [None, Some(OURS)] {
        bring_to_safely(&world, &bounded(before));
        edit(&world, |role| role.boundary = Some(arn(THEIRS)));
        bring_to_safely(&world, &bounded(None));
        assert_eq!(
            (role(&world).boundary, role(&world).tags.contains_key(BOUNDARY_TAG)),
            (Some(arn(THEIRS)), false)
        );
    }
    // A boundary that the intent names, and that existed before.
    bring_to_safely(&world, &bounded(Some(THEIRS)));
    bring_to_safely(&world, &bounded(None));
    assert_eq!(role(&world).boundary, Some(arn(THEIRS)));
    bring_to_safely(&world, &bounded(Some("none")));
    assert_eq!(role(&world).boundary, None);
}

#[test]
fn an_interrupted_run_removes_no_boundary_of_others_and_leaves_none_of_ours() {
    for writes in 0..6 {
        let world = world();
        bring_to_safely(&world, &bounded(None));
        edit(&world, |role| role.boundary = Some(arn(THEIRS)));
        world.interrupt_iam_after(Some(writes));
        let _cut_off = bring_to(&world, &bounded(Some(OURS)));
        world.interrupt_iam_after(None);
        let replaced = role(&world).boundary == Some(arn(OURS));
        bring_to_safely(&world, &bounded(None));
        assert_eq!(
            role(&world).boundary,
            if replaced { None } else { Some(arn(THEIRS)) },
            "after {writes} writes"
        );
    }
}

#[test]
fn a_boundary_is_removed_after_what_it_limits_and_with_the_last_step() {
    let world = world();
    let mut more = bounded(Some(OURS));
    more.rules[0].action = harness_ccm_core::intent::RuleAction::Onboard(
        FeatureSet::new()
            .with_visibility()
            .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2])),
    );
    bring_to_safely(&world, &more);
    world.clear_journal();
    bring_to_safely(&world, &bounded(None));
    let writes: Vec<_> = world.iam_writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(writes, ["iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:UntagRole"]);
}

#[test]
fn an_unmarked_role_keeps_its_boundary_until_it_is_adopted_without_one() {
    let world = world();
    bring_to_safely(&world, &bounded(None));
    edit(&world, |role| {
        role.boundary = Some(arn(THEIRS));
        role.tags.clear();
    });
    let none = bounded(Some("none"));
    let plan = Scenario::new(&world, &none).plan().plan;
    let withheld: Vec<_> =
        plan.accounts()[&account()].withheld.iter().map(|withheld| &withheld.reason).collect();
    assert!(withheld.contains(&&WithheldReason::Unowned(vec![Shortfall::Boundary])), "{withheld:?}");
    Scenario::new(&world, &none).with_adopt().converge();
    assert_eq!(role(&world).boundary, None);
}

#[test]
fn a_boundary_whose_arn_does_not_fit_into_a_tag_is_recorded_too() {
    let long = format!("arn:aws:iam::{ACCOUNT}:policy/{}/With,Comma", "p".repeat(300));
    for boundary in [long, format!("arn:aws:iam::{ACCOUNT}:policy/With,Comma")] {
        let world = world().with_policy(arn(&boundary), ManagedPolicy::new("", PolicyDocument::new([])));
        bring_to_safely(&world, &bounded(Some(&boundary)));
        bring_to_safely(&world, &bounded(None));
        assert_eq!(role(&world).boundary, None, "{boundary}");
    }
}

#[test]
fn an_unmarked_role_is_in_sync_only_with_the_desired_boundary() {
    for (boundary, is_in_sync) in [(Some(OURS), true), (Some(THEIRS), false), (None, false)] {
        let world = world();
        bring_to_safely(&world, &bounded(None));
        edit(&world, |role| {
            role.boundary = boundary.map(arn);
            role.tags.clear();
        });
        let plan = Scenario::new(&world, &bounded(Some(OURS))).plan().plan;
        let shortfall = WithheldReason::Unowned(vec![Shortfall::Boundary]);
        let withheld = plan.accounts()[&account()].withheld.iter().any(|held| held.reason == shortfall);
        assert_eq!(withheld, !is_in_sync, "{boundary:?}: {}", plan.render());
    }
}

#[test]
fn a_role_that_gains_permissions_and_loses_its_boundary_is_written_once_before_the_connector() {
    let world = world();
    bring_to_safely(&world, &bounded(Some(OURS)));
    let mut more = bounded(None);
    let features = FeatureSet::new().with_visibility();
    let optimization = Optimization::new().with_kinds([AutoStopping::Ec2]);
    more.rules[0].action =
        harness_ccm_core::intent::RuleAction::Onboard(features.with_optimization(optimization));
    let plan = make_plan(&world, &more, Mode::Upsert);
    let steps: Vec<_> = plan.steps().map(|(_, step)| step.action.resource().to_string()).collect();
    let both = ["role HarnessCERole", "connector prod"];
    let others: Vec<_> = steps.iter().filter(|step| !step.contains("Lambda")).collect();
    assert_eq!(others, both, "{}", plan.render());
    bring_to_safely(&world, &more);
    assert_eq!(role(&world).boundary, None);
}
