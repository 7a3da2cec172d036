//! Roles whose names differ from the desired one only in case: to IAM they are the same.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use harness_ccm_core::backend::Conflict;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::RoleName;
use harness_ccm_core::intent::{Intent, Layout};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{Mode, Obstacle, WithheldReason};
use harness_ccm_fixtures::Scenario;
use one_account::*;

const OTHER: &str = "harnessCERole";

fn intent_for(name: &str) -> Intent {
    let mut intent = intent(Layout::Inline, FeatureSet::new().with_visibility());
    intent.role.name = name.parse().unwrap();
    intent
}

/// Our own role with the other spelling, and its connector.
fn made_as_other() -> World {
    let world = world();
    bring_to_safely(&world, &intent_for(OTHER));
    world.clear_journal();
    world
}

#[test]
fn a_role_in_another_case_is_named_and_gets_no_connector_with_an_invalid_arn() {
    for connector_is_there in [true, false] {
        let world = made_as_other();
        if !connector_is_there {
            assert!(world.delete_connector(&"prod".parse().unwrap()));
        }
        let scenario = Scenario::new(&world, &intent_for("HarnessCERole"));
        let plan = scenario.plan().plan;
        assert!(!plan.has_changes(), "{}", plan.render());
        assert!(!plan.is_complete(), "{}", plan.render());
        let reasons: Vec<_> =
            plan.accounts()[&account()].withheld.iter().map(|withheld| &withheld.reason).collect();
        let obstacle = WithheldReason::Impossible(Obstacle::OtherCase(OTHER.parse().unwrap()));
        assert!(reasons.contains(&&obstacle), "{reasons:?}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(obstacle, @"a role with the name harnessCERole exists: IAM ignores case in names; spell the name as harnessCERole in the setting `role-name` and the setting `role-prefix`, choose another name, or remove that role");
        }
        let _nothing_to_do = scenario.apply(plan);
        assert_eq!(world.iam_writes(), []);
    }
}

#[test]
fn a_role_in_another_case_that_is_not_shown_is_named_by_the_write() {
    let world = made_as_other();
    world.delete_connector(&"prod".parse().unwrap());
    let before = world.role(&account(), &OTHER.parse().unwrap());
    world.show_exact_names_only();
    let scenario = Scenario::new(&world, &intent_for("HarnessCERole"));
    let plan = scenario.plan().plan;
    assert!(plan.has_changes(), "nothing shows it");
    let report = scenario.apply(plan);
    let conflict = Conflict::OtherCase { name: OTHER.parse().unwrap() };
    let text = report.to_string();
    assert!(text.contains(&conflict.to_string()) && text.contains(&conflict.remedy()), "{text}");
    assert_eq!(world.iam_writes(), []);
    assert_eq!(world.connector(&"prod".parse().unwrap()), None, "its role was not made");
    world.show_names_in_any_case();
    assert_eq!(world.role(&account(), &RoleName::cross_account()), before, "it is as it was");
}

#[test]
fn a_role_that_setting_and_connector_spell_differently_is_removed_once() {
    for exact in [false, true] {
        let world = made_as_other();
        if exact {
            world.show_exact_names_only();
        }
        let retired = Scenario::new(&world, &intent_for("HarnessCERole")).with_mode(Mode::Sync).retired();
        let plan = retired.plan().plan;
        assert_eq!(plan.counts().remove, 2, "connector and role: {}", plan.render());
        retired.apply_whole(plan);
        world.show_names_in_any_case();
        assert_eq!(world.role(&account(), &RoleName::cross_account()), None, "exact: {exact}");
    }
}
