//! Handlers that create, read, update and remove a connector.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::answer::{Answer, Outcome};
use crate::handlers::access::{Caller, Permission};
use crate::handlers::{connection_test, rules};
use crate::incoming::Incoming;
use crate::json::text;
use crate::lock::lock;
use crate::policy::{PolicyEffect, SavePolicy};
use crate::settings::{Era, Settings};
use crate::state::State;
use crate::store::record::{Key, Record, key_of, record};

/// The maximum number of names in one `listbyfqn` request.
const MOST_NAMES: usize = 1000;

pub(crate) async fn create(state: &Arc<State>, caller: &Caller, incoming: &Incoming) -> Outcome {
    let settings = state.settings();
    let connector = rules::read(incoming.json()?, &settings, None)?;
    rules::validate(&connector, &settings)?;
    if let Some(limit) = settings.connector_limit.filter(|limit| lock(&state.store).len() >= *limit) {
        return Err(Answer::invalid(&format!("Exceeded static limitation. Current Limit: {limit}")));
    }
    caller.may(Permission::Edit, incoming, None)?;
    refuse_by_policy(&settings, &connector)?;
    refuse_unknown_scope(&settings, &connector)?;
    let key = key_of(&connector);
    if lock(&state.store).get(&key).is_some() {
        return Err(Answer::invalid(&format!(
            "Connector: {} has been given an identifier: {} that already exists. Please enter a unique ID.",
            text(&connector, "name"),
            key.2
        )));
    }
    let connector = rules::normalise(&caller.account, connector, &settings)?;
    sleep(Duration::from_millis(settings.write_ms)).await;
    let made = {
        let mut store = lock(&state.store);
        if store.get(&key).is_some() {
            // Another request was faster. In Harness, the unique index of the collection refuses this one.
            return Err(Answer::error(
                400,
                "DUPLICATE_FIELD",
                format!("Connector [{}] already exists", key.2),
            ));
        }
        store.insert(record(&connector))
    };
    connection_test::schedule(state, key, made.order);
    Ok(answer_to_save(&settings, &made))
}

pub(crate) async fn update(state: &State, caller: &Caller, incoming: &Incoming) -> Outcome {
    let settings = state.settings();
    let body = incoming.json()?;
    let key = key_of(&body["connector"]);
    let before = lock(&state.store).get(&key).cloned();
    let connector = rules::read(body, &settings, before.as_ref().map(|record| &record.value["connector"]))?;
    rules::validate(&connector, &settings)?;
    caller.may(Permission::Edit, incoming, Some(&key.2))?;
    refuse_by_policy(&settings, &connector)?;
    let missing = format!("No connector exists with the identifier {} in account {}", key.2, caller.account);
    let Some(before) = before else { return Err(Answer::no_connector(settings.era, missing)) };
    let kind = text(&connector, "type");
    if before.facts.kind != kind {
        return Err(Answer::invalid(&format!("{missing} with type {kind}")));
    }
    let connector = rules::normalise(&caller.account, connector, &settings)?;
    if settings.stale_during_test && lock(&state.under_test).contains(&key) {
        return Err(Answer::stale());
    }
    sleep(Duration::from_millis(settings.write_ms)).await;
    let mut store = lock(&state.store);
    // Another write after the read above makes this write stale.
    if store.get(&key).is_none_or(|now| now.touched != before.touched || now.order != before.order) {
        return Err(Answer::stale());
    }
    let updated = store.touch(&key, |record| record["connector"] = connector);
    updated
        .map(|record| answer_to_save(&settings, &record))
        .ok_or_else(|| Answer::no_connector(settings.era, missing))
}

pub(crate) fn get(state: &State, caller: &Caller, incoming: &Incoming, key: &Key) -> Outcome {
    // The permission is checked before existence, so that a key for single connectors cannot detect others.
    caller.may(Permission::View, incoming, Some(&key.2))?;
    let found = lock(&state.store).get(key).map(|record| record.json.clone());
    found.ok_or_else(|| {
        let removed = lock(&state.removed).get(key).copied();
        let moment = Duration::from_millis(state.settings().gone_is_error_ms);
        if removed.is_some_and(|removed| removed.elapsed() < moment) {
            return Answer::unknown();
        }
        let message =
            format!("Connector with identifier [{}] not found in account [{}].", key.2, caller.account);
        match state.settings().era {
            Era::Y2023 => Answer::failure(400, "RESOURCE_NOT_FOUND_EXCEPTION", &message),
            Era::Today | Era::NotFoundEverywhere => Answer::not_found(message),
        }
    })
}

pub(crate) fn delete(state: &State, caller: &Caller, incoming: &Incoming, key: &Key) -> Outcome {
    caller.may(Permission::Delete, incoming, Some(&key.2))?;
    let settings = state.settings();
    let mut store = lock(&state.store);
    if store.get(key).is_none() {
        return Err(match settings.era {
            Era::NotFoundEverywhere => Answer::not_found("No such connector found"),
            Era::Y2023 | Era::Today => Answer::invalid("No such connector found"),
        });
    }
    if incoming.param("forceDelete").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        if !settings.force_delete {
            return Err(Answer::invalid(&format!(
                "Parameter forcedDelete cannot be true. Force Delete is not enabled for account [{}]",
                caller.account
            )));
        }
    } else if lock(&state.referenced).contains(key) {
        let message =
            format!("Could not delete the connector {} as it is referenced by other entities", key.2);
        return Err(Answer::error(400, "ENTITY_REFERENCE_EXCEPTION", message));
    }
    store.remove(key);
    lock(&state.referenced).remove(key);
    if settings.gone_is_error_ms > 0 {
        lock(&state.removed).insert(key.clone(), Instant::now());
    }
    Ok("true".into())
}

/// Returns the connectors with the requested full names, the newest first. Unknown names are left out.
pub(crate) fn by_names(state: &State, caller: &Caller, incoming: &Incoming) -> Outcome {
    let body = incoming.json()?;
    let Some(names) = body.as_array() else {
        return Err(Answer::unreadable(
            "Cannot deserialize value of type ArrayList from a value that is not an array",
        ));
    };
    if names.len() > MOST_NAMES {
        return Err(Answer::violations(&[("fqns", format!("size must be between 0 and {MOST_NAMES}"))]));
    }
    let store = lock(&state.store);
    let mut found: Vec<_> =
        names.iter().filter_map(|name| store.get(&key_of_name(&caller.account, name.as_str()?)?)).collect();
    found.sort_by_key(|record| (record.facts.created, record.order));
    found.dedup_by_key(|record| record.order);
    let texts: Vec<_> = found.into_iter().rev().map(|record| record.json.as_str()).collect();
    Ok(format!("[{}]", texts.join(",")))
}

fn key_of_name(account: &str, name: &str) -> Option<Key> {
    match name.split('/').collect::<Vec<_>>()[..] {
        [own, id] if own == account => Some((String::new(), String::new(), id.into())),
        [own, org, id] if own == account => Some((org.into(), String::new(), id.into())),
        [own, org, project, id] if own == account => Some((org.into(), project.into(), id.into())),
        _ => None,
    }
}

/// Returns `true` if no connector has this key, as JSON text.
pub(crate) fn is_free(state: &State, key: &Key) -> String {
    lock(&state.store).get(key).is_none().to_string()
}

/// Returns the policies with this effect that apply to a connector.
fn policies<'a>(
    settings: &'a Settings,
    connector: &'a Value,
    effect: PolicyEffect,
) -> impl Iterator<Item = &'a SavePolicy> {
    let all = settings.policies.iter().filter(move |policy| policy.effect == effect);
    all.filter(|policy| policy.is_about(connector))
}

fn refuse_by_policy(settings: &Settings, connector: &Value) -> Result<(), Answer> {
    if let Some(policy) = policies(settings, connector, PolicyEffect::Deny).next() {
        return Err(Answer::policy_denied(&policy.name, &policy.message));
    }
    match policies(settings, connector, PolicyEffect::Silence).next() {
        Some(_) => Err(Answer::without_connector(&Value::Null)),
        None => Ok(()),
    }
}

/// Returns the data of the response to a save: the record, with the messages of policies that warn. These are not stored.
fn answer_to_save(settings: &Settings, record: &Record) -> String {
    let warning: Vec<_> = policies(settings, &record.value["connector"], PolicyEffect::Warn).collect();
    if warning.is_empty() {
        return record.json.clone();
    }
    let mut answer = record.value.clone();
    let words = warning.into_iter().map(|policy| (policy.name.as_str(), policy.message.as_str()));
    answer["governanceMetadata"] = Answer::governance("warning", words);
    answer.to_string()
}

fn refuse_unknown_scope(settings: &Settings, connector: &Value) -> Result<(), Answer> {
    let (org, project) = (text(connector, "orgIdentifier"), text(connector, "projectIdentifier"));
    let missing = |message: String| match settings.era {
        Era::Y2023 => Answer::failure(400, "RESOURCE_NOT_FOUND_EXCEPTION", &message),
        Era::Today | Era::NotFoundEverywhere => Answer::not_found(message),
    };
    let below = |path: String| {
        settings.scopes.iter().any(|scope| *scope == path || scope.starts_with(&format!("{path}/")))
    };
    match (org, project) {
        ("", "") => Ok(()),
        ("", project) => {
            Err(Answer::invalid(&format!("Project {project} specified without the org Identifier")))
        }
        (org, "") if !below(org.into()) => Err(missing(format!("org [{org}] not found."))),
        (org, project) if !project.is_empty() && !below(format!("{org}/{project}")) => {
            Err(missing(format!("project [{project}] not found.")))
        }
        _ => Ok(()),
    }
}
