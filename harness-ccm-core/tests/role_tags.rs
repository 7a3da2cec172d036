//! Tags of roles, whose keys are the same to IAM in any case.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::RoleName;
use harness_ccm_core::intent::{Intent, Layout};
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::{ADOPTED_TAG, OWNER_TAG};
use harness_ccm_core::plan::{Mode, Obstacle, WithheldReason};
use harness_ccm_core::resource::Resource;
use harness_ccm_core::role::{OverQuota, RoleState};
use harness_ccm_fixtures::Scenario;
use one_account::*;

fn tagged(tags: &[(&str, &str)]) -> Intent {
    let mut intent = intent(Layout::Inline, FeatureSet::new().with_visibility());
    intent.role.tags = tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    intent
}

fn role(world: &World) -> RoleState {
    world.role(&account(), &RoleName::cross_account()).unwrap()
}

fn edit(world: &World, edit: impl FnOnce(&mut RoleState)) {
    assert!(world.edit_role(&account(), &RoleName::cross_account(), edit));
}

/// A role of another tool in the desired state, with this many tags.
fn made_by_others(tags: usize) -> World {
    let world = world();
    bring_to_safely(&world, &tagged(&[]));
    edit(&world, |role| role.tags = (0..tags).map(|n| (format!("tag{n}"), String::new())).collect());
    world
}

#[test]
fn a_key_in_another_case_is_replaced_and_planned_as_that() {
    let world = world();
    bring_to_safely(&world, &tagged(&[("Team", "a")]));
    for (wanted, shown) in [("b", "tag team, spelled Team: a -> b"), ("a", "tag team, spelled Team: a -> a")]
    {
        edit(&world, |role| {
            role.tags.remove("team");
            role.tags.insert("Team".into(), "a".into());
        });
        let intent = tagged(&[("team", wanted)]);
        let text = make_plan(&world, &intent, Mode::Upsert).render().to_string();
        assert!(text.contains(shown), "{text}");
        bring_to_safely(&world, &intent);
        assert_eq!(
            (role(&world).tags.get("team").unwrap().as_str(), role(&world).tags.get("Team")),
            (wanted, None)
        );
    }
}

#[test]
fn a_key_in_the_same_case_is_shown_once() {
    let world = world();
    bring_to_safely(&world, &tagged(&[("team", "a")]));
    let text = make_plan(&world, &tagged(&[("team", "b")]), Mode::Upsert).render().to_string();
    assert!(text.contains("tag team: a -> b") && !text.contains("spelled"), "{text}");
}

#[test]
fn a_mark_in_another_case_is_a_mark() {
    for (owner, withheld) in [("harness-ccm", false), ("theirs", true)] {
        let world = world();
        bring_to_safely(&world, &tagged(&[]));
        edit(&world, |role| {
            role.tags.remove(OWNER_TAG);
            role.tags.insert(OWNER_TAG.to_uppercase(), owner.into());
            role.inline.clear();
        });
        let plan = make_plan(&world, &tagged(&[]), Mode::Upsert);
        let reasons: Vec<_> =
            plan.accounts()[&account()].withheld.iter().map(|withheld| &withheld.reason).collect();
        let foreign = WithheldReason::Foreign { name: owner.into() };
        assert_eq!(reasons.contains(&&foreign), withheld, "{reasons:?}");
        assert_eq!(plan.has_changes(), !withheld, "{}", plan.render());
    }
    // So is one that says that others rely on the role.
    let world = world();
    bring_to_safely(&world, &tagged(&[]));
    edit(&world, |role| drop(role.tags.insert(ADOPTED_TAG.to_uppercase(), String::new())));
    let plan = Scenario::new(&world, &tagged(&[])).with_mode(Mode::Sync).retired().plan().plan;
    let stays =
        plan.accounts()[&account()].withheld.iter().any(|held| held.reason == WithheldReason::Adopted);
    assert!(stays, "{}", plan.render());
}

#[test]
fn more_tags_than_a_role_may_have_are_seen_in_the_plan() {
    for (there, adopts) in [(48, true), (49, false), (50, false)] {
        let world = made_by_others(there);
        edit(&world, |role| role.inline.clear());
        let scenario = Scenario::new(&world, &tagged(&[])).with_adopt();
        let plan = scenario.plan().plan;
        assert_eq!(plan.has_changes(), adopts, "{there}: {}", plan.render());
        if adopts {
            scenario.converge();
            continue;
        }
        let reasons: Vec<_> =
            plan.accounts()[&account()].withheld.iter().map(|withheld| &withheld.reason).collect();
        let over = OverQuota::Tags { count: there + 2, others: there, quota: 50 };
        assert!(
            reasons.contains(&&WithheldReason::Impossible(Obstacle::OverQuota(over))),
            "{there}: {reasons:?}"
        );
        assert!(!plan.is_complete());
    }
}

#[test]
fn a_mark_that_has_no_room_is_seen_in_the_plan() {
    for (there, room) in [(48, true), (49, false)] {
        let world = made_by_others(there);
        let scenario = Scenario::new(&world, &tagged(&[])).with_mode(Mode::Mark);
        let plan = scenario.plan().plan;
        let counted = plan.accounts()[&account()]
            .withheld
            .iter()
            .filter(|withheld| matches!(&withheld.reason, WithheldReason::Impossible(Obstacle::OverQuota(_))))
            .count();
        assert_eq!(counted, usize::from(!room), "{there}: {}", plan.render());
        let is_role = |resource: &Resource| matches!(resource, Resource::Role(_));
        let in_sync = plan.accounts()[&account()].in_sync.iter().filter(|resource| is_role(resource)).count();
        assert_eq!(in_sync, 0, "a role that is marked or withheld is not in sync: {}", plan.render());
        scenario.apply_whole(plan);
        assert_eq!(role(&world).tags.contains_key(OWNER_TAG), room, "{there}");
    }
}
