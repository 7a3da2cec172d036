//! Connectors whose records cannot be read: each is reported and left alone with its account, and everything else continues.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::ErrorKind;
use harness_ccm_core::apply::{ApplyOptions, Report, Status, apply_plan};
use harness_ccm_core::backend::{ConnectorClient, NoPause};
use harness_ccm_core::connector::{ConnectorState, UnreadableConnector};
use harness_ccm_core::event::{NoEvents, StepOutcome};
use harness_ccm_core::id::ConnectorId;
use harness_ccm_core::intent::{Desired, Diagnostic, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, Scope, observe_accounts};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, WithheldReason, make_plan};
use harness_ccm_core::report::{AccountHealth, Coverage};
use harness_ccm_core::resource::Resource;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::verify::{MissingReason, VerifyOptions, verify_accounts};
use support::*;

fn odd(number: u64) -> UnreadableConnector {
    UnreadableConnector::new("prod-1", "its identifier breaks the rules").with_account(Some(id(number)))
}

fn reason(odd: &UnreadableConnector) -> WithheldReason {
    WithheldReason::UnreadableConnector(Box::new(odd.clone()))
}

fn planned(world: &World, desired: &Desired, mode: Mode) -> Plan {
    let options = ObserveOptions::default().with_scope(Scope::Everywhere);
    let (roles, connectors) = (world.roles(), world.connectors());
    let seen = block_on(observe_accounts(desired, &roles, &connectors, options, &NoEvents)).unwrap();
    make_plan(desired, &seen, PlanOptions::default().with_mode(mode))
}

fn done(world: &World, plan: Plan) -> Report {
    let plan = plan.check(&Limits::none()).unwrap();
    let (roles, connectors) = (world.roles(), world.connectors());
    block_on(apply_plan(&plan, &roles, &connectors, &ApplyOptions::default(), &NoEvents))
}

fn served(desired: &Desired) -> World {
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    assert!(done(&world, planned(&world, desired, Mode::Upsert)).status().is_success());
    world.clear_journal();
    world
}

#[test]
fn an_unreadable_connector_leaves_its_own_account_incomplete_and_the_rest_continues() {
    let desired = owned(visibility()).resolve(listing([1, 2, 3])).unwrap();
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    world.set_unreadable_connectors([odd(2)]);
    let plan = planned(&world, &desired, Mode::Sync);
    let said = Diagnostic::UnreadableConnectors { connectors: vec![odd(2)] };
    assert!(plan.diagnostics().contains(&said), "{}", plan.render());
    let second = &plan.accounts()[&id(2)];
    assert!(second.steps.is_empty(), "it may be the account's connector: a second one would be a duplicate");
    let withheld: Vec<_> = second.withheld.iter().map(|withheld| &withheld.resource).collect();
    let connector = wanted(&desired, 2).connector.id.clone();
    assert_eq!(withheld, [&Resource::Account(id(2)), &Resource::Connector(connector)]);
    assert_eq!(second.withheld[0].reason, reason(&odd(2)));
    assert!(!plan.is_complete());
    let report = done(&world, plan);
    assert_eq!(report.status(), Status::Incomplete);
    let made: Vec<_> = block_on(world.connectors().list_connectors()).unwrap().connectors;
    assert_eq!(made.iter().filter_map(|made| made.account.clone()).collect::<Vec<_>>(), [id(1), id(3)]);
    assert!(!planned(&world, &desired, Mode::Sync).has_changes(), "the second plan is empty");
}

#[test]
fn nothing_is_removed_in_the_account_of_an_unreadable_connector() {
    let desired = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let mut skipping = owned(visibility());
    skipping.rules.insert(0, Rule::skip("nobody", Selector::all(), "enough"));
    for left in [skipping.resolve(listing([1, 2])).unwrap(), desired.clone().retire()] {
        let world = served(&desired);
        world.set_unreadable_connectors([odd(2)]);
        let plan = planned(&world, &left, Mode::Sync);
        assert!(plan.accounts()[&id(2)].steps.is_empty(), "{}", plan.render());
        assert!(!plan.is_complete());
        assert_eq!(done(&world, plan).status(), Status::Incomplete);
        let stays = |number| world.connector(&wanted(&desired, number).connector.id).is_some();
        assert_eq!([1, 2].map(stays), [false, true]);
    }
}

#[test]
fn an_unlisted_account_is_reported_where_its_connector_might_be_removed() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let world = served(&desired);
    world.set_unreadable_connectors([odd(9)]);
    let plan = planned(&world, &desired, Mode::Sync);
    assert_eq!(plan.accounts()[&id(9)].withheld[0].reason, reason(&odd(9)));
    assert!(!plan.is_complete());
    let plan = planned(&world, &desired, Mode::Upsert);
    assert!(plan.is_complete() && !plan.accounts().contains_key(&id(9)), "{}", plan.render());
    assert_eq!(plan.diagnostics().len(), 1, "it is said anyway");
}

#[test]
fn an_unreadable_connector_of_no_known_account_keeps_roles_as_they_are_and_stops_no_creation() {
    let wide = owned(with_ec2()).resolve(listing([1])).unwrap();
    let world = served(&wide);
    let unknown = UnreadableConnector::new("", "the record has an unknown shape");
    world.set_unreadable_connectors([unknown.clone()]);
    let both = owned(visibility()).resolve(listing([1, 2])).unwrap();
    world.put_account(account(2, "team 2"));
    let before = world.role(&id(1), wanted(&wide, 1).connector.role.name());
    let plan = planned(&world, &both, Mode::Sync);
    let waits = plan.accounts()[&id(1)].withheld.iter().any(|withheld| withheld.reason == reason(&unknown));
    assert!(waits, "{}", plan.render());
    assert_eq!(done(&world, plan).status(), Status::Incomplete);
    assert_eq!(world.role(&id(1), wanted(&wide, 1).connector.role.name()), before);
    assert!(world.connector(&wanted(&both, 2).connector.id).is_some(), "the new account is taken in");
}

#[test]
fn the_identifier_of_an_unreadable_connector_is_taken() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    let taken = wanted(&desired, 1).connector.id.clone();
    world.set_unreadable_connectors([
        UnreadableConnector::new(taken.as_str(), "a feature is a number").with_account(Some(id(7)))
    ]);
    assert!(done(&world, planned(&world, &desired, Mode::Upsert)).status().is_success());
    let made = block_on(world.connectors().list_connectors()).unwrap().connectors;
    assert_ne!(made[0].id, taken);
}

/// Nobody can say whether it is the account's own, so a second one is not made beside it.
#[test]
fn an_account_waits_for_a_connector_with_its_identifier_that_names_no_account() {
    let desired = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let taken = wanted(&desired, 1).connector.id.clone();
    let empty_world = || World::new(desired.accounts().values().map(|account| account.account.clone()));
    let unreadable = {
        let world = empty_world();
        world.set_unreadable_connectors([UnreadableConnector::new(taken.as_str(), "its fields are numbers")]);
        world
    };
    let stray = empty_world().with_connector(ConnectorState::new(taken.clone()));
    for (world, note) in [(unreadable, "its fields are numbers"), (stray, "it names no AWS account")] {
        let plan = planned(&world, &desired, Mode::Upsert);
        let first = &plan.accounts()[&id(1)];
        assert!(first.steps.is_empty() && !plan.is_complete(), "{}", plan.render());
        assert_eq!(first.withheld[0].resource, Resource::Account(id(1)));
        assert!(first.withheld[0].reason.to_string().contains(note), "{}", first.withheld[0].reason);
        assert_eq!(done(&world, plan).status(), Status::Incomplete);
        let made = block_on(world.connectors().list_connectors()).unwrap().connectors;
        let of = |number| made.iter().filter(|made| made.account == Some(id(number))).count();
        assert_eq!((of(1), of(2)), (0, 1));
    }
}

#[test]
fn a_connector_without_an_account_delays_no_account_that_has_a_connector() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let taken = wanted(&desired, 1).connector.id.clone();
    let own: ConnectorId = "its_own".parse().unwrap();
    let served = served(&desired);
    let mut state = served.connector(&taken).unwrap();
    state.id = own.clone();
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()))
        .with_connector(state)
        .with_connector(ConnectorState::new(taken));
    let plan = planned(&world, &desired, Mode::Upsert);
    assert!(plan.is_complete() && plan.has_changes(), "the role is missing: {}", plan.render());
    assert!(done(&world, plan).status().is_success());
    assert_eq!(block_on(world.connectors().list_connectors()).unwrap().connectors.len(), 2);
}

#[test]
fn a_role_that_an_unreadable_connector_names_by_now_is_not_removed() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let world = served(&desired);
    let plan = planned(&world, &desired.clone().retire(), Mode::Sync);
    let role = wanted(&desired, 1).connector.role.clone();
    let named = UnreadableConnector::new("a-b", "why").with_role_arn(Some(role.to_string()));
    world.set_unreadable_connectors([named]);
    let report = done(&world, plan);
    let kinds: Vec<_> = report
        .steps
        .iter()
        .filter_map(|step| match &step.outcome {
            StepOutcome::Failed(diagnosis) => Some(diagnosis.kind),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [ErrorKind::Conflict]);
    assert!(world.role(&id(1), role.name()).is_some());
}

#[test]
fn an_unreadable_connector_is_neither_tested_nor_counted_and_both_say_so() {
    let desired = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let world = served(&desired);
    world.delete_connector(&wanted(&desired, 2).connector.id);
    world.set_unreadable_connectors([odd(2)]);
    let listed = block_on(world.connectors().list_connectors()).unwrap();
    let options = VerifyOptions::default();
    let (client, pause) = (world.connectors(), NoPause);
    let verified = block_on(verify_accounts(&desired, &listed, &client, &pause, options, &NoEvents));
    assert_eq!(verified.passed(), 1);
    assert_eq!(verified.missing[0].reason, MissingReason::Unreadable(odd(2)));
    let coverage = Coverage::new(&desired, &listed);
    assert_eq!((coverage.total.desired, coverage.total.connected), (2, 1));
    assert_eq!(coverage.accounts[1].health, AccountHealth::Untested, "it has a connector");
    assert!(coverage.to_string().contains("\"prod-1\" cannot be read"), "{coverage}");
    let nobody = owned(visibility()).resolve(Listing::complete([])).unwrap();
    assert_eq!(Coverage::new(&nobody, &listed).unreadable, [odd(2)]);
}

#[test]
fn a_plan_does_not_depend_on_the_order_of_unreadable_connectors() {
    let desired = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    let plan = |odd: Vec<UnreadableConnector>| {
        world.set_unreadable_connectors(odd);
        planned(&world, &desired, Mode::Upsert).to_json_text()
    };
    let other = || UnreadableConnector::new("0x", "why").with_account(Some(id(2)));
    assert_eq!(plan(vec![odd(2), other()]), plan(vec![other(), odd(2)]));
    assert_eq!(Observed::default().unreadable, []);
}

#[test]
fn the_reason_says_whether_the_account_of_an_unreadable_connector_is_known() {
    let known = reason(&odd(2)).to_string();
    assert!(known.ends_with("it may be the account's connector: correct or remove it in Harness"), "{known}");
    let unknown = reason(&UnreadableConnector::new("x", "why")).to_string();
    assert!(unknown.contains("it may be of any account and use any role"), "{unknown}");
}
