//! The log of the program with `RUST_LOG`: everything that libraries do, within accounts and steps, and no key.

mod support;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::LocalAws;
use support::{KEY, Run, harness, live};

const INTENT: &str = r#"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn at_the_most_detailed_level_no_key_and_no_session_token_is_logged() {
    let aws = LocalAws::start().with_members(3);
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    let onboard = |level: &str, arguments: &[&str]| {
        Run::of(live(folder.path(), aws.environment(), &harness).env("RUST_LOG", level).args(arguments))
    };
    let run = onboard("trace", &["apply", "--yes"]).exits(0);
    let said = format!("{}{}", run.stdout, run.stderr);
    for part in ["account{stage=\"observe\"", "account{stage=\"apply\"", "}:step{resource=", "aws_", "hyper"]
    {
        assert!(said.contains(part), "{part} is not logged");
    }
    // The session tokens and keys of this AWS, and the key of Harness.
    let secrets =
        ["IQoJLocalAwsSessionToken", "LocalAwsSecretAccessKeyOfASession", KEY, "SecretMarkOfTheTest"];
    for secret in secrets {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is logged");
    }
    assert!(aws.subjects("sts:AssumeRole").len() >= 2, "there were sessions");

    let quiet = onboard("info", &["plan"]).exits(0);
    assert!(!quiet.stderr.contains("TRACE"), "{}", quiet.stderr);
    let wrong = onboard("no=such=thing", &["plan"]).exits(1);
    assert!(wrong.stderr.contains("RUST_LOG is invalid"), "{}", wrong.stderr);
}
