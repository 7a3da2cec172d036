//! With the feature `tracing`, events of backends are within the span of their account and step.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::io;
use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use harness_ccm_core::event::StepOutcome;
use harness_ccm_core::middleware::{OnWrite, Write};
use harness_ccm_core::prelude::*;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of a run over one account, with the end of each span.
fn lines(world: &World) -> String {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_level(false)
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let rule = Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility());
        let intent = Intent::us("acct".parse().unwrap()).with_rule(rule);
        let roles = OnWrite::new(world.roles(), |_: &Write<'_>, _: &StepOutcome| {
            tracing::info!("a backend says something");
        });
        let connectors = roles.and(world.connectors());
        let pipeline = Pipeline::new(intent, world.accounts(), roles, connectors)
            .with_verify_options(VerifyOptions::default().with_attempts(1));
        let _ = block_on(pipeline.run()).unwrap();
        let _ = block_on(pipeline.verify()).unwrap();
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    // Durations differ each time.
    let line = |line: &str| line.split(" time.busy=").next().unwrap_or_default().to_owned();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_account_and_each_step_is_a_span_that_contains_the_events_of_the_backends() {
    let world = World::new([Account::new("111122223333".parse().unwrap(), "web")]);
    insta::assert_snapshot!(lines(&world));
}

#[test]
fn a_failed_step_records_its_failure_in_one_word() {
    let id: AccountId = "111122223333".parse().unwrap();
    let world = World::new([Account::new(id.clone(), "web")]);
    world.refuse_connector(&id, Some("pat.acct.token.secret"));
    let lines = lines(&world);
    assert!(lines.contains("outcome=\"failed\""), "{lines}");
    assert!(!lines.contains("secret"), "{lines}");
}
