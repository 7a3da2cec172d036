//! Connection tests: by themselves after a create, when asked for, and by Harness' own timetable.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::answer::{Answer, Outcome};
use super::connectors::no_connector;
use super::kinds;
use super::server::{Server, lock};
use super::store::{Key, now_ms, text};
use super::verdict::{self, Verdict};

/// Assumes roles as Harness does, for AWS endpoints that judge trust policies themselves.
///
/// Where the simulator is given one, a connection test begins with it; what it refuses fails the test with its words. Without,
/// trust is judged by reading the role, which is also right for emulators that let everybody assume everything.
#[async_trait]
pub trait AssumeRole: fmt::Debug + Send + Sync {
    /// Assumes the role once.
    ///
    /// **Errors.** What the security token service says, as it says it.
    async fn assume_role(&self, request: &AssumeRequest) -> Result<(), String>;
}

/// What Harness presents to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssumeRequest {
    /// The role.
    pub role_arn: String,
    /// The external id.
    pub external_id: Option<String>,
    /// The length of the session, if the connector sets one.
    pub session_seconds: Option<u32>,
    /// Whether Harness would come with its keys for GovCloud.
    pub gov_cloud: bool,
}

impl AssumeRequest {
    fn of(spec: &Value) -> Self {
        let access = &spec["crossAccountAccess"];
        Self {
            role_arn: text(access, "crossAccountRoleArn").into(),
            external_id: access["externalId"].as_str().map(Into::into),
            session_seconds: access["assumeRoleSessionDuration"].as_u64().and_then(|s| u32::try_from(s).ok()),
            gov_cloud: spec["isAWSGovCloudAccount"].as_bool().unwrap_or_default(),
        }
    }
}

/// Tests a new connector after a while, as Harness does without being asked.
pub(super) fn schedule(server: &Arc<Server>, key: Key, order: u64) {
    let server = Arc::clone(server);
    tokio::spawn(async move {
        sleep(Duration::from_millis(server.settings().first_test_ms)).await;
        lock(&server.under_test).insert(key.clone());
        let verdict = run(&server, &key).await;
        lock(&server.under_test).remove(&key);
        if let Some((tested, verdict)) = verdict
            && tested == order
        {
            store(&server, &key, order, &verdict);
        }
    });
}

/// Tests every connector that Harness' health job looks at: those with billing or optimization.
pub(super) async fn health_job(server: &Server) {
    let keys: Vec<_> = {
        let store = lock(&server.store);
        let wanted = |features: &[String]| features.iter().any(|f| f == "BILLING" || f == "OPTIMIZATION");
        let chosen = store.iter().filter(|(_, record)| wanted(&record.facts.features));
        chosen.map(|(key, _)| key.clone()).collect()
    };
    for key in keys {
        if let Some((order, verdict)) = run(server, &key).await {
            store(server, &key, order, &verdict);
        }
    }
}

/// Tests a connector because somebody asks, and answers with the verdict.
pub(super) async fn test(server: &Server, key: &Key) -> Outcome {
    let missing =
        || no_connector(&server.settings(), format!("No connector found with identifier {}", key.2));
    let (order, verdict) = run(server, key).await.ok_or_else(missing)?;
    let now = store(server, key, order, &verdict);
    match verdict {
        Verdict::Passed => {
            Ok(json!({"status": "SUCCESS", "errors": null, "errorSummary": null, "testedAt": now,
                "delegateId": null, "taskId": null})
            .to_string())
        }
        Verdict::Failed { summary, hint, reasons } => Err(Answer::test_failed(&summary, &hint, &reasons)),
    }
}

/// The verdict on a connector, with its place in the order of creation; `None` if there is none.
async fn run(server: &Server, key: &Key) -> Option<(u64, Verdict)> {
    let record = lock(&server.store).get(key).cloned()?;
    sleep(Duration::from_millis(server.settings().test_ms)).await;
    Some((record.order, judge(server, &record.value["connector"]).await))
}

async fn judge(server: &Server, connector: &Value) -> Verdict {
    if text(connector, "type") != kinds::CE_AWS {
        return Verdict::Passed;
    }
    if let Some(aws) = &server.config.assume_role {
        // What can be told without AWS comes first, as in Harness.
        let blind = verdict::judge(&server.blind, connector).await;
        if matches!(blind, Verdict::Failed { .. }) {
            return blind;
        }
        if let Err(refusal) = aws.assume_role(&AssumeRequest::of(&connector["spec"])).await {
            let hint = "Check that the role exists, trusts Harness and asks for this external id".into();
            return Verdict::Failed { summary: refusal.clone(), hint, reasons: vec![refusal] };
        }
    }
    verdict::judge(&server.config, connector).await
}

/// Keeps a verdict with its connector, whose modification time stays, and says when that was.
fn store(server: &Server, key: &Key, order: u64, verdict: &Verdict) -> i64 {
    let now = now_ms();
    let mut store = lock(&server.store);
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
