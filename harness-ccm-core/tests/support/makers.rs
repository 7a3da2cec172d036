//! Roles of other makers, and the plans for them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several test files, each of which uses a part"
)]

use harness_ccm_core::account::Account;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::{AccountId, RoleName};
use harness_ccm_core::intent::{Choice, Desired, Intent, RoleSettings, Rule};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{AccountPlan, Plan, WithheldReason};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleSpec;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::testing::published::{Inputs, Made, Maker};
use harness_ccm_fixtures::Scenario;
use serde_json::Value;

pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

pub(crate) fn inputs(on: impl IntoIterator<Item = String>) -> Inputs {
    let mut inputs = Inputs::of(account());
    inputs.switch_on(on);
    inputs
}

/// The release of the catalogue with which a maker's roles are compared: its own, or the nearest published one.
pub(crate) fn release(maker: Maker) -> Release {
    if [Maker::MODULE_0_1_4, Maker::MODULE_0_1_8, Maker::TEMPLATE].contains(&maker) {
        Release::Module0_1_4
    } else {
        Release::Module1_0_1
    }
}

pub(crate) fn intent(maker: Maker, features: FeatureSet, prefix: &str) -> Intent {
    let cluster = Cluster::us().with_trusted(maker.principals());
    let mut role = RoleSettings::default();
    role.release = release(maker).into();
    role.prefix = prefix.parse().unwrap();
    let external_id = "harness:891928451355:acct".parse().unwrap();
    Intent::new("acct".parse().unwrap(), cluster, external_id).with_role(role).with_rule(Rule::onboard(
        "all",
        Selector::all(),
        features,
    ))
}

pub(crate) fn world(made: &Made) -> World {
    let world = World::new([Account::new(account(), "prod")]).with_role(made.cross_account.state.clone());
    match &made.lambda {
        Some(lambda) => world.with_role(lambda.state.clone()),
        None => world,
    }
}

pub(crate) fn make_plan(world: &World, intent: &Intent, adopt: bool) -> (Desired, Plan) {
    let scenario = Scenario::new(world, intent);
    let planned = if adopt { scenario.with_adopt() } else { scenario }.plan();
    (planned.desired, planned.plan)
}

pub(crate) fn roles(desired: &Desired) -> &[RoleSpec] {
    match &desired.accounts()[&account()].choice {
        Choice::Onboard(wanted) => &wanted.roles,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn account_plan(plan: &Plan) -> &AccountPlan {
    &plan.accounts()[&account()]
}

/// The shortfalls of a role; empty if it is in sync.
pub(crate) fn gaps(plan: &Plan, role: &RoleName) -> Vec<String> {
    let plan = account_plan(plan);
    let target = format!("role {role}");
    let withheld = plan.withheld.iter().find(|withheld| withheld.resource.to_string() == target);
    match withheld.map(|withheld| &withheld.reason) {
        Some(WithheldReason::Unowned(gaps)) => gaps.iter().map(ToString::to_string).collect(),
        Some(other) => panic!("{role}: {other}"),
        None => {
            assert!(
                plan.in_sync.iter().any(|resource| resource.to_string() == target),
                "{role} is neither withheld nor in sync: {plan:?}"
            );
            Vec::new()
        }
    }
}

pub(crate) fn everything(maker: Maker) -> (Inputs, Made) {
    let inputs = inputs(maker.switches().into_iter().filter(|switch| switch != "enable_governance"));
    let made = maker.make(&inputs);
    (inputs, made)
}

/// A document with one change, made on its JSON.
pub(crate) fn edited(document: &PolicyDocument, edit: impl FnOnce(&mut Value)) -> PolicyDocument {
    let mut json: Value = serde_json::from_str(&document.to_json()).unwrap();
    edit(&mut json);
    PolicyDocument::parse(&json.to_string()).unwrap()
}
