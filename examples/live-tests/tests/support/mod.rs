//! An organization in moto, a Harness in the simulator, and the `onboard` program between them.
#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "shared by test files; a test that can not be set up fails"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use harness_ccm_aws::AwsBackend;
use harness_ccm_core::secret::Secret;
use harness_ccm_harness::simulator::{RunningSimulator, Simulator};
use harness_ccm_moto_server::MotoServer;
use serde_json::Value;

pub(crate) const KEY: &str = "pat.acct.0123456789abcdef01234567.SecretMarkOfTheTest";

/// Twenty-eight members with the names that real organizations have, and the caller's own account. Prints `id name` lines.
const ORGANIZATION: &str = r"
import boto3
client = boto3.client('organizations')
client.create_organization(FeatureSet='ALL')
names = ['data-prod', 'data prod', 'data_prod', 'org', 'account', 'R&D (EU)', '1st line', '***', 'sandbox-anna', 'a.b']
names += [f'team {number}' for number in range(18)]
for number, name in enumerate(names):
    client.create_account(AccountName=name, Email=f'{number}@example.com')
for page in client.get_paginator('list_accounts').paginate():
    for account in page['Accounts']:
        print(account['Id'], account['Name'])
";

const INTENT: &str = r#"
[harness]
cluster = "us"

[[rules]]
name = "payer"
management = true
features = ["visibility"]

[[rules]]
name = "sandboxes"
names = ["sandbox-*"]
skip = "no spend"

[[rules]]
name = "members"
features = ["visibility", "governance", "optimization"]
optimization = { kinds = ["ec2", "rds"] }
"#;

pub(crate) struct Site {
    pub(crate) moto: MotoServer,
    pub(crate) harness: RunningSimulator,
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains("SecretMark"), "the API key was printed: {text}");
        }
        self
    }
}

impl Site {
    pub(crate) async fn start() -> Self {
        let moto = MotoServer::start();
        let accounts: Vec<_> = moto
            .run_python(ORGANIZATION, &[])
            .lines()
            .map(|line| line.split_once(' ').map(|(id, name)| (id.into(), name.into())).unwrap())
            .collect();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(moto.endpoint())
            .credentials_provider(Credentials::for_tests())
            .load()
            .await;
        let harness = Simulator::builder()
            .account("acct".parse().unwrap())
            .api_key(Secret::new(KEY))
            .rate_limit(None)
            .roles(Some(Arc::new(AwsBackend::from_sdk_config(&config).roles())))
            .start(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
        moto.take_calls();
        Self { moto, harness, accounts, folder }
    }

    /// Runs `onboard --backend live` against both.
    pub(crate) fn onboard(&self, arguments: &[&str]) -> Run {
        self.onboard_with(arguments, &[])
    }

    /// The same with other variables; an empty value takes the variable away.
    pub(crate) fn onboard_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(program());
        command
            .args(["--backend", "live"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.moto.environment())
            .env("HOME", self.folder.path())
            .env("HARNESS_ACCOUNT_ID", "acct")
            .env("HARNESS_PLATFORM_API_KEY", KEY)
            .env("HARNESS_ENDPOINT", self.harness.endpoint())
            .stdin(Stdio::null());
        for (name, value) in variables {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        let output = command.output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn id(&self, name: &str) -> &str {
        &self.accounts.iter().find(|(_, other)| other == name).unwrap().0
    }

    /// The writes that either side received since the last time this was asked.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        let reads = ["Get", "List", "Describe", "Assume"];
        let aws = self.moto.take_calls().into_iter().filter(|call| {
            let action = call.split(':').nth(1).unwrap_or_default();
            !reads.iter().any(|read| action.starts_with(read))
        });
        let harness = self
            .harness
            .requests()
            .into_iter()
            .filter(|request| {
                request.method != "GET"
                    && !request.path.ends_with("listV2")
                    && !request.path.contains("testConnection")
            })
            .map(|request| format!("{} {}", request.method, request.path));
        let writes = aws.chain(harness).collect();
        self.harness.forget_requests();
        writes
    }
}

/// The example as it was built together with this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples/onboard");
    assert!(
        program.exists(),
        "run the tests with `cargo test --workspace`: {} is not built",
        program.display()
    );
    program
}

/// The accounts that a plan does something in, with what it does.
pub(crate) fn steps(plan: &Value) -> Vec<(String, String, String)> {
    let accounts = plan["accounts"].as_object().unwrap();
    accounts
        .iter()
        .flat_map(|(id, account)| {
            account["steps"].as_array().into_iter().flatten().map(move |step| {
                let action = step["action"].as_object().unwrap().keys().next().unwrap().clone();
                (id.clone(), action, step["changes"].to_string())
            })
        })
        .collect()
}
