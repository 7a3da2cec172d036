use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// Organization, project (both empty at account scope), identifier.
pub(super) type Key = (String, String, String);

/// Records as the API answers them, by scope and identifier.
pub(super) type Store = BTreeMap<Key, Value>;

pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn key_of(connector: &Value) -> Key {
    (
        text(connector, "orgIdentifier").into(),
        text(connector, "projectIdentifier").into(),
        text(connector, "identifier").into(),
    )
}

/// The record of a connector that was never tested.
pub(super) fn record(connector: &Value) -> Value {
    let now = now_ms();
    json!({
        "connector": connector, "createdAt": now, "lastModifiedAt": now,
        "status": {"status": "PENDING", "errorSummary": null, "errors": null, "testedAt": 0, "lastTestedAt": 0,
            "lastConnectedAt": 0, "lastAlertSent": null},
        "activityDetails": {"lastActivityTime": now}, "harnessManaged": false,
        "gitDetails": {"objectId": null, "branch": null, "repoIdentifier": null, "rootFolder": null, "filePath": null,
            "repoName": null},
        "entityValidityDetails": {"valid": true, "invalidYaml": null}, "governanceMetadata": null, "isFavorite": false
    })
}

/// Takes a record, or a connector alone, as it is: nothing is checked.
pub(super) fn raw_record(raw: Value) -> Value {
    let Value::Object(mut given) = raw else { return record(&raw) };
    let Some(connector) = given.remove("connector") else { return record(&Value::Object(given)) };
    let mut made = record(&connector);
    if let Value::Object(made) = &mut made {
        made.extend(std::mem::take::<Map<_, _>>(&mut given));
    }
    made
}
