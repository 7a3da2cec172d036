//! Resources that others use stay: another Harness account, another tool's connector, a connector under former
//! settings.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::backend::{ConnectorClient as _, Expect};
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Optimization};
use harness_ccm_core::intent::{Desired, Intent, Rule};
use harness_ccm_core::internal::{Trusted, trusted};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, observe_accounts};
use harness_ccm_core::plan::{Action, Mode, Plan, PlanOptions, Reason, WithheldReason, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_fixtures::carry_out;
use support::*;

/// An intent of another Harness account with the same owner.
fn elsewhere() -> Intent {
    let mut intent = owned(visibility());
    intent.harness_account = "other".parse().unwrap();
    intent.external_id = "harness:891928451355:other".parse().unwrap();
    intent
}

/// The roles of the other Harness account, whose connectors are not visible here.
fn its_roles(numbers: impl IntoIterator<Item = u64>) -> Observed {
    let mut observed = applied(&elsewhere().resolve(listing(numbers)).unwrap());
    observed.connectors.clear();
    observed
}

fn reasons(plan: &Plan, number: u64) -> Vec<String> {
    let withheld = plan.accounts()[&id(number)].withheld.iter();
    withheld.map(|withheld| format!("{}: {}", withheld.resource, withheld.reason)).collect()
}

#[test]
fn a_role_of_ours_that_another_harness_account_uses_is_left_alone() {
    let desired = owned(visibility()).resolve(listing(1..=20)).unwrap();
    let observed = its_roles(1..=20);
    let cautious = make_plan(&desired, &observed, PlanOptions::default());
    assert!(!cautious.has_changes() && cautious.is_complete(), "{}", cautious.render());
    insta::assert_snapshot!(reasons(&cautious, 1).join("\n"), @"
    role HarnessCERole: it carries our mark, but serves another Harness account: it trusts callers that present harness:891928451355:other, whose connectors are not visible here; choose another owner for one of the two accounts, or let it serve both with the setting `adopt`
    connector team_1: it waits for the role HarnessCERole, which is withheld
    ");
    let retired =
        make_plan(&desired.clone().retire(), &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert!(!retired.has_changes(), "{}", retired.render());
    assert!(reasons(&retired, 20)[0].contains("serves another Harness account"));
    // After adoption it serves both.
    let adopting = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    assert_eq!((adopting.counts().adopt, adopting.counts().update), (20, 0));
    let Action::PutRole { spec, expect: Expect::Same(state) } = &adopting.accounts()[&id(1)].steps[0].action
    else {
        panic!("{}", adopting.render());
    };
    let trust = spec.result_on(state).trust;
    for account in ["acct", "other"] {
        assert_eq!(trusted(&trust, &format!("harness:891928451355:{account}")), Trusted::Yes, "{account}");
    }
}

#[test]
fn a_role_that_our_connector_names_is_ours_with_any_trust() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let theirs = its_roles([1]).roles;
    let mut observed = applied(&desired);
    observed.roles = theirs;
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    assert_eq!((plan.counts().update, plan.counts().withheld), (1, 0), "{}", plan.render());
}

#[test]
fn another_external_id_of_the_same_harness_account_is_a_change() {
    let mut moved = owned(visibility());
    moved.cluster = Cluster::eu();
    moved.external_id = Cluster::eu().conventional_external_id(&moved.harness_account).unwrap();
    let observed = {
        let mut before = applied(&owned(visibility()).resolve(listing(1..=20)).unwrap());
        before.connectors.clear();
        before
    };
    let plan = make_plan(&moved.resolve(listing(1..=20)).unwrap(), &observed, PlanOptions::default());
    assert_eq!((plan.counts().update, plan.counts().create), (20, 20), "{}", plan.render());
    assert!(
        plan.judge(&Limits::default()).is_err(),
        "roles that lose a trusted principal are changed, not finished"
    );
}

fn with_alb() -> FeatureSet {
    visibility().with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]))
}

/// All resources of an organization, created with `intent`.
fn made(intent: &Intent) -> World {
    let world = World::new((1..=3).map(|number| account(number, &format!("team {number}"))));
    let plan = next(&world, &intent.resolve(listing(1..=3)).unwrap(), Mode::Upsert);
    carry_out(&world, plan);
    world
}

fn next(world: &World, desired: &Desired, mode: Mode) -> Plan {
    let options = PlanOptions::default().with_mode(mode);
    let observing = ObserveOptions::default().with_scope(options.scope());
    let observed =
        block_on(observe_accounts(desired, &world.roles(), &world.connectors(), observing, &NoEvents))
            .unwrap();
    make_plan(desired, &observed, options)
}

/// The roles of an account that any of these tests may have created.
fn roles(world: &World, number: u64) -> Vec<&'static str> {
    [
        "HarnessCERole",
        "OtherRole",
        "p-HarnessCERole",
        "HarnessCELambdaExecutionRole",
        "p-HarnessCELambdaExecutionRole",
    ]
    .into_iter()
    .filter(|name| world.role(&id(number), &name.parse().unwrap()).is_some())
    .collect()
}

fn connectors(world: &World) -> Vec<ConnectorState> {
    block_on(world.connectors().list_connectors()).unwrap().connectors
}

#[test]
fn a_role_under_a_former_name_is_removed_with_its_connector() {
    type Edit = fn(&mut Intent);
    let rename: [(&str, Edit); 3] = [
        ("name", |intent| intent.role.name = "OtherRole".parse().unwrap()),
        ("prefix", |intent| intent.role.prefix = "p-".parse().unwrap()),
        ("path", |intent| intent.role.path = "/finops/".parse().unwrap()),
    ];
    for (what, rename) in rename {
        let mut intent = owned(with_alb());
        let world = made(&intent);
        assert_eq!(roles(&world, 1), ["HarnessCERole", "HarnessCELambdaExecutionRole"], "{what}");
        rename(&mut intent);
        let desired = intent.resolve(listing(1..=3)).unwrap();
        // One account by name, the others because no rule selects them any more.
        let one = desired.clone().only(&[id(1)].into()).retire();
        carry_out(&world, next(&world, &one, Mode::Sync));
        intent.rules = vec![Rule::skip("none", Selector::all(), "no")];
        let none = intent.resolve(listing(1..=3)).unwrap();
        let kept = next(&world, &none, Mode::Upsert);
        assert!(!kept.has_changes() && kept.is_complete(), "{what}");
        carry_out(&world, next(&world, &none, Mode::Sync));
        for number in 1..=3 {
            assert_eq!(roles(&world, number), [""; 0], "{what}: account {number}");
        }
        assert!(connectors(&world).is_empty(), "{what}");
    }
}

#[test]
fn a_former_role_that_cannot_be_read_keeps_its_connector() {
    let mut intent = owned(visibility());
    let mut observed = applied(&intent.resolve(listing([1])).unwrap());
    intent.role.name = "OtherRole".parse().unwrap();
    let desired = intent.resolve(listing([1])).unwrap().retire();
    for address in &desired.accounts()[&id(1)].addresses {
        observed.roles.insert(address.arn.clone(), harness_ccm_core::observe::Seen::Absent);
    }
    observed.roles.retain(|arn, _| arn.name().as_str() != "HarnessCERole");
    let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    assert_eq!(plan.accounts()[&id(1)].withheld[0].reason, WithheldReason::NotObserved);
}

/// Another tool's connector of account 1, with `AutoStopping`.
fn theirs(desired: &Desired) -> ConnectorState {
    let mut state = connector_state(&wanted(desired, 1).connector);
    state.id = "theirs".parse().unwrap();
    state.tags.clear();
    state
}

#[test]
fn the_role_of_the_lambda_function_stays_while_another_connector_may_use_it() {
    let lambda = "role HarnessCELambdaExecutionRole";
    for rename in [false, true] {
        let mut intent = owned(with_alb());
        let world = made(&intent);
        let world = world.with_connector(theirs(&intent.resolve(listing(1..=3)).unwrap()));
        if rename {
            intent.role.name = "OtherRole".parse().unwrap();
        }
        let leaving = intent.resolve(listing(1..=3)).unwrap().only(&[id(1)].into()).retire();
        let plan = next(&world, &leaving, Mode::Sync);
        let stays: Vec<_> = plan.accounts()[&id(1)]
            .withheld
            .iter()
            .filter(|withheld| matches!(&withheld.reason, WithheldReason::InUse { connector } if connector.as_str() == "theirs"))
            .map(|withheld| withheld.resource.to_string())
            .collect();
        assert!(stays.contains(&lambda.to_owned()) && stays.len() == 2, "{rename}: {}", plan.render());
        let removed: Vec<_> = plan.steps().map(|(_, step)| step.action.resource().to_string()).collect();
        assert_eq!(removed, ["connector team_1"], "{rename}");
        // With load balancers disabled, too.
        intent.rules[0] = Rule::onboard("all", Selector::all(), with_ec2());
        let narrowed = next(&world, &intent.resolve(listing(1..=3)).unwrap(), Mode::Sync);
        let removed = |number: u64| {
            narrowed.accounts()[&id(number)].steps.iter().any(|step| {
                matches!(step.action, Action::RemoveRole { .. }) && step.reason == Reason::Unwanted
            })
        };
        assert_eq!((removed(1), removed(2)), (false, true), "{rename}: {}", narrowed.render());
    }
}

#[test]
fn a_connector_with_a_role_of_its_own_keeps_the_lambda_role_alone() {
    let intent = owned(with_alb());
    let desired = intent.resolve(listing(1..=3)).unwrap();
    let mut wizard = theirs(&desired);
    wizard.role_arn = Some(format!("arn:aws:iam::{}:role/HarnessCERole-a1b2c3d4e5f6", id(1)));
    let world = made(&intent).with_connector(wizard);
    let plan = next(&world, &desired.only(&[id(1)].into()).retire(), Mode::Sync);
    let removed: Vec<_> = plan.steps().map(|(_, step)| step.action.resource().to_string()).collect();
    assert_eq!(removed, ["connector team_1", "role HarnessCERole"], "{}", plan.render());
    insta::assert_snapshot!(reasons(&plan, 1).join("\n"), @"role HarnessCELambdaExecutionRole: the connector theirs names the role or may use it: change or remove that connector first");
}

#[test]
fn an_external_id_of_our_own_choice_belongs_to_no_other_account() {
    let mut intent = owned(visibility());
    intent.external_id = "of-our-own".parse().unwrap();
    // An earlier one by the convention of Harness names our account.
    intent.role.additional_external_ids = ["harness:111122223333:acct".parse().unwrap()].into();
    let desired = intent.resolve(listing(1..=2)).unwrap();
    let options = PlanOptions::default().with_mode(Mode::Sync);
    let retired = make_plan(&desired.clone().retire(), &applied(&desired), options);
    assert_eq!(retired.counts().remove, 4, "{}", retired.render());
}
