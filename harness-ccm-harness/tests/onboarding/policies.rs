//! Policies of the Harness account (OPA) that judge every save.

use harness_ccm_core::account::Account;
use harness_ccm_core::apply::{Report, Status};
use harness_ccm_core::connector::PolicyWarning;
use harness_ccm_core::event::StepOutcome;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::{Effect, ErrorKind};
use harness_ccm_simulator::{PolicyEffect, SavePolicy};

use crate::support::{Site, id};

const WORDS: &str = "connectors should have a cost centre";

async fn site(effect: PolicyEffect) -> Site {
    let site = Site::new([Account::new(id(1), "prod")]).await;
    let policy = SavePolicy::new("cost-centres", WORDS).requires_tag("cost-centre").with_effect(effect);
    site.simulator.change_settings(|settings| settings.policies.push(policy));
    site
}

/// Returns the lines about the connector's step.
fn warnings(report: &Report) -> Vec<PolicyWarning> {
    report.steps.last().unwrap().warnings.clone()
}

#[tokio::test]
async fn policy_warnings_are_in_the_report_of_a_creation_and_of_an_update() {
    let site = site(PolicyEffect::Warn).await;
    let expected = [PolicyWarning::new("cost-centres", [WORDS])];
    for features in [
        FeatureSet::new().with_visibility(),
        FeatureSet::new().with_visibility().with_cluster_orchestration(),
    ] {
        let scenario = site.with(&features);
        let report = scenario.apply_async(scenario.plan_async().await.plan).await;
        assert_eq!((report.status(), warnings(&report)), (Status::Applied, expected.to_vec()));
        let text = report.to_string();
        assert!(
            text.contains(&format!(
                "connector prod: the policy \"cost-centres\" of the Harness account warns: {WORDS}\n"
            )),
            "{text}"
        );
        assert!(text.contains(", 1 with warnings of policies"), "{text}");
        assert_eq!(
            serde_json::to_value(&report).unwrap()["steps"][1]["warnings"][0]["policy"],
            "cost-centres"
        );
        let again = scenario.plan_async().await.plan;
        assert!(!again.has_changes(), "a warning is no difference: {}", again.render());
    }
}

#[tokio::test]
async fn each_policy_that_warns_is_reported_separately_and_no_other() {
    let site = site(PolicyEffect::Warn).await;
    site.simulator.change_settings(|settings| {
        settings.policies.push(SavePolicy::new("names", "too short").with_effect(PolicyEffect::Warn));
        let other = SavePolicy::new("other", "never").on_identifier("^nobody$");
        settings.policies.push(other.with_effect(PolicyEffect::Warn));
    });
    let scenario = site.with(&FeatureSet::new().with_visibility());
    let report = scenario.apply_async(scenario.plan_async().await.plan).await;
    let expected = [PolicyWarning::new("cost-centres", [WORDS]), PolicyWarning::new("names", ["too short"])];
    assert_eq!(warnings(&report), expected);
}

#[tokio::test]
async fn an_answer_without_connector_and_denial_names_policies_and_advises_to_check() {
    let site = site(PolicyEffect::Silence).await;
    let scenario = site.with(&FeatureSet::new().with_visibility());
    let report = scenario.apply_async(scenario.plan_async().await.plan).await;
    let StepOutcome::Failed(diagnosis) = &report.steps[1].outcome else { panic!("{report}") };
    assert_eq!((diagnosis.kind, diagnosis.effect), (ErrorKind::Protocol, Effect::Unknown));
    let remedy = diagnosis.remedy.as_deref().unwrap();
    assert!(remedy.contains("policy of the Harness account") && remedy.contains("check whether"), "{remedy}");
    assert!(report.steps[1].warnings.is_empty());
}

#[tokio::test]
async fn a_denial_has_the_message_of_the_policy() {
    let site = site(PolicyEffect::Deny).await;
    let scenario = site.with(&FeatureSet::new().with_visibility());
    let report = scenario.apply_async(scenario.plan_async().await.plan).await;
    let StepOutcome::Failed(diagnosis) = &report.steps[1].outcome else { panic!("{report}") };
    assert_eq!((diagnosis.kind, diagnosis.effect), (ErrorKind::Denied, Effect::None));
    assert!(diagnosis.message.contains(WORDS), "{}", diagnosis.message);
}
