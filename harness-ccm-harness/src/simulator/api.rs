use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::answer::{Answer, Outcome};
use super::incoming::Incoming;
use super::server::{Server, lock};
use super::store::{Key, key_of, now_ms, record, text};
use super::verdict::{self, Verdict};
use super::{listing, rules};

pub(super) async fn handle(server: &Arc<Server>, incoming: &Incoming) -> Outcome {
    let account = authenticate(server, incoming)?;
    let path = incoming.path.strip_prefix("/gateway").unwrap_or(&incoming.path);
    let Some(rest) = path.strip_prefix("/ng/api/connectors") else { return Err(no_such_path()) };
    let segments: Vec<_> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    match (incoming.method.as_str(), &segments[..]) {
        ("POST", []) => create(server, &account, incoming),
        ("PUT", []) => update(server, &account, incoming),
        ("POST", ["listV2"]) => listing::page(&lock(&server.store), &parse(incoming)?, incoming),
        ("POST", ["listbyfqn"]) => by_fqn(server, &account, &parse(incoming)?),
        ("GET", ["validateUniqueIdentifier"]) => {
            let key = scoped(incoming, incoming.param("identifier").unwrap_or_default());
            Ok(json!(!lock(&server.store).contains_key(&key)))
        }
        ("POST", ["testConnection", id]) => test(server, scoped(incoming, id)).await,
        ("GET", [id]) => lock(&server.store).get(&scoped(incoming, id)).cloned().ok_or_else(|| {
            let message = format!("Connector with identifier [{id}] not found in account [{account}].");
            Answer::error(404, "ENTITY_NOT_FOUND", message)
        }),
        ("DELETE", [id]) => {
            let removed = lock(&server.store).remove(&scoped(incoming, id));
            server.save();
            removed.map(|_| json!(true)).ok_or_else(|| Answer::invalid("No such connector found"))
        }
        _ => Err(no_such_path()),
    }
}

fn no_such_path() -> Answer {
    Answer { status: 404, body: json!({"code": 404, "message": "HTTP 404 Not Found"}) }
}

fn scoped(incoming: &Incoming, id: &str) -> Key {
    let scope = |name| incoming.param(name).unwrap_or_default().to_owned();
    (scope("orgIdentifier"), scope("projectIdentifier"), id.into())
}

fn parse(incoming: &Incoming) -> Outcome {
    serde_json::from_slice(&incoming.body).map_err(|error| Answer::unreadable(error.to_string()))
}

/// Finds the account of the request and checks the token against it.
fn authenticate(server: &Server, incoming: &Incoming) -> Result<String, Answer> {
    let header = |name| incoming.header(name);
    let token = header("x-api-key").ok_or_else(Answer::foreign_token)?;
    let account = header("Harness-Account")
        .or_else(|| incoming.param("account"))
        .or_else(|| incoming.param("accountIdentifier"))
        .ok_or_else(|| Answer::invalid("Account detail is not present in the request"))?;
    let parts: Vec<_> = token.split('.').collect();
    let shaped = match parts[..] {
        [kind, named, _, _] => matches!(kind, "pat" | "sat") && named == account,
        [kind, _, _] => matches!(kind, "pat" | "sat"),
        _ => false,
    };
    let known = server.config.key.as_ref().is_none_or(|key| key.expose() == token)
        && server.config.account.as_ref().is_none_or(|own| own.as_str() == account);
    if shaped && known { Ok(account.to_owned()) } else { Err(Answer::foreign_token()) }
}

/// The connector in the body, with its fields checked. The rules of its type come after the checks of existence, as in Harness.
fn connector_of(incoming: &Incoming) -> Outcome {
    let mut body = parse(incoming)?;
    let connector = body.get_mut("connector").map(Value::take).unwrap_or_default();
    if !connector.is_object() {
        return Err(Answer::violations(&[("connector", "must not be null".to_owned())]));
    }
    rules::validate(&connector)?;
    Ok(connector)
}

fn create(server: &Arc<Server>, account: &str, incoming: &Incoming) -> Outcome {
    let connector = connector_of(incoming)?;
    let key = key_of(&connector);
    let record = {
        let mut store = lock(&server.store);
        if store.contains_key(&key) {
            let (name, id) = (text(&connector, "name"), text(&connector, "identifier"));
            return Err(Answer::invalid(&format!(
                "Connector: {name} has been given an identifier: {id} that already exists. Please enter a unique ID."
            )));
        }
        let record = record(&rules::normalise(account, connector)?);
        store.insert(key.clone(), record.clone());
        record
    };
    server.save();
    let server = Arc::clone(server);
    tokio::spawn(async move {
        sleep(server.config.first_test).await;
        let _ = test(&server, key).await;
    });
    Ok(record)
}

fn update(server: &Server, account: &str, incoming: &Incoming) -> Outcome {
    let connector = connector_of(incoming)?;
    let record = {
        let mut store = lock(&server.store);
        let id = text(&connector, "identifier").to_owned();
        let missing = format!("No connector exists with the identifier {id} in account {account}");
        let Some(record) = store.get_mut(&key_of(&connector)) else {
            return Err(Answer::error(400, "CONNECTOR_NOT_FOUND_EXCEPTION", missing));
        };
        if !text(&record["connector"], "type").eq_ignore_ascii_case(text(&connector, "type")) {
            return Err(Answer::invalid(&format!("{missing} with type {}", text(&connector, "type"))));
        }
        record["connector"] = rules::normalise(account, connector)?;
        record["lastModifiedAt"] = json!(now_ms());
        record.clone()
    };
    server.save();
    Ok(record)
}

fn by_fqn(server: &Server, account: &str, names: &Value) -> Outcome {
    let Some(names) = names.as_array() else {
        return Err(Answer::unreadable("an array of strings is wanted"));
    };
    if names.len() > 1000 {
        return Err(Answer::violations(&[("fqns", "size must be between 0 and 1000".to_owned())]));
    }
    let store = lock(&server.store);
    let found = names.iter().filter_map(|name| {
        let parts: Vec<_> = name.as_str()?.split('/').collect();
        let key = match parts[..] {
            [own, id] if own == account => (String::new(), String::new(), id.into()),
            [own, org, id] if own == account => (org.into(), String::new(), id.into()),
            [own, org, project, id] if own == account => (org.into(), project.into(), id.into()),
            _ => return None,
        };
        store.get(&key).cloned()
    });
    Ok(found.collect())
}

/// Tests a connector and stores the verdict; `lastModifiedAt` stays.
async fn test(server: &Arc<Server>, key: Key) -> Outcome {
    let missing = || {
        Answer::error(
            400,
            "CONNECTOR_NOT_FOUND_EXCEPTION",
            format!("No connector found with identifier {}", key.2),
        )
    };
    let connector =
        lock(&server.store).get(&key).map(|record| record["connector"].clone()).ok_or_else(missing)?;
    let verdict = verdict::judge(&server.config, &connector).await;
    let now = now_ms();
    if let Some(record) = lock(&server.store).get_mut(&key) {
        let connected = record["status"]["lastConnectedAt"].as_i64().unwrap_or_default();
        record["status"] = match &verdict {
            Verdict::Passed => {
                json!({"status": "SUCCESS", "errorSummary": null, "errors": null, "testedAt": now,
                "lastTestedAt": now, "lastConnectedAt": now, "lastAlertSent": null})
            }
            Verdict::Failed { summary, hint, .. } => json!({"status": "FAILURE", "errorSummary": summary,
                "errors": [{"reason": summary, "message": hint, "code": 403}], "testedAt": now, "lastTestedAt": now,
                "lastConnectedAt": connected, "lastAlertSent": null}),
        };
    }
    server.save();
    match verdict {
        Verdict::Passed => {
            Ok(json!({"status": "SUCCESS", "errors": null, "errorSummary": null, "testedAt": now,
            "delegateId": null, "taskId": null}))
        }
        Verdict::Failed { summary, hint, reasons } => Err(Answer::test_failed(&summary, &hint, &reasons)),
    }
}
