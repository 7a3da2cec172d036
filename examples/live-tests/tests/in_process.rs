//! The program with an AWS in this process, which fails on request.

mod support;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, LocalAws};
use support::{Run, harness, live};

const INTENT: &str = r#"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

/// Of AWS only: the writes since the last call.
fn take_writes(aws: &LocalAws) -> usize {
    aws.take_calls().iter().filter(|logged| !logged.call.is_read()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_onboarded_although_answers_are_lost_and_the_second_run_has_nothing_to_do() {
    let aws = LocalAws::start().with_members(40);
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    let onboard =
        |arguments: &[&str]| Run::of(live(folder.path(), aws.environment(), &harness).args(arguments));

    onboard(&["plan", "--detailed-exitcode"]).exits(2);
    assert_eq!(take_writes(&aws), 0, "planning writes nothing");
    for (action, n) in [("iam:PutRolePolicy", 3), ("iam:AttachRolePolicy", 17), ("iam:GetRole", 30)] {
        aws.fail(AwsFault::unavailable().on(action).nth(n));
        aws.fail(AwsFault::hang_up().after_commit().on(action).nth(n + 2));
    }
    onboard(&["apply", "--yes"]).exits(0);
    assert!(aws.take_calls().iter().filter(|logged| logged.fault.is_some()).count() > 3);
    aws.clear_faults();
    onboard(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(take_writes(&aws), 0, "the second plan writes nothing");
    let made = aws.with(|cloud| {
        cloud.accounts.values().filter(|account| account.iam.role("HarnessCERole").is_some()).count()
    });
    assert_eq!((made, harness.connectors().len()), (40, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_found_by_its_id_in_aws_in_harness_in_the_report_and_beside_the_error() {
    let aws = LocalAws::start().with_members(3);
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    let onboard =
        |arguments: &[&str]| Run::of(live(folder.path(), aws.environment(), &harness).args(arguments));

    let applied = onboard(&["apply", "--yes", "--json"]).exits(0);
    let id = applied.json()["report"]["run"].as_str().unwrap().to_owned();
    assert!(applied.stderr.contains(&format!("run {id}: CloudTrail has it")), "{}", applied.stderr);
    assert!(aws.take_calls().iter().all(|logged| logged.call.user_agent.contains(&id)));
    let agents: Vec<_> = harness
        .requests()
        .into_iter()
        .map(|mut request| request.headers.remove("user-agent").unwrap())
        .collect();
    assert!(!agents.is_empty() && agents.iter().all(|agent| agent.ends_with(&id)), "{agents:?}");

    // A run that ends with an error prints its id after the error; one that fails in part, in each failure too.
    aws.fail(AwsFault::denied_saying("").on("organizations:*"));
    let ended = onboard(&["plan"]).exits(1);
    let (_, last) = ended.stderr.rsplit_once("error: ").unwrap();
    assert!(last.contains("\nrun ") && !last.contains(&id), "{}", ended.stderr);
    aws.clear_faults();
    std::fs::write(folder.path().join("onboard.toml"), format!("tags = {{ team = \"finops\" }}\n{INTENT}"))
        .unwrap();
    aws.fail(AwsFault::denied_saying("").on("iam:TagRole"));
    let failed = onboard(&["apply", "--yes", "--json"]).exits(1).json();
    let report = &failed["report"];
    assert!(report["run"].is_string());
    let outcome =
        report["steps"].as_array().unwrap().iter().find_map(|step| step["outcome"].get("failed")).unwrap();
    assert_eq!(outcome["run"], report["run"]);
}
