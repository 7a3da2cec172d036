//! Changing layout and features: role and connector in the right order, and at no moment fewer permissions than before or after.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use harness_ccm_core::account::Account;
use harness_ccm_core::apply::Report;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::{
    AutoStopping, Commitment, FeatureSet, Governance, GovernanceAccess, Optimization,
};
use harness_ccm_core::id::{AccountId, PolicyArn, RoleName};
use harness_ccm_core::intent::{Choice, Intent, Layout, RoleSettings, Rule};
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, WriteFault};
use harness_ccm_core::owner::ADOPTED_TAG;
use harness_ccm_core::plan::{Mode, Plan, Reason, WithheldReason};
use harness_ccm_core::policy::{Grants, PolicyDocument, Statement};
use harness_ccm_core::role::{ManagedPolicy, QuotaSource, Quotas, RoleSpec, RoleState};
use harness_ccm_core::selector::Selector;
use harness_ccm_fixtures::Scenario;
use proptest::prelude::*;

const ACCOUNT: &str = "123456789012";

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

fn intent(layout: Layout, features: FeatureSet) -> Intent {
    let mut role = RoleSettings::default();
    role.layout = layout;
    let external_id = "harness:891928451355:acct".parse().unwrap();
    Intent::new("acct".parse().unwrap(), Cluster::us(), external_id).with_role(role).with_rule(Rule::onboard(
        "all",
        Selector::all(),
        features,
    ))
}

fn world() -> World {
    World::new([Account::new(account(), "prod")])
}

/// The roles that are wanted in the account.
fn wanted_roles(world: &World, intent: &Intent) -> Vec<RoleSpec> {
    match &in_sync_mode(world, intent).plan().desired.accounts()[&account()].choice {
        Choice::Onboard(wanted) => wanted.roles.clone(),
        _ => Vec::new(),
    }
}

fn in_sync_mode(world: &World, intent: &Intent) -> Scenario {
    Scenario::new(world, intent).with_mode(Mode::Sync)
}

fn make_plan(world: &World, intent: &Intent, mode: Mode) -> Plan {
    Scenario::new(world, intent).with_mode(mode).plan().plan
}

fn bring_to(world: &World, intent: &Intent) -> Report {
    let scenario = in_sync_mode(world, intent);
    scenario.apply(scenario.plan().plan)
}

fn bring_to_safely(world: &World, intent: &Intent) {
    let scenario = in_sync_mode(world, intent);
    scenario.converge();
    let second = scenario.plan().plan;
    assert_eq!(second.counts().withheld, 0, "{}", second.render(false));
}

/// Every action that these documents allow, each as a document of its own.
fn single(documents: impl IntoIterator<Item = PolicyDocument>) -> Vec<PolicyDocument> {
    let mut single = Vec::new();
    for document in documents {
        let json: serde_json::Value = serde_json::from_str(&document.to_json()).unwrap();
        for statement in json["Statement"].as_array().unwrap() {
            let actions = match &statement["Action"] {
                serde_json::Value::Array(actions) => actions.clone(),
                one => vec![one.clone()],
            };
            for action in actions {
                let mut statement = statement.clone();
                statement["Action"] = action;
                let one = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
                single.push(PolicyDocument::parse(&one.to_string()).unwrap());
            }
        }
    }
    single
}

/// What is granted both before and after: it must be there at every moment.
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
        let role = world.role(&account(), name).unwrap_or_else(|| panic!("{case}: {name} is gone"));
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
        .with_commitment(Commitment::purchasing())
        .with_cluster_orchestration()
}

#[test]
fn changing_the_layout_and_back_never_takes_anything_away_in_between() {
    let (inline, managed) = (intent(Layout::Inline, everything()), intent(Layout::Managed, everything()));
    // Seven managed policies are made and attached, or detached and deleted; of either role the tag and the inline policy.
    assert_eq!(change_with_interruptions(&inline, &managed), 18);
    assert_eq!(change_with_interruptions(&managed, &inline), 18);
}

#[test]
fn changing_layout_release_and_features_at_once_never_takes_anything_away_in_between() {
    let some = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::of(GovernanceAccess::ReadOnly))
        .with_optimization(Optimization::of([AutoStopping::Ec2, AutoStopping::Rds]));
    let other = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::of(GovernanceAccess::ViewOnly))
        .with_optimization(Optimization::of([AutoStopping::Ec2, AutoStopping::Alb]))
        .with_commitment(Commitment::looking());
    for (from, to) in [
        (Layout::Inline, Layout::Managed),
        (Layout::Managed, Layout::Inline),
        (Layout::Managed, Layout::Managed),
        (Layout::Inline, Layout::Inline),
    ] {
        let (before, mut after) = (intent(from, some.clone()), intent(to, other.clone()));
        change_with_interruptions(&before, &after);
        change_with_interruptions(&after, &before);
        after.role.release = Release::Module1_0_1;
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
                1 => Some(Governance::of(GovernanceAccess::ViewOnly)),
                _ => Some(Governance::of(GovernanceAccess::ReadOnly)),
            };
            features.optimization = (!kinds.is_empty()).then(|| Optimization::of(kinds));
            features.commitment = match commitment {
                0 => None,
                1 => Some(Commitment::looking()),
                _ => Some(Commitment::purchasing()),
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
        let roles = Faulty::new(world.roles(), WriteFault { write, when });
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
    let more = less.clone().with_optimization(Optimization::of([AutoStopping::Ec2, AutoStopping::Alb]));
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
fn governance_is_attached_before_the_connector_asks_for_it_and_detached_after() {
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
    assert_eq!(role.attached.keys().collect::<Vec<_>>(), [&kept], "ours goes, what others attached stays");
}

#[test]
fn trading_one_feature_for_another_is_three_steps_in_either_layout() {
    let ec2 = FeatureSet::new().with_visibility().with_optimization(Optimization::of([AutoStopping::Ec2]));
    let governed = FeatureSet::new().with_visibility().with_governance(Governance::default());
    for layout in [Layout::Inline, Layout::Managed] {
        let world = world();
        bring_to_safely(&world, &intent(layout, ec2.clone()));
        let plan = make_plan(&world, &intent(layout, governed.clone()), Mode::Upsert);
        let reasons: Vec<_> = plan.steps().map(|(_, step)| step.reason).collect();
        assert_eq!(
            reasons,
            [Reason::Bridge, Reason::Drift, Reason::Drift],
            "{layout:?} {}",
            plan.render(false)
        );
    }
}

#[test]
fn another_external_id_is_let_in_before_the_connector_presents_it_and_the_old_one_until_then() {
    let before = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let mut after = before.clone();
    after.external_id = "another".parse().unwrap();
    let world = world();
    bring_to_safely(&world, &before);
    let plan = make_plan(&world, &after, Mode::Upsert);
    insta::assert_snapshot!(plan.render(false), @r#"
    Changes:
    ~ role HarnessCERole in 123456789012 prod (widened before anything goes)
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
    "#);
    let mut steps = plan.steps();
    let harness_ccm_core::plan::Action::PutRole { spec: wide, .. } = &steps.next().unwrap().1.action else {
        panic!()
    };
    for id in ["another", "harness:891928451355:acct"] {
        assert_eq!(
            harness_ccm_core::policy::trusted(&wide.trust, id),
            harness_ccm_core::policy::Trusted::Yes,
            "{id}"
        );
    }
    bring_to_safely(&world, &after);
    let role = world.role(&account(), &RoleName::cross_account()).unwrap();
    assert!(!role.trust.to_json().contains("harness:891928451355:acct"));
}

#[test]
fn a_role_keeps_what_a_connector_may_still_use_that_is_not_ours_to_change() {
    let less = FeatureSet::new().with_visibility();
    let more = less.clone().with_optimization(Optimization::of([AutoStopping::Ec2, AutoStopping::Alb]));
    let world = world();
    bring_to_safely(&world, &intent(Layout::Inline, more));
    assert!(world.edit_connector(&"prod".parse().unwrap(), |connector| connector.tags.clear()));
    let plan = make_plan(&world, &intent(Layout::Inline, less), Mode::Sync);
    assert!(!plan.has_changes(), "{}", plan.render(false));
    let withheld: Vec<_> =
        plan.accounts[&account()].withheld.iter().map(|withheld| withheld.resource.to_string()).collect();
    assert_eq!(withheld, ["connector prod", "role HarnessCERole", "role HarnessCELambdaExecutionRole"]);
}

#[test]
fn a_role_gains_beside_a_withheld_connector_and_loses_nothing() {
    let ec2 = FeatureSet::new().with_visibility().with_optimization(Optimization::of([AutoStopping::Ec2]));
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
            let trusted = harness_ccm_core::policy::trusted(&role.trust, id.as_str());
            assert_eq!(trusted, harness_ccm_core::policy::Trusted::Yes, "{layout:?} {id}");
        }
        assert!(!role.attached.is_empty(), "{layout:?}: what governance needs is there");
        let second = make_plan(&world, &after, Mode::Sync);
        assert!(!second.has_changes(), "{}", second.render(false));
    }
}

#[test]
fn a_role_that_another_connector_names_is_neither_narrowed_nor_removed() {
    let less = FeatureSet::new().with_visibility();
    let more = less.clone().with_optimization(Optimization::of([AutoStopping::Ec2, AutoStopping::Alb]));
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
            assert_eq!(steps, ["connector prod"], "{}", plan.render(false));
            let withheld: BTreeSet<_> = plan.accounts[&account()]
                .withheld
                .iter()
                .map(|withheld| withheld.resource.to_string())
                .collect();
            assert_eq!(
                withheld,
                ["role HarnessCELambdaExecutionRole", "role HarnessCERole"].map(str::to_owned).into(),
                "{}",
                plan.render(false)
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
    insta::assert_snapshot!(plan.accounts[&account()].withheld[0].reason, @"no longer wanted, but adopted: others may rely on it. Remove it by hand, or its tag harness-ccm-adopted to have it removed");
    world.edit_role(&account(), &name, |role| drop(role.tags.remove(ADOPTED_TAG)));
    bring_to_safely(&world, &none);
    assert!(world.role(&account(), &name).is_none());
}

#[test]
fn what_a_change_of_settings_leaves_behind_is_said() {
    let mut governance = Governance::default();
    governance.enforcement_policies.insert("arn:aws:iam::aws:policy/AmazonEC2FullAccess".parse().unwrap());
    let before = intent(Layout::Inline, FeatureSet::new().with_visibility().with_governance(governance));
    let mut after = intent(Layout::Inline, FeatureSet::new().with_visibility());
    let world = world();
    bring_to_safely(&world, &before);
    bring_to_safely(&world, &after);
    let said = |after: &Intent| {
        let plan = make_plan(&world, after, Mode::Sync);
        let finding = &plan.accounts[&account()].findings[0];
        format!("{}: {}", finding.resource, finding.kind)
    };
    insta::assert_snapshot!(said(&after), @"role HarnessCERole: has policies attached that are not wanted and were not read: AmazonEC2FullAccess");
    after.role.name = "Another".parse().unwrap();
    insta::assert_snapshot!(said(&after), @"role HarnessCERole: the connector named it until now, and no setting leads to it: left alone, so remove it by hand once nothing uses it");
}

/// A role of ours to which others attached this many policies.
fn crowded(others: usize) -> World {
    let world = (0..others).fold(world(), |world, number| {
        let document = PolicyDocument::new([Statement::allow(["s3:ListBucket"], ["*"]).unwrap()]);
        world.with_policy(other(number), ManagedPolicy { description: String::new(), document })
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
    insta::assert_snapshot!(plan.accounts[&account()].withheld[0].reason, @r#"11 managed policies would be attached, 9 of them by others, 10 are allowed: attach fewer, use the layout inline, or raise the quota L-0DA4ABF3 and set the setting `role-quotas` to "account""#);
    // An account that had its quota raised tells so itself.
    let mut asking = managed.clone();
    asking.role.quotas = QuotaSource::Account;
    world.set_quotas(&account(), Quotas::default().with_attached_policies(12));
    bring_to_safely(&world, &asking);
    // A change that is at no time over the quota at its end may be over it in between.
    let view_only = FeatureSet::new().with_visibility().with_governance(Governance::default());
    let read_only =
        FeatureSet::new().with_visibility().with_governance(Governance::of(GovernanceAccess::ReadOnly));
    let world = crowded(9);
    bring_to_safely(&world, &intent(Layout::Inline, view_only));
    let plan = make_plan(&world, &intent(Layout::Inline, read_only), Mode::Upsert);
    assert!(!plan.has_changes());
    insta::assert_snapshot!(plan.accounts[&account()].withheld[0].reason, @r#"11 managed policies would be attached, 9 of them by others, 10 are allowed: attach fewer, or raise the quota L-0DA4ABF3 and set the setting `role-quotas` to "account""#);
}

#[test]
fn a_policy_name_that_somebody_has_is_foreseen_where_it_can_be_seen() {
    let world = crowded(0);
    let taken: PolicyArn =
        format!("arn:aws:iam::{ACCOUNT}:policy/harnesseventsmonitoringpolicy").parse().unwrap();
    world.edit_role(&account(), &RoleName::cross_account(), |role| {
        role.attached
            .insert(taken, Some(PolicyDocument::new([Statement::allow(["s3:ListBucket"], ["*"]).unwrap()])));
    });
    let managed = intent(Layout::Managed, FeatureSet::new().with_visibility());
    let plan = make_plan(&world, &managed, Mode::Upsert);
    let reason = &plan.accounts[&account()].withheld[0].reason;
    assert!(matches!(reason, WithheldReason::Impossible(_)), "{reason}");
    insta::assert_snapshot!(reason, @"the name of the managed policy HarnessEventsMonitoringPolicy is taken by arn:aws:iam::123456789012:policy/harnesseventsmonitoringpolicy: set the setting `role-prefix`, or use the layout inline");
    let mut prefixed = managed.clone();
    prefixed.role.prefix = "acme-".parse().unwrap();
    bring_to_safely(&world, &prefixed);
}
