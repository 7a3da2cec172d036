use harness_ccm_aws_servers::{AwsFault, Lag};
use harness_ccm_core::backend::{Expect, Removed, RoleProvisioner as _, Written};
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, Optimization};
use harness_ccm_core::intent::{Choice, Intent, Layout};
use harness_ccm_core::plan::Mode;
use harness_ccm_core::role::RoleSpec;
use harness_ccm_core::{Effect, ErrorKind};

use crate::support::{ROLE, Site, account, intent};

fn with_features(layout: Layout, features: &FeatureSet) -> Intent {
    let settings = intent(|role| role.layout = layout).role;
    harness_ccm_fixtures::intent(features.clone()).with_role(settings)
}

/// The desired cross-account role in account 2.
async fn wanted(site: &Site, intent: &Intent) -> RoleSpec {
    let planned = site.scenario(intent).await.plan_async().await;
    match &planned.desired.accounts()[&account(2)].choice {
        Choice::Onboard(wanted) => wanted.roles.last().unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn roles_are_made_changed_in_two_steps_and_removed_although_iam_is_behind() {
    let less = FeatureSet::new().with_visibility().with_governance(Governance::default());
    let more = FeatureSet::new()
        .with_visibility()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]));
    for layout in [Layout::Inline, Layout::Managed] {
        let site = Site::with_members(3);
        for (features, retired) in [(&less, false), (&more, false), (&less, false), (&less, true)] {
            let intent = with_features(layout, features);
            let scenario = site.scenario(&intent).await.with_mode(Mode::Sync);
            let scenario = if retired { scenario.retired() } else { scenario };
            let plan = scenario.plan_async().await.plan;
            assert!(plan.has_changes());
            site.aws.with(|cloud| cloud.lag = Lag::of_reads(4).and_writes());
            scenario.apply_whole_async(plan).await;
            site.aws.with(|cloud| cloud.lag = Lag::default());
            let second = scenario.plan_async().await.plan;
            assert!(!second.has_changes(), "{layout:?}: {}", second.render());
        }
        assert!(site.role(2, ROLE).is_none());
    }
}

#[tokio::test]
async fn a_creation_that_took_effect_counts_as_one_after_any_answer() {
    // Once: the SDK retries, and the name is taken. Always: no response ever shows that the role exists.
    for times in [1, 5] {
        for layout in [Layout::Inline, Layout::Managed] {
            let site = Site::with_members(2);
            let spec = wanted(&site, &with_features(layout, &FeatureSet::new().with_visibility())).await;
            for action in ["iam:CreateRole", "iam:CreatePolicy"] {
                site.aws.fail(
                    AwsFault::internal()
                        .after_commit()
                        .on(action)
                        .times(times.min(if action == "iam:CreateRole" { 5 } else { 1 })),
                );
            }
            site.aws.with(|cloud| cloud.lag = Lag::of_reads(4));
            let written = site.backend().await.roles().put_role(&spec, Expect::Absent).await.unwrap();
            assert!(matches!(written, Written::Created(_)), "{layout:?} {times}: {written:?}");
            site.aws.with(|cloud| cloud.lag = Lag::default());
            let found = site.backend().await.roles().find_role(&spec.address).await.unwrap().unwrap();
            assert!(spec.differences(&found).is_empty(), "{layout:?} {times}");
        }
    }
}

#[tokio::test]
async fn a_creation_without_effect_is_no_creation() {
    let site = Site::with_members(2);
    let spec = wanted(&site, &intent(|_| {})).await;
    site.aws.fail(AwsFault::internal().on("iam:CreateRole").always());
    let error = site.backend().await.roles().put_role(&spec, Expect::Absent).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::Unknown),
        "{}",
        error.report()
    );
    assert!(site.role(2, ROLE).is_none());
}

#[tokio::test]
async fn a_removal_waits_until_iam_counts_what_was_detached_and_then_says_so() {
    for (times, removed) in [(3, true), (60, false)] {
        let site = Site::with_members(2);
        let features = FeatureSet::new().with_visibility().with_governance(Governance::default());
        let spec = wanted(&site, &with_features(Layout::Managed, &features)).await;
        let roles = site.backend().await.roles();
        let made = roles.put_role(&spec, Expect::Absent).await.unwrap().into_state();
        site.aws.fail(AwsFault::still_attached().times(times));
        let answer = roles.remove_role(&spec.address, &made).await;
        if removed {
            assert_eq!(answer.unwrap(), Removed::Removed);
            continue;
        }
        let error = answer.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::NotReady, Effect::Unknown),
            "{}",
            error.report()
        );
        site.aws.clear_faults();
        assert_eq!(roles.remove_role(&spec.address, &made).await.unwrap(), Removed::Removed);
    }
}

#[tokio::test]
async fn a_concurrent_change_is_a_conflict_at_once() {
    let site = Site::with_members(2);
    let spec = wanted(&site, &intent(|_| {})).await;
    let made = site.backend().await.roles().put_role(&spec, Expect::Absent).await.unwrap().into_state();
    site.aws.edit(2, |account| drop(account.iam.role_mut(ROLE).unwrap().inline.remove("HarnessCCM")));
    site.aws.take_calls();
    // Another run: it wrote nothing itself.
    let wanted = spec.with_tags([("a".to_owned(), "b".to_owned())].into());
    let error = site.backend().await.roles().put_role(&wanted, Expect::same(made)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{}", error.report());
    assert_eq!(site.aws.take_counts()["iam:GetRole"], 1);
}
