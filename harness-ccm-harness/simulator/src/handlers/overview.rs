//! The number of connectors of each type and status, and the list of all types.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::handlers::access::Caller;
use crate::incoming::Incoming;
use crate::kinds;
use crate::lock::lock;
use crate::state::State;

/// Returns the numbers of connectors of a scope that the caller may view.
pub(crate) fn stats(state: &State, caller: &Caller, incoming: &Incoming) -> String {
    let scope = |name| incoming.param(name).unwrap_or_default();
    let (org, project) = (scope("orgIdentifier"), scope("projectIdentifier"));
    let (mut types, mut statuses) = (BTreeMap::new(), BTreeMap::new());
    for (key, record) in lock(&state.store).iter() {
        if key.0 == org && key.1 == project && caller.permissions.view.holds(&key.2) {
            *types.entry(record.facts.kind.clone()).or_insert(0) += 1;
            *statuses.entry(record.facts.status.clone()).or_insert(0) += 1;
        }
    }
    json!({"typeStats": counts("type", types), "statusStats": counts("status", statuses)}).to_string()
}

fn counts(name: &str, counted: BTreeMap<String, u64>) -> Vec<Value> {
    counted.into_iter().map(|(word, count)| json!({name: word, "count": count})).collect()
}

/// Returns all types of connectors, by category.
pub(crate) fn catalogue() -> String {
    let of = |category: &str| kinds::of_category(category).collect::<Vec<_>>();
    let entries =
        kinds::CATEGORIES.iter().map(|category| json!({"category": category, "connectors": of(category)}));
    json!({"catalogue": entries.collect::<Vec<_>>()}).to_string()
}
