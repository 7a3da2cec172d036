//! The format of cost reports: an explicit choice, with its own permissions.

use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::feature::{Billing, CurReport, FeatureSet, ReportType};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::Action;
use harness_ccm_core::testing::published::{Inputs, Maker};
use harness_ccm_fixtures::{EXTERNAL_ID, intent};
use serde_json::{Value, json};

use crate::support::{Site, id, payer, steps, told};

const LIST: &str = "bcm-data-exports:ListExports";
const GET: &str = "bcm-data-exports:GetExport";

fn billing(report_type: Option<ReportType>) -> FeatureSet {
    let mut report = CurReport::new("harness-cur", "acme-cost-reports");
    report.report_type = report_type;
    FeatureSet::new().with_billing(Billing::new(report))
}

fn type_of(site: &Site) -> Value {
    site.stored("payer")["spec"]["curAttributes"].get("reportType").cloned().unwrap_or(json!("(left out)"))
}

fn set_type(site: &Site, report_type: Value) {
    site.edit("payer", |spec| spec["curAttributes"]["reportType"] = report_type);
}

#[tokio::test]
async fn an_unset_report_type_is_not_written_and_later_not_changed() {
    let site = Site::new([payer()]).await;
    site.with(&billing(None)).converge_async().await;
    assert_ne!(type_of(&site), json!("CUR1.0"), "nobody said so");
    for kept in [json!("CUR2.0"), json!("FOCUSv1.3"), json!("CUR9"), Value::Null] {
        set_type(&site, kept.clone());
        let more = billing(None).with_visibility();
        site.with(&more).converge_async().await;
        assert_eq!(type_of(&site), kept, "an update for another reason");
        site.with(&billing(None)).converge_async().await;
        assert_eq!(type_of(&site), kept);
    }
}

#[tokio::test]
async fn a_report_type_that_is_named_is_written() {
    let site = Site::new([payer()]).await;
    for (named, word) in
        [(ReportType::Cur1, "CUR1.0"), (ReportType::Cur2, "CUR2.0"), (ReportType::Cur1, "CUR1.0")]
    {
        site.with(&billing(Some(named))).converge_async().await;
        assert_eq!(type_of(&site), json!(word));
    }
    set_type(&site, Value::Null);
    let plan = site.with(&billing(Some(ReportType::Cur1))).plan_async().await.plan;
    assert!(!plan.has_changes(), "null means the classic format: {}", plan.render());
}

#[tokio::test]
async fn the_role_gets_the_data_exports_before_its_connector_gets_cur_2_and_the_flag_is_named() {
    let site = Site::new([payer()]).await;
    site.with(&billing(Some(ReportType::Cur1))).converge_async().await;
    assert!(!site.permits(1, LIST));
    let scenario = site.with(&billing(Some(ReportType::Cur2)));
    let plan = scenario.plan_async().await.plan;
    let writes: Vec<_> =
        plan.steps().map(|(_, step)| matches!(step.action, Action::PutRole { .. })).collect();
    assert_eq!(writes, [true, false], "role, then connector: {:?}", steps(&plan));
    let flag = "1 connectors need the feature flag CCM_AWS_NEW_CUR on the Harness account, which Harness Support enables: payer";
    assert_eq!(told(&plan), [flag]);
    scenario.apply_whole_async(plan).await;
    assert!(site.permits(1, LIST) && site.permits(1, GET));
    assert_eq!(site.test("payer").await, ConnectionTest::Passed);
    let again = scenario.plan_async().await.plan;
    assert!(!again.has_changes() && told(&again).is_empty(), "said once: {}", again.render());
}

#[tokio::test]
async fn a_report_that_was_switched_in_harness_changes_its_role_if_no_type_is_set() {
    let site = Site::new([payer()]).await;
    let scenario = site.with(&billing(None));
    scenario.converge_async().await;
    assert!(!site.permits(1, GET));
    set_type(&site, json!("CUR2.0"));
    assert!(matches!(site.test("payer").await, ConnectionTest::Failed(failure)
        if failure.reasons.iter().any(|reason| reason.contains(LIST))));
    let plan = scenario.plan_async().await.plan;
    assert!(
        plan.steps().all(|(_, step)| matches!(step.action, Action::PutRole { .. })),
        "{:?}",
        steps(&plan)
    );
    scenario.converge_async().await;
    assert_eq!((site.permits(1, LIST), site.permits(1, GET)), (true, true));
    assert_eq!((type_of(&site), site.test("payer").await), (json!("CUR2.0"), ConnectionTest::Passed));
    set_type(&site, json!("CUR1.0"));
    scenario.converge_async().await;
    assert!(!site.permits(1, LIST), "no more than is needed");
}

/// A payer as release 1.0.1 of the module makes it, with an unmarked connector.
async fn of_the_module() -> Site {
    let account: AccountId = id(1);
    let mut inputs = Inputs::of(account);
    inputs.external_ids = vec![EXTERNAL_ID.parse().unwrap()];
    inputs.switch_on(["enable_billing"]);
    let role = Maker::MODULE_1_0_1.make(&inputs).cross_account.state;
    let site = Site::of(World::new([payer()]).with_role(role)).await;
    let planned = site.with(&billing(None)).plan_async().await;
    let mut spec = harness_ccm_fixtures::wanted(&planned.desired, &id(1)).connector.clone();
    spec.owner = "somebody".parse().unwrap();
    site.connectors.put_connector(&spec, Expect::Absent).await.unwrap();
    site.simulator.edit("payer", |record| record["connector"]["tags"] = json!({}));
    site
}

#[tokio::test]
async fn data_exports_are_missing_in_a_role_of_the_module_for_cur_2_alone() {
    let site = of_the_module().await;
    for classic in [Value::Null, json!("CUR1.0")] {
        set_type(&site, classic);
        for named in [None, Some(ReportType::Cur1)] {
            let plan = site.with(&billing(named)).plan_async().await.plan;
            let withheld: Vec<_> = plan.accounts()[&id(1)].withheld.iter().collect();
            assert!(withheld.is_empty() && !plan.has_changes(), "{withheld:?}");
        }
    }
    set_type(&site, json!("CUR2.0"));
    for named in [None, Some(ReportType::Cur2)] {
        let plan = site.with(&billing(named)).plan_async().await.plan;
        let text = plan.render().full().to_string();
        assert!(text.contains(LIST) && text.contains(GET), "{text}");
    }
    // The module published nothing for it; a role that cannot serve the connector is reported anyway.
    let mut published = intent(billing(None));
    published.role.release = Release::Module1_0_1.into();
    let plan = site.scenario(&published).plan_async().await.plan;
    assert!(plan.accounts()[&id(1)].withheld.is_empty());
    let findings: Vec<_> =
        plan.accounts()[&id(1)].findings.iter().map(|finding| finding.kind.name()).collect();
    assert!(findings.contains(&"test-will-fail"), "{findings:?}");
}
