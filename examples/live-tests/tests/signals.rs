//! Signals during writes: the first one drains, the second one ends the run at once.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use harness_ccm_aws_servers::skip;
use harness_ccm_simulator::Fault;
use support::{Run, Site};

const INTENT: &str = r#"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

/// A site in which Harness responds to the creation of a connector only after this many milliseconds, and the program that
/// waits for that.
async fn waiting(milliseconds: u64) -> (Site, Child) {
    let site = Site::of(20, INTENT).await;
    site.harness.fail_matching(Fault::late(milliseconds).matching("POST", "crossAccountRoleArn").always());
    let program = site.spawn_piped(&["apply", "--yes"]);
    let begun = Instant::now();
    let is_asked = |site: &Site| {
        let requests = site.harness.requests();
        requests.iter().any(|request| request.method == "POST" && request.path.ends_with("/connectors"))
    };
    while !is_asked(&site) {
        assert!(begun.elapsed() < Duration::from_mins(2), "it never asks for a connector");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (site, program)
}

fn send(signal: &str, program: &Child) {
    let sent = Command::new("kill").args([signal, &program.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_of_any_kind_finishes_what_is_under_way_and_reports() {
    if skip() {
        return;
    }
    for (signal, name) in [("-INT", "SIGINT"), ("-TERM", "SIGTERM"), ("-HUP", "SIGHUP")] {
        let (site, program) = waiting(1_500).await;
        send(signal, &program);
        let run = Run::from(program.wait_with_output().unwrap()).exits(1);
        assert!(run.stderr.contains(&format!("{name}: calls under way are finished")), "{}", run.stderr);
        assert!(run.stdout.contains("not started"), "{name}: {}", run.stdout);
        let made = site.harness.connectors().len();
        assert!((1..21).contains(&made), "{name}: {made} connectors");
        site.harness.clear_faults();
        site.onboard(&["apply", "--yes"]).exits(0);
        assert_eq!(site.harness.connectors().len(), 21, "{name}: the next run goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_a_run_whose_calls_hang() {
    if skip() {
        return;
    }
    let (site, mut program) = waiting(120_000).await;
    send("-INT", &program);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(program.try_wait().unwrap().is_none(), "the first signal waits for what is under way");
    send("-TERM", &program);
    let begun = Instant::now();
    let run = Run::from(program.wait_with_output().unwrap()).exits(143);
    assert!(begun.elapsed() < Duration::from_secs(20), "it ends at once");
    assert!(run.stderr.contains("SIGTERM: ended at once"), "{}", run.stderr);
    site.harness.clear_faults();
    site.onboard(&["apply", "--yes"]).exits(0);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}
