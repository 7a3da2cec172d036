//! The texts of reports and verifications, as people read them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use futures_executor::block_on;
use harness_ccm_core::apply::{ApplyOptions, FailureBudget, Report, apply_plan};
use harness_ccm_core::backend::NoPause;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::id::Partition;
use harness_ccm_core::intent::Layout;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, WriteFault};
use harness_ccm_core::observe::{ObserveOptions, Seen, observe_accounts};
use harness_ccm_core::plan::{PlanOptions, make_plan};
use harness_ccm_core::policy::{PolicyDocument, Statement};
use harness_ccm_core::role::RoleState;
use harness_ccm_core::verify::{ExpectedFailure, VerifyOptions, verify_accounts};
use support::*;

fn world(count: u64) -> World {
    World::new((1..=count).map(|number| account(number, &format!("team {number}"))))
}

/// Applies the plan, one account at a time, while the world refuses the first account's connector.
fn refused(world: &World, budget: FailureBudget) -> Report {
    let desired = desired(visibility(), 1..=3);
    world.refuse_connector(&id(1), Some("the account 000000000001 is not allowed here"));
    let options = ObserveOptions::default();
    let observed =
        block_on(observe_accounts(&desired, &world.roles(), &world.connectors(), options, &NoEvents))
            .unwrap();
    let approved = make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::default()).unwrap();
    let options = ApplyOptions::default().with_concurrency(1).with_budget(budget);
    block_on(apply_plan(&approved, &world.roles(), &world.connectors(), &options, &NoEvents))
}

#[test]
fn a_report_names_what_failed_with_its_remedy_and_counts_the_rest() {
    let world = world(3);
    insta::assert_snapshot!(refused(&world, FailureBudget::default()), @"
    000000000001: + connector team_1 failed: put_connector for connector team_1: invalid: the account 000000000001 is not allowed here
        remedy: correct the value that the message names, and run again
    5 of 6 steps done, 1 failed, 0 skipped, 0 not started.
    ");
}

#[test]
fn a_verification_names_what_does_not_pass_and_what_has_no_connector() {
    let world = world(3);
    let _ = refused(&world, FailureBudget::default());
    world.edit_role(&id(2), &"HarnessCERole".parse().unwrap(), |role| role.inline.clear());
    let desired = desired(visibility(), 1..=3);
    let connectors =
        block_on(harness_ccm_core::backend::ConnectorClient::list_connectors(&world.connectors())).unwrap();
    let options = VerifyOptions::default();
    let verification =
        block_on(verify_accounts(&desired, &connectors, &world.connectors(), &NoPause, options, &NoEvents));
    insta::assert_snapshot!(verification, @"
    000000000002: connector team_2 fails: the role is not authorized to perform: iam:SimulatePrincipalPolicy on resource: arn:aws:iam::000000000002:role/HarnessCERole
    000000000001: not tested: no connector: plan and apply first
    1 of 2 connectors passed; 1 account is not tested.
    ");
    assert!(!verification.is_good());
}

#[test]
fn steps_after_a_failure_in_their_account_are_skipped_and_no_others() {
    // The first write fails: the role of the first account.
    let world = world(3);
    let desired = desired(visibility(), 1..=3);
    let approved =
        make_plan(&desired, &nothing(&desired), PlanOptions::default()).check(&Limits::default()).unwrap();
    let roles = Faulty::new(world.roles(), WriteFault::new(0, FaultTiming::Before));
    let options = ApplyOptions::default().with_concurrency(1);
    let report = block_on(apply_plan(&approved, &roles, &world.connectors(), &options, &NoEvents));
    let skipped: BTreeSet<_> = report
        .steps
        .iter()
        .filter(|step| !step.outcome.is_done())
        .map(|step| (step.account.to_string(), step.resource.to_string()))
        .collect();
    let first = |resource: &str| ("000000000001".to_owned(), resource.to_owned());
    assert_eq!(skipped, [first("connector team_1"), first("role HarnessCERole")].into());
    insta::assert_snapshot!(report.to_string().lines().last().unwrap(), @"4 of 6 steps done, 1 failed, 1 skipped, 0 not started.");
}

#[test]
fn a_step_shows_the_gains_and_losses_of_a_managed_policy_and_not_its_attachment() {
    let mut intent = intent(visibility());
    intent.role.layout = Layout::Managed;
    let desired = intent.resolve(listing([1])).unwrap();
    let world = world(1);
    let look = || {
        let options = ObserveOptions::default();
        block_on(observe_accounts(&desired, &world.roles(), &world.connectors(), options, &NoEvents)).unwrap()
    };
    let approved = make_plan(&desired, &look(), PlanOptions::default()).check(&Limits::default()).unwrap();
    let options = ApplyOptions::default();
    let _ = block_on(apply_plan(&approved, &world.roles(), &world.connectors(), &options, &NoEvents));
    let shown = |edit: fn(&mut RoleState)| {
        let mut observed = look();
        for role in observed.roles.values_mut() {
            if let Seen::Present(role) = role {
                edit(role);
            }
        }
        make_plan(&desired, &observed, PlanOptions::default()).render().to_string()
    };
    insta::assert_snapshot!(shown(|role| {
        let other = PolicyDocument::new([Statement::allow(["s3:ListAllMyBuckets"], ["*"]).unwrap()]);
        role.attached.values_mut().flatten().for_each(|text| *text = other.clone());
    }));
    insta::assert_snapshot!(shown(|role| role.attached.retain(|arn, _| arn.account().is_none())));
    insta::assert_snapshot!(shown(|role| {
        for arn in [
            "arn:aws:iam::000000000001:policy/harness-ccm/HarnessCERole/Former",
            "arn:aws:iam::000000000001:policy/Theirs",
        ] {
            role.attached.insert(
                arn.parse().unwrap(),
                Some(PolicyDocument::new([Statement::allow(["s3:ListAllMyBuckets"], ["*"]).unwrap()])),
            );
        }
    }));
}

#[test]
fn an_expected_failure_says_what_harness_cannot_access() {
    let expected = ExpectedFailure::OutOfReach { partition: Partition::China };
    assert_eq!(expected.to_string(), "Harness cannot access the partition aws-cn");
}
