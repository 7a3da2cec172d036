use serde_json::{Map, Value, json};

use crate::clock::now_ms;
use crate::json::text;

/// Organization and project, which are both empty at account scope, and identifier.
pub(crate) type Key = (String, String, String);

/// The record of a connector, as the API returns it. A record is immutable: a change replaces it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) value: Value,
    /// `value` as JSON text, which reads and lists copy.
    pub(crate) json: String,
    pub(crate) facts: Facts,
    /// The position in the order of creation. It also distinguishes the connector from an earlier one with the same key.
    pub(crate) order: u64,
    /// The position in the order of modification, for which milliseconds are too coarse.
    pub(crate) touched: u64,
}

impl Record {
    pub(crate) fn new(value: Value, order: u64, touched: u64) -> Self {
        Self { json: value.to_string(), facts: Facts::of(&value), value, order, touched }
    }
}

/// The fields by which lists are filtered and sorted.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) kind: String,
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) status: String,
    pub(crate) aws_account: String,
    pub(crate) features: Vec<String>,
    pub(crate) inherits_from_delegate: bool,
    pub(crate) favorite: bool,
    pub(crate) created: i64,
    pub(crate) modified: i64,
}

impl Facts {
    fn of(record: &Value) -> Self {
        let connector = &record["connector"];
        let spec = &connector["spec"];
        let owned = |value: &Value, key| text(value, key).to_owned();
        let tags = connector["tags"].as_object().into_iter().flatten();
        let features = spec["featuresEnabled"].as_array().into_iter().flatten();
        Self {
            kind: owned(connector, "type"),
            identifier: owned(connector, "identifier"),
            name: owned(connector, "name"),
            description: owned(connector, "description"),
            tags: tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into())).collect(),
            status: owned(&record["status"], "status"),
            aws_account: owned(spec, "awsAccountId"),
            features: features.filter_map(Value::as_str).map(Into::into).collect(),
            inherits_from_delegate: text(&spec["credential"], "type") == "InheritFromDelegate",
            favorite: record["isFavorite"].as_bool().unwrap_or_default(),
            created: record["createdAt"].as_i64().unwrap_or_default(),
            modified: record["lastModifiedAt"].as_i64().unwrap_or_default(),
        }
    }
}

pub(crate) fn key_of(connector: &Value) -> Key {
    (
        text(connector, "orgIdentifier").into(),
        text(connector, "projectIdentifier").into(),
        text(connector, "identifier").into(),
    )
}

/// Returns the key of a connector at account scope.
pub(crate) fn at_account_scope(identifier: &str) -> Key {
    (String::new(), String::new(), identifier.into())
}

/// Returns the record of a new connector, which was not tested yet.
pub(crate) fn record(connector: &Value) -> Value {
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

/// Returns the record of `raw`, which is a whole record or a connector. Nothing is checked.
pub(crate) fn raw_record(raw: Value) -> Value {
    let Value::Object(mut given) = raw else { return record(&raw) };
    let Some(connector) = given.remove("connector") else { return record(&Value::Object(given)) };
    let mut made = record(&connector);
    if let Value::Object(made) = &mut made {
        made.extend(std::mem::take::<Map<_, _>>(&mut given));
    }
    made
}
