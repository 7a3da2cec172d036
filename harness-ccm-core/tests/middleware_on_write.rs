//! A write observer receives each write with its outcome, and no read.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::io;
use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use harness_ccm_core::event::StepOutcome;
use harness_ccm_core::middleware::{AuditLog, OnWrite, Write};
use harness_ccm_core::prelude::*;
use harness_ccm_core::timestamp::Timestamp;
use serde_json::Value;
use support::*;

fn world() -> World {
    let world = World::new((1..=2).map(|number| account(number, &format!("team {number}"))));
    world.refuse_connector(&id(2), Some("not here"));
    world
}

#[test]
fn a_closure_sees_every_write_of_both_backends_with_its_outcome_and_no_read() {
    let world = world();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let roles = OnWrite::new(world.roles(), {
        let shown = Arc::clone(&shown);
        move |write: &Write<'_>, outcome: &StepOutcome| {
            let outcome = outcome.to_string();
            let (outcome, _) = outcome.split_once(':').unwrap_or((&outcome, ""));
            let account = write.account().unwrap().to_string();
            shown.lock().unwrap().push(format!(
                "{account} {} {}: {outcome}",
                write.operation(),
                write.resource()
            ));
        }
    });
    let connectors = roles.and(world.connectors());
    let pipeline =
        Pipeline::new(owned(visibility()), world.accounts(), roles, connectors).with_concurrency(1);
    let _ = block_on(pipeline.run()).unwrap();
    let _ = block_on(pipeline.verify()).unwrap();
    let first = std::mem::take(&mut *shown.lock().unwrap());
    assert_eq!(
        first,
        [
            "000000000001 put_role role HarnessCERole: created",
            "000000000001 put_connector connector team_1: created",
            "000000000002 put_role role HarnessCERole: created",
            "000000000002 put_connector connector team_2: failed",
        ]
    );
    let gone =
        block_on(pipeline.plan_offboarding(Some(&[id(1)].into()))).unwrap().check(&Limits::none()).unwrap();
    let _ = block_on(pipeline.apply(&gone));
    assert_eq!(
        *shown.lock().unwrap(),
        [
            "000000000001 remove_connector connector team_1: removed",
            "000000000001 remove_role role HarnessCERole: removed"
        ]
    );
    shown.lock().unwrap().clear();
    let _ = block_on(pipeline.plan()).unwrap();
    assert!(shown.lock().unwrap().is_empty(), "planning only reads");
}

/// A file that is full after some bytes.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>, usize);

impl io::Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap();
        if file.len() >= self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(room: usize) -> (Vec<Value>, Option<String>, Status) {
    let world = world();
    let file = File(Arc::default(), room);
    let log = AuditLog::new(file.clone(), || Timestamp::from_unix_seconds(1_800_000_000).ok());
    let roles = OnWrite::new(world.roles(), log.clone());
    let connectors = roles.and(world.connectors());
    let pipeline =
        Pipeline::new(owned(visibility()), world.accounts(), roles, connectors).with_concurrency(1);
    let status = block_on(pipeline.run()).unwrap().status();
    let text = String::from_utf8(file.0.lock().unwrap().clone()).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), log.error(), status)
}

#[test]
fn the_audit_log_has_a_line_of_json_for_each_write() {
    let (lines, error, status) = logged(usize::MAX);
    assert_eq!((lines.len(), error, status), (4, None, Status::Partial));
    insta::assert_snapshot!(lines[0], @r#"{"time":"2027-01-15T08:00:00Z","operation":"put_role","account":"000000000001","resource":{"role":"arn:aws:iam::000000000001:role/HarnessCERole"},"outcome":"created"}"#);
    assert_eq!(lines[3]["outcome"]["failed"]["kind"], "invalid");
    assert_eq!(lines[3]["outcome"]["failed"]["message"], "not here");
}

#[test]
fn a_log_that_is_full_stops_nothing_and_says_so() {
    let (lines, error, status) = logged(1);
    assert_eq!((lines.len(), status), (1, Status::Partial));
    assert!(error.is_some());
}
