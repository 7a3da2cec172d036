//! The built program with a server that does not respond, with a response without an end, and with an output that no process
//! reads.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, LocalAws};
use harness_ccm_simulator::{Fault, RunningSimulator};
use serde_json::json;
use support::{Run, harness, live};
use tempfile::TempDir;

const INTENT: &str = r#"
harness = { cluster = "us" }

[[rules]]
name = "none"
tags = { env = "sandbox" }
skip = "no spend"

[[rules]]
name = "all"
features = ["visibility"]
"#;

/// Five accounts in this process, and a Harness.
struct Place {
    aws: LocalAws,
    harness: RunningSimulator,
    folder: TempDir,
}

impl Place {
    async fn new() -> Self {
        let aws = LocalAws::start().with_members(5);
        let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
        Self { aws, harness, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = live(self.folder.path(), self.aws.environment(), &self.harness);
        command.args(arguments);
        command
    }

    fn onboard(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Does the same with its output redirected by this shell syntax: `> /dev/full`, `| true`.
    fn printing(&self, arguments: &str, output: &str) -> Run {
        let program = self.command(&[]);
        let mut shell = Command::new("bash");
        let line = format!("set -o pipefail; \"$onboard\" --backend live {arguments} {output}");
        let variables = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        shell.args(["-c", &line]).current_dir(self.folder.path()).env_clear().envs(variables);
        shell.env("onboard", program.get_program()).env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        Run::of(&mut shell)
    }

    /// Runs the program until it prints this on stderr, which is not a terminal.
    fn says(&self, arguments: &[&str], text: &str) {
        let mut command = self.command(&["--progress-seconds", "1"]);
        let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || stderr.lines().try_for_each(|line| send.send(line.unwrap())));
        let mut said = Vec::new();
        let is_said = loop {
            match lines.recv_timeout(Duration::from_mins(1)) {
                Ok(line) if line.contains(text) => break true,
                Ok(line) => said.push(line),
                Err(_) => break false,
            }
        };
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_said, "{arguments:?} never said {text:?}, but: {said:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_the_current_wait_is_printed_repeatedly() {
    let place = Place::new().await;
    let late = || Fault::late(120_000).always();
    let harness = [
        (late().on_path("token/validate"), "plan", "waiting: checking the Harness API key, 2 s"),
        (late().on_path("listV2"), "plan", "waiting: listing the connectors, 2 s"),
        (late().on_path("listV2"), "status", "waiting: listing the connectors, 1 s"),
        (late().matching("POST", "crossAccountRoleArn"), "apply", "waiting: applying the plan, "),
    ];
    for (fault, command, text) in harness {
        place.harness.fail_matching(fault);
        let yes: &[&str] = if command == "apply" { &["apply", "--yes"] } else { &[command] };
        place.says(yes, text);
        place.harness.clear_faults();
    }
    let aws = [
        ("sts:GetCallerIdentity", "accounts", "waiting: checking the AWS credentials, 2 s"),
        ("organizations:ListAccounts", "accounts", "waiting: listing the accounts"),
        ("organizations:ListTagsForResource", "plan", "waiting: listing the accounts"),
        ("iam:GetRole", "plan", "waiting: reading the accounts, 0 of 5, 2 s"),
        ("iam:GetRole", "init", "waiting: reading the accounts, "),
    ];
    for (action, command, text) in aws {
        place.aws.fail(AwsFault::held().on(action).always());
        place.says(&[command], text);
        place.aws.clear_faults();
        place.aws.release();
    }
    place.onboard(&["apply", "--yes"]).exits(0);
    place.harness.fail_matching(late().on_path("testConnection"));
    place.says(&["verify"], "waiting: testing the connectors, 0 of 5, 2 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn short_operations_are_not_reported_as_waits() {
    let place = Place::new().await;
    let run = place.onboard(&["plan"]).exits(0);
    assert!(!run.stderr.contains("waiting:"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_an_error_that_says_so() {
    let place = Place::new().await;
    for action in ["sts:GetCallerIdentity", "organizations:ListAccounts", "iam:GetRole"] {
        place.aws.fail(AwsFault::endless().on(action).always());
        let begun = Instant::now();
        let run = place.onboard(&["plan", "--full"]).exits(1);
        let said = format!("{}{}", run.stderr, run.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("the response is longer than 16 MiB"), "{action}: {said}");
        assert!(begun.elapsed() < Duration::from_mins(3), "{action}: it ends");
        place.aws.clear_faults();
    }
    let endless = json!({"status": "SUCCESS", "data": {"totalItems": 1_000_000_000_000_u64, "content": [
        {"connector": {"identifier": "a", "type": "CEAws", "spec": {}}}]}});
    place.harness.fail_matching(Fault::json(200, &endless).on_path("listV2").always());
    let run = place.onboard(&["plan"]).exits(1);
    assert!(run.stderr.contains("more than 5000 pages is not read"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_an_apply_is_printed_even_if_the_output_cannot_be_written() {
    let place = Place::new().await;
    let run = place.printing("apply --yes", "> /dev/full").exits(1);
    assert!(run.stderr.contains("error: the output cannot be written"), "{}", run.stderr);
    assert_eq!(place.harness.connectors().len(), 0, "a plan that cannot be shown is not carried out");
    let run = place.printing("--json apply --yes", "> /dev/full").exits(1);
    assert_eq!(place.harness.connectors().len(), 5, "what began is finished");
    assert!(run.stderr.contains("the report, because the output cannot be written"), "{}", run.stderr);
    assert!(run.stderr.contains("10 of 10 steps done"), "{}", run.stderr);
    assert!(run.stderr.contains("error: the output cannot be written"), "{}", run.stderr);
    place.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_with_a_closed_output_is_finished_and_its_report_is_printed() {
    let place = Place::new().await;
    let run = place.printing("apply --yes", "| true").exits(0);
    assert_eq!(place.harness.connectors().len(), 5);
    assert!(run.stderr.contains("the report, because the output cannot be written"), "{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    place.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}
