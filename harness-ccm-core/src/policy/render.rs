use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Actions, PolicyDocument, Principals, Resources, Statement};

/// The document as JSON: keys in IAM's usual order, lists sorted, a list of one as a string.
pub(super) fn document(document: &PolicyDocument) -> Value {
    let PolicyDocument { version, id, statements } = document;
    let mut fields = Map::new();
    fields.insert("Version".into(), json!(version));
    if let Some(id) = id {
        fields.insert("Id".into(), json!(id));
    }
    fields.insert("Statement".into(), statements.iter().map(statement).collect());
    Value::Object(fields)
}

impl From<PolicyDocument> for Value {
    fn from(policy: PolicyDocument) -> Self {
        document(&policy)
    }
}

fn statement(statement: &Statement) -> Value {
    let Statement { sid, effect, principals, not_principals, actions, resources, conditions } = statement;
    let mut fields = Map::new();
    if let Some(sid) = sid {
        fields.insert("Sid".into(), json!(sid));
    }
    fields.insert("Effect".into(), json!(effect));
    for (key, value) in [("Principal", principals), ("NotPrincipal", not_principals)] {
        if let Some(value) = value {
            fields.insert(key.into(), principal_map(value));
        }
    }
    let (key, values) = match actions {
        Actions::Only(values) => ("Action", values),
        Actions::Except(values) => ("NotAction", values),
    };
    fields.insert(key.into(), one_or_list(values.iter().map(super::Folded::as_str)));
    match resources {
        Resources::Itself => {}
        Resources::Only(values) => drop(fields.insert("Resource".into(), text_set(values))),
        Resources::Except(values) => drop(fields.insert("NotResource".into(), text_set(values))),
    }
    if !conditions.is_empty() {
        let operators = conditions.iter().map(|(operator, keys)| {
            let keys: Map<_, _> =
                keys.iter().map(|(key, values)| (key.as_str().to_owned(), text_set(values))).collect();
            (operator.as_str().to_owned(), Value::Object(keys))
        });
        fields.insert("Condition".into(), Value::Object(operators.collect()));
    }
    Value::Object(fields)
}

fn principal_map(principals: &Principals) -> Value {
    let kinds = principals
        .0
        .iter()
        .map(|(kind, values)| (kind.clone(), one_or_list(values.iter().map(super::Principal::as_str))));
    Value::Object(kinds.collect())
}

fn text_set(values: &BTreeSet<String>) -> Value {
    one_or_list(values.iter().map(String::as_str))
}

fn one_or_list<'a>(mut values: impl ExactSizeIterator<Item = &'a str>) -> Value {
    if values.len() == 1 { json!(values.next()) } else { values.map(|value| json!(value)).collect() }
}
