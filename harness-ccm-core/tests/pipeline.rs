//! All stages in sequence.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use harness_ccm_core::backend::MockAccountSource;
use harness_ccm_core::plan::PlanRejected;
use harness_ccm_core::prelude::*;
use support::*;

fn world(count: u64) -> World {
    World::new((1..=count).map(|number| account(number, &format!("team {number}"))))
}

fn pipeline(intent: Intent, world: &World) -> Pipeline {
    Pipeline::new(intent, world.accounts(), world.roles(), world.connectors())
}

/// Whether nothing was created: neither a connector nor a role.
fn has_no_write(world: &World) -> bool {
    !world.journal().iter().any(|call| call.write)
}

#[test]
fn a_pipeline_onboards_verifies_and_has_nothing_more_to_do() {
    let world = world(3);
    let pipeline = pipeline(owned(visibility()), &world);
    assert_eq!(block_on(pipeline.run()).unwrap().status(), Status::Applied);
    let verification = block_on(pipeline.verify()).unwrap();
    assert_eq!((verification.passed(), verification.is_good()), (3, true));
    assert!(!block_on(pipeline.plan()).unwrap().has_changes());
    assert_eq!(block_on(pipeline.run()).unwrap().status(), Status::InSync);
}

#[test]
fn planning_writes_nothing() {
    let world = world(3);
    assert!(block_on(pipeline(intent(visibility()), &world).plan()).unwrap().has_changes());
    assert!(has_no_write(&world));
}

#[test]
fn the_limits_of_a_configuration_are_those_of_its_pipeline() {
    let world = world(3);
    let text = |limits: &str, features: &str| {
        format!(
            "harness = {{ account-id = \"acct\" }}\n{limits}\n[[rules]]\nname = \"all\"\nfeatures = [{features}]\n"
        )
    };
    let of = |text: &str| {
        let config = Config::from_toml(text, None).unwrap();
        Pipeline::from_config(&config, world.accounts(), world.roles(), world.connectors())
    };
    let _ = block_on(of(&text("", "\"visibility\"")).run()).unwrap();
    let strict =
        of(&text("[limits]\nmax-updates = 0.0\nalways-allowed = 0", "\"visibility\", \"governance\""));
    let refusal = block_on(strict.run()).unwrap_err();
    assert!(matches!(refusal, PipelineError::Rejected(PlanRejected::Updates { .. })), "{refusal}");
    assert!(refusal.report().contains("more than the setting `max-updates` allows"), "{refusal}");
    assert!(strict.judge(&block_on(strict.plan()).unwrap()).is_err());
    let _ = block_on(strict.with_limits(Limits::none()).run()).unwrap();
}

#[test]
fn a_guard_of_a_pipeline_refuses_before_the_first_write() {
    let world = world(2);
    let pipeline = pipeline(intent(visibility()), &world)
        .with_guard(guard("friday", |_, _| Ok(())))
        .with_guard(guard("not team 2", |id: &AccountId, _| {
            if *id == support::id(2) { Err("it asked for peace".into()) } else { Ok(()) }
        }));
    let refusal = block_on(pipeline.run()).unwrap_err().to_string();
    assert!(refusal.contains("\"not team 2\"") && refusal.ends_with("it asked for peace"), "{refusal}");
    assert!(has_no_write(&world));
    let debug = format!("{pipeline:?}");
    assert!(debug.contains("not team 2") && debug.contains("friday"), "{debug}");
}

#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<String>>);

impl EventSink for Recorder {
    fn event(&self, event: &Event) {
        let name = serde_json::to_value(event).unwrap()["event"].as_str().unwrap().to_owned();
        self.0.lock().unwrap().push(name);
    }
}

#[test]
fn an_observer_receives_every_stage() {
    let world = world(1);
    let recorder = Arc::new(Recorder::default());
    let pipeline = pipeline(intent(visibility()), &world).with_observer(recorder.clone()).with_concurrency(1);
    let _ = block_on(pipeline.run()).unwrap();
    let _ = block_on(pipeline.verify()).unwrap();
    assert_eq!(
        *recorder.0.lock().unwrap(),
        [
            "observe_started",
            "account_observed",
            "observe_finished",
            "apply_started",
            "step_started",
            "step_finished",
            "step_started",
            "step_finished",
            "apply_finished",
            "verify_started",
            "connector_verified",
            "verify_finished"
        ]
    );
}

#[test]
fn offboarding_removes_our_resources_from_the_named_accounts_or_from_all() {
    let world = world(3);
    let pipeline = pipeline(owned(visibility()), &world);
    let _ = block_on(pipeline.run()).unwrap();
    let refusal = block_on(pipeline.plan_offboarding(Some(&[id(2), id(9)].into()))).unwrap_err();
    assert!(
        matches!(&refusal, PipelineError::NotListed { account } if *account == id(9)),
        "an account that is not listed is no account without anything of ours: {refusal}"
    );
    let one = block_on(pipeline.plan_offboarding(Some(&[id(2)].into()))).unwrap();
    assert_eq!(one.counts().remove, 2);
    assert_eq!(block_on(pipeline.apply(&one.check(&Limits::none()).unwrap())).status(), Status::Applied);
    let all = block_on(pipeline.plan_offboarding(None)).unwrap();
    assert_eq!(all.counts().remove, 4, "two accounts are left");
    assert_eq!(block_on(pipeline.apply(&all.check(&Limits::none()).unwrap())).status(), Status::Applied);
    assert!(block_on(world.connectors().list_connectors()).unwrap().connectors.is_empty());
}

#[test]
fn a_failed_listing_is_an_error_with_its_remedy_and_nothing_is_written() {
    let world = world(1);
    let mut source = MockAccountSource::new();
    source.expect_list_accounts().returning(|_| {
        Err(Error::new(ErrorKind::Denied, "organizations:ListAccounts", "no").with_remedy("ask the payer"))
    });
    let pipeline = Pipeline::new(intent(visibility()), source, world.roles(), world.connectors());
    let error = block_on(pipeline.run()).unwrap_err();
    assert!(matches!(&error, PipelineError::Backend(error) if error.kind() == ErrorKind::Denied), "{error}");
    assert!(error.report().contains("remedy: ask the payer"), "{}", error.report());
    assert!(has_no_write(&world));
}

#[test]
fn a_draft_needs_no_units_and_tags_and_any_other_failure_of_the_source_is_its_error() {
    let world = world(2);
    assert_eq!(block_on(pipeline(owned(visibility()), &world).run()).unwrap().status(), Status::Applied);
    let draft = |kind: ErrorKind| {
        let mut source = MockAccountSource::new();
        source.expect_list_accounts().returning(move |query| {
            let asks = query.ou_paths || query.tags;
            if asks { Err(Error::new(kind, "list", "no")) } else { Ok(listing(1..=2)) }
        });
        block_on(Pipeline::new(owned(visibility()), source, world.roles(), world.connectors()).draft())
    };
    assert!(draft(ErrorKind::Unsupported).is_ok());
    let error = draft(ErrorKind::Denied).unwrap_err();
    assert!(matches!(&error, PipelineError::Backend(error) if error.kind() == ErrorKind::Denied), "{error}");
}

#[test]
fn only_the_connectors_of_a_wave_are_tested() {
    let world = world(4);
    let pipeline = pipeline(owned(visibility()), &world);
    let desired = block_on(pipeline.desired()).unwrap();
    let approved = pipeline.check(block_on(pipeline.plan()).unwrap()).unwrap();
    let waves = approved.waves(&Waves::percent(50));
    let tested = |wave: &ApprovedPlan| {
        let verification = block_on(pipeline.verify_wave(&desired, wave)).unwrap();
        (verification.connectors.len(), verification.missing.len())
    };
    assert_eq!(tested(&waves[0]), (0, 2), "nothing is applied yet");
    assert_eq!(block_on(pipeline.apply(&waves[0])).status(), Status::Applied);
    assert_eq!((tested(&waves[0]), tested(&waves[1])), ((2, 0), (0, 2)));
}

#[test]
fn an_intent_for_another_organization_is_an_error_of_the_intent() {
    let world = World::new([account(1, "a").with_organization("o-zzzzzzzzzz".parse().unwrap())]);
    let error = block_on(pipeline(owned(visibility()), &world).plan()).unwrap_err();
    assert!(matches!(error, PipelineError::Intent(_)), "{error}");
    assert!(error.report().contains("o-zzzzzzzzzz"), "{}", error.report());
}

#[test]
fn a_saved_plan_is_planned_again_and_unapproved_changes_are_held_back() {
    let world = world(2);
    let pipeline = pipeline(owned(visibility()), &world);
    let saved = Plan::from_json(&block_on(pipeline.plan()).unwrap().to_json_text()).unwrap();
    world.put_account(account(3, "team 3"));
    let check = |pipeline: &Pipeline| {
        let desired = block_on(pipeline.desired()).unwrap();
        block_on(pipeline.check_saved(&saved, &desired))
    };
    let report = block_on(pipeline.apply(&check(&pipeline).unwrap()));
    assert_eq!((report.done(), report.held_back().count()), (4, 2), "{report}");
    let guarded = pipeline.clone().with_guard(guard("never", |_, _| Err("no".into())));
    assert!(matches!(check(&guarded), Err(PipelineError::Rejected(PlanRejected::Guard { .. }))));
    let mut other = owned(visibility());
    other.owner = "somebody".parse().unwrap();
    let other = Pipeline::new(other, world.accounts(), world.roles(), world.connectors());
    let refusal = check(&other).unwrap_err().to_string();
    assert!(refusal.contains("the owner finops, the intent for acct and somebody"), "{refusal}");
}

#[test]
fn a_plan_file_that_removed_a_role_under_a_former_name_is_done_when_it_is_applied_again() {
    let world = world(2);
    let _ = block_on(pipeline(owned(visibility()), &world).run()).unwrap();
    let mut renamed = owned(visibility());
    renamed.role.name = "OtherRole".parse::<harness_ccm_core::id::RoleName>().unwrap().into();
    renamed.rules.clear();
    let pipeline = pipeline(renamed, &world).with_plan_options(PlanOptions::default().with_mode(Mode::Sync));
    let pipeline = pipeline.with_limits(Limits::none());
    let saved = block_on(pipeline.plan()).unwrap();
    assert_eq!(saved.steps().count(), 4, "{}", saved.render());
    for applied in [4, 0] {
        let desired = block_on(pipeline.desired()).unwrap();
        let approved = block_on(pipeline.check_saved(&saved, &desired)).unwrap();
        let report = block_on(pipeline.apply(&approved));
        assert_eq!((report.done(), report.status().is_success()), (applied, true), "{report}");
    }
}
