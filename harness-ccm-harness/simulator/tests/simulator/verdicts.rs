//! Item 14: the verdict of a connection test on a role, for single features.

use std::sync::Arc;

use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleState;
use harness_ccm_simulator::Simulator;
use serde_json::{Value, json};

use crate::support::{OneRole, Site, connector};

const ARN: &str = "arn:aws:iam::123456789012:role/HarnessCERole";

fn role(external_id: &str, actions: &str) -> RoleState {
    let parse = |text: String| PolicyDocument::parse(&text).unwrap();
    let trust = parse(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"arn:aws:iam::891928451355:root"}},"Condition":{{"StringEquals":{{"sts:ExternalId":"{external_id}"}}}}}}]}}"#
    ));
    let mut role = RoleState::new(ARN.parse().unwrap(), trust);
    let simulate = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"{ARN}"}},{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#
    );
    role.inline.insert("Own".parse().unwrap(), parse(simulate));
    role
}

/// Returns the verdict on a connector with these features and this role: for a failure, the summary and the reasons.
async fn verdict(
    role: Option<RoleState>,
    features: &[&str],
    kinds: Option<&str>,
) -> Result<(), (String, Vec<String>)> {
    let aws = OneRole::default();
    if let Some(role) = role {
        aws.set(role);
    }
    let site = Site::of(Simulator::builder().roles(Some(Arc::new(aws)))).await;
    let mut connector = connector("aws1");
    let spec = &mut connector["spec"];
    spec["crossAccountAccess"]["externalId"] = json!("the-id");
    spec["featuresEnabled"] = json!(features);
    if let Some(kind) = kinds {
        spec["autostoppingFeatures"] = json!([kind]);
    }
    site.create(&connector).await.data();
    let got = site.test("aws1").await;
    if got.status == 200 {
        assert_eq!(got.data()["status"], "SUCCESS");
        return Ok(());
    }
    let body = got.json();
    let message = |code: &str| {
        let all = body["responseMessages"].as_array().unwrap();
        let found = all.iter().find(|message| message["code"] == code).map(|found| &found["message"]);
        found.and_then(Value::as_str).unwrap().to_owned()
    };
    let summary = message("INVALID_REQUEST").strip_prefix("Invalid request: ").unwrap().to_owned();
    Err((summary, message("EXPLANATION").lines().map(Into::into).collect()))
}

#[tokio::test]
async fn the_role_must_exist_and_trust_the_external_id() {
    let governance = ["GOVERNANCE"];
    assert_eq!(verdict(Some(role("the-id", r#""x:Y""#)), &governance, None).await, Ok(()));
    let (_, reasons) = verdict(None, &governance, None).await.unwrap_err();
    assert_eq!(reasons.len(), 1);
    let (summary, _) = verdict(Some(role("other", r#""x:Y""#)), &governance, None).await.unwrap_err();
    assert!(summary.contains("sts:AssumeRole"), "{summary}");
}

#[tokio::test]
async fn missing_actions_are_named() {
    let actions = r#"["ecs:*","ec2:DescribeInstances*","ec2:DescribeRegions","ec2:DescribeVolumes","cloudwatch:*","rds:*"]"#;
    let (_, missing) = verdict(Some(role("the-id", actions)), &["VISIBILITY"], None).await.unwrap_err();
    assert_eq!(missing, ["Action: ec2:DescribeSnapshots not allowed on Resource: *"]);
}

#[tokio::test]
async fn optimization_is_judged_by_kind_where_kinds_are_listed() {
    let actions = r#"["ec2:DescribeInstances","ec2:CreateTags","ec2:StartInstances","ec2:StopInstances"]"#;
    let role = || Some(role("the-id", actions));
    assert_eq!(verdict(role(), &["OPTIMIZATION"], Some("EC2")).await, Ok(()));
    let (_, whole) = verdict(role(), &["OPTIMIZATION"], None).await.unwrap_err();
    assert_eq!(whole.len(), 50, "52 actions, of which two are granted");
}
