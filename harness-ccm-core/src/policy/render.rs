//! Writes a document as JSON: keys in IAM's usual order, lists sorted, a list of one as a string.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Actions, Conditions, Folded, PolicyDocument, Principal, Principals, Resources, Statement};

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { version, id, statements: _, empty: _ } = self;
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("Version", version)?;
        if let Some(id) = id {
            fields.serialize_entry("Id", id)?;
        }
        fields.serialize_entry("Statement", &self.written())?;
        fields.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { sid, effect, principals, not_principals, actions, resources, conditions } = self;
        let mut fields = serializer.serialize_map(None)?;
        if let Some(sid) = sid {
            fields.serialize_entry("Sid", sid)?;
        }
        fields.serialize_entry("Effect", effect)?;
        for (key, value) in [("Principal", principals), ("NotPrincipal", not_principals)] {
            if let Some(value) = value {
                fields.serialize_entry(key, &ByKind(value))?;
            }
        }
        match actions {
            Actions::Only(actions) => {
                fields.serialize_entry("Action", &OneOrList(actions, Folded::as_str))?;
            }
            Actions::Except(actions) => {
                fields.serialize_entry("NotAction", &OneOrList(actions, Folded::as_str))?;
            }
        }
        match resources {
            Resources::Itself => {}
            Resources::Only(resources) => {
                fields.serialize_entry("Resource", &OneOrList(resources, String::as_str))?;
            }
            Resources::Except(resources) => {
                fields.serialize_entry("NotResource", &OneOrList(resources, String::as_str))?;
            }
        }
        if !conditions.is_empty() {
            fields.serialize_entry("Condition", &ByOperator(conditions))?;
        }
        fields.end()
    }
}

struct ByKind<'a>(&'a Principals);

impl Serialize for ByKind<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.0.iter().map(|(kind, who)| (kind, OneOrList(who, Principal::as_str))))
    }
}

struct ByOperator<'a>(&'a Conditions);

impl Serialize for ByOperator<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(operator, keys)| (operator, ByKey(keys))))
    }
}

struct ByKey<'a>(&'a std::collections::BTreeMap<Folded, BTreeSet<String>>);

impl Serialize for ByKey<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, values)| (key, OneOrList(values, String::as_str))))
    }
}

/// Writes a list of one as a string.
struct OneOrList<'a, T>(&'a BTreeSet<T>, fn(&T) -> &str);

impl<T> Serialize for OneOrList<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(values, text) = self;
        match values.iter().next() {
            Some(one) if values.len() == 1 => serializer.serialize_str(text(one)),
            _ => serializer.collect_seq(values.iter().map(text)),
        }
    }
}
