//! The program as a separate process.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// Starts the program on a free port, and returns it with its endpoint.
fn start(state: &Path, endpoint_of_aws: Option<&str>) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-simulator"));
    command.args(["--listen", "127.0.0.1:0", "--state"]).arg(state);
    command
        .env_remove("AWS_ENDPOINT_URL")
        .envs(endpoint_of_aws.map(|endpoint| ("AWS_ENDPOINT_URL", endpoint)));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let endpoint = line.trim_end().strip_prefix("listening on ").expect(&line).to_owned();
    (child, endpoint)
}

/// Ends the program with SIGTERM, as a supervisor does, and returns its output to stderr.
fn end(mut child: Child) -> String {
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(child.wait().unwrap().success(), "{errors}");
    errors
}

#[cfg(target_os = "linux")]
#[test]
fn the_program_ends_with_an_error_where_nobody_can_learn_its_endpoint() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_harness-simulator"))
        .args(["--listen", "127.0.0.1:0"])
        .stdout(full)
        .env_remove("AWS_ENDPOINT_URL")
        .output()
        .unwrap();
    let errors = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1), "{errors}");
    assert!(errors.contains("No space left") && !errors.contains("panicked"), "{errors}");
}

#[tokio::test]
async fn the_program_serves_and_keeps_the_connectors_when_it_is_asked_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let (child, endpoint) = start(&state, None);
    let connector = json!({"connector": {"identifier": "aws1", "name": "aws1", "type": "CEAws", "spec": {
        "crossAccountAccess": {"crossAccountRoleArn": "arn:aws:iam::123456789012:role/HarnessCERole", "externalId": "id"},
        "awsAccountId": "123456789012", "featuresEnabled": ["VISIBILITY"]}}});
    let request = reqwest::Client::new()
        .post(format!("{endpoint}/ng/api/connectors?accountIdentifier=sample"))
        .header("x-api-key", "pat.sample.a.b")
        .header("content-type", "application/json")
        .body(connector.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
    let said = end(child);
    assert!(said.contains("keys have the form pat.sample.TOKEN.SECRET"), "{said}");
    let kept: Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    assert_eq!(kept[0]["connector"]["identifier"], "aws1");
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_program_without_aws_says_that_it_looks_at_no_role() {
    let folder = tempfile::tempdir().unwrap();
    let (child, _) = start(&folder.path().join("state.json"), Some("http://127.0.0.1:1"));
    let said = end(child);
    assert!(said.contains("built without the feature `aws`"), "{said}");
}
