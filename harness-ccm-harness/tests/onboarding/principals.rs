//! The principals that roles trust: never Harness' own account for non-production systems; Harness' own details are compared.

use harness_ccm_core::account::Account;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::{AccountId, Partition};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{FindingKind, Plan, Severity};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::secret::Secret;
use harness_ccm_core::testing::published::{Inputs, Maker};
use harness_ccm_fixtures::{EXTERNAL_ID, HARNESS_ACCOUNT, intent};
use harness_ccm_harness::{ConnectionDifference, HarnessConnectors};
use harness_ccm_simulator::Simulator;

use crate::support::{Site, id};

const NOT_PRODUCTION: &str = "arn:aws:iam::108817434118:root";

fn visibility() -> FeatureSet {
    FeatureSet::new().with_visibility()
}

/// A role of the module whose trust policy was copied from a template for non-production systems.
async fn from_the_wrong_template() -> Site {
    let mut inputs = Inputs::of(id(1));
    inputs.external_ids = vec![EXTERNAL_ID.parse().unwrap()];
    inputs.switch_on(["enable_events"]);
    let mut role = Maker::MODULE_1_0_1.make(&inputs).cross_account.state;
    let mut json: serde_json::Value = serde_json::from_str(&role.trust.to_json()).unwrap();
    json["Statement"][0]["Principal"]["AWS"].as_array_mut().unwrap().push(NOT_PRODUCTION.into());
    role.trust = PolicyDocument::parse(&json.to_string()).unwrap();
    Site::of(World::new([Account::new(id(1), "prod")]).with_role(role)).await
}

fn non_production(plan: &Plan) -> Vec<Severity> {
    let expected = FindingKind::NonProductionHarness { principal: NOT_PRODUCTION.into() };
    let findings = plan.accounts()[&id(1)].findings.iter();
    findings.filter(|finding| finding.kind == expected).map(|finding| finding.severity).collect()
}

#[tokio::test]
async fn a_role_that_trusts_a_non_production_account_is_a_risk_and_adoption_does_not_keep_that_trust() {
    let site = from_the_wrong_template().await;
    let plan = site.with(&visibility()).plan_async().await.plan;
    assert_eq!(non_production(&plan), [Severity::Risk], "{}", plan.render());
    // More is desired than the role permits, so that adopting changes it.
    let scenario = site.with(&visibility().with_cluster_orchestration());
    let held_back = scenario.plan_async().await.plan;
    assert_eq!(non_production(&held_back), [Severity::Risk], "withheld, and told");
    let adopting = scenario.with_adopt();
    adopting.apply_whole_async(adopting.plan_async().await.plan).await;
    let trust = site.role(1).trust.to_json();
    assert!(!trust.contains("108817434118") && trust.contains("ce-prod-bucket-admin"), "{trust}");
    let after = adopting.plan_async().await.plan;
    assert!(non_production(&after).is_empty() && !after.has_changes(), "{}", after.render());
}

#[tokio::test]
async fn an_intent_that_trusts_a_non_production_account_is_refused() {
    let listing = || harness_ccm_core::listing::Listing::complete([Account::new(id(1), "prod")]);
    for principal in [NOT_PRODUCTION, "108817434118", "arn:aws:iam::108817434118:user/any"] {
        let mut wanted = intent(visibility());
        wanted.cluster = Cluster::us().with_trusted(vec![principal.into()]);
        let refused = wanted.resolve(listing()).unwrap_err().to_string();
        assert!(refused.contains("not for production"), "{refused}");
    }
    assert!(intent(visibility()).resolve(listing()).is_ok());
}

#[tokio::test]
async fn data_that_harness_publishes_of_itself_is_compared_with_the_intent() {
    let differences = async |aws_account: &str| {
        let aws_account: AccountId = aws_account.parse().unwrap();
        let simulator = Simulator::builder().harness_aws_account(aws_account);
        let simulator = simulator.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let key = Secret::new("pat.acct.uuid.SECRETMARK");
        let client = HarnessConnectors::builder(HARNESS_ACCOUNT.parse().unwrap(), key);
        let client = client.endpoint(simulator.endpoint()).build().unwrap();
        let connection = client.account_connection(Partition::Aws).await.unwrap();
        connection.differences(&Cluster::us(), &EXTERNAL_ID.parse().unwrap())
    };
    assert_eq!(differences("891928451355").await, []);
    let found = differences("783764615875").await;
    let [ConnectionDifference::NotTrusted { aws_account, .. }, ConnectionDifference::ExternalId { proposed }] =
        &found[..]
    else {
        panic!("{found:?}")
    };
    assert_eq!((aws_account.as_str(), proposed.as_str()), ("783764615875", "harness:783764615875:acct"));
    assert!(found[0].to_string().contains("uses the AWS account 783764615875"));
}
