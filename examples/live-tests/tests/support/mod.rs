//! An organization in moto, a Harness in the simulator, and the `onboard` program between them.
#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "shared by test files; a test that cannot be set up fails"
)]

pub(crate) mod home;
pub(crate) mod loopback;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::MotoServer;
use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{RunningSimulator, Simulator};
use serde_json::Value;

pub(crate) const KEY: &str = "pat.acct.0123456789abcdef01234567.SecretMarkOfTheTest";

/// An organization of members with the given names. Prints its id, then `id name` lines, including the caller's own account.
const ORGANIZATION: &str = r"
import boto3, sys
client = boto3.client('organizations')
client.create_organization(FeatureSet='ALL')
for number, name in enumerate(sys.argv[1:]):
    client.create_account(AccountName=name, Email=f'{number}@example.com')
print(client.describe_organization()['Organization']['Id'])
for page in client.get_paginator('list_accounts').paginate():
    for account in page['Accounts']:
        print(account['Id'], account['Name'])
";

/// Removes accounts from the organization: the listing does not contain them from then on.
const LEAVE: &str = r"
import boto3, sys
client = boto3.client('organizations')
for account in sys.argv[1:]:
    client.remove_account_from_organization(AccountId=account)
";

/// Closes an account: it stays listed as suspended.
const CLOSE: &str = r"
import boto3, sys
boto3.client('organizations').close_account(AccountId=sys.argv[1])
";

/// Twenty-eight members with realistic names.
fn realistic_names() -> Vec<String> {
    let odd = [
        "data-prod",
        "data prod",
        "data_prod",
        "org",
        "account",
        "R&D (EU)",
        "1st line",
        "***",
        "sandbox-anna",
        "a.b",
    ];
    odd.map(str::to_owned).into_iter().chain((0..18).map(|number| format!("team {number}"))).collect()
}

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

/// Its own owner and a pinned organization: required for removals because of a listing.
pub(crate) const PINNED: &str = r#"
owner = "finops"
harness = { cluster = "us" }
organization = { id = "ORGANIZATION", caller = "123456789012" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

/// moto's account for calls with custom credentials.
pub(crate) const CALLER: &str = "123456789012";

pub(crate) struct Site {
    pub(crate) moto: MotoServer,
    pub(crate) harness: RunningSimulator,
    pub(crate) organization: String,
    pub(crate) accounts: Vec<(String, String)>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// Returns the output with its wrapped lines joined.
    pub(crate) fn words(&self) -> String {
        self.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    }

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
        Self::start_with(&realistic_names(), INTENT).await
    }

    /// An organization of `count` accounts in addition to the caller's own, under this intent.
    pub(crate) async fn of(count: usize, intent: &str) -> Self {
        let names: Vec<_> = (1..=count).map(|number| format!("team {number}")).collect();
        Self::start_with(&names, intent).await
    }

    /// An organization of members with these names, under this intent.
    pub(crate) async fn start_with(names: &[String], intent: &str) -> Self {
        let moto = MotoServer::start();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let printed = moto.run_python(ORGANIZATION, &names);
        let (organization, accounts) = printed.split_once('\n').unwrap();
        let accounts: Vec<_> = accounts
            .lines()
            .map(|line| line.split_once(' ').map(|(id, name)| (id.into(), name.into())).unwrap())
            .collect();
        let config = moto.sdk_config().await;
        let harness = harness(&AwsBackend::from_sdk_config(&config)).await;
        let folder = tempfile::tempdir().unwrap();
        moto.take_calls();
        let site = Self { moto, harness, organization: organization.into(), accounts, folder };
        site.write("onboard.toml", intent);
        site
    }

    /// Writes a file into the folder in which the program runs; `ORGANIZATION` is replaced by the organization's id.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let text = text.replace("ORGANIZATION", &self.organization);
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }

    /// The ids of the member accounts, without the caller's own.
    pub(crate) fn members(&self) -> Vec<&str> {
        self.accounts.iter().map(|(id, _)| id.as_str()).filter(|id| *id != CALLER).collect()
    }

    /// Removes accounts from the listing.
    pub(crate) fn leave(&self, accounts: &[&str]) {
        self.moto.run_python(LEAVE, accounts);
    }

    /// Closes an account, and denies access to it.
    pub(crate) fn close(&self, account: &str) {
        self.moto.run_python(CLOSE, &[account]);
        self.moto.close(account);
    }

    /// Starts the program and returns it while it runs.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Does the same with its output captured: [`Run::from`] converts the result of [`Child::wait_with_output`].
    pub(crate) fn spawn_piped(&self, arguments: &[&str]) -> Child {
        self.command(arguments, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs `onboard --backend live` against both.
    pub(crate) fn onboard(&self, arguments: &[&str]) -> Run {
        self.onboard_with(arguments, &[])
    }

    /// Does the same with other variables; an empty value removes the variable.
    pub(crate) fn onboard_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        Run::of(&mut self.command(arguments, variables))
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = live(self.folder.path(), self.moto.environment(), &self.harness);
        command.args(arguments);
        for (name, value) in variables {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        command
    }

    pub(crate) fn id(&self, name: &str) -> &str {
        &self.accounts.iter().find(|(_, other)| other == name).unwrap().0
    }

    /// Returns the removals that either side received since the writes were last requested.
    pub(crate) fn take_removals(&self) -> Vec<String> {
        let removes =
            |write: &String| ["Delete", "Detach", "Untag", "DELETE"].iter().any(|word| write.contains(word));
        self.take_writes().into_iter().filter(removes).collect()
    }

    /// Returns the writes that either side received since the last call.
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
                    && !request.path.ends_with("token/validate")
            })
            .map(|request| format!("{} {}", request.method, request.path));
        let writes = aws.chain(harness).collect();
        self.harness.forget_requests();
        writes
    }
}

/// A simulator whose connection tests check the roles of this AWS.
pub(crate) async fn harness(aws: &AwsBackend) -> RunningSimulator {
    Simulator::builder()
        .account("acct".parse().unwrap())
        .api_key(Secret::new(KEY))
        .rate_limit(None)
        .roles(Some(Arc::new(aws.roles())))
        .start(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap()
}

/// `onboard --backend live` in a folder, with this AWS and this Harness, and with no other variables.
pub(crate) fn live(folder: &Path, aws: [(&str, String); 6], harness: &RunningSimulator) -> Command {
    let mut command = Command::new(program());
    command
        .args(["--backend", "live"])
        .current_dir(folder)
        .env_clear()
        .envs(aws)
        .env("HOME", folder)
        .env("HARNESS_ACCOUNT_ID", "acct")
        .env("HARNESS_PLATFORM_API_KEY", KEY)
        .env("HARNESS_ENDPOINT", harness.endpoint())
        .stdin(Stdio::null());
    command
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

/// Returns the accounts that have steps in a plan, with these steps.
pub(crate) fn steps(plan: &Value) -> Vec<(String, String)> {
    let accounts = plan["accounts"].as_object().unwrap();
    accounts
        .iter()
        .flat_map(|(id, account)| {
            account["steps"].as_array().into_iter().flatten().map(move |step| {
                let action = step["action"].as_object().unwrap().keys().next().unwrap().clone();
                (id.clone(), action)
            })
        })
        .collect()
}
