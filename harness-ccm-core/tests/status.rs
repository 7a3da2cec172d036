//! The result of a run: in the library, in its text and as an exit code.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_executor::block_on;
use harness_ccm_core::apply::{
    ApplyOptions, Deadline, EndedEarly, FailureBudget, Report, Status, StopSignal, apply_plan,
};
use harness_ccm_core::backend::{NoPause, Pause};
use harness_ccm_core::connector::PolicyWarning;
use harness_ccm_core::event::{Event, EventSink, NoEvents};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::naming::Naming;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{PlanOptions, make_plan};
use harness_ccm_fixtures::Scenario;
use support::*;

fn world(count: u64) -> World {
    World::new((1..=count).map(|number| account(number, &format!("team {number}"))))
}

fn run(world: &World, count: u64, options: &ApplyOptions) -> Report {
    watched(world, count, options, &NoEvents)
}

fn watched(world: &World, count: u64, options: &ApplyOptions, events: &dyn EventSink) -> Report {
    let desired = desired(visibility(), 1..=count);
    let (roles, connectors) = (world.roles(), world.connectors());
    let observed =
        block_on(observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents))
            .unwrap();
    let approved = make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::none()).unwrap();
    block_on(apply_plan(&approved, &roles, &connectors, options, events))
}

/// Status, whether the exit code is that of success, and the text.
fn shown(report: &Report) -> (Status, bool, String) {
    assert_eq!(report.status().is_success(), report.exit_code() == ExitCode::SUCCESS);
    (report.status(), report.status().is_success(), report.to_string())
}

#[test]
fn a_run_that_could_read_nothing_is_incomplete_and_not_a_success() {
    let world = world(2);
    (1..=2).for_each(|number| world.make_unreachable(&id(number)));
    let report = run(&world, 2, &ApplyOptions::default());
    let (status, success, text) = shown(&report);
    assert_eq!((status, success), (Status::Incomplete, false));
    assert_eq!(report.incomplete().count(), 4, "role and connector of each");
    let accounts: BTreeSet<_> = report.incomplete().map(|withheld| withheld.account.clone()).collect();
    assert_eq!(accounts, [id(1), id(2)].into());
    assert!(
        text.ends_with("0 of 0 steps done, 0 failed, 0 skipped, 0 not started; 4 incomplete, 0 held back.\n"),
        "{text}"
    );
    assert!(text.contains("000000000001: role HarnessCERole is incomplete: could not be read: "), "{text}");
}

#[test]
fn resources_held_back_by_choice_are_counted_and_change_no_status() {
    let world = world(2);
    let report = run(&world, 2, &ApplyOptions::default());
    assert_eq!(
        shown(&report),
        (Status::Applied, true, "4 of 4 steps done, 0 failed, 0 skipped, 0 not started.\n".into())
    );
    for number in 1..=2 {
        world.edit_role(&id(number), &"HarnessCERole".parse().unwrap(), |role| {
            role.tags.clear();
            role.inline.clear();
        });
    }
    let report = run(&world, 2, &ApplyOptions::default());
    assert_eq!(report.held_back().count(), 2, "{report}");
    assert_eq!(
        shown(&report),
        (
            Status::InSync,
            true,
            "0 of 0 steps done, 0 failed, 0 skipped, 0 not started; 0 incomplete, 2 held back.\n".into()
        )
    );
}

#[test]
fn one_account_that_cannot_be_read_makes_a_run_incomplete_and_the_others_are_done() {
    let world = world(3);
    world.make_unreachable(&id(2));
    let report = run(&world, 3, &ApplyOptions::default());
    let (status, success, text) = shown(&report);
    assert_eq!((status, success), (Status::Incomplete, false));
    assert_eq!(report.done(), 4);
    assert!(text.contains("; 2 incomplete, 0 held back."), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["withheld"].as_array().unwrap().len(), 2);
    assert_eq!(json["withheld"][0]["account"], "000000000002");
    world.make_reachable(&id(2));
    assert_eq!(run(&world, 3, &ApplyOptions::default()).status(), Status::Applied);
    assert_eq!(run(&world, 3, &ApplyOptions::default()).status(), Status::InSync);
}

#[test]
fn a_failed_step_outweighs_what_is_incomplete() {
    let world = world(3);
    world.make_unreachable(&id(2));
    world.refuse_connector(&id(1), Some("not here"));
    let (status, success, _) = shown(&run(&world, 3, &ApplyOptions::default()));
    assert_eq!((status, success), (Status::Partial, false));
    let one = self::world(1);
    one.refuse_connector(&id(1), Some("not here"));
    assert_eq!(run(&one, 1, &ApplyOptions::default()).status(), Status::Partial, "the role was made");
    assert_eq!(run(&one, 1, &ApplyOptions::default()).status(), Status::Failed);
}

#[test]
fn of_many_incomplete_resources_some_are_named_and_all_are_counted() {
    let world = world(12);
    (1..=12).for_each(|number| world.make_unreachable(&id(number)));
    let text = run(&world, 12, &ApplyOptions::default()).to_string();
    assert_eq!(text.matches(" is incomplete: ").count(), 20);
    assert!(text.contains("and 4 more that are incomplete.\n"), "{text}");
}

/// A clock that the test moves: pauses end when it was moved.
#[derive(Clone, Debug, Default)]
struct Clock(Arc<Mutex<bool>>);

#[async_trait]
impl Pause for Clock {
    async fn pause(&self, after: Duration) {
        assert_eq!(after, Duration::from_mins(14));
        futures_util::future::poll_fn(|context| {
            if *self.0.lock().unwrap() {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}

/// Moves the clock when the third step is done.
#[derive(Debug, Default)]
struct Mover(Clock, Mutex<usize>);

impl EventSink for Mover {
    fn event(&self, event: &Event) {
        if matches!(event, Event::StepFinished { .. }) {
            let mut finished = self.1.lock().unwrap();
            *finished += 1;
            *self.0.0.lock().unwrap() |= *finished == 3;
        }
    }
}

#[test]
fn a_deadline_that_passes_within_an_account_starts_none_of_its_other_steps() {
    let mover = Mover::default();
    let deadline = Deadline::after(Duration::from_mins(14), mover.0.clone());
    let options = ApplyOptions::default().with_deadline(deadline).with_concurrency(1);
    let world = world(40);
    let report = watched(&world, 40, &options, &mover);
    assert_eq!((report.status(), report.ended), (Status::Partial, Some(EndedEarly::Deadline)));
    assert_eq!((report.done(), report.steps.len()), (3, 80));
    assert_eq!(run(&world, 40, &ApplyOptions::default()).status(), Status::Applied, "the next run continues");
}

#[test]
fn after_its_deadline_a_run_begins_nothing_and_its_report_is_whole() {
    let late = ApplyOptions::default().with_deadline(Deadline::after(Duration::ZERO, NoPause));
    let clock = Clock::default();
    let early =
        ApplyOptions::default().with_deadline(Deadline::after(Duration::from_mins(14), clock.clone()));
    let world = world(40);
    assert_eq!(run(&world, 40, &early).status(), Status::Applied);
    let world = self::world(40);
    let report = run(&world, 40, &late.with_concurrency(1));
    assert_eq!(report.ended, Some(EndedEarly::Deadline));
    assert_eq!(report.steps.len(), 80, "each step has its outcome");
    assert!(report.to_string().contains("not started, because its deadline passed."), "{report}");
    *clock.0.lock().unwrap() = true;
    let rest = run(&world, 40, &ApplyOptions::default());
    assert_eq!((rest.status(), rest.ended), (Status::Applied, None), "the next run continues");
}

#[test]
fn the_reason_for_an_early_end_is_reported() {
    let stop = StopSignal::new();
    stop.stop();
    let report = run(&world(2), 2, &ApplyOptions::default().with_stop(stop));
    assert_eq!((report.status(), report.ended), (Status::Failed, Some(EndedEarly::Stopped)));
    let world = world(30);
    (1..=30).for_each(|number| world.refuse_connector(&id(number), Some("nowhere")));
    let report = run(&world, 30, &ApplyOptions::default().with_concurrency(1));
    assert_eq!((report.status(), report.ended), (Status::Partial, Some(EndedEarly::Failures)));
    let unlimited = ApplyOptions::default().with_budget(FailureBudget::unlimited());
    assert_eq!(run(&world, 30, &unlimited).ended, None, "all were started");
}

#[test]
fn no_further_count_is_shown_if_all_are_named() {
    for (count, more) in [(10, false), (11, true)] {
        let world = world(count);
        (1..=count).for_each(|number| world.make_unreachable(&id(number)));
        // Role and connector of each, of which twenty are named.
        let (_, _, text) = shown(&run(&world, count, &ApplyOptions::default()));
        assert_eq!(text.contains("more that are incomplete"), more, "{text}");
    }
}

#[test]
fn a_report_names_ten_of_the_accounts_in_which_the_same_step_failed() {
    for (count, more) in [(2, None), (10, None), (11, Some("and 1 more")), (15, Some("and 5 more"))] {
        let world = World::new((1..=count).map(|number| account(number, &format!("team {number}"))));
        for number in 1..=count {
            world.refuse_connector(&id(number), Some("not here"));
        }
        let intent = owned(visibility()).with_naming(Naming::AccountId);
        let scenario = Scenario::new(&world, &intent);
        let report = scenario.apply(scenario.plan().plan);
        let text = report.to_string();
        let line = text.lines().find(|line| line.starts_with("  in 000000000001, 000000000002")).unwrap();
        assert_eq!(line.matches("0000000").count(), usize::try_from(count.min(10)).unwrap(), "{text}");
        assert_eq!(line.find("and").map(|at| &line[at..]), more, "{text}");
        assert!(!text.contains("with warnings of policies"), "{text}");
    }
}

#[test]
fn a_report_counts_the_steps_with_warnings() {
    let world = world(3);
    let mut report = run(&world, 3, &ApplyOptions::default());
    for step in [1, 3] {
        report.steps[step].warnings = vec![PolicyWarning::new("tags", ["no owner"])];
    }
    assert!(report.to_string().contains(", 2 with warnings of policies"), "{report}");
}
