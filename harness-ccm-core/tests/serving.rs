//! No role without a connector that uses it, and no connector without its role.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::ErrorKind;
use harness_ccm_core::apply::{ApplyOptions, Status, apply_plan};
use harness_ccm_core::backend::{ConnectorListing, NoPause};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::event::{NoEvents, StepOutcome};
use harness_ccm_core::intent::{Desired, Hold};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, observe_accounts};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{Action, Mode, PlanOptions, WithheldReason, make_plan};
use harness_ccm_core::verify::{MissingReason, VerifyOptions, verify_accounts};
use harness_ccm_fixtures::Scenario;
use support::*;

/// A connector as Harness' wizard creates it: its role has a different name in each account.
fn by_wizard(desired: &Desired, number: u64) -> ConnectorState {
    let mut state = connector_state(&wanted(desired, number).connector);
    state.role_arn = Some(format!("arn:aws:iam::{}:role/HarnessCERole-a1b2c3d4e5f6", id(number)));
    state.tags.clear();
    state
}

#[test]
fn no_role_is_made_that_a_held_back_connector_cannot_assume_with_its_external_id() {
    let desired = desired(with_ec2(), [1]);
    let mut observed = nothing(&desired);
    let mut connector = connector_state(&wanted(&desired, 1).connector);
    connector.tags.clear();
    connector.external_id = Some("somebody:else".into());
    observed.connectors.push(connector);
    let cautious = make_plan(&desired, &observed, PlanOptions::default());
    assert!(!cautious.has_changes(), "{}", cautious.render());
    assert!(matches!(cautious.accounts()[&id(1)].withheld[0].reason, WithheldReason::ServesNobody { .. }));
    // An external id that the role also trusts is not an obstacle.
    let mut both = intent(with_ec2());
    both.role.additional_external_ids.insert("somebody:else".parse().unwrap());
    let desired = both.resolve(listing([1])).unwrap();
    assert!(make_plan(&desired, &observed, PlanOptions::default()).has_changes());
}

#[test]
fn no_role_is_made_next_to_a_connector_that_is_held_back_and_uses_another() {
    let desired = desired(visibility(), [1]);
    let mut observed = nothing(&desired);
    observed.connectors.push(by_wizard(&desired, 1));
    let cautious = make_plan(&desired, &observed, PlanOptions::default());
    assert!(!cautious.has_changes(), "{}", cautious.render());
    let role = &cautious.accounts()[&id(1)].withheld[0];
    assert_eq!(role.resource.to_string(), "role HarnessCERole");
    insta::assert_snapshot!(role.reason, @"the connector team_1 is held back and cannot use the desired role: it names arn:aws:iam::000000000001:role/HarnessCERole-a1b2c3d4e5f6 with its current external id, so the role would be unused");
    assert!(cautious.is_complete(), "the user chose not to adopt");
    // Our own role is not changed either; and a role that is as desired stays as it is.
    let mut drifted = applied(&desired);
    drifted.connectors = vec![by_wizard(&desired, 1)];
    assert_eq!(make_plan(&desired, &drifted, PlanOptions::default()).counts().in_sync, 1);
    seen_role(&mut drifted, &desired, 1).inline.clear();
    assert!(!make_plan(&desired, &drifted, PlanOptions::default()).has_changes());
    // Another owner's connector is held back for good.
    observed.connectors[0].tags.insert(OWNER_TAG.into(), "somebody".into());
    assert!(!make_plan(&desired, &observed, PlanOptions::default().with_adopt()).has_changes());
    observed.connectors[0].tags.clear();
    let adopting = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    assert_eq!(adopting.steps().count(), 2, "adopting makes the role and leads the connector to it");
}

#[test]
fn a_connector_that_is_held_back_keeps_the_role_that_it_names() {
    let desired = desired(visibility(), [1]);
    let mut observed = nothing(&desired);
    let mut theirs = connector_state(&wanted(&desired, 1).connector);
    theirs.tags.clear();
    theirs.external_id = None;
    observed.connectors.push(theirs);
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    assert_eq!(plan.steps().count(), 1, "the role that it names is missing: {}", plan.render());
}

#[test]
fn no_role_is_made_for_a_connector_that_cannot_be_made() {
    let desired = desired(visibility(), [1]);
    let mut observed = nothing(&desired);
    // Another account's connector has every identifier that the account would get.
    let plan = loop {
        let plan = make_plan(&desired, &observed, PlanOptions::default());
        let Some(Action::PutConnector { spec, .. }) = plan.steps().last().map(|(_, step)| &step.action)
        else {
            break plan;
        };
        let mut other = ConnectorState::new(spec.id.clone());
        other.account = Some(id(9));
        observed.connectors.push(other);
        assert!(observed.connectors.len() < 200, "identifiers have at most 128 characters");
    };
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    let reasons: Vec<_> = plan.accounts()[&id(1)].withheld.iter().map(|withheld| &withheld.reason).collect();
    assert!(matches!(reasons[..], [WithheldReason::ServesNobody { .. }, WithheldReason::Impossible(_)]));
}

/// Everything exists, and a plan that removes it from the first of two accounts.
fn offboarding() -> (World, harness_ccm_core::plan::ApprovedPlan) {
    let intent = owned(visibility());
    let world = World::new(
        [account(1, "one"), account(2, "two")]
            .map(|account| if account.id == id(1) { account } else { account.as_management() }),
    );
    let accounts: Vec<_> = [account(1, "one"), account(2, "two").as_management()].into();
    let desired = intent.resolve(Listing::complete(accounts.clone())).unwrap();
    block_on(async {
        let (roles, connectors) = (world.roles(), world.connectors());
        let options = ObserveOptions::default();
        let observed = observe_accounts(&desired, &roles, &connectors, options, &NoEvents).await.unwrap();
        let approved =
            make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::default()).unwrap();
        assert_eq!(
            apply_plan(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await.status(),
            Status::Applied
        );
        let leaving = desired.retire();
        let observed = observe_accounts(&leaving, &roles, &connectors, options, &NoEvents).await.unwrap();
        let approved = make_plan(&leaving, &observed, PlanOptions::default().with_mode(Mode::Sync));
        (world.clone(), approved.check(&Limits::none()).unwrap())
    })
}

#[test]
fn a_connector_that_was_made_after_the_plan_keeps_its_role() {
    let (world, approved) = offboarding();
    let mut late = ConnectorState::new("late".parse().unwrap());
    late.role_arn = Some("arn:aws:iam::000000000001:role/HarnessCERole".into());
    let world = world.with_connector(late);
    world.clear_journal();
    let report = block_on(apply_plan(
        &approved,
        &world.roles(),
        &world.connectors(),
        &ApplyOptions::default(),
        &NoEvents,
    ));
    let failures: Vec<_> = report.failures().map(|(_, diagnosis)| diagnosis).collect();
    assert_eq!((failures.len(), failures[0].kind), (1, ErrorKind::Conflict), "{report}");
    assert!(failures[0].message.contains("the connector late"), "{report}");
    assert!(world.role(&id(1), &"HarnessCERole".parse().unwrap()).is_some(), "it stays");
    assert!(world.role(&id(2), &"HarnessCERole".parse().unwrap()).is_none(), "the other account is done");
    let listings = world.journal().iter().filter(|call| call.operation == "list_connectors").count();
    assert_eq!(listings, 1, "one listing serves the whole run");
}

/// The connector that the same run changes to another role does not keep the old one; any other connector does.
#[test]
fn a_role_that_a_run_replaces_stays_for_a_connector_that_was_made_after_the_plan() {
    let before = owned(visibility());
    let mut after = before.clone();
    after.role.name = "NewRole".parse().unwrap();
    after.role.former_names = ["HarnessCERole".parse().unwrap()].into();
    for is_late in [false, true] {
        let world = World::new([account(1, "one")]);
        Scenario::new(&world, &before).converge();
        let scenario = Scenario::new(&world, &after).with_mode(Mode::Sync);
        let plan = scenario.plan().plan;
        assert_eq!(plan.counts().remove, 1, "{}", plan.render());
        let mut late = ConnectorState::new("late".parse().unwrap());
        late.role_arn = Some("arn:aws:iam::000000000001:role/HarnessCERole".into());
        let world = if is_late { world.with_connector(late) } else { world };
        let report = scenario.apply(plan);
        let failures: Vec<_> = report.failures().map(|(_, diagnosis)| diagnosis.message.clone()).collect();
        assert_eq!(failures.len(), usize::from(is_late), "{report}");
        assert!(failures.iter().all(|message| message.contains("the connector late")), "{report}");
        assert_eq!(world.role(&id(1), &"HarnessCERole".parse().unwrap()).is_some(), is_late);
    }
}

#[test]
fn a_run_that_removes_no_role_lists_no_connectors() {
    let desired = desired(visibility(), [1]);
    let world = World::new([account(1, "team 1")]);
    let approved =
        make_plan(&desired, &nothing(&desired), PlanOptions::default()).check(&Limits::default()).unwrap();
    let report = block_on(apply_plan(
        &approved,
        &world.roles(),
        &world.connectors(),
        &ApplyOptions::default(),
        &NoEvents,
    ));
    assert!(report.steps.iter().all(|step| step.outcome == StepOutcome::Created), "{report}");
    assert!(world.journal().iter().all(|call| call.operation != "list_connectors"));
}

#[test]
fn verifying_names_the_accounts_that_have_nothing_to_test() {
    let mut intent = owned(visibility());
    let mut accounts: Vec<_> = (1..=5).map(|number| account(number, &format!("team {number}"))).collect();
    accounts[1].doubt = Some("two sources disagree".into());
    accounts[2].state = harness_ccm_core::account::AccountState::Suspended;
    let named = harness_ccm_core::selector::Selector::all().with_accounts([id(4), id(9)]);
    intent.rules.insert(0, harness_ccm_core::intent::Rule::onboard("pilot", named, visibility()));
    let desired = intent.resolve(Listing::complete(accounts.clone())).unwrap();
    let world = World::new(accounts);
    let only_fifth = [connector_state(&wanted(&desired, 5).connector)];
    let world =
        world.with_connector(only_fifth[0].clone()).with_role(role_state(&wanted(&desired, 5).roles[0]));
    let test = |desired: &Desired| {
        block_on(verify_accounts(
            desired,
            &ConnectorListing::new(only_fifth.clone()),
            &world.connectors(),
            &NoPause,
            VerifyOptions::default(),
            &NoEvents,
        ))
    };
    let all = test(&desired);
    assert!(!all.is_good());
    let missing: Vec<_> =
        all.missing.iter().map(|missing| (missing.account.clone(), &missing.reason)).collect();
    assert_eq!(
        missing,
        [
            (id(1), &MissingReason::NoConnector),
            (id(2), &MissingReason::Account(Hold::Doubt { note: "two sources disagree".into() })),
            (id(4), &MissingReason::NoConnector),
            (id(9), &MissingReason::NotListed { rule: "pilot".into() }),
        ],
        "a suspended account is not waited for"
    );
    insta::assert_snapshot!(all, @r#"
    000000000001: not tested: no connector: plan and apply first
    000000000002: not tested: two sources disagree
    000000000004: not tested: no connector: plan and apply first
    000000000009: not tested: rule "pilot" names it, but it is missing from the listing of accounts
    1 of 1 connectors passed; 4 accounts are not tested.
    "#);
    let scope = test(&desired.only(&[id(5)].into()));
    assert!(scope.is_good(), "judged within its scope: {scope}");
}

#[test]
fn what_was_not_looked_for_is_incomplete() {
    let desired = desired(visibility(), [1]);
    let plan = make_plan(&desired, &Observed::default(), PlanOptions::default());
    assert!(!plan.is_complete() && !plan.has_changes());
    assert_eq!(plan.accounts()[&id(1)].withheld[0].reason, WithheldReason::NotObserved);
    let connector = &plan.accounts()[&id(1)].withheld[1].reason;
    assert!(
        matches!(connector, WithheldReason::WaitsFor { incomplete: true, .. }),
        "what waits for it is incomplete too: {connector:?}"
    );
}
