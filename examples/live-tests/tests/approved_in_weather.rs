//! `apply FILE` while calls are refused, lost and answered too late: the same file is applied until it is done.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, Denier, LocalAws};
use harness_ccm_simulator::{Fault, RunningSimulator};
use serde_json::Value;
use support::{Run, harness, live, steps};

const MEMBERS: usize = 12;

/// Four ran clean; one takes half a minute, most of it in waits before retries.
const SEEDS: std::ops::Range<u64> = 1..2;

fn intent(features: &str) -> String {
    format!(
        r#"
owner = "finops"
harness = {{ cluster = "us" }}
organization = {{ id = "o-a1b2c3d4e5" }}

[limits]
max-updates = 1.0
max-removals = 1.0

[[rules]]
name = "stays"
accounts = ["000000000001"]
features = ["visibility"]

[[rules]]
name = "all"
{features}
"#
    )
}

struct Estate {
    aws: LocalAws,
    harness: RunningSimulator,
    folder: tempfile::TempDir,
}

impl Estate {
    async fn new() -> Self {
        let aws = LocalAws::start().with_members(MEMBERS);
        let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
        Self { aws, harness, folder: tempfile::tempdir().unwrap() }
    }

    fn onboard(&self, arguments: &[&str]) -> Run {
        Run::of(live(self.folder.path(), self.aws.environment(), &self.harness).args(arguments))
    }

    fn intend(&self, features: &str) {
        std::fs::write(self.folder.path().join("onboard.toml"), intent(features)).unwrap();
    }

    /// One write in three is refused, one call in ten lost after it took effect.
    fn begin_to_fail(&self, seed: u64) {
        self.aws.set_seed(seed);
        for action in ["iam:PutRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy"] {
            self.aws.fail(AwsFault::not_allowed_by(Denier::IdentityPolicy).on(action).with_probability(0.3));
        }
        self.aws.fail(AwsFault::hang_up().after_commit().with_probability(0.1));
        for (method, path) in [("POST", "/connectors?"), ("PUT", "/connectors?"), ("DELETE", "/connectors/")]
        {
            let write = Fault::unauthorized().matching(method, path).with_probability(0.3);
            self.harness.fail_matching(write);
        }
        self.harness.fail_matching(Fault::hang_up().after_commit().with_probability(0.1));
    }

    fn stop_failing(&self) {
        self.aws.clear_faults();
        self.harness.clear_faults();
    }

    fn plan_file(&self, mode: &str) -> Value {
        self.onboard(&["--mode", mode, "plan", "--out", "plan.json"]).exits(0);
        serde_json::from_slice(&std::fs::read(self.folder.path().join("plan.json")).unwrap()).unwrap()
    }

    /// Applies the file again and again while calls fail, then once without failures. Returns the number of failed runs.
    fn apply_until_done(&self, mode: &str, seed: u64) -> usize {
        let planned = self.plan_file(mode);
        let accounts: BTreeSet<_> = steps(&planned).into_iter().map(|(account, _)| account).collect();
        assert!(accounts.len() >= MEMBERS - 1, "nearly every account has steps");
        self.begin_to_fail(seed);
        let apply = || self.onboard(&["--mode", mode, "apply", "plan.json", "--yes"]);
        let failed = (0..3).map(|_| apply()).filter(|run| run.code != 0).inspect(|run| {
            assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains("remedy: "), "{}{}", run.stdout, run.stderr);
        });
        let failed = failed.count();
        self.stop_failing();
        apply().exits(0);
        self.onboard(&["--mode", mode, "plan", "--detailed-exitcode"]).exits(0);
        failed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_is_applied_until_it_is_done() {
    let mut failed = 0;
    for seed in SEEDS {
        let estate = Estate::new().await;
        let phases = [
            ("upsert", "features = [\"visibility\"]"),
            ("upsert", "features = [\"visibility\", \"governance\"]"),
            ("sync", "features = [\"visibility\"]"),
            ("sync", "skip = \"no more\""),
        ];
        for (phase, (mode, features)) in (0..).zip(phases) {
            estate.intend(features);
            failed += estate.apply_until_done(mode, 10 * seed + phase);
        }
        assert_eq!(estate.harness.connectors().len(), 1, "the account that stays");
    }
    assert!(failed > 0, "no run failed");
}
