//! Connectors that the API key does not see: they look as if they did not exist, and nothing that they use is lost.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::ErrorKind;
use harness_ccm_core::apply::{ApplyOptions, apply_plan};
use harness_ccm_core::backend::{ConnectorClient, ConnectorView, Expect};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::Governance;
use harness_ccm_core::intent::{Desired, Diagnostic};
use harness_ccm_core::internal::{Trusted, trusted};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, Scope, observe_accounts};
use harness_ccm_core::plan::{Action, Mode, Plan, PlanOptions, WithheldReason, make_plan};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::resource::Resource;
use harness_ccm_core::role::RoleState;
use support::*;

fn look(world: &World, desired: &Desired) -> Observed {
    let options = ObserveOptions::default().with_scope(Scope::Everywhere);
    block_on(observe_accounts(desired, &world.roles(), &world.connectors(), options, &NoEvents)).unwrap()
}

fn planned(world: &World, desired: &Desired, mode: Mode) -> Plan {
    make_plan(desired, &look(world, desired), PlanOptions::default().with_mode(mode))
}

fn done(world: &World, plan: Plan) {
    let plan = plan.check(&Limits::none()).unwrap();
    let (roles, connectors) = (world.roles(), world.connectors());
    let report = block_on(apply_plan(&plan, &roles, &connectors, &ApplyOptions::default(), &NoEvents));
    assert_eq!(report.failures().count(), 0, "{report:?}");
}

/// An onboarded organization with all resources ours.
fn served(desired: &Desired) -> World {
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    done(&world, planned(&world, desired, Mode::Upsert));
    world.clear_journal();
    world
}

fn role_of(world: &World, desired: &Desired, number: u64) -> Option<RoleState> {
    world.role(&id(number), wanted(desired, number).connector.role.name())
}

fn reasons(plan: &Plan, number: u64) -> Vec<(Resource, WithheldReason)> {
    let withheld = plan.accounts()[&id(number)].withheld.iter();
    withheld.map(|withheld| (withheld.resource.clone(), withheld.reason.clone())).collect()
}

const VIEWS: [ConnectorView; 2] = [ConnectorView::Some, ConnectorView::Unknown];

#[test]
fn a_role_of_a_connector_that_is_not_seen_is_neither_narrowed_nor_removed_and_no_second_connector_made() {
    let wide = owned(with_ec2()).resolve(listing([1])).unwrap();
    let narrow = owned(visibility()).resolve(listing([1])).unwrap();
    for view in VIEWS {
        for mode in [Mode::Upsert, Mode::Sync] {
            for desired in [narrow.clone(), narrow.clone().retire()] {
                let world = served(&wide);
                let before = role_of(&world, &wide, 1).unwrap();
                world.hide_connectors([wanted(&wide, 1).connector.id.clone()]);
                world.set_view(view);
                let plan = planned(&world, &desired, mode);
                assert!(!plan.is_complete(), "{}", plan.render());
                let why = WithheldReason::UnseenConnectors(view);
                assert!(reasons(&plan, 1).iter().any(|(_, reason)| *reason == why), "{}", plan.render());
                assert!(plan.diagnostics().contains(&Diagnostic::UnseenConnectors { view }));
                done(&world, plan);
                assert_eq!(role_of(&world, &wide, 1).unwrap(), before);
                assert_eq!(world.writes(), [], "{view:?} {mode:?}");
            }
        }
    }
}

#[test]
fn offboarding_removes_the_connector_that_is_seen_and_keeps_the_role_for_one_that_may_not_be() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let world = served(&desired);
    let hidden = connector_state(&wanted(&desired, 1).connector);
    let second = "theirs".parse().unwrap();
    let world = world.with_connector({
        let mut hidden = hidden;
        hidden.id = second;
        hidden.tags.clear();
        hidden
    });
    world.hide_connectors(["theirs".parse().unwrap()]);
    world.set_view(ConnectorView::Some);
    let plan = planned(&world, &desired.clone().retire(), Mode::Sync);
    let steps: Vec<_> = plan.steps().map(|(_, step)| &step.action).collect();
    assert!(matches!(&steps[..], [Action::RemoveConnector { .. }]), "{}", plan.render());
    done(&world, plan);
    assert!(role_of(&world, &desired, 1).is_some());
    // A key that sees all connectors shows the rest.
    world.hide_connectors([]);
    world.set_view(ConnectorView::All);
    let all = planned(&world, &desired.clone().retire(), Mode::Sync);
    let in_use = WithheldReason::InUse { connector: "theirs".parse().unwrap() };
    assert_eq!(reasons(&all, 1), [(Resource::Role(wanted(&desired, 1).connector.role.clone()), in_use)]);
    assert!(world.delete_connector(&"theirs".parse().unwrap()));
    done(&world, planned(&world, &desired.clone().retire(), Mode::Sync));
    assert_eq!(role_of(&world, &desired, 1), None);
}

#[test]
fn a_role_gains_what_it_lacks_and_keeps_all_that_a_connector_which_is_not_seen_may_use() {
    let wide = owned(with_ec2()).resolve(listing([1])).unwrap();
    let world = served(&wide);
    // Trust, policies and features: each gains something and loses something.
    let narrow = owned(visibility().with_governance(Governance::default())).resolve(listing([1])).unwrap();
    let role = wanted(&wide, 1).connector.role.clone();
    let theirs: PolicyDocument = serde_json::from_str(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::891928451355:root"},
        "Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"theirs"}}}]}"#,
    )
    .unwrap();
    world.edit_role(&id(1), role.name(), |role| role.trust = theirs.clone());
    world.set_view(ConnectorView::Some);
    let plan = planned(&world, &narrow, Mode::Sync);
    done(&world, plan.clone());
    let after = role_of(&world, &wide, 1).unwrap();
    let (grants, lets_in) = (after.grants(), |id: &str| trusted(&after.trust, id));
    for document in wanted(&wide, 1).roles.last().unwrap().documents() {
        assert!(grants.cover(document).is_complete(), "{}", plan.render());
    }
    for document in wanted(&narrow, 1).roles.last().unwrap().documents() {
        assert!(grants.cover(document).is_complete(), "{}", plan.render());
    }
    assert_eq!(lets_in("theirs"), trusted(&theirs, "theirs"));
    assert_ne!(lets_in("theirs"), Trusted::No);
    assert_eq!(lets_in("harness:891928451355:acct"), Trusted::Yes);
    assert!(
        reasons(&plan, 1)
            .contains(&(Resource::Role(role.clone()), WithheldReason::UnseenConnectors(ConnectorView::Some)))
    );
    let again = planned(&world, &narrow, Mode::Sync);
    assert!(!again.has_changes() && !again.is_complete(), "{}", again.render());
}

#[test]
fn a_first_run_and_one_that_was_cut_off_are_finished_with_a_key_that_sees_only_some() {
    let desired = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    world.set_view(ConnectorView::Some);
    // The first single write to IAM is the creation of a role, which has no permissions then.
    world.interrupt_iam_after(Some(1));
    let first = planned(&world, &desired, Mode::Upsert).check(&Limits::none()).unwrap();
    let (roles, connectors) = (world.roles(), world.connectors());
    let _report = block_on(apply_plan(&first, &roles, &connectors, &ApplyOptions::default(), &NoEvents));
    world.interrupt_iam_after(None);
    done(&world, planned(&world, &desired, Mode::Upsert));
    let last = planned(&world, &desired, Mode::Upsert);
    assert!(!last.has_changes() && last.is_complete(), "{}", last.render());
    assert_eq!(last.counts().in_sync, 4);
}

#[test]
fn nothing_is_withheld_from_a_key_that_sees_all() {
    let wide = owned(with_ec2()).resolve(listing([1])).unwrap();
    let world = served(&wide);
    let plan = planned(&world, &owned(visibility()).resolve(listing([1])).unwrap(), Mode::Sync);
    assert!(plan.has_changes() && plan.is_complete() && plan.diagnostics().is_empty(), "{}", plan.render());
}

#[test]
fn the_identifier_of_a_hidden_connector_is_a_conflict_that_says_so() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let world = served(&desired);
    let spec = &wanted(&desired, 1).connector;
    world.hide_connectors([spec.id.clone()]);
    let error = block_on(world.connectors().put_connector(spec, Expect::Absent)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("this API key does not see the connector"), "{error}");
}
