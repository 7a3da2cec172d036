//! The conformance suite: what every backend has to do, as plain functions over the traits. Not covered by semver.
//!
//! Each suite panics at the first thing that is not as the trait promises, naming it. They work on things that they make
//! themselves, under names that begin with what the caller gives, and remove them again.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite speaks by panicking"
)]

pub mod accounts;
pub mod connectors;
pub mod published;
pub mod roles;

use std::fmt::Debug;

use crate::error::{Effect, ErrorKind, Result, Retry};

/// What an operation has to answer; the panic names the case.
fn ok<T>(case: &str, result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{case}: {}", error.report()),
    }
}

/// How an operation has to fail.
fn fails<T: Debug>(case: &str, result: Result<T>, kind: ErrorKind) {
    match result {
        Err(error) if error.kind() == kind => {}
        other => panic!("{case}: expected an error of the kind {kind:?}, got {other:?}"),
    }
}

/// How an operation has to fail whose expectation does not hold: nothing was written, and the plan has to be made anew.
fn out_of_date<T: Debug>(case: &str, result: Result<T>) {
    match result {
        Err(error)
            if error.kind() == ErrorKind::Conflict
                && error.retry() == Retry::AfterObserving
                && error.effect() == Effect::None => {}
        other => panic!("{case}: expected a conflict that asks to observe again, got {other:?}"),
    }
}
