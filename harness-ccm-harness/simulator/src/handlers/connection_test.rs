//! Connection tests: automatic after a create, on request, and in the health job of Harness.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::answer::{Answer, Outcome};
use crate::assume_role::AssumeRequest;
use crate::clock::now_ms;
use crate::handlers::verdict::{self, Verdict};
use crate::json::text;
use crate::kinds;
use crate::lock::lock;
use crate::state::State;
use crate::store::record::Key;

/// Schedules the automatic first test of a new connector.
pub(crate) fn schedule(state: &Arc<State>, key: Key, order: u64) {
    let state = Arc::clone(state);
    tokio::spawn(async move {
        sleep(Duration::from_millis(state.settings().first_test_ms)).await;
        lock(&state.under_test).insert(key.clone());
        let verdict = run(&state, &key).await;
        lock(&state.under_test).remove(&key);
        if let Some((tested, verdict)) = verdict
            && tested == order
        {
            store(&state, &key, order, &verdict);
        }
    });
}

/// Tests every connector that Harness' health job tests: those with billing or optimization.
pub(crate) async fn health_job(state: &State) {
    let keys: Vec<_> = {
        let store = lock(&state.store);
        let wanted = |features: &[String]| features.iter().any(|f| f == "BILLING" || f == "OPTIMIZATION");
        let chosen = store.iter().filter(|(_, record)| wanted(&record.facts.features));
        chosen.map(|(key, _)| key.clone()).collect()
    };
    for key in keys {
        if let Some((order, verdict)) = run(state, &key).await {
            store(state, &key, order, &verdict);
        }
    }
}

/// Tests a connector on request, and returns the verdict.
pub(crate) async fn test(state: &State, key: &Key) -> Outcome {
    let missing = || {
        Answer::no_connector(state.settings().era, format!("No connector found with identifier {}", key.2))
    };
    let (order, verdict) = run(state, key).await.ok_or_else(missing)?;
    let now = store(state, key, order, &verdict);
    match verdict {
        Verdict::Passed => {
            Ok(json!({"status": "SUCCESS", "errors": null, "errorSummary": null, "testedAt": now,
                "delegateId": null, "taskId": null})
            .to_string())
        }
        Verdict::Failed { summary, hint, reasons } => Err(Answer::test_failed(&summary, &hint, &reasons)),
    }
}

/// Tests a connector. Returns its position in the order of creation and the verdict; `None` if the connector does not exist.
async fn run(state: &State, key: &Key) -> Option<(u64, Verdict)> {
    let record = lock(&state.store).get(key).cloned()?;
    sleep(Duration::from_millis(state.settings().test_ms)).await;
    Some((record.order, judge(state, &record.value["connector"]).await))
}

async fn judge(state: &State, connector: &Value) -> Verdict {
    if text(connector, "type") != kinds::CE_AWS {
        return Verdict::Passed;
    }
    let config = &state.config;
    if let Some(aws) = &config.assume_role {
        // The checks that need no AWS come first, as in Harness.
        let blind = verdict::judge(None, &config.route, connector).await;
        if matches!(blind, Verdict::Failed { .. }) {
            return blind;
        }
        if let Err(refusal) = aws.assume_role(&AssumeRequest::of(&connector["spec"])).await {
            let hint = "Check that the role exists, trusts Harness and asks for this external id".into();
            return Verdict::Failed { summary: refusal.clone(), hint, reasons: vec![refusal] };
        }
    }
    verdict::judge(config.roles.as_deref(), &config.route, connector).await
}

/// Stores a verdict in the record of its connector, whose modification time stays. Returns the time of the test.
fn store(state: &State, key: &Key, order: u64, verdict: &Verdict) -> i64 {
    let now = now_ms();
    let mut store = lock(&state.store);
    if store.get(key).is_none_or(|record| record.order != order) {
        return now;
    }
    store.change(key, |record| {
        let connected = record["status"]["lastConnectedAt"].as_i64().unwrap_or_default();
        record["status"] = match verdict {
            Verdict::Passed => json!({"status": "SUCCESS", "errorSummary": null, "errors": null, "testedAt": now,
                "lastTestedAt": now, "lastConnectedAt": now, "lastAlertSent": null}),
            Verdict::Failed { summary, hint, .. } => json!({"status": "FAILURE", "errorSummary": summary,
                "errors": [{"reason": summary, "message": hint, "code": 403}], "testedAt": now, "lastTestedAt": now,
                "lastConnectedAt": connected, "lastAlertSent": null}),
        };
    });
    now
}
