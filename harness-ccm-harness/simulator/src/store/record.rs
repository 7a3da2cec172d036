use serde_json::{Map, Value, json};

use crate::clock::now_ms;
use crate::json::text;

/// Organization, project (both empty at account scope), identifier.
pub(crate) type Key = (String, String, String);

/// A connector as the API answers it, never changed, only replaced.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) value: Value,
    /// `value` as text: reading and listing only copy it.
    pub(crate) json: String,
    pub(crate) facts: Facts,
    /// The position in the order of creation; also distinguishes a connector from an earlier one with its identifier.
    pub(crate) order: u64,
    /// The place in the order of modification: milliseconds are too coarse for it.
    pub(crate) touched: u64,
}

impl Record {
    pub(crate) fn new(value: Value, order: u64, touched: u64) -> Self {
        Self { json: value.to_string(), facts: Facts::of(&value), value, order, touched }
    }
}

/// What lists are filtered and sorted by.
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

/// The key of a connector at account scope.
pub(crate) fn at_account_scope(identifier: &str) -> Key {
    (String::new(), String::new(), identifier.into())
}

/// The record of a connector that was never tested.
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

/// Takes a record, or a connector alone, as it is: nothing is checked.
pub(crate) fn raw_record(raw: Value) -> Value {
    let Value::Object(mut given) = raw else { return record(&raw) };
    let Some(connector) = given.remove("connector") else { return record(&Value::Object(given)) };
    let mut made = record(&connector);
    if let Value::Object(made) = &mut made {
        made.extend(std::mem::take::<Map<_, _>>(&mut given));
    }
    made
}
