//! Policy documents in the JSON of a plan: each stands there once, however many roles have it.
//!
//! Roles of different accounts differ in the id of their account alone, so that is left open in what they share.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::text::hex;

/// The only key of a reference.
const REFERENCE: &str = "document";

/// Stands for the id of the account.
const ACCOUNT: &str = "${account}";

/// How many bytes of a digest name a document.
const DIGEST: usize = 8;

/// What people write there may look like a document or a reference.
const TAGS: &str = "tags";

/// Takes the documents out of the accounts of a plan, and leaves references.
pub(super) fn share(accounts: &mut Value) -> Map<String, Value> {
    let mut shared = Shared::default();
    for (account, plan) in accounts.as_object_mut().into_iter().flatten() {
        take_out(plan, account, &mut shared);
    }
    shared.documents.into_iter().collect()
}

/// The documents that were taken out.
#[derive(Default)]
struct Shared {
    documents: BTreeMap<String, Value>,
    /// Their names by their texts: thousands of roles have the same ones.
    names: BTreeMap<String, String>,
}

fn take_out(value: &mut Value, account: &str, shared: &mut Shared) {
    match value {
        Value::Object(fields) if fields.contains_key("Version") && fields.contains_key("Statement") => {
            let text = value.to_string();
            // One that has these characters itself stays where it is: they would be taken for the id.
            if text.contains(ACCOUNT) {
                return;
            }
            let document = value.take();
            let name = shared.name(text.replace(account, ACCOUNT), document, account);
            *value = json!({ REFERENCE: name });
        }
        Value::Object(fields) => inner(fields).for_each(|value| take_out(value, account, shared)),
        Value::Array(items) => items.iter_mut().for_each(|item| take_out(item, account, shared)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Shared {
    /// The name of a document of an account, which has this text once the account's id is left open.
    fn name(&mut self, text: String, mut document: Value, account: &str) -> String {
        if let Some(name) = self.names.get(&text) {
            return name.clone();
        }
        replace(&mut document, account, ACCOUNT);
        let name = name(&document);
        self.documents.entry(name.clone()).or_insert(document);
        self.names.insert(text, name.clone());
        name
    }
}

fn name(document: &Value) -> String {
    hex(Sha256::digest(document.to_string()).into_iter().take(DIGEST))
}

/// Puts the documents back where references stand.
///
/// **Errors.** The name of a document that is not among them.
pub(super) fn put_back(accounts: &mut Value, documents: &Map<String, Value>) -> Result<(), String> {
    accounts
        .as_object_mut()
        .into_iter()
        .flatten()
        .try_for_each(|(account, plan)| put_in(plan, account, documents))
}

fn put_in(value: &mut Value, account: &str, documents: &Map<String, Value>) -> Result<(), String> {
    if let Some(name) = reference(value) {
        let mut document = documents.get(name).ok_or(name)?.clone();
        replace(&mut document, ACCOUNT, account);
        *value = document;
        return Ok(());
    }
    match value {
        Value::Object(fields) => inner(fields).try_for_each(|value| put_in(value, account, documents)),
        Value::Array(items) => items.iter_mut().try_for_each(|item| put_in(item, account, documents)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// The values in which documents may stand.
fn inner(fields: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    fields.iter_mut().filter(|(key, _)| *key != TAGS).map(|(_, value)| value)
}

fn reference(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(REFERENCE)?.as_str()
}

/// In every text of a document, keys included.
fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(fields) => {
            let old = std::mem::take(fields);
            fields.extend(old.into_iter().map(|(key, mut value)| {
                replace(&mut value, from, to);
                (key.replace(from, to), value)
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(whom: &str) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Principal": {"AWS": whom}, "Action": "sts:AssumeRole"}]})
    }

    #[test]
    fn documents_that_differ_in_the_account_alone_are_shared_and_come_back() {
        let plan = |id: &str| json!({"steps": [{"trust": trusts(&format!("arn:aws:iam::{id}:root")), "managed": {"a": {"document": trusts("x")}}}]});
        let before = json!({"000000000001": plan("000000000001"), "000000000002": plan("000000000002")});
        let mut accounts = before.clone();
        let documents = share(&mut accounts);
        assert_eq!(documents.len(), 2, "{documents:?}");
        assert!(documents.values().any(|document| document.to_string().contains("::${account}:root")));
        let [one, two] = ["000000000001", "000000000002"].map(|id| accounts[id].clone());
        assert_eq!(one, two);
        put_back(&mut accounts, &documents).unwrap();
        assert_eq!(accounts, before);
    }

    #[test]
    fn a_document_that_has_the_placeholder_itself_stays_as_it_is() {
        let before = json!({"000000000001": {"trust": trusts("arn:aws:iam::${account}:root 000000000001")}});
        let mut accounts = before.clone();
        assert!(share(&mut accounts).is_empty());
        put_back(&mut accounts, &Map::new()).unwrap();
        assert_eq!(accounts, before);
    }

    #[test]
    fn only_a_version_and_statements_make_a_document() {
        for fields in [json!({"Version": "1"}), json!({"Statement": []}), json!({"document": "x", "more": 1})]
        {
            let before = json!({"000000000001": {"steps": [fields]}});
            let mut accounts = before.clone();
            assert!(share(&mut accounts).is_empty());
            put_back(&mut accounts, &Map::new()).unwrap();
            assert_eq!(accounts, before);
        }
    }

    #[test]
    fn a_reference_to_nothing_is_told() {
        let mut accounts = json!({"000000000001": {"steps": [{"trust": {"document": "0123456789abcdef"}}]}});
        assert_eq!(put_back(&mut accounts, &Map::new()), Err("0123456789abcdef".into()));
    }
}
