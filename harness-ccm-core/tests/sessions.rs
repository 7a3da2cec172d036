//! The length of Harness' sessions, and the maximum that the role must allow.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient as _};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Optimization};
use harness_ccm_core::intent::Desired;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, Seen, observe_accounts};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{
    Action, ExpectedTest, Mode, Plan, PlanOptions, Reason, WithheldReason, make_plan,
};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::predict::{self, Prediction};
use harness_ccm_core::role::{RoleDifference, RoleState};
use harness_ccm_core::session::SessionSeconds;
use harness_ccm_fixtures::carry_out;
use proptest::prelude::*;
use support::*;

const TOO_LONG: &str = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";

fn desired_with(features: FeatureSet, session: Option<u32>) -> Desired {
    let mut intent = intent(features);
    intent.connector.session = session.map(|seconds| seconds.try_into().unwrap());
    intent.resolve(Listing::complete([account(1, "team 1")])).unwrap()
}

fn desired(session: impl Into<Option<u32>>) -> Desired {
    desired_with(visibility(), session.into())
}

fn planned(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default())
}

/// The reason of each step for a role or connector, with its changes.
fn steps(plan: &Plan) -> Vec<(String, Reason, Vec<String>)> {
    plan.steps().map(|(_, step)| (step.action.resource().to_string(), step.reason, step.describe())).collect()
}

fn expected(plan: &Plan) -> (Option<ExpectedTest>, Vec<String>) {
    let plan = &plan.accounts()[&id(1)];
    let tests = plan.findings.iter().filter(|finding| finding.kind.name().starts_with("test-"));
    (plan.connection_test, tests.map(|finding| finding.kind.to_string()).collect())
}

#[test]
fn sessions_longer_than_an_hour_are_refused_where_only_roles_are_trusted() {
    let role = "arn:aws:iam::210987654321:role/Proxy".to_owned();
    let resolved = |trusted: Vec<String>, seconds: u32| {
        let mut intent = intent(visibility());
        intent.cluster = intent.cluster.with_trusted(trusted);
        intent.connector.session = Some(seconds.try_into().unwrap());
        intent.resolve(Listing::complete([account(1, "team 1")])).map(drop)
    };
    assert_eq!(resolved(vec![role.clone()], 3600), Ok(()));
    let refusal = resolved(vec![role.clone()], 3601).unwrap_err().to_string();
    assert!(
        refusal.contains("3601 seconds are not possible") && refusal.contains("3600 seconds"),
        "{refusal}"
    );
    resolved(vec![role.clone()], 7200).unwrap_err();
    let user = "arn:aws:iam::210987654321:user/harness".to_owned();
    assert_eq!(resolved(vec![role, user.clone()], 7200), Ok(()), "the user may have them");
    assert_eq!(resolved(vec![user], 7200), Ok(()));
}

/// The maxima that the steps for roles request.
fn asked(plan: &Plan) -> Vec<(String, Option<u32>)> {
    plan.steps()
        .filter_map(|(_, step)| match &step.action {
            Action::PutRole { spec, .. } => {
                Some((spec.address.name().to_string(), spec.max_session.map(SessionSeconds::get)))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_new_role_allows_the_sessions_that_its_connector_asks_for_and_the_lambda_role_does_not() {
    let features = visibility()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]));
    let desired = desired_with(features, Some(7_200));
    let plan = planned(&desired, &nothing(&desired));
    assert_eq!(
        asked(&plan),
        [("HarnessCELambdaExecutionRole".to_owned(), None), ("HarnessCERole".to_owned(), Some(7_200))]
    );
    let steps = steps(&plan);
    assert!(steps[1].2.contains(&"allows sessions of up to 7200 seconds".to_owned()), "{steps:?}");
    assert_eq!(expected(&plan), (Some(ExpectedTest::Passes), Vec::new()));
}

#[test]
fn sessions_of_up_to_an_hour_need_no_change_of_the_role() {
    for session in [None, Some(900), Some(3_600)] {
        let desired = desired(session);
        let plan = planned(&desired, &nothing(&desired));
        assert_eq!(asked(&plan), [("HarnessCERole".to_owned(), None)], "{session:?}");
        assert_eq!(expected(&plan).0, Some(ExpectedTest::Passes), "{session:?}");
    }
}

#[test]
fn our_role_is_raised_before_its_connector_asks_for_more() {
    let observed = applied(&desired(None));
    let plan = planned(&desired(7_200), &observed);
    assert_eq!(
        steps(&plan),
        [
            (
                "role HarnessCERole".into(),
                Reason::Drift,
                vec!["maximum session duration: 3600 -> 7200 seconds".into()]
            ),
            (
                "connector team_1".into(),
                Reason::Drift,
                vec!["assumeRoleSessionDuration: (none) -> 7200".into()]
            ),
        ]
    );
    assert_eq!(expected(&plan), (Some(ExpectedTest::Passes), Vec::new()));
}

#[test]
fn a_role_that_gains_sessions_and_loses_permissions_is_raised_first_and_narrowed_last() {
    let observed = applied(&desired_with(with_ec2(), None));
    let plan = planned(&desired(7_200), &observed);
    let steps = steps(&plan);
    let order: Vec<_> = steps.iter().map(|(target, reason, _)| (target.as_str(), *reason)).collect();
    assert_eq!(
        order,
        [
            ("role HarnessCERole", Reason::Bridge),
            ("connector team_1", Reason::Drift),
            ("role HarnessCERole", Reason::Drift)
        ]
    );
    assert_eq!(steps[0].2, ["maximum session duration: 3600 -> 7200 seconds"]);
    assert!(steps[2].2.iter().all(|change| !change.contains("session")), "{steps:?}");
}

#[test]
fn a_maximum_is_never_lowered() {
    for session in [None, Some(1_800), Some(7_200)] {
        let desired = desired(session);
        let mut observed = applied(&desired);
        seen_role(&mut observed, &desired, 1).max_session = 43_200;
        let plan = planned(&desired, &observed);
        assert!(!plan.has_changes(), "{session:?}: {}", plan.render());
    }
    let desired = desired(1_800);
    let plan = planned(&desired, &applied(&self::desired(7_200)));
    let targets: Vec<_> = steps(&plan).into_iter().map(|(target, ..)| target).collect();
    assert_eq!(targets, ["connector team_1"], "what is no longer asked for stays allowed");
}

#[test]
fn a_role_of_another_tool_that_allows_too_short_sessions_falls_short() {
    let desired = desired(7_200);
    let mut observed = applied(&self::desired(None));
    seen_role(&mut observed, &desired, 1).tags.clear();
    let plan = planned(&desired, &observed);
    let withheld = &plan.accounts()[&id(1)].withheld;
    let gap = "allows sessions of at most 3600 seconds, the connector requests 7200";
    assert!(withheld[0].reason.to_string().ends_with(gap), "{}", withheld[0].reason);
    assert!(matches!(&withheld[0].reason, WithheldReason::Unowned(gaps) if gaps.len() == 1));
    assert_eq!(withheld[1].resource.to_string(), "connector team_1", "it would fail");
    assert!(!plan.has_changes(), "{}", plan.render());

    seen_role(&mut observed, &desired, 1).max_session = 7_200;
    let plan = planned(&desired, &observed);
    assert_eq!(expected(&plan), (Some(ExpectedTest::Passes), Vec::new()));
}

#[test]
fn an_adopted_role_is_raised_and_never_lowered() {
    let desired = desired(7_200);
    let adopting = PlanOptions::default().with_adopt().with_mode(Mode::Sync);
    for (maximum, raised) in [(3_600, true), (7_200, false), (43_200, false)] {
        let mut observed = applied(&self::desired(None));
        let role = seen_role(&mut observed, &desired, 1);
        role.tags.clear();
        role.max_session = maximum;
        let plan = make_plan(&desired, &observed, adopting);
        let raises = steps(&plan).iter().any(|(_, reason, changes)| {
            *reason == Reason::Adopt
                && changes.iter().any(|change| change.starts_with("maximum session duration"))
        });
        assert_eq!(raises, raised, "{maximum}: {}", plan.render());
        assert_eq!(expected(&plan).0, Some(ExpectedTest::Passes), "{maximum}");
    }
    // A role that was adopted before.
    let mut observed = applied(&self::desired(None));
    seen_role(&mut observed, &desired, 1).tags.insert("harness-ccm-adopted".into(), String::new());
    let plan = planned(&desired, &observed);
    assert_eq!(asked(&plan), [("HarnessCERole".to_owned(), Some(7_200))]);
}

#[track_caller]
fn too_long(prediction: &Prediction, reason: &str) {
    let Prediction::Fails(failure) = prediction else { panic!("{prediction:?}") };
    assert_eq!((failure.summary.as_str(), &failure.reasons[..]), (TOO_LONG, &[reason.to_owned()][..]));
}

#[test]
fn a_session_longer_than_the_role_allows_is_predicted_to_fail() {
    let desired = desired(7_200);
    let wanted = wanted(&desired, 1);
    let (mut role, mut connector) = (role_state(&wanted.roles[0]), connector_state(&wanted.connector));
    assert_eq!(predict::of_state(&connector, Some(&role)), Prediction::Passes);
    role.max_session = 7_199;
    let reason = "the connector requires sessions of 7200 seconds, and the role allows 7199";
    too_long(&predict::of_state(&connector, Some(&role)), reason);
    too_long(&predict::once_written(&wanted.connector, None, Some(&role)), reason);
    connector.settings.session = None;
    assert_eq!(predict::of_state(&connector, Some(&role)), Prediction::Passes);

    // A caller that is not trusted does not learn the maximum.
    connector.settings.session = Some(7_200);
    connector.external_id = Some("another".into());
    let Prediction::Fails(failure) = predict::of_state(&connector, Some(&role)) else { panic!() };
    assert!(failure.summary.contains("sts:AssumeRole"), "{failure:?}");
}

#[test]
fn roles_that_are_still_to_be_made_are_predicted_with_the_maximum_that_they_get() {
    let desired = desired(7_200);
    let wanted = wanted(&desired, 1);
    let mut roles = wanted.roles.clone();
    assert_eq!(predict::before_writing(&roles, &wanted.connector), Prediction::Passes);
    for least in [None, Some(900)] {
        roles[0].max_session = least.map(|seconds| seconds.try_into().unwrap());
        let reason = "the connector requires sessions of 7200 seconds, and the role allows 3600";
        too_long(&predict::before_writing(&roles, &wanted.connector), reason);
    }
}

/// A connector for which someone set two hours by hand, and that the plan renames.
fn by_hand(desired: &Desired) -> ConnectorState {
    let mut connector = connector_state(&wanted(desired, 1).connector);
    connector.settings.session = Some(7_200);
    connector.name = "another name".into();
    connector
}

#[test]
fn unset_values_of_the_connector_are_predicted_as_observed() {
    let desired = desired(None);
    let mut observed = applied(&desired);
    observed.connectors = vec![by_hand(&desired)];
    for in_sync in [false, true] {
        if in_sync {
            observed.connectors[0].name = wanted(&desired, 1).connector.name.as_str().into();
        }
        seen_role(&mut observed, &desired, 1).max_session = 3_600;
        let plan = planned(&desired, &observed);
        assert_eq!(plan.has_changes(), !in_sync);
        let finding = format!(
            "Harness' connection test will fail: {TOO_LONG}: the connector requires sessions of 7200 seconds, and the role allows 3600"
        );
        assert_eq!(expected(&plan), (Some(ExpectedTest::Fails), vec![finding.clone()]));
        // Raised by hand as well.
        seen_role(&mut observed, &desired, 1).max_session = 7_200;
        assert_eq!(expected(&planned(&desired, &observed)), (Some(ExpectedTest::Passes), Vec::new()));
    }

    let connector = &wanted(&desired, 1).connector;
    let mut open = connector.clone();
    open.features = [harness_ccm_core::feature::Feature::Optimization].into();
    let mut seen = connector_state(connector);
    seen.autostopping = [AutoStopping::Ec2.into()].into();
    let role = role_state(&wanted(&desired_with(with_ec2(), None), 1).roles[0]);
    assert_eq!(predict::once_written(&open, Some(&seen), Some(&role)), Prediction::Passes);
    assert!(matches!(predict::once_written(&open, None, Some(&role)), Prediction::Fails(_)), "all kinds");
}

#[test]
fn a_connector_is_predicted_with_the_role_as_it_will_be_and_not_as_it_is_desired() {
    let desired = desired(None);
    let mut observed = applied(&desired);
    observed.connectors.clear();
    assert_eq!(expected(&planned(&desired, &observed)).0, Some(ExpectedTest::Passes));
    let deny = PolicyDocument::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecs:*","Resource":"*"}]}"#,
    );
    let role = seen_role(&mut observed, &desired, 1);
    role.inline.insert("NoContainers".parse().unwrap(), deny.unwrap());
    let plan = planned(&desired, &observed);
    assert_eq!(expected(&plan).0, Some(ExpectedTest::Fails), "{}", plan.render());
}

#[test]
fn a_plan_does_not_state_the_obvious_about_a_role() {
    let state = role_state(&wanted(&desired(None), 1).roles[0]);
    let json = serde_json::to_value(&state).unwrap();
    assert_eq!(json.get("max_session"), None);
    assert_eq!(serde_json::from_value::<RoleState>(json).unwrap(), state);
    let longer = role_state(&wanted(&desired(7_200), 1).roles[0]);
    let json = serde_json::to_value(&longer).unwrap();
    assert_eq!(json["max_session"], 7_200);
    assert_eq!(serde_json::from_value::<RoleState>(json).unwrap(), longer);
    assert!(!state.same_as(&longer), "what was raised meanwhile is not what was seen");
}

#[test]
fn the_memory_backend_writes_the_maximum_and_judges_by_it() {
    let desired = desired(7_200);
    let world = World::new([account(1, "team 1")]);
    carry_out(&world, planned(&desired, &nothing(&desired)));
    let name = &"HarnessCERole".parse().unwrap();
    assert_eq!(world.role(&id(1), name).unwrap().max_session, 7_200);
    let operations = |world: &World| world.iam_writes().iter().map(|call| call.operation).collect::<Vec<_>>();
    assert_eq!(operations(&world), ["iam:CreateRole", "iam:PutRolePolicy"], "it comes with the creation");
    assert_eq!(verdict(&world), Some(ConnectionTest::Passed));

    world.edit_role(&id(1), name, |role| role.max_session = 3_600);
    let Some(ConnectionTest::Failed(failure)) = verdict(&world) else { panic!("it passed") };
    assert_eq!(failure.summary, TOO_LONG);

    world.clear_journal();
    let look = observed(&desired, &world);
    carry_out(&world, planned(&desired, &look));
    assert_eq!(operations(&world), ["iam:UpdateRole"]);
    assert_eq!(verdict(&world), Some(ConnectionTest::Passed));
}

#[test]
fn a_maximum_is_one_difference_and_corrected_right_after_trust_and_boundary() {
    let desired = desired(7_200);
    let spec = &wanted(&desired, 1).roles[0];
    let mut state = role_state(spec);
    state.max_session = 3_600;
    state.inline.clear();
    let differences = spec.differences(&state);
    assert_eq!(
        differences,
        [RoleDifference::MaxSession, RoleDifference::Inline("HarnessCCM".parse().unwrap())]
    );
    assert_eq!(spec.result_on(&state).max_session, 7_200);
}

fn observed(desired: &Desired, world: &World) -> Observed {
    let look = ObserveOptions::default();
    block_on(observe_accounts(desired, &world.roles(), &world.connectors(), look, &NoEvents)).unwrap()
}

/// The server's result for the one connector; `None` if there is none.
fn verdict(world: &World) -> Option<ConnectionTest> {
    let connector = block_on(world.connectors().list_connectors()).unwrap().connectors.pop()?;
    Some(block_on(world.connectors().test_connector(&connector.id)).unwrap())
}

/// A session length or none, around the values that roles allow.
fn session() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(prop::sample::select(vec![900_u32, 3_600, 3_601, 7_200, 43_200]))
}

proptest! {
    /// For any makers of role and connector and any sessions: the server's result is the predicted one, and no maximum is
    /// lower than before.
    #[test]
    fn predictions_about_sessions_come_true(
        wanted_session in session(),
        seen_session in session(),
        maximum in prop::sample::select(vec![3_600_u32, 3_601, 7_200, 43_200]),
        role_there in any::<bool>(),
        connector_there in any::<bool>(),
        renamed in any::<bool>(),
        marked in any::<bool>(),
        adopt in any::<bool>(),
    ) {
        let desired = desired(wanted_session);
        let mut before = applied(&desired);
        let role = seen_role(&mut before, &desired, 1);
        role.max_session = maximum;
        if !marked {
            role.tags.remove(OWNER_TAG);
        }
        let mut world = World::new([account(1, "team 1")]);
        if role_there {
            world = world.with_role(role.clone());
        }
        let mut connector = before.connectors.pop().unwrap();
        connector.settings.session = seen_session.map(Into::into);
        if renamed {
            connector.name = "another name".into();
        }
        if connector_there {
            world = world.with_connector(connector);
        }
        let look = observed(&desired, &world);
        let mut options = PlanOptions::default();
        options.adopt = adopt;
        let plan = make_plan(&desired, &look, options);
        let predicted = plan.accounts()[&id(1)].connection_test;
        carry_out(&world, plan);
        match predicted {
            Some(ExpectedTest::Passes) => prop_assert_eq!(verdict(&world), Some(ConnectionTest::Passed)),
            Some(ExpectedTest::Fails) => {
                prop_assert!(matches!(verdict(&world), Some(ConnectionTest::Failed(_))));
                prop_assert_eq!(wanted_session, None, "what is asked for is allowed");
            }
            // The role is another tool's, and falls short.
            None => prop_assert!(role_there && !marked && !adopt && wanted_session > Some(maximum)),
            other => prop_assert!(false, "{:?}", other),
        }
        if role_there {
            let after = world.role(&id(1), &"HarnessCERole".parse().unwrap()).unwrap().max_session;
            prop_assert!(after >= maximum);
        }
        let look = observed(&desired, &world);
        let Some(Seen::Present(_)) = look.roles.values().next() else { panic!("the role is not there") };
        let again = harness_ccm_core::plan::make_plan(&desired, &look, options);
        prop_assert!(!again.has_changes(), "{}", again.render());
    }
}
