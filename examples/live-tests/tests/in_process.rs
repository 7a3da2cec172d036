//! The program against an AWS in this process, where it can be told what goes wrong.

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

/// Of the AWS alone: what was written to it since this was last asked.
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
