//! What an intent leaves open and the existing connector of an account has: the name of its role, and options of its features.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use harness_ccm_core::catalog::Release;
use harness_ccm_core::connector::ReportState;
use harness_ccm_core::feature::{
    Billing, Commitment, CommitmentService, CurReport, FeatureSet, Named, ReportType,
};
use harness_ccm_core::intent::{Intent, Layout, RoleNaming};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::Mode;
use harness_ccm_core::policy::PolicyDocument;
use one_account::*;

fn visibility() -> FeatureSet {
    FeatureSet::new().with_visibility()
}

fn named(naming: impl Into<RoleNaming>) -> Intent {
    let mut intent = intent(Layout::Inline, visibility());
    intent.role.name = naming.into();
    intent
}

fn fixed(name: &str) -> Intent {
    named(name.parse::<RoleNaming>().unwrap())
}

/// The roles that a plan writes or removes, and the role that the connector names after it.
fn roles(world: &World, intent: &Intent) -> (Vec<String>, String) {
    let planned = in_sync_mode(world, intent).plan();
    let steps = planned.plan.steps().map(|(_, step)| step.action.resource().to_string());
    let roles = steps.filter(|resource| resource.starts_with("role")).collect();
    in_sync_mode(world, intent).apply_whole(planned.plan);
    let connector = "prod".parse().unwrap();
    (roles, world.connector(&connector).unwrap().role_arn.unwrap().split_once('/').unwrap().1.to_owned())
}

#[test]
fn the_role_has_the_name_that_the_connector_has_for_it() {
    let world = world();
    bring_to_safely(&world, &fixed("HarnessCERole-a1b2c3"));
    let none = (Vec::new(), "HarnessCERole-a1b2c3".to_owned());
    assert_eq!(roles(&world, &named(RoleNaming::from_connector())), none, "nothing is written");
    // With a fixed name, another role is created.
    assert_eq!(roles(&world, &fixed("Other")), (vec!["role Other".into()], "Other".into()));
}

#[test]
fn an_account_without_a_connector_gets_the_name_for_new_roles() {
    for (naming, expected) in [
        (RoleNaming::from_connector(), "HarnessCERole"),
        (r#"{"from-connector": {"new": "New"}}"#.into_naming(), "New"),
    ] {
        assert_eq!(roles(&world(), &named(naming)), (vec![format!("role {expected}")], expected.to_owned()));
    }
}

trait IntoNaming {
    fn into_naming(self) -> RoleNaming;
}

impl IntoNaming for &str {
    fn into_naming(self) -> RoleNaming {
        serde_json::from_str(self).unwrap()
    }
}

#[test]
fn a_name_that_no_role_of_the_account_can_have_is_replaced() {
    for impossible in [
        "arn:aws:iam::999999999999:role/Elsewhere",
        "arn:aws-cn:iam::123456789012:role/OtherPartition",
        "arn:aws:iam::123456789012:role/HarnessCELambdaExecutionRole",
        "no ARN",
    ] {
        let world = world();
        bring_to_safely(&world, &fixed("HarnessCERole"));
        let connector = "prod".parse().unwrap();
        assert!(world.edit_connector(&connector, |state| state.role_arn = Some(impossible.into())));
        let (_, name) = roles(&world, &named(RoleNaming::from_connector()));
        assert_eq!(name, "HarnessCERole", "{impossible}");
    }
}

#[test]
fn both_forms_of_a_naming_are_read_and_written() {
    for (naming, json) in [
        (RoleNaming::from_connector(), r#""from-connector""#),
        ("Fixed".parse().unwrap(), r#""Fixed""#),
        (RoleNaming::FromConnector { new: "New".parse().unwrap() }, r#"{"from-connector":{"new":"New"}}"#),
    ] {
        assert_eq!(serde_json::to_string(&naming).unwrap(), json);
        assert_eq!(json.into_naming(), naming);
        assert_eq!(naming.is_from_connector(), json.contains("from-connector"));
    }
    let error = serde_json::from_str::<RoleNaming>("1").unwrap_err().to_string();
    assert!(error.contains("the name of a role, from-connector, or { from-connector"), "{error}");
}

fn billing(format: Option<ReportType>) -> FeatureSet {
    let report = CurReport::new("cur", "costs");
    FeatureSet::new().with_billing(Billing::new(match format {
        Some(format) => report.with_type(format),
        None => report,
    }))
}

fn commitment(services: &[CommitmentService]) -> FeatureSet {
    FeatureSet::new()
        .with_commitment(Commitment::new().with_purchase().with_services(services.iter().copied()))
}

/// The documents of the cross-account role after `intent` is applied.
fn granted(world: &World, intent: &Intent) -> Vec<PolicyDocument> {
    let _ = bring_to(world, intent);
    let role = world.role(&account(), &"HarnessCERole".parse().unwrap()).unwrap();
    single(role.inline.into_values())
}

#[test]
fn options_that_only_the_connector_has_keep_their_permissions() {
    let of = |features: FeatureSet| intent(Layout::Inline, features);
    let all = [CommitmentService::Ec2, CommitmentService::Rds, CommitmentService::ElastiCache];
    for (with, without) in
        [(billing(Some(ReportType::Cur2)), billing(None)), (commitment(&all), commitment(&[]))]
    {
        let world = world();
        let before = granted(&world, &of(with));
        assert!(!make_plan(&world, &of(without.clone()), Mode::Sync).has_changes(), "{without:?}");
        assert_eq!(granted(&world, &of(without.clone())), before);
        // A new connector has no such option.
        assert_ne!(granted(&self::world(), &of(without)), before);
    }
    // What the intent sets decides.
    let world = world();
    let before = granted(&world, &of(billing(Some(ReportType::Cur2))));
    assert_ne!(granted(&world, &of(billing(Some(ReportType::Cur1)))), before);
}

#[test]
fn an_option_without_permissions_in_the_release_hinders_no_other() {
    let mut intent = intent(Layout::Inline, billing(None));
    intent.role.release = Release::Module1_0_1.into();
    intent.role.name = "HarnessCERole-a1b2c3".parse().unwrap();
    let world = world();
    bring_to_safely(&world, &intent);
    let connector = "prod".parse().unwrap();
    let report = ReportState::new("cur", "costs", Some(Named::Known(ReportType::Cur2)));
    assert!(world.edit_connector(&connector, |state| state.report = Some(report)));
    intent.role.name = RoleNaming::from_connector();
    let plan = make_plan(&world, &intent, Mode::Sync);
    assert!(!plan.has_changes(), "{}", plan.render());
}

#[test]
fn a_report_of_the_classic_format_needs_no_permissions_of_a_data_export() {
    let of = |features: FeatureSet| intent(Layout::Inline, features);
    let world = world();
    let before = granted(&world, &of(billing(None)));
    assert!(!make_plan(&world, &of(billing(None)), Mode::Sync).has_changes());
    let plan = make_plan(&world, &of(billing(Some(ReportType::Cur1))), Mode::Sync);
    assert!(!plan.has_changes(), "{}", plan.render());
    assert_eq!(granted(&world, &of(billing(Some(ReportType::Cur1)))), before);
}
