use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::answer::respond;
use super::fault::Fault;
use super::incoming::Incoming;
use super::server::{Server, lock};
use super::store::{key_of, raw_record};

/// The controls, for a simulator in another process. They need no key and are not logged.
pub(super) fn handle(server: &Server, incoming: &Incoming, command: &str) -> Response<Body> {
    let (status, body) = obey(server, incoming, command);
    respond(status, "application/json", body.to_string())
}

fn obey(server: &Server, incoming: &Incoming, command: &str) -> (u16, Value) {
    let bad = |error: serde_json::Error| (400, json!({"error": error.to_string()}));
    match (incoming.method.as_str(), command.split_once('/').unwrap_or((command, ""))) {
        ("GET", ("requests", "")) => (200, json!(&*lock(&server.log))),
        ("DELETE", ("requests", "")) => {
            lock(&server.log).clear();
            (200, json!(true))
        }
        ("GET", ("state", "")) => (200, lock(&server.store).values().cloned().collect()),
        ("POST", ("faults", "")) => match serde_json::from_slice::<Fault>(&incoming.body) {
            Ok(fault) => {
                lock(&server.faults).add(fault);
                (200, json!(true))
            }
            Err(error) => bad(error),
        },
        ("GET", ("faults", "")) => (200, json!(lock(&server.faults).active())),
        ("DELETE", ("faults", "")) => {
            lock(&server.faults).clear();
            (200, json!(true))
        }
        ("PUT", ("connectors", id)) => match serde_json::from_slice::<Value>(&incoming.body) {
            Ok(raw) => {
                let mut record = raw_record(raw);
                if let Some(connector) = record["connector"].as_object_mut() {
                    connector.insert("identifier".into(), json!(id));
                }
                lock(&server.store).insert(key_of(&record["connector"]), record);
                server.save();
                (200, json!(true))
            }
            Err(error) => bad(error),
        },
        ("DELETE", ("connectors", id)) => {
            let found = lock(&server.store).remove(&(String::new(), String::new(), id.to_owned())).is_some();
            server.save();
            (200, json!(found))
        }
        _ => (404, json!({"error": "no such control"})),
    }
}
