use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::handlers::connection_test;
use crate::incoming::Incoming;
use crate::lock::lock;
use crate::settings::Settings;
use crate::state::State;
use crate::store::record::{Key, at_account_scope, raw_record};

/// Handles a control request, which comes from another process. Controls need no key and are not logged. Latency, rate limit
/// and faults do not apply to them.
pub(crate) async fn handle(state: &State, incoming: &Incoming, command: &str) -> Answer {
    let (status, body) = match obey(state, incoming, command).await {
        Ok(Some(body)) => (200, body),
        Ok(None) => (404, json!({"error": "unknown control"}).to_string()),
        Err(error) => (400, json!({"error": error}).to_string()),
    };
    Answer { status, body }
}

async fn obey(state: &State, incoming: &Incoming, command: &str) -> Result<Option<String>, String> {
    let done = || Ok(Some("true".to_owned()));
    let (noun, name) = command.split_once('/').unwrap_or((command, ""));
    match (incoming.method.as_str(), noun, name) {
        ("GET", "requests", "") => Ok(Some(json!(lock(&state.log).all()).to_string())),
        ("DELETE", "requests", "") => {
            lock(&state.log).forget();
            done()
        }
        ("GET", "state", "") => Ok(Some(lock(&state.store).dump())),
        ("PUT", "state", "") => {
            let records: Vec<Value> = body(incoming)?;
            lock(&state.store).replace(records);
            done()
        }
        ("POST", "state", "") => {
            let records: Vec<Value> = body(incoming)?;
            lock(&state.store).extend(records);
            done()
        }
        ("DELETE", "state", "") => {
            state.reset();
            done()
        }
        ("GET", "faults", "") => Ok(Some(json!(lock(&state.faults).active()).to_string())),
        ("POST", "faults", "") => {
            lock(&state.faults).add(body::<Fault>(incoming)?);
            done()
        }
        ("DELETE", "faults", "") => {
            lock(&state.faults).clear();
            done()
        }
        ("GET", "settings", "") => Ok(Some(json!(*state.settings()).to_string())),
        ("PATCH", "settings", "") => {
            let mut wanted = json!(*state.settings());
            // Not a merge patch, in which no limit could be lifted: `null` is a value of some settings.
            if let Value::Object(settings) = &mut wanted {
                settings.extend(body::<serde_json::Map<_, _>>(incoming)?);
            }
            let wanted: Settings = serde_json::from_value(wanted).map_err(|error| error.to_string())?;
            wanted.check()?;
            state.change_settings(|settings| *settings = wanted);
            done()
        }
        ("POST", "health-job", "") => {
            connection_test::health_job(state).await;
            done()
        }
        ("PUT", "references", id) => {
            lock(&state.referenced).insert(key(id));
            done()
        }
        ("DELETE", "references", id) => Ok(Some(lock(&state.referenced).remove(&key(id)).to_string())),
        ("PUT", "connectors", id) => {
            let mut record = raw_record(body(incoming)?);
            if let Some(connector) = record["connector"].as_object_mut() {
                connector.insert("identifier".into(), json!(key(id).2));
            }
            lock(&state.store).insert(record);
            done()
        }
        ("PATCH", "connectors", id) => {
            let patch: Value = body(incoming)?;
            let changed = lock(&state.store).change(&key(id), |record| merge(record, patch));
            Ok(Some(changed.is_some().to_string()))
        }
        ("DELETE", "connectors", id) => Ok(Some(lock(&state.store).remove(&key(id)).to_string())),
        _ => Ok(None),
    }
}

fn key(id: &str) -> Key {
    at_account_scope(&percent_decode_str(id).decode_utf8_lossy())
}

fn body<T: DeserializeOwned>(incoming: &Incoming) -> Result<T, String> {
    serde_json::from_slice(&incoming.body).map_err(|error| error.to_string())
}

/// Applies a merge patch (RFC 7396): an object is merged, `null` removes the field, any other value replaces it.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (field, value) in patch {
        match (value, target.as_object_mut()) {
            (Value::Null, Some(target)) => drop(target.remove(&field)),
            (value, Some(target)) => merge(target.entry(field).or_insert(Value::Null), value),
            (_, None) => {}
        }
    }
}
