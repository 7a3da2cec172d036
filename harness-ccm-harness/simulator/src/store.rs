use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::listing::Listings;

/// Organization, project (both empty at account scope), identifier.
pub(super) type Key = (String, String, String);

/// A connector as the API answers it, never changed, only replaced.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) value: Value,
    /// `value` as text: reading and listing only copy it.
    pub(super) json: String,
    pub(super) facts: Facts,
    /// The place in the order of creation; also tells a connector from one that had its identifier before.
    pub(super) order: u64,
    /// The place in the order of modification: milliseconds are too coarse for it.
    pub(super) touched: u64,
}

/// What lists are filtered and sorted by.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) kind: String,
    pub(super) identifier: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) tags: Vec<(String, String)>,
    pub(super) status: String,
    pub(super) aws_account: String,
    pub(super) features: Vec<String>,
    pub(super) inherits_from_delegate: bool,
    pub(super) favorite: bool,
    pub(super) created: i64,
    pub(super) modified: i64,
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

/// All connectors, by scope and identifier.
#[derive(Debug, Default)]
pub(super) struct Store {
    records: BTreeMap<Key, Arc<Record>>,
    /// Goes up with every change.
    version: u64,
    pub(super) listings: Listings,
}

impl Store {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Record>> {
        self.records.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Arc<Record>)> {
        self.records.iter()
    }

    /// Puts a connector there; what had its identifier before is gone.
    pub(super) fn insert(&mut self, value: Value) -> Arc<Record> {
        self.version += 1;
        let version = self.version;
        self.put(value, version, version)
    }

    /// Changes a connector that is there; whether it counts as modified is what it says itself.
    pub(super) fn change(&mut self, key: &Key, change: impl FnOnce(&mut Value)) -> Option<Arc<Record>> {
        self.update(key, change, false)
    }

    /// The same, modified now.
    pub(super) fn touch(&mut self, key: &Key, change: impl FnOnce(&mut Value)) -> Option<Arc<Record>> {
        let touch = |value: &mut Value| {
            change(value);
            value["lastModifiedAt"] = json!(now_ms());
        };
        self.update(key, touch, true)
    }

    fn update(&mut self, key: &Key, change: impl FnOnce(&mut Value), touch: bool) -> Option<Arc<Record>> {
        let before = Arc::clone(self.records.get(key)?);
        let mut value = before.value.clone();
        change(&mut value);
        if key_of(&value["connector"]) != *key {
            self.remove(key);
        }
        self.version += 1;
        let moved = touch || value["lastModifiedAt"] != before.value["lastModifiedAt"];
        let touched = if moved { self.version } else { before.touched };
        Some(self.put(value, before.order, touched))
    }

    pub(super) fn remove(&mut self, key: &Key) -> bool {
        self.version += 1;
        let before = self.records.remove(key);
        if let Some(before) = &before {
            self.listings.replaced(key, Some(before), None);
        }
        before.is_some()
    }

    /// Takes these in place of all that is there.
    pub(super) fn replace(&mut self, raw: impl IntoIterator<Item = Value>) {
        self.version += 1;
        self.records.clear();
        self.listings.forget();
        self.extend(raw);
    }

    /// Takes connectors, or whole records, as they are.
    pub(super) fn extend(&mut self, raw: impl IntoIterator<Item = Value>) {
        for raw in raw {
            self.insert(raw_record(raw));
        }
    }

    /// All connectors as a JSON array.
    pub(super) fn dump(&self) -> String {
        let mut text = String::from("[");
        for record in self.records.values() {
            if text.len() > 1 {
                text.push_str(",\n");
            }
            text.push_str(&record.json);
        }
        text.push(']');
        text
    }

    fn put(&mut self, value: Value, order: u64, touched: u64) -> Arc<Record> {
        let key = key_of(&value["connector"]);
        let (json, facts) = (value.to_string(), Facts::of(&value));
        let record = Arc::new(Record { value, json, facts, order, touched });
        let before = self.records.insert(key.clone(), Arc::clone(&record));
        self.listings.replaced(&key, before.as_deref(), Some(&record));
        record
    }
}

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

/// The key of a connector at account scope.
pub(super) fn at_account_scope(identifier: &str) -> Key {
    (String::new(), String::new(), identifier.into())
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
