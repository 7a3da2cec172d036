//! Records of others that break the rules: the built program reports each, leaves it alone, and continues.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, LocalAws, id};
use serde_json::json;
use support::{Run, harness, live};

const INTENT: &str = r#"
owner = "finops"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_connector_leaves_its_own_account_incomplete_and_ends_nothing() {
    let long = "x".repeat(200);
    let features = json!(["VISIBILITY", 5]);
    let odd = [
        ("prod-1", json!(["VISIBILITY"])),
        ("1prod", json!(["VISIBILITY"])),
        (long.as_str(), json!(["VISIBILITY"])),
        ("number", features),
        ("shape", json!({"VISIBILITY": true})),
    ];
    for (identifier, features) in odd {
        let aws = LocalAws::start().with_members(5);
        let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
        let onboard =
            |arguments: &[&str]| Run::of(live(folder.path(), aws.environment(), &harness).args(arguments));
        let account = id(3);
        harness.insert(json!({"identifier": identifier, "name": "theirs", "type": "CEAws", "tags": {}, "spec": {
            "awsAccountId": account, "featuresEnabled": features, "crossAccountAccess": {
                "crossAccountRoleArn": format!("arn:aws:iam::{account}:role/HarnessCERole"), "externalId": "e"}}}));
        let before = harness.connectors();

        let plan = onboard(&["--json", "plan"]).exits(1).json();
        let withheld = &plan["accounts"][&account]["withheld"][0];
        let named = &withheld["reason"]["unreadable_connector"]["name"];
        assert_eq!(named.as_str().unwrap(), &identifier[..identifier.len().min(128)]);
        assert!(plan["accounts"][&account]["steps"].is_null(), "nothing is done there");
        let text = onboard(&["plan", "--full"]).exits(1).words();
        assert!(text.contains("cannot be read"), "{text}");
        onboard(&["apply", "--yes"]).exits(1);
        let made = harness.connectors();
        assert_eq!(made.len(), 5, "the four others are onboarded, and no second one is made");
        assert!(made.contains(&before[0]), "{identifier} is as it was");
        assert!(aws.with(|cloud| cloud.accounts[&account].iam.role("HarnessCERole").is_none()));
        let again = onboard(&["--json", "plan", "--detailed-exitcode"]).exits(1).json();
        assert_eq!(again["complete"], false, "and there is nothing left to do");
        let verify = onboard(&["verify"]).exits(1);
        assert!(
            verify.stdout.contains("4 of 4 connectors passed; 1 account is not tested"),
            "{}",
            verify.stdout
        );
        let status = onboard(&["status"]).exits(0);
        assert!(status.stdout.contains("cannot be read"), "{}", status.stdout);
        onboard(&["accounts"]).exits(0);
        onboard(&["init"]).exits(0);
        onboard(&["offboard", "--all", "--yes"]).exits(1);
        assert_eq!(harness.connectors(), before, "all of ours is gone, and theirs stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_account_without_an_id_is_left_out_and_the_others_are_onboarded() {
    let aws = LocalAws::start().with_members(3);
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    let onboard =
        |arguments: &[&str]| Run::of(live(folder.path(), aws.environment(), &harness).args(arguments));
    aws.edit(3, |account| account.fields.insert("Id".into(), json!("12 of them")));
    let plan = onboard(&["plan"]).exits(0);
    assert!(plan.words().contains("left out, since they have no AWS account id"), "{}", plan.stdout);
    onboard(&["apply", "--yes"]).exits(0);
    assert_eq!(harness.connectors().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_be_parsed_leaves_its_own_account_incomplete_and_ends_nothing() {
    let role = |arn: &str, trust: &str| {
        format!(
            "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role><Path>/</Path>\
            <RoleName>HarnessCERole</RoleName><RoleId>AROA</RoleId><Arn>{arn}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
            <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
        )
    };
    let own = format!("arn:aws:iam::{}:role/HarnessCERole", id(3));
    let odd = [
        role("nothing", "%7B%7D"),
        role(&own, "not a document"),
        role(&own, "%7B%22Statement%22%3A5%7D"),
        role(&format!("arn:aws:iam::{}:role/HarnessCERole", id(2)), "%7B%7D"),
        "<GetRoleResponse><GetRoleResult/></GetRoleResponse>".to_owned(),
        "<html>not IAM</html>".to_owned(),
    ];
    for answer in odd {
        let aws = LocalAws::start().with_members(4);
        let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
        let fault = AwsFault::page(200, &answer).on("iam:GetRole").in_account(&id(3)).always();
        aws.fail(fault);
        let apply = ["--json", "apply", "--yes"];
        let run = Run::of(live(folder.path(), aws.environment(), &harness).args(apply)).exits(1).json();
        assert_eq!(run["status"], "incomplete", "{answer}");
        assert_eq!(harness.connectors().len(), 3, "{answer}: the others are onboarded");
    }
}
