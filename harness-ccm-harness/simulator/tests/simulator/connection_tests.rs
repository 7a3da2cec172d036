//! Items 6 and 14: connection tests, on request and automatic.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleState;
use harness_ccm_simulator::{AssumeRequest, AssumeRole, Simulator, SimulatorBuilder};
use serde_json::{Value, json};

use crate::support::{EXTERNAL_ID, OneRole, Site, connector, until};

const ARN: &str = "arn:aws:iam::123456789012:role/HarnessCERole";

fn role(external_id: &str, actions: &[&str]) -> RoleState {
    let trust = Cluster::us().trust(&external_id.parse().unwrap()).unwrap();
    let mut role = RoleState::new(ARN.parse().unwrap(), trust);
    let policy = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
    role.inline.insert("Own".parse().unwrap(), PolicyDocument::parse(&policy.to_string()).unwrap());
    role
}

fn governance_only() -> Value {
    let mut connector = connector("aws1");
    connector["spec"]["featuresEnabled"] = json!(["GOVERNANCE"]);
    connector
}

/// Configures a simulator whose automatic first test is later than the end of the test.
fn patient() -> SimulatorBuilder {
    Simulator::builder().first_test(Duration::from_mins(10))
}

#[tokio::test]
async fn item_14_a_passed_test() {
    let site = Site::of(patient()).await;
    let created = site.create(&governance_only()).await.data();
    let verdict = site.test("aws1").await.data();
    let at = verdict["testedAt"].as_i64().unwrap();
    assert_eq!(
        verdict,
        json!({"status": "SUCCESS", "errors": null, "errorSummary": null, "testedAt": at, "delegateId": null, "taskId": null})
    );
    let stored = site.get("/connectors/aws1").await.data();
    assert_eq!(
        (&stored["status"]["status"], &stored["status"]["lastConnectedAt"]),
        (&json!("SUCCESS"), &json!(at))
    );
    assert_eq!(stored["lastModifiedAt"], created["lastModifiedAt"]);
    let missing = site.test("nobody").await;
    missing.is(400, "CONNECTOR_NOT_FOUND_EXCEPTION", "No connector found with identifier nobody");
}

#[tokio::test]
async fn item_14_a_failed_test_is_a_chain_of_messages() {
    let aws = OneRole::default();
    let site = Site::of(patient().roles(Some(Arc::new(aws.clone())))).await;
    site.create(&governance_only()).await.data();
    let fails = async || {
        let got = site.test("aws1").await;
        let body = got.json();
        assert_eq!(
            (got.status, &body["status"], &body["code"]),
            (400, &json!("ERROR"), &json!("HINT")),
            "{got:?}"
        );
        let chain: Vec<_> = body["responseMessages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                (entry["code"].clone(), entry["level"].clone(), entry["message"].as_str().unwrap().to_owned())
            })
            .collect();
        let codes: Vec<_> =
            chain.iter().map(|(code, level, _)| format!("{code} {level}").replace('"', "")).collect();
        assert_eq!(codes, ["HINT INFO", "EXPLANATION INFO", "INVALID_REQUEST ERROR"]);
        let joined: Vec<_> = chain.iter().map(|(_, _, message)| message.as_str()).collect();
        assert_eq!(body["message"], joined.join(",\n"));
        let summary = joined[2].strip_prefix("Invalid request: ").unwrap().to_owned();
        let stored = site.get("/connectors/aws1").await.data()["status"].take();
        assert_eq!((&stored["status"], &stored["errorSummary"]), (&json!("FAILURE"), &json!(summary)));
        assert_eq!(stored["errors"].as_array().unwrap().len(), 1);
        assert_eq!(stored["errors"][0]["message"], joined[0], "the message of the stored error is the hint");
        (summary, joined[1].to_owned())
    };
    let set = |role: RoleState| aws.set(role);
    // The causes, in the order of the checks: no role, another external id, no permission to simulate.
    assert!(fails().await.0.contains("sts:AssumeRole"));
    set(role("another", &["iam:SimulatePrincipalPolicy"]));
    assert!(fails().await.0.contains("sts:AssumeRole"));
    set(role(EXTERNAL_ID, &["ec2:Describe*"]));
    assert!(fails().await.0.contains("iam:SimulatePrincipalPolicy"));
    set(role(EXTERNAL_ID, &["iam:SimulatePrincipalPolicy"]));
    let passed = site.test("aws1").await.data();
    assert_eq!(passed["status"], "SUCCESS", "of governance nothing else is checked");

    let mut visibility = connector("aws1");
    visibility["spec"]["featuresEnabled"] = json!(["VISIBILITY"]);
    site.put(&visibility).await.data();
    set(role(
        EXTERNAL_ID,
        &[
            "iam:Simulate*",
            "ecs:*",
            "cloudwatch:*",
            "rds:*",
            "ec2:DescribeInst*",
            "ec2:DescribeRegions",
            "ec2:DescribeVolumes",
        ],
    ));
    let (summary, reasons) = fails().await;
    assert_eq!(summary, "Missing AWS access permissions");
    assert_eq!(reasons, "Action: ec2:DescribeSnapshots not allowed on Resource: *");
    let stored = site.get("/connectors/aws1").await.data()["status"].take();
    assert_eq!(stored["lastConnectedAt"], passed["testedAt"], "the last success is remembered");
}

#[tokio::test]
async fn item_14_a_session_longer_than_the_role_allows_fails_in_the_words_of_aws() {
    let aws = OneRole::default();
    let site = Site::of(patient().roles(Some(Arc::new(aws.clone())))).await;
    let mut connector = governance_only();
    site.create(&connector).await.data();
    for (maximum, asked, passes) in
        [(3_600, 3_600, true), (3_600, 3_601, false), (7_200, 7_200, true), (7_200, 43_200, false)]
    {
        let mut role = role(EXTERNAL_ID, &["iam:SimulatePrincipalPolicy"]);
        role.max_session = maximum;
        aws.set(role);
        connector["spec"]["crossAccountAccess"]["assumeRoleSessionDuration"] = json!(asked);
        site.put(&connector).await.data();
        let tested = site.test("aws1").await;
        assert_eq!(tested.status == 200, passes, "{asked} of {maximum}: {tested:?}");
        if !passes {
            let messages = tested.json()["responseMessages"].take();
            let summary = "Invalid request: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
            assert_eq!(messages[2]["message"], summary);
            let reason =
                format!("the connector requires sessions of {asked} seconds, and the role allows {maximum}");
            assert_eq!(messages[1]["message"], reason);
        }
    }
}

#[tokio::test]
async fn item_14_gov_cloud_has_neither_billing_nor_visibility() {
    let site = Site::of(patient()).await;
    let mut gov = connector("aws1");
    gov["spec"]["isAWSGovCloudAccount"] = json!(true);
    site.create(&gov).await.data();
    let failed = site.test("aws1").await;
    let message = "Invalid request: Some of the selected features are not supported currently";
    assert_eq!(failed.json()["responseMessages"][2]["message"], message);
    gov["spec"]["featuresEnabled"] = json!(["GOVERNANCE"]);
    site.put(&gov).await.data();
    assert_eq!(site.test("aws1").await.data()["status"], "SUCCESS");
}

/// An AWS that evaluates trust policies itself, and records the requests.
#[derive(Debug, Default)]
struct Judge(Mutex<Vec<AssumeRequest>>);

#[async_trait]
impl AssumeRole for Judge {
    async fn assume_role(&self, request: &AssumeRequest) -> std::result::Result<(), String> {
        self.0.lock().unwrap().push(request.clone());
        match request.external_id.as_deref() {
            Some(EXTERNAL_ID) => Ok(()),
            _ => Err("AccessDenied: not authorized to perform: sts:AssumeRole".into()),
        }
    }
}

#[tokio::test]
async fn item_14_where_aws_judges_trust_it_is_asked() {
    let judge = Arc::new(Judge::default());
    let site = Site::of(patient().assume_role(Arc::clone(&judge) as _)).await;
    let mut stranger = governance_only();
    stranger["spec"]["crossAccountAccess"]["externalId"] = json!("other");
    stranger["spec"]["crossAccountAccess"]["assumeRoleSessionDuration"] = json!(900);
    site.create(&stranger).await.data();
    let failed = site.test("aws1").await.json();
    let message = "Invalid request: AccessDenied: not authorized to perform: sts:AssumeRole";
    assert_eq!(failed["responseMessages"][2]["message"], message);
    let asked = judge.0.lock().unwrap()[0].clone();
    assert_eq!((asked.role_arn.as_str(), asked.session_seconds, asked.gov_cloud), (ARN, Some(900), false));
    site.put(&governance_only()).await.data();
    assert_eq!(site.test("aws1").await.data()["status"], "SUCCESS");
    // A connector that fails the checks without AWS causes no request to AWS.
    let mut gov = connector("aws1");
    gov["spec"]["isAWSGovCloudAccount"] = json!(true);
    site.put(&gov).await.data();
    assert_eq!(site.test("aws1").await.status, 400);
    assert_eq!(judge.0.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn item_06_the_first_test_may_fail_and_may_be_outrun() {
    let slow = Simulator::builder().first_test(Duration::ZERO).settings(|settings| settings.test_ms = 300);
    let site = Site::of(slow.roles(Some(Arc::new(OneRole::default())))).await;
    site.create(&governance_only()).await.data();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // An update during the test is refused.
    let stale = site.put(&governance_only()).await;
    assert_eq!((stale.status, &stale.json()["code"]), (400, &json!("OPTIMISTIC_LOCKING_EXCEPTION")));
    assert_eq!((&stale.json()["status"], &stale.json()["errors"]), (&json!("FAILURE"), &Value::Null));
    until(|| site.simulator.connectors()[0]["status"]["status"] == "FAILURE").await;
    assert_eq!(site.simulator.connectors()[0]["status"]["lastConnectedAt"], 0, "it never passed");
    site.put(&governance_only()).await.data();
    // A connector is removed and created again while its first test runs. The new connector does not get the verdict.
    site.delete("/connectors/aws1").await.data();
    site.create(&governance_only()).await.data();
    tokio::time::sleep(Duration::from_millis(100)).await;
    site.delete("/connectors/aws1").await.data();
    site.simulator.change_settings(|settings| settings.first_test_ms = 600_000);
    site.create(&governance_only()).await.data();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(site.simulator.connectors()[0]["status"]["status"], "PENDING");
}

#[tokio::test]
async fn item_14_the_health_job_looks_at_billing_and_optimization() {
    let site = Site::of(patient()).await;
    let mut optimization = connector("aws2");
    optimization["spec"]["featuresEnabled"] = json!(["OPTIMIZATION"]);
    site.create(&connector("aws1")).await.data();
    site.create(&optimization).await.data();
    site.simulator.run_health_job().await;
    let statuses: Vec<_> =
        site.simulator.connectors().iter().map(|record| record["status"]["status"].clone()).collect();
    assert_eq!(statuses, ["PENDING", "SUCCESS"]);
}
