//! The conformance suite: the requirements for every backend, as plain functions over the traits. Not covered by
//! semver.
//!
//! Each suite panics at the first violation of a trait's contract, and names it. The suites work only on resources that
//! they create, whose names begin with the caller's prefix, and remove them again.
//!
//! [`role_provisioner_tests`](crate::role_provisioner_tests), [`connector_client_tests`](crate::connector_client_tests) and
//! [`account_source_tests`](crate::account_source_tests) generate one `#[test]` for each case. A failure prints the sentence
//! of the contract, and the fields that differ.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite reports by panicking"
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

/// Unwraps a successful result; the panic names the case.
fn ok<T>(case: &str, result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{case}: {}", error.report()),
    }
}

/// Checks that an operation fails with this kind.
fn fails<T: Debug>(case: &str, result: Result<T>, kind: ErrorKind) {
    match result {
        Err(error) if error.kind() == kind => {}
        other => panic!("{case}: expected an error of the kind {kind:?}, got {other:?}"),
    }
}

/// Checks that an operation fails because its expectation does not hold: nothing was written, and a new plan is needed.
fn out_of_date<T: Debug>(case: &str, result: Result<T>) {
    match result {
        Err(error)
            if error.kind() == ErrorKind::Conflict
                && error.retry() == Retry::AfterObserving
                && error.effect() == Effect::None => {}
        other => panic!("{case}: expected a conflict with the advice to observe again, got {other:?}"),
    }
}

/// Prints the sentence of the contract if the following code panics.
#[doc(hidden)]
#[derive(Debug)]
pub struct Contract(pub &'static str);

impl Drop for Contract {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "tests print there")]
            {
                eprintln!("the contract: {}", self.0);
            }
        }
    }
}

/// Checks that two states are the same; the panic shows the fields that differ.
#[track_caller]
fn same<T: Serialize>(case: &str, is_same: bool, expected: &T, found: &T) {
    assert!(is_same, "{case}: {}", differences(expected, found));
}

/// The fields that differ, one per line.
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

/// Passes a list of cases to one of its expansions.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance {
    // One test per case.
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
    // All cases, one after the other.
    (suite $module:ident ($backend:expr, $site:expr); $($case:ident $sentence:literal;)*) => {
        $(
            {
                let _contract = $crate::testing::Contract($sentence);
                $case($backend, $site).await;
            }
        )*
    };
    // The names of the cases.
    (names $module:ident (); $($case:ident $sentence:literal;)*) => { [$(stringify!($case)),*] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_differ_are_shown() {
        let state = |tags: &[(&str, &str)], max: u32| {
            let tags: BTreeMap<_, _> = tags.iter().copied().collect();
            serde_json::json!({"arn": "a", "tags": tags, "max": max, "none": []})
        };
        let shown = differences(&state(&[("a", "1"), ("b", "2")], 1), &state(&[("a", "1"), ("c", "3")], 2));
        let expected = [
            "max: expected 1, found 2",
            "tags.b: expected \"2\", found nothing",
            "tags.c: expected nothing, found \"3\"",
        ];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    }
}
