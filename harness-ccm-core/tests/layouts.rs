//! Changing layout and features: role and connector in the right order, and never fewer permissions than both before and after.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use std::collections::BTreeSet;

use harness_ccm_core::catalog::Release;
use harness_ccm_core::feature::{
    AutoStopping, Commitment, FeatureSet, Governance, GovernanceAccess, Optimization,
};
use harness_ccm_core::id::{PolicyArn, RoleName};
use harness_ccm_core::intent::{Intent, Layout};
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, WriteFault};
use harness_ccm_core::plan::{Mode, Reason};
use harness_ccm_core::policy::{Grants, PolicyDocument};
use harness_ccm_core::role::RoleSpec;
use one_account::*;
use proptest::prelude::*;

/// The permissions granted both before and after: they must exist at every moment.
fn kept(before: &[RoleSpec], after: &[RoleSpec]) -> Vec<(RoleName, Vec<PolicyDocument>, Vec<PolicyArn>)> {
    before
        .iter()
        .filter_map(|old| Some((old, after.iter().find(|new| new.address.arn == old.address.arn)?)))
        .map(|(old, new)| {
            let grants = Grants::of(new.documents());
            let documents = single(old.documents().cloned());
            let documents = documents.into_iter().filter(|one| grants.cover(one).is_complete()).collect();
            let attached = old.attached.intersection(&new.attached).cloned().collect();
            (old.address.name().clone(), documents, attached)
        })
        .collect()
}

fn assert_kept(case: &str, world: &World, kept: &[(RoleName, Vec<PolicyDocument>, Vec<PolicyArn>)]) {
    for (name, documents, attached) in kept {
        let role = world.role(&account(), name).unwrap_or_else(|| panic!("{case}: {name} is missing"));
        let grants = Grants::of(role.documents());
        for document in documents {
            assert!(grants.cover(document).is_complete(), "{case}: {name} lacks {}", document.to_json());
        }
        for policy in attached {
            assert!(role.attached.contains_key(policy), "{case}: {policy} is not attached to {name}");
        }
    }
}

/// Changes from one intent to another, interrupted after each single write to IAM, and finished by a second run.
fn change_with_interruptions(before: &Intent, after: &Intent) -> usize {
    for writes in 0..200 {
        let world = world();
        bring_to_safely(&world, before);
        let old = wanted_roles(&world, before);
        let new = wanted_roles(&world, after);
        let kept = kept(&old, &new);
        let case = format!("interrupted after {writes} writes");
        assert_kept(&case, &world, &kept);
        world.interrupt_iam_after(Some(writes));
        let report = bring_to(&world, after);
        let whole = report.steps.iter().all(|step| step.outcome.is_done());
        assert_kept(&case, &world, &kept);
        world.interrupt_iam_after(None);
        bring_to_safely(&world, after);
        assert_kept(&case, &world, &kept);
        let wanted: BTreeSet<_> = new.iter().flat_map(|role| role.managed.keys().cloned()).collect();
        assert_eq!(
            world.policies().into_iter().collect::<BTreeSet<_>>(),
            wanted,
            "{case}: nothing is left behind"
        );
        if whole {
            return writes;
        }
    }
    panic!("it never ends");
}

fn everything() -> FeatureSet {
    FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::default())
        .with_optimization(Optimization::default())
        .with_commitment(Commitment::new().with_purchase())
        .with_cluster_orchestration()
}

#[test]
fn changing_the_layout_and_back_never_takes_anything_away_in_between() {
    let (inline, managed) = (intent(Layout::Inline, everything()), intent(Layout::Managed, everything()));
    // Seven managed policies are created and attached, or detached and deleted; for both roles also the tag and the inline
    // policy.
    assert_eq!(change_with_interruptions(&inline, &managed), 18);
    assert_eq!(change_with_interruptions(&managed, &inline), 18);
}

#[test]
fn changing_layout_release_and_features_at_once_never_takes_anything_away_in_between() {
    let some = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::new().with_access(GovernanceAccess::ReadOnly))
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Rds]));
    let other = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::new().with_access(GovernanceAccess::ViewOnly))
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]))
        .with_commitment(Commitment::new());
    for (from, to) in [
        (Layout::Inline, Layout::Managed),
        (Layout::Managed, Layout::Inline),
        (Layout::Managed, Layout::Managed),
        (Layout::Inline, Layout::Inline),
    ] {
        let (before, mut after) = (intent(from, some.clone()), intent(to, other.clone()));
        change_with_interruptions(&before, &after);
        change_with_interruptions(&after, &before);
        after.role.release = Release::Module1_0_1.into();
        change_with_interruptions(&before, &after);
    }
}

fn any_features() -> impl Strategy<Value = FeatureSet> {
    let kinds = prop::sample::subsequence(AutoStopping::ALL.to_vec(), 0..=AutoStopping::ALL.len());
    (any::<bool>(), 0..3_u8, kinds, 0..3_u8, any::<bool>()).prop_map(
        |(visibility, access, kinds, commitment, clusters)| {
            let mut features = FeatureSet::new();
            features.visibility = visibility || kinds.is_empty();
            features.governance = match access {
                0 => None,
                1 => Some(Governance::new().with_access(GovernanceAccess::ViewOnly)),
                _ => Some(Governance::new().with_access(GovernanceAccess::ReadOnly)),
            };
            features.optimization = (!kinds.is_empty()).then(|| Optimization::new().with_kinds(kinds));
            features.commitment = match commitment {
                0 => None,
                1 => Some(Commitment::new()),
                _ => Some(Commitment::new().with_purchase()),
            };
            features.cluster_orchestration = clusters;
            features
        },
    )
}

fn any_layout() -> impl Strategy<Value = Layout> {
    prop::sample::select(vec![Layout::Inline, Layout::Managed])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_change_keeps_what_stays_at_every_moment_and_converges(
        old in (any_layout(), any_features()),
        new in (any_layout(), any_features()),
        writes in 0..30_usize,
    ) {
        let (before, after) = (intent(old.0, old.1), intent(new.0, new.1));
        let world = world();
        bring_to_safely(&world, &before);
        let kept = kept(&wanted_roles(&world, &before), &wanted_roles(&world, &after));
        world.interrupt_iam_after(Some(writes));
        let _interrupted = bring_to(&world, &after);
        assert_kept("interrupted", &world, &kept);
        world.interrupt_iam_after(None);
        bring_to_safely(&world, &after);
        assert_kept("done", &world, &kept);
    }

    #[test]
    fn any_change_converges_after_a_lost_write(
        old in (any_layout(), any_features()),
        new in (any_layout(), any_features()),
        write in 0..6_usize,
        when in prop::sample::select(vec![FaultTiming::Before, FaultTiming::After, FaultTiming::Crash]),
    ) {
        let (before, after) = (intent(old.0, old.1), intent(new.0, new.1));
        let world = world();
        bring_to_safely(&world, &before);
        let roles = Faulty::new(world.roles(), WriteFault::new(write, when));
        let connectors = roles.and(world.connectors());
        let faulty = in_sync_mode(&world, &after).with_roles(roles).with_connectors(connectors);
        let _report = faulty.apply(make_plan(&world, &after, Mode::Sync));
        bring_to_safely(&world, &after);
        let wanted: BTreeSet<_> =
            wanted_roles(&world, &after).iter().flat_map(|role| role.managed.keys().cloned()).collect();
        prop_assert_eq!(world.policies().into_iter().collect::<BTreeSet<_>>(), wanted);
    }
}

/// The writes that a change needs, role and connector in their order.
fn writes(before: &Intent, after: &Intent) -> Vec<String> {
    let world = world();
    bring_to_safely(&world, before);
    world.clear_journal();
    bring_to_safely(&world, after);
    world
        .writes()
        .iter()
        .map(|call| format!("{} {}", call.operation, call.subject.split(" in ").next().unwrap()))
        .collect()
}

#[test]
fn adding_optimization_writes_the_role_first_and_removing_it_the_connector_first() {
    let less = FeatureSet::new().with_visibility();
    let more = less
        .clone()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]));
    for layout in [Layout::Inline, Layout::Managed] {
        let (less, more) = (intent(layout, less.clone()), intent(layout, more.clone()));
        assert_eq!(
            writes(&less, &more),
            [
                "put_role role HarnessCELambdaExecutionRole",
                "put_role role HarnessCERole",
                "put_connector prod"
            ],
            "{layout:?}"
        );
        assert_eq!(
            writes(&more, &less),
            [
                "put_connector prod",
                "put_role role HarnessCERole",
                "remove_role role HarnessCELambdaExecutionRole"
            ],
            "{layout:?}"
        );
    }
}

#[test]
fn governance_is_attached_before_the_connector_needs_it_and_detached_after() {
    let less = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let more =
        intent(Layout::Inline, FeatureSet::new().with_visibility().with_governance(Governance::default()));
    assert_eq!(writes(&less, &more), ["put_role role HarnessCERole", "put_connector prod"]);
    assert_eq!(writes(&more, &less), ["put_connector prod", "put_role role HarnessCERole"]);
    let world = world();
    bring_to_safely(&world, &more);
    let kept: PolicyArn = "arn:aws:iam::aws:policy/SecurityAudit".parse().unwrap();
    world.edit_role(&account(), &RoleName::cross_account(), |role| {
        role.attached.insert(kept.clone(), None);
    });
    bring_to_safely(&world, &less);
    let role = world.role(&account(), &RoleName::cross_account()).unwrap();
    assert_eq!(
        role.attached.keys().collect::<Vec<_>>(),
        [&kept],
        "ours is removed, what others attached stays"
    );
}

#[test]
fn trading_one_feature_for_another_is_three_steps_in_either_layout() {
    let ec2 = FeatureSet::new()
        .with_visibility()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]));
    let governed = FeatureSet::new().with_visibility().with_governance(Governance::default());
    for layout in [Layout::Inline, Layout::Managed] {
        let world = world();
        bring_to_safely(&world, &intent(layout, ec2.clone()));
        let plan = make_plan(&world, &intent(layout, governed.clone()), Mode::Upsert);
        let reasons: Vec<_> = plan.steps().map(|(_, step)| step.reason).collect();
        assert_eq!(reasons, [Reason::Bridge, Reason::Drift, Reason::Drift], "{layout:?} {}", plan.render());
    }
}

#[test]
fn a_new_external_id_is_trusted_before_the_connector_uses_it_and_the_old_one_until_then() {
    let before = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let mut after = before.clone();
    after.external_id = "another".parse().unwrap();
    let world = world();
    bring_to_safely(&world, &before);
    let plan = make_plan(&world, &after, Mode::Upsert);
    insta::assert_snapshot!(plan.render(), @r#"
    Changes:
    ~ role HarnessCERole in 123456789012 prod (extended first, reduced later)
        trust: does not accept the external id another
        rule "all"
    ~ connector prod in 123456789012 prod (differs)
        externalId: harness:891928451355:acct -> another
        rule "all"
    ~ role HarnessCERole in 123456789012 prod (differs)
        trust: also accepts the external id harness:891928451355:acct
        rule "all"

    Plan: 0 to create, 2 to change, 0 to adopt, 0 to remove in 1 account.
    0 in sync, 0 withheld, 0 accounts left out.
    About 11 calls to AWS and 3 to Harness (1 s at 400 a minute).
    Releases of the permissions that the roles match now: 2026-11 in 1.
    "#);
    let mut steps = plan.steps();
    let harness_ccm_core::plan::Action::PutRole { spec: wide, .. } = &steps.next().unwrap().1.action else {
        panic!()
    };
    for id in ["another", "harness:891928451355:acct"] {
        assert_eq!(
            harness_ccm_core::internal::trusted(&wide.trust, id),
            harness_ccm_core::internal::Trusted::Yes,
            "{id}"
        );
    }
    bring_to_safely(&world, &after);
    let role = world.role(&account(), &RoleName::cross_account()).unwrap();
    assert!(!role.trust.to_json().contains("harness:891928451355:acct"));
}
