//! The store of connectors, with filters, sort orders, the cache of lists and the state file.

pub(crate) mod filter;
pub(crate) mod listings;
pub(crate) mod order;
pub(crate) mod record;
pub(crate) mod state_file;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::now_ms;
use crate::permissions::KeyReach;
use crate::store::filter::Filter;
use crate::store::listings::Listings;
use crate::store::order::Order;
use crate::store::record::{Key, Record, key_of, raw_record};

/// All connectors, by scope and identifier.
#[derive(Debug, Default)]
pub(crate) struct Store {
    records: BTreeMap<Key, Arc<Record>>,
    /// Increases with every change.
    version: u64,
    listings: Listings,
}

impl Store {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Record>> {
        self.records.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Key, &Arc<Record>)> {
        self.records.iter()
    }

    /// Returns the visible connectors that `filter` selects, in this order, without the cache.
    pub(crate) fn list(&self, filter: &Filter, order: &Order, visible: &KeyReach) -> Vec<Arc<Record>> {
        let found = self.iter().filter(|(key, record)| filter.holds(key, record, visible));
        let mut found: Vec<_> = found.map(|(_, record)| Arc::clone(record)).collect();
        found.sort_by(|a, b| order.compare(a, b));
        found
    }

    /// Returns the result of `read` for the list of all connectors that `filter` selects. The list is cached under `name`,
    /// which must contain everything that the list depends on.
    pub(crate) fn with_kept_list<T>(
        &mut self,
        name: String,
        filter: Filter,
        order: Order,
        read: impl FnOnce(&[Arc<Record>]) -> T,
    ) -> T {
        if let Some(kept) = self.listings.get(&name) {
            return read(kept);
        }
        let list = self.list(&filter, &order, &KeyReach::All);
        let result = read(&list);
        self.listings.keep(name, filter, order, list);
        result
    }

    /// Stores a record. It replaces an existing record with the same key.
    pub(crate) fn insert(&mut self, value: Value) -> Arc<Record> {
        self.version += 1;
        let version = self.version;
        self.put(value, version, version)
    }

    /// Changes an existing record. It counts as modified only if `change` sets another modification time.
    pub(crate) fn change(&mut self, key: &Key, change: impl FnOnce(&mut Value)) -> Option<Arc<Record>> {
        self.update(key, change, false)
    }

    /// Changes an existing record, and sets its modification time to the current time.
    pub(crate) fn touch(&mut self, key: &Key, change: impl FnOnce(&mut Value)) -> Option<Arc<Record>> {
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

    pub(crate) fn remove(&mut self, key: &Key) -> bool {
        self.version += 1;
        let before = self.records.remove(key);
        if let Some(before) = &before {
            self.listings.replaced(key, Some(before), None);
        }
        before.is_some()
    }

    /// Replaces all connectors.
    pub(crate) fn replace(&mut self, raw: impl IntoIterator<Item = Value>) {
        self.version += 1;
        self.records.clear();
        self.listings.forget();
        self.extend(raw);
    }

    /// Stores connectors or whole records, without checks.
    pub(crate) fn extend(&mut self, raw: impl IntoIterator<Item = Value>) {
        for raw in raw {
            self.insert(raw_record(raw));
        }
    }

    /// Returns the records of all connectors as a JSON array.
    pub(crate) fn dump(&self) -> String {
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

    /// Returns the current version and the dump of it; `None` if the current version is `version`.
    pub(crate) fn dump_newer_than(&self, version: u64) -> Option<(u64, String)> {
        (self.version != version).then(|| (self.version, self.dump()))
    }

    fn put(&mut self, value: Value, order: u64, touched: u64) -> Arc<Record> {
        let key = key_of(&value["connector"]);
        let record = Arc::new(Record::new(value, order, touched));
        let before = self.records.insert(key.clone(), Arc::clone(&record));
        self.listings.replaced(&key, before.as_deref(), Some(&record));
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incoming::Incoming;
    use crate::store::record::at_account_scope;

    fn connector(number: usize, name: &str) -> Value {
        json!({"identifier": format!("c{number}"), "name": name, "type": "CEAws", "spec": {}})
    }

    /// A cached list is equal to a newly made list after every change.
    #[test]
    fn lists_follow_every_change() {
        let filter = || {
            let text = json!({"filterType": "Connector", "connectorNames": ["keep"]}).to_string();
            let (parts, ()) = axum::http::Request::new(()).into_parts();
            let incoming = Incoming::new(parts, text.clone().into());
            Filter::of_body(&incoming, serde_json::from_str(&text).ok().as_ref()).unwrap()
        };
        let orders = ["lastModifiedAt,DESC", "createdAt,ASC", "name,DESC", "identifier,ASC", "unknown,ASC"];
        let order = |text: &str| Order::of([text].into_iter(), "").unwrap();
        let mut store = Store::default();
        for text in orders {
            store.listings.keep(text.into(), filter(), order(text), Vec::new());
        }
        for step in 0..400_usize {
            let (number, name) = (step * 7 % 30, ["keep a", "drop", "keep b"][step / 3 % 3]);
            let key = at_account_scope(&format!("c{number}"));
            match step % 5 {
                0 | 1 => {
                    let record = json!({"connector": connector(number, name), "createdAt": step % 11});
                    drop(store.insert(record));
                }
                2 => drop(store.touch(&key, |record| record["connector"]["name"] = json!(name))),
                3 => drop(store.change(&key, |record| record["connector"]["name"] = json!(name))),
                _ => drop(store.remove(&key)),
            }
            for text in orders {
                let kept = store.listings.get(text).unwrap();
                let fresh = store.list(&filter(), &order(text), &KeyReach::All);
                let orders =
                    |list: &[Arc<Record>]| list.iter().map(|r| (r.order, r.touched)).collect::<Vec<_>>();
                assert_eq!(orders(kept), orders(&fresh), "{text} after step {step}");
            }
        }
    }
}
