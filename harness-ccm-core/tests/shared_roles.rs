//! Roles, policies and names that others use too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use std::collections::BTreeSet;

use futures_executor::block_on;
use harness_ccm_core::account::Account;
use harness_ccm_core::apply::Status;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, GovernanceAccess, Optimization};
use harness_ccm_core::id::{AccountId, PolicyArn, RoleName};
use harness_ccm_core::intent::{Intent, Layout};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::ADOPTED_TAG;
use harness_ccm_core::pipeline::Pipeline;
use harness_ccm_core::plan::{Mode, PlanOptions, WithheldReason};
use harness_ccm_core::policy::{Grants, PolicyDocument, Statement};
use harness_ccm_core::role::{ManagedPolicy, QuotaSource, Quotas, RoleSpec, RoleState};
use one_account::*;

#[test]
fn a_role_keeps_what_a_connector_may_still_use_that_is_not_ours_to_change() {
    let less = FeatureSet::new().with_visibility();
    let more = less
        .clone()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]));
    let world = world();
    bring_to_safely(&world, &intent(Layout::Inline, more));
    assert!(world.edit_connector(&"prod".parse().unwrap(), |connector| connector.tags.clear()));
    let plan = make_plan(&world, &intent(Layout::Inline, less), Mode::Sync);
    assert!(!plan.has_changes(), "{}", plan.render());
    let withheld: Vec<_> =
        plan.accounts()[&account()].withheld.iter().map(|withheld| withheld.resource.to_string()).collect();
    assert_eq!(withheld, ["connector prod", "role HarnessCERole", "role HarnessCELambdaExecutionRole"]);
}

#[test]
fn a_role_gains_next_to_a_withheld_connector_and_loses_nothing() {
    let ec2 = FeatureSet::new()
        .with_visibility()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]));
    let governed = FeatureSet::new().with_visibility().with_governance(Governance::default());
    for layout in [Layout::Inline, Layout::Managed] {
        let (before, mut after) = (intent(layout, ec2.clone()), intent(layout, governed.clone()));
        after.external_id = "another".parse().unwrap();
        let world = world();
        bring_to_safely(&world, &before);
        assert!(world.edit_connector(&"prod".parse().unwrap(), |connector| connector.tags.clear()));
        let kept = single(wanted_roles(&world, &before).iter().flat_map(RoleSpec::documents).cloned());
        let report = bring_to(&world, &after);
        assert!(report.steps.iter().all(|step| step.outcome.is_done()), "{report}");
        let role = world.role(&account(), &RoleName::cross_account()).unwrap();
        let grants = Grants::of(role.documents());
        assert!(kept.iter().all(|document| grants.cover(document).is_complete()), "{layout:?}");
        for id in [&before.external_id, &after.external_id] {
            let trusted = harness_ccm_core::internal::trusted(&role.trust, id.as_str());
            assert_eq!(trusted, harness_ccm_core::internal::Trusted::Yes, "{layout:?} {id}");
        }
        assert!(!role.attached.is_empty(), "{layout:?}: what governance needs is there");
        let second = make_plan(&world, &after, Mode::Sync);
        assert!(!second.has_changes(), "{}", second.render());
    }
}

#[test]
fn a_role_that_another_connector_names_is_neither_narrowed_nor_removed() {
    let less = FeatureSet::new().with_visibility();
    let more = less
        .clone()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]));
    let more = intent(Layout::Inline, more);
    let mut none = more.clone();
    none.rules.clear();
    let mut moved = none.clone();
    moved.role.path = "/moved/".parse().unwrap();
    for elsewhere in [false, true] {
        let world = world();
        bring_to_safely(&world, &more);
        let mut other = world.connector(&"prod".parse().unwrap()).unwrap();
        other.id = "other".parse().unwrap();
        other.tags.clear();
        if elsewhere {
            other.account = None;
        }
        let world = world.with_connector(other);
        for after in [&intent(Layout::Inline, less.clone()), &none, &moved] {
            let plan = make_plan(&world, after, Mode::Sync);
            let steps: Vec<_> = plan.steps().map(|(_, step)| step.action.resource().to_string()).collect();
            assert_eq!(steps, ["connector prod"], "{}", plan.render());
            let withheld: BTreeSet<_> = plan.accounts()[&account()]
                .withheld
                .iter()
                .map(|withheld| withheld.resource.to_string())
                .collect();
            assert_eq!(
                withheld,
                ["role HarnessCELambdaExecutionRole", "role HarnessCERole"].map(str::to_owned).into(),
                "{}",
                plan.render()
            );
        }
    }
}

#[test]
fn an_adopted_role_is_not_removed_since_others_rely_on_it() {
    let some = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let mut none = some.clone();
    none.rules.clear();
    let world = world();
    bring_to_safely(&world, &some);
    let name = RoleName::cross_account();
    world.edit_role(&account(), &name, |role| {
        role.tags.insert(ADOPTED_TAG.into(), "ReadOnlyAccess".into());
    });
    let report = bring_to(&world, &none);
    assert_eq!(report.steps.len(), 1, "the connector goes: {report}");
    let plan = make_plan(&world, &none, Mode::Sync);
    insta::assert_snapshot!(plan.accounts()[&account()].withheld[0].reason, @"no longer desired, but adopted: others may rely on it. Remove it by hand, or its tag harness-ccm-adopted to have it removed");
    world.edit_role(&account(), &name, |role| drop(role.tags.remove(ADOPTED_TAG)));
    bring_to_safely(&world, &none);
    assert!(world.role(&account(), &name).is_none());
}

#[test]
fn leftovers_of_a_change_of_settings_are_reported() {
    let mut governance = Governance::default();
    governance.enforcement_policies.insert("arn:aws:iam::aws:policy/AmazonEC2FullAccess".parse().unwrap());
    let before = intent(Layout::Inline, FeatureSet::new().with_visibility().with_governance(governance));
    let mut after = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let world = world();
    bring_to_safely(&world, &before);
    bring_to_safely(&world, &after);
    let said = |after: &Intent| {
        let plan = make_plan(&world, after, Mode::Sync);
        let finding = &plan.accounts()[&account()].findings[0];
        format!("{}: {}", finding.resource, finding.kind)
    };
    insta::assert_snapshot!(said(&after), @"role HarnessCERole: has policies attached that are not desired and were not read: AmazonEC2FullAccess");
    after.role.name = "Another".parse().unwrap();
    insta::assert_snapshot!(said(&after), @"role HarnessCERole: the connector named it until now, and no setting names it: left alone; add its name to the setting `former-names`, or remove it by hand once nothing uses it");
}

/// Our role, to which others attached this many policies.
fn crowded(others: usize) -> World {
    let world = (0..others).fold(world(), |world, number| {
        let document = PolicyDocument::new([Statement::allow(["s3:ListBucket"], ["*"]).unwrap()]);
        world.with_policy(other(number), ManagedPolicy::new("", document))
    });
    bring_to_safely(&world, &intent(Layout::Inline, FeatureSet::new().with_visibility()));
    world.edit_role(&account(), &RoleName::cross_account(), |role: &mut RoleState| {
        let document = PolicyDocument::new([Statement::allow(["s3:ListBucket"], ["*"]).unwrap()]);
        role.attached.extend((0..others).map(|number| (other(number), Some(document.clone()))));
    });
    world
}

fn other(number: usize) -> PolicyArn {
    format!("arn:aws:iam::{ACCOUNT}:policy/Other{number}").parse().unwrap()
}

#[test]
fn slots_that_others_use_are_counted_before_the_first_write() {
    let managed = intent(Layout::Managed, FeatureSet::new().with_visibility());
    bring_to_safely(&crowded(8), &managed);
    let world = crowded(9);
    world.clear_journal();
    let plan = make_plan(&world, &managed, Mode::Upsert);
    assert!(!plan.has_changes() && world.writes().is_empty());
    insta::assert_snapshot!(plan.accounts()[&account()].withheld[0].reason, @r#"11 managed policies would be attached, 9 of them by others, 10 are allowed: attach fewer, use the layout inline, or raise the quota L-0DA4ABF3 and set the setting `role-quotas` to "account""#);
    // An account with a raised quota reports it itself.
    let mut asking = managed.clone();
    asking.role.quotas = QuotaSource::Account;
    world.set_quotas(&account(), Quotas::default().with_attached_policies(12));
    bring_to_safely(&world, &asking);
    // A change that is never over the quota at its end may be over it in between.
    let view_only = FeatureSet::new().with_visibility().with_governance(Governance::default());
    let read_only = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::new().with_access(GovernanceAccess::ReadOnly));
    let world = crowded(9);
    bring_to_safely(&world, &intent(Layout::Inline, view_only));
    let plan = make_plan(&world, &intent(Layout::Inline, read_only), Mode::Upsert);
    assert!(!plan.has_changes());
    insta::assert_snapshot!(plan.accounts()[&account()].withheld[0].reason, @r#"11 managed policies would be attached, 9 of them by others, 10 are allowed: attach fewer, or raise the quota L-0DA4ABF3 and set the setting `role-quotas` to "account""#);
}

#[test]
fn a_taken_policy_name_is_predicted_if_it_is_visible() {
    let world = crowded(0);
    let taken: PolicyArn =
        format!("arn:aws:iam::{ACCOUNT}:policy/harnesseventsmonitoringpolicy").parse().unwrap();
    world.edit_role(&account(), &RoleName::cross_account(), |role| {
        role.attached
            .insert(taken, Some(PolicyDocument::new([Statement::allow(["s3:ListBucket"], ["*"]).unwrap()])));
    });
    let managed = intent(Layout::Managed, FeatureSet::new().with_visibility());
    let plan = make_plan(&world, &managed, Mode::Upsert);
    let reason = &plan.accounts()[&account()].withheld[0].reason;
    assert!(matches!(reason, WithheldReason::Impossible(_)), "{reason}");
    insta::assert_snapshot!(reason, @"the name of the managed policy HarnessEventsMonitoringPolicy is taken by arn:aws:iam::123456789012:policy/harnesseventsmonitoringpolicy: set the setting `role-prefix`, or use the layout inline");
    let mut prefixed = managed.clone();
    prefixed.role.prefix = "acme-".parse().unwrap();
    bring_to_safely(&world, &prefixed);
}

#[test]
fn a_role_that_trusts_another_harness_account_too_is_not_removed() {
    let features = FeatureSet::new().with_visibility();
    let mut shared = intent(Layout::Inline, features.clone());
    shared.role.additional_external_ids.insert("harness:891928451355:another".parse().unwrap());
    let mut none = shared.clone();
    none.rules.clear();
    for (mine, leaves) in [(shared, true), (intent(Layout::Inline, features), false)] {
        let world = world();
        bring_to_safely(&world, &mine);
        let _ = bring_to(&world, &none);
        assert_eq!(world.role(&account(), &RoleName::cross_account()).is_some(), leaves);
        assert!(world.connector(&"prod".parse().unwrap()).is_none(), "its connector goes");
        let second = make_plan(&world, &none, Mode::Sync);
        let reasons: Vec<_> =
            second.accounts()[&account()].withheld.iter().map(|withheld| withheld.reason.name()).collect();
        assert_eq!(reasons.contains(&"serves-another"), leaves, "{}", second.render());
    }
}

/// The same intent with another name of the role.
fn renamed(former: &[&str]) -> Intent {
    let mut intent = intent(Layout::Inline, FeatureSet::new().with_visibility());
    intent.role.name = "OtherRole".parse::<RoleName>().unwrap().into();
    intent.role.former_names = former.iter().map(|name| name.parse().unwrap()).collect();
    intent
}

#[test]
fn a_role_under_a_former_name_is_found_without_the_connector_that_named_it() {
    let before = intent(Layout::Inline, FeatureSet::new().with_visibility());
    for (former, is_found) in [(&["HarnessCERole"][..], true), (&[], false)] {
        let world = world();
        bring_to_safely(&world, &before);
        // A removal that was interrupted after the connector was removed.
        assert!(world.delete_connector(&"prod".parse().unwrap()));
        let mut none = renamed(former);
        none.rules.clear();
        let _ = bring_to(&world, &none);
        assert_eq!(world.role(&account(), &RoleName::cross_account()).is_none(), is_found);
    }
}

#[test]
fn a_role_under_a_former_name_is_removed_once_its_connector_uses_the_new_one() {
    let before = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let world = world();
    bring_to_safely(&world, &before);
    let after = renamed(&["HarnessCERole"]);
    let cautious = make_plan(&world, &after, Mode::Upsert);
    assert!(cautious.accounts()[&account()].findings.is_empty(), "{}", cautious.render());
    bring_to_safely(&world, &after);
    assert!(world.role(&account(), &RoleName::cross_account()).is_none(), "the old one is removed");
    assert!(world.role(&account(), &"OtherRole".parse().unwrap()).is_some());
    assert!(!make_plan(&world, &after, Mode::Sync).has_changes());
}

#[test]
fn roles_under_a_former_name_are_removed_in_many_accounts_by_one_run() {
    let id = |number: u64| format!("{number:012}").parse::<AccountId>().unwrap();
    let world = World::new((1..=5).map(|number| Account::new(id(number), format!("account {number}"))));
    let run = |intent: Intent| {
        let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors())
            .with_plan_options(PlanOptions::default().with_mode(Mode::Sync))
            .with_limits(Limits::none());
        block_on(pipeline.run()).unwrap()
    };
    assert_eq!(run(intent(Layout::Inline, FeatureSet::new().with_visibility())).status(), Status::Applied);
    // The connectors are listed once, before the first removal of a role: those of later accounts still name the old roles then.
    let report = run(renamed(&["HarnessCERole"]));
    assert_eq!(report.status(), Status::Applied, "{report}");
    for number in 1..=5 {
        assert!(world.role(&id(number), &RoleName::cross_account()).is_none(), "account {number}");
    }
}

#[test]
fn a_role_under_a_former_name_that_is_not_ours_stays() {
    let world = world();
    bring_to_safely(&world, &intent(Layout::Inline, FeatureSet::new().with_visibility()));
    assert!(world.delete_connector(&"prod".parse().unwrap()));
    assert!(world.edit_role(&account(), &RoleName::cross_account(), |role| role.tags.clear()));
    let _ = bring_to(&world, &renamed(&["HarnessCERole"]));
    assert!(world.role(&account(), &RoleName::cross_account()).is_some());
}
