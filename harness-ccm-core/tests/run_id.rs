//! Reports say which run they are of.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::apply::ApplyOptions;
use harness_ccm_core::id::RunId;
use harness_ccm_core::memory::World;
use harness_ccm_core::pipeline::Pipeline;
use support::*;

fn run() -> RunId {
    RunId::of(1_800_000_000, 255)
}

fn pipeline() -> Pipeline {
    let world = World::new([account(1, "a")]);
    Pipeline::new(intent(visibility()), world.accounts(), world.roles(), world.connectors())
}

#[test]
fn a_report_says_which_run_it_is_of_in_text_and_json() {
    let report = block_on(pipeline().with_run(run()).run()).unwrap();
    assert_eq!(report.run, Some(run()));
    let text = report.to_string();
    assert!(
        text.ends_with("Run 6b49d200-00ff: CloudTrail has it in the user agent of each call.\n"),
        "{text}"
    );
    assert_eq!(serde_json::to_value(&report).unwrap()["run"], "6b49d200-00ff");
}

#[test]
fn options_of_applying_leave_the_run_of_the_pipeline_or_name_another() {
    let with = |options| block_on(pipeline().with_run(run()).with_apply_options(options).run()).unwrap().run;
    assert_eq!(with(ApplyOptions::default()), Some(run()));
    assert_eq!(with(ApplyOptions::default().with_run(RunId::of(1, 2))), Some(RunId::of(1, 2)));
}

#[test]
fn a_run_without_an_id_is_not_in_the_report() {
    let report = block_on(pipeline().run()).unwrap();
    assert!(!report.to_string().contains("Run "), "{report}");
    assert_eq!(serde_json::to_value(&report).unwrap().get("run"), None);
}
