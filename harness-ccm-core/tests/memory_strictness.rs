//! The backends in memory refuse what a server refuses, and record what was done to them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::backend::{
    ConnectionTest, ConnectorClient as _, Expect, RoleProvisioner as _, Written,
};
use harness_ccm_core::connector::{ConnectorSpec, Health};
use harness_ccm_core::feature::{Feature, Named};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::memory::World;
use harness_ccm_core::policy::{PolicyDocument, Statement};
use harness_ccm_core::role::{RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Error, ErrorKind};

fn account(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn world() -> World {
    World::new([
        Account::new(account(1), "payer").as_management(),
        Account::new(account(2), "member"),
        Account::new(account(3), "gone").with_state(AccountState::Suspended),
    ])
}

fn address(number: u64) -> RoleAddress {
    let arn = format!("arn:aws:iam::{number:012}:role/HarnessCERole");
    RoleAddress::new(arn.parse().unwrap(), Route::default())
}

fn trust(effect: &str, operator: &str, external_id: &str) -> PolicyDocument {
    PolicyDocument::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}",
            "Principal":{{"AWS":"arn:aws:iam::891928451355:root"}},"Action":"sts:AssumeRole",
            "Condition":{{"{operator}":{{"sts:ExternalId":"{external_id}"}}}}}}]}}"#
    ))
    .unwrap()
}

fn role(number: u64) -> RoleSpec {
    RoleSpec::new(address(number), trust("Allow", "StringEquals", "one"), "suite".parse().unwrap())
}

fn connector(number: u64) -> ConnectorSpec {
    ConnectorSpec::new(
        format!("aws{number}").parse().unwrap(),
        "name".parse().unwrap(),
        address(number).arn,
        "one".parse().unwrap(),
        [Feature::Visibility].into(),
        "suite".parse().unwrap(),
    )
}

fn put_role(world: &World, number: u64) -> Result<Written<RoleState>, Error> {
    block_on(world.roles().put_role(&role(number), Expect::Absent))
}

#[test]
fn a_suspended_unknown_or_unreachable_account_cannot_be_accessed() {
    let world = world();
    world.make_unreachable(&account(2));
    for number in [2, 3, 4] {
        let error = put_role(&world, number).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "account {number}");
        assert!(error.message().contains("OrganizationAccountAccessRole"), "names the ways tried: {error}");
        assert!(error.remedy().is_some());
    }
    assert!(world.writes().is_empty());
    world.make_reachable(&account(2));
    assert!(matches!(put_role(&world, 2), Ok(Written::Created(_))));
}

#[test]
fn the_journal_distinguishes_reads_and_writes() {
    let world = world();
    put_role(&world, 2).unwrap();
    put_role(&world, 2).unwrap();
    block_on(world.roles().find_role(&address(2))).unwrap();
    let calls: Vec<_> = world.journal().into_iter().map(|call| (call.operation, call.write)).collect();
    assert_eq!(calls, [("put_role", true), ("put_role", false), ("find_role", false)]);
    assert_eq!(world.writes().len(), 1);
    world.clear_journal();
    assert!(world.journal().is_empty());
}

#[test]
fn a_role_under_another_path_is_a_conflict() {
    let arn = "arn:aws:iam::000000000002:role/other/HarnessCERole".parse().unwrap();
    let world = world().with_role(RoleState::new(arn, trust("Allow", "StringEquals", "one")));
    assert_eq!(put_role(&world, 2).unwrap_err().kind(), ErrorKind::Conflict);
    assert!(world.writes().is_empty());
}

#[test]
fn returned_states_are_copies() {
    let world = world();
    let mut state = put_role(&world, 2).unwrap().into_state();
    state.tags.clear();
    let name = address(2).name().clone();
    assert!(!world.role(&account(2), &name).unwrap().tags.is_empty());
}

#[test]
fn unmodelled_fields_survive_an_update() {
    let spec = connector(2);
    let fields: serde_json::Map<_, _> = [("description".to_owned(), "kept".into())].into_iter().collect();
    let state = block_on(world().connectors().put_connector(&spec, Expect::Absent)).unwrap().into_state();
    let world = world().with_connector_and_fields(state.clone(), fields.clone());
    let mut wanted = spec.clone();
    wanted.features.insert(Feature::Governance);
    let written = block_on(world.connectors().put_connector(&wanted, Expect::same(state))).unwrap();
    assert!(matches!(written, Written::Updated(_)));
    assert_eq!(world.unmodelled(&spec.id), Some(fields));
}

#[test]
fn an_account_s_connectors_can_be_refused() {
    let world = world();
    world.refuse_connector(&account(2), Some("a policy of the account denies it"));
    let error = block_on(world.connectors().put_connector(&connector(2), Expect::Absent)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("a policy of the account denies it"));
    assert_eq!(world.connector(&connector(2).id), None);
    world.refuse_connector(&account(2), None);
    block_on(world.connectors().put_connector(&connector(2), Expect::Absent)).unwrap();
}

#[test]
fn an_edit_by_another_tool_is_noticed() {
    let world = world();
    let spec = connector(2);
    let seen = block_on(world.connectors().put_connector(&spec, Expect::Absent)).unwrap().into_state();
    assert!(world.edit_connector(&spec.id, |state| {
        state.features.insert(Named::Known(Feature::Governance));
    }));
    let error = block_on(world.connectors().put_connector(&spec, Expect::same(seen))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(world.delete_connector(&spec.id));
    assert!(!world.delete_connector(&spec.id));
}

#[test]
fn a_connection_test_passes_only_if_the_role_trusts_and_permits() {
    let world = world();
    let id = connector(2).id;
    block_on(world.connectors().put_connector(&connector(2), Expect::Absent)).unwrap();
    let passes = || block_on(world.connectors().test_connector(&id)).unwrap() == ConnectionTest::Passed;
    assert!(!passes(), "there is no role");
    put_role(&world, 2).unwrap();
    assert!(!passes(), "the role permits nothing");
    let permit = |actions: &[&str]| {
        let statement = Statement::allow(actions.iter().copied(), ["*"]).unwrap();
        let policy = PolicyDocument::new([statement]);
        world.edit_role(&account(2), address(2).name(), |role| {
            role.inline.insert("Own".parse().unwrap(), policy);
        });
    };
    permit(&["iam:SimulatePrincipalPolicy", "ecs:*", "ec2:*", "rds:*"]);
    let verdict = block_on(world.connectors().test_connector(&id)).unwrap();
    let ConnectionTest::Failed(failure) = verdict else { panic!("an action is missing") };
    assert_eq!(failure.reasons, ["Action: cloudwatch:GetMetricData not allowed on Resource: *"]);
    permit(&["iam:SimulatePrincipalPolicy", "ecs:*", "ec2:*", "rds:*", "cloudwatch:Get*"]);
    assert!(passes());
    assert_eq!(world.connector(&id).unwrap().health, Health::Success);
    for (effect, operator, external_id) in [
        ("Allow", "StringEquals", "two"),
        ("Deny", "StringEquals", "one"),
        ("Allow", "StringNotEquals", "one"),
    ] {
        let trust = trust(effect, operator, external_id);
        world.edit_role(&account(2), address(2).name(), |role| role.trust = trust);
        assert!(!passes(), "{effect} {operator} {external_id}");
    }
    assert!(matches!(world.connector(&id).unwrap().health, Health::Failure { .. }));
}
