//! An interrupted run can be run again, under the default limits.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::time::{Duration, Instant};

use harness_ccm_aws_servers::skip;
use support::Site;

const INTENT: &str = r#"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility", "governance"]
"#;

/// Onboards 65 accounts, kills the program after IAM received `writes` writes, and runs it again.
async fn killed_after(writes: usize) {
    let site = Site::of(64, INTENT).await;
    let mut program = site.spawn(&["apply", "--yes"]);
    let begun = Instant::now();
    while site.moto.iam_writes() < writes {
        assert!(program.try_wait().unwrap().is_none(), "it ended before it was killed");
        assert!(begun.elapsed() < Duration::from_mins(2), "it makes no progress");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(site.harness.connectors().len() < 65, "it was killed in its first wave");
    let plan = site.onboard(&["--json", "plan"]).exits(0).json();
    assert_eq!(plan["limits"]["approved"], true, "killed after {writes} writes");
    site.onboard(&["apply", "--yes"]).exits(0);
    assert_eq!(site.harness.connectors().len(), 65, "killed after {writes} writes");
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}

/// The number of interruption points of the first wave to test; all twelve with `HARNESS_CCM_TEST_KILLS=12`.
fn moments() -> Vec<usize> {
    let all = [1, 2, 4, 7, 10, 13, 16, 20, 25, 30, 36, 42];
    let wanted = std::env::var("HARNESS_CCM_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let every = all.len().div_ceil(wanted.clamp(1, all.len()));
    all.into_iter().skip(every / 2).step_by(every).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_apply_that_is_killed_can_be_run_again_under_the_default_limits() {
    if skip() {
        return;
    }
    for writes in moments() {
        killed_after(writes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_apply_whose_credentials_end_can_be_run_again_under_the_default_limits() {
    if skip() {
        return;
    }
    let site = Site::of(64, INTENT).await;
    site.moto.interrupt_iam_after(Some(16));
    site.onboard(&["apply", "--yes"]).exits(1);
    site.moto.interrupt_iam_after(None);
    site.onboard(&["apply", "--yes"]).exits(0);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}
