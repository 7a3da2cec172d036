//! One account, brought from one intent to another.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several test files, each of which uses a part"
)]

use harness_ccm_core::account::Account;
use harness_ccm_core::apply::Report;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Choice, Intent, Layout, RoleSettings, Rule};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{Mode, Plan};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleSpec;
use harness_ccm_core::selector::Selector;
use harness_ccm_fixtures::Scenario;

pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

pub(crate) fn intent(layout: Layout, features: FeatureSet) -> Intent {
    let mut role = RoleSettings::default();
    role.layout = layout;
    let external_id = "harness:891928451355:acct".parse().unwrap();
    Intent::new("acct".parse().unwrap(), Cluster::us(), external_id).with_role(role).with_rule(Rule::onboard(
        "all",
        Selector::all(),
        features,
    ))
}

pub(crate) fn world() -> World {
    World::new([Account::new(account(), "prod")])
}

/// The desired roles of the account.
pub(crate) fn wanted_roles(world: &World, intent: &Intent) -> Vec<RoleSpec> {
    match &in_sync_mode(world, intent).plan().desired.accounts()[&account()].choice {
        Choice::Onboard(wanted) => wanted.roles.clone(),
        _ => Vec::new(),
    }
}

pub(crate) fn in_sync_mode(world: &World, intent: &Intent) -> Scenario {
    Scenario::new(world, intent).with_mode(Mode::Sync)
}

pub(crate) fn make_plan(world: &World, intent: &Intent, mode: Mode) -> Plan {
    Scenario::new(world, intent).with_mode(mode).plan().plan
}

pub(crate) fn bring_to(world: &World, intent: &Intent) -> Report {
    let scenario = in_sync_mode(world, intent);
    scenario.apply(scenario.plan().plan)
}

pub(crate) fn bring_to_safely(world: &World, intent: &Intent) {
    let scenario = in_sync_mode(world, intent);
    scenario.converge();
    let second = scenario.plan().plan;
    assert_eq!(second.counts().withheld, 0, "{}", second.render());
}

/// Every action that these documents allow, each as a separate document.
pub(crate) fn single(documents: impl IntoIterator<Item = PolicyDocument>) -> Vec<PolicyDocument> {
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
