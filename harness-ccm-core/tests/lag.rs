//! An IAM whose reads are behind its writes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use futures_executor::block_on;
use harness_ccm_core::backend::{Expect, Removed, RoleProvisioner as _, Written};
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, Optimization};
use harness_ccm_core::id::RoleName;
use harness_ccm_core::intent::Layout;
use one_account::*;

/// The longest lag that is waited for.
const LAG: u64 = 4;

#[test]
fn reads_show_a_write_only_after_the_set_number_of_requests() {
    let world = world();
    let spec = wanted_roles(&world, &intent(Layout::Inline, FeatureSet::new().with_visibility())).remove(0);
    world.set_iam_lag(2);
    block_on(world.roles().put_role(&spec, Expect::Absent)).unwrap();
    let seen = || block_on(world.roles().find_role(&spec.address)).unwrap().map(|role| role.inline.len());
    // The creation becomes visible first, then the policy that the next request wrote.
    assert_eq!([seen(), seen(), seen()], [None, Some(0), Some(1)]);
}

#[test]
fn a_plan_is_carried_out_completely_although_reads_are_behind() {
    let less = FeatureSet::new().with_visibility().with_governance(Governance::default());
    let more = FeatureSet::new()
        .with_visibility()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]));
    for layout in [Layout::Inline, Layout::Managed] {
        let world = world();
        for features in [&less, &more, &less] {
            let intent = intent(layout, features.clone());
            let scenario = in_sync_mode(&world, &intent);
            let plan = scenario.plan().plan;
            world.set_iam_lag(LAG);
            scenario.apply_whole(plan);
            world.set_iam_lag(0);
            let second = scenario.plan().plan;
            assert!(!second.has_changes(), "{layout:?}: {}", second.render());
        }
    }
}

#[test]
fn a_hidden_creation_is_waited_for_and_counts_as_one() {
    let world = world();
    let spec = wanted_roles(&world, &intent(Layout::Inline, FeatureSet::new().with_visibility())).remove(0);
    world.set_iam_lag(LAG);
    // The state that a call with a lost response left.
    let mut bare = spec.clone();
    bare.inline.clear();
    block_on(world.roles().put_role(&bare, Expect::Absent)).unwrap();
    let written = block_on(world.roles().put_role(&spec, Expect::Absent)).unwrap();
    assert!(matches!(written, Written::Created(_)), "{written:?}");
    assert!(spec.differences(&world.role(&account(), &RoleName::cross_account()).unwrap()).is_empty());
}

#[test]
fn waiting_ends_and_nothing_counts_as_written() {
    let world = world();
    let spec = wanted_roles(&world, &intent(Layout::Inline, FeatureSet::new().with_visibility())).remove(0);
    let made = block_on(world.roles().put_role(&spec, Expect::Absent)).unwrap().into_state();
    let mut other = made.clone();
    other.inline.clear();
    world.set_iam_lag(1_000);
    world.clear_journal();
    let error = block_on(
        world
            .roles()
            .put_role(&spec.clone().with_tags([("a".into(), "b".into())].into()), Expect::same(other)),
    )
    .unwrap_err();
    assert_eq!(error.kind(), harness_ccm_core::ErrorKind::Conflict, "{error}");
    assert_eq!(world.iam_writes(), []);
    world.set_iam_lag(0);
    assert_eq!(block_on(world.roles().remove_role(&spec.address, &made)).unwrap(), Removed::Removed);
}
