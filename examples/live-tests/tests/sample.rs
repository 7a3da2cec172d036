//! The program without arguments: the first command of README, on the sample organization in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
#[path = "support/memory.rs"]
mod memory;

use memory::Place;
use serde_json::Value;

#[test]
fn the_sample_is_onboarded_and_exits_with_success_though_it_keeps_a_connector_of_an_account_that_left() {
    let place = Place::new(0);
    let run = place.run(&[]).exits(0);
    for text in [
        "27 of 27 steps done, 0 failed",
        "! connector left_last_year in ",
        "10 of 10 connectors passed; 1 account is not tested.",
        "\nNothing to do in 13 accounts.",
    ] {
        assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
    }
    let json: Value = serde_json::from_str(&place.run(&["--json"]).exits(0).stdout).unwrap();
    assert_eq!(json["verification"]["missing"].as_array().unwrap().len(), 1);
    // The command that only verifies judges that account too.
    place.run(&["verify"]).exits(1);
}

#[test]
fn a_plan_is_printed_in_every_format() {
    let place = Place::new(0);
    for (format, begins) in [
        ("text", "Changes:\n"),
        ("markdown", "## Plan for the Harness account `"),
        ("html", "<!DOCTYPE html>\n"),
        ("json", "{\n  \"kind\": \"harness-ccm plan\""),
    ] {
        let run = place.run(&["plan", "--format", format]);
        assert!(run.stdout.contains(begins), "{format}: {}", run.stdout);
    }
    place.run(&["--json", "plan", "--format", "text"]).exits(1).says(&["cannot be used with"]);
    let full = place.run(&["plan", "--full"]).stdout;
    assert!(full.lines().count() > place.run(&["plan"]).stdout.lines().count(), "{full}");
}

#[test]
fn fail_on_makes_the_run_fail_and_changes_nothing_else() {
    let place = Place::new(0);
    place.run(&["plan"]).exits(0);
    let judged = place.run(&["plan", "--fail-on", "risk,foreign,duplicate-connector"]).exits(1);
    judged.says(&["--fail-on risk: 1 account"]);
    place.run(&["plan", "--fail-on", "duplicate-connector"]).exits(0);
    place.run(&["plan", "--detailed-exitcode", "--fail-on", "duplicate-connector"]).exits(2);
    let applied =
        place.run(&["apply", "--yes", "--fail-on", "risk"]).exits(1).says(&["--fail-on risk: 1 account"]);
    assert!(applied.stdout.contains("27 of 27 steps done, 0 failed"), "{}", applied.stdout);
    place.run(&["plan", "--fail-on", "risks"]).exits(1).says(&["not a kind of finding", "wider-trust"]);
}

#[test]
fn the_status_is_printed_in_every_format() {
    let place = Place::new(0);
    for (format, begins) in [
        ("text", "12 accounts, 10 to be onboarded.\n"),
        ("html", "<!DOCTYPE html>\n"),
        ("json", "{\n  \"format_version\": 1,"),
    ] {
        let run = place.run(&["status", "--format", format]).exits(0);
        assert!(run.stdout.starts_with(begins), "{format}: {}", run.stdout);
    }
    place.run(&["--json", "status", "--format", "text"]).exits(1).says(&["cannot be used with"]);
}
