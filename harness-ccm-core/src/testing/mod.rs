//! The conformance suite: what every backend has to do, as plain functions over the traits. Not covered by semver.
//!
//! Each suite panics at the first thing that is not as the trait promises, naming it. They work on things that they make
//! themselves, under names that begin with what the caller gives, and remove them again.
//!
//! [`role_provisioner_tests`](crate::role_provisioner_tests), [`connector_client_tests`](crate::connector_client_tests) and
//! [`account_source_tests`](crate::account_source_tests) make one `#[test]` for each case. What fails says the sentence of the
//! contract, and the fields that differ.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite speaks by panicking"
)]

pub mod accounts;
pub mod connectors;
pub mod published;
mod role_policies;
mod role_site;
pub mod roles;

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;

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

/// Says what the contract asks for if what follows panics.
#[doc(hidden)]
#[derive(Debug)]
pub struct Contract(pub &'static str);

impl Drop for Contract {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "what a test says goes there")]
            {
                eprintln!("the contract: {}", self.0);
            }
        }
    }
}

/// That two states are the same; the panic has the fields that differ.
#[track_caller]
fn same<T: Serialize>(case: &str, is_same: bool, expected: &T, found: &T) {
    assert!(is_same, "{case}: {}", differences(expected, found));
}

/// The fields that differ, a line each.
fn differences<T: Serialize>(expected: &T, found: &T) -> String {
    let fields = |state: &T| {
        let mut fields = BTreeMap::new();
        flatten(&serde_json::to_value(state).unwrap_or_default(), String::new(), &mut fields);
        fields
    };
    let (expected, found) = (fields(expected), fields(found));
    let mut lines = Vec::new();
    for key in expected.keys().chain(found.keys().filter(|key| !expected.contains_key(*key))) {
        let said = |fields: &BTreeMap<String, String>| fields.get(key).cloned().unwrap_or("nothing".into());
        if expected.get(key) != found.get(key) {
            lines.push(format!("{key}: expected {}, found {}", said(&expected), said(&found)));
        }
    }
    lines.join("\n")
}

fn flatten(value: &Value, path: String, fields: &mut BTreeMap<String, String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(inner) if !inner.is_empty() => {
            inner.iter().for_each(|(key, value)| flatten(value, below(key), fields));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| flatten(item, below(&at.to_string()), fields));
        }
        other => drop(fields.insert(path, other.to_string())),
    }
}

/// Hands a list of cases on to what is made of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance {
    // One test for each.
    (tests $module:ident ($block_on:expr, $start:expr); $($case:ident $sentence:literal;)*) => {
        $(
            #[test]
            fn $case() {
                let _contract = $crate::testing::Contract($sentence);
                $block_on(async {
                    let (backend, site, _kept) = $start.await;
                    $crate::testing::$module::$case(&backend, &site).await;
                });
            }
        )*
    };
    // All, one after the other.
    (suite $module:ident ($backend:expr, $site:expr); $($case:ident $sentence:literal;)*) => {
        $(
            {
                let _contract = $crate::testing::Contract($sentence);
                $case($backend, $site).await;
            }
        )*
    };
    // Their names.
    (names $module:ident (); $($case:ident $sentence:literal;)*) => { [$(stringify!($case)),*] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_differ_are_told_and_no_others() {
        let state = |tags: &[(&str, &str)], max: u32| {
            let tags: BTreeMap<_, _> = tags.iter().copied().collect();
            serde_json::json!({"arn": "a", "tags": tags, "max": max, "none": []})
        };
        let told = differences(&state(&[("a", "1"), ("b", "2")], 1), &state(&[("a", "1"), ("c", "3")], 2));
        let expected = [
            "max: expected 1, found 2",
            "tags.b: expected \"2\", found nothing",
            "tags.c: expected nothing, found \"3\"",
        ];
        assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    }
}
