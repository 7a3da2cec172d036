use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    Actions, Conditions, EmptyStatement, Folded, InvalidPolicy, PolicyDocument, Principal, Principals,
    Resources, Statement, StatementEffect,
};

impl PolicyDocument {
    /// Parses JSON, either plain or percent-encoded as IAM returns it (RFC 3986).
    pub fn parse(text: &str) -> Result<Self, InvalidPolicy> {
        let decoded;
        // JSON begins with a brace or bracket, the percent-encoded form with `%7B` or `%5B`. A plus sign means itself (RFC 3986).
        let json = if text.trim_start().starts_with('%') {
            decoded = percent_decode_str(text)
                .decode_utf8()
                .map_err(|_| InvalidPolicy::new("percent-encoded bytes that are not UTF-8"))?;
            &*decoded
        } else {
            text
        };
        let value: Value =
            serde_json::from_str(json).map_err(|error| InvalidPolicy::new(format!("not JSON: {error}")))?;
        Self::try_from(match value {
            // Some tools wrap the document in a list of one.
            Value::Array(mut items) if items.len() == 1 => items.swap_remove(0),
            other => other,
        })
    }
}

impl TryFrom<Value> for PolicyDocument {
    type Error = InvalidPolicy;

    fn try_from(value: Value) -> Result<Self, InvalidPolicy> {
        let Value::Object(mut fields) = value else {
            return Err(InvalidPolicy::new("the document is not a JSON object"));
        };
        // A document without a version has the version of 2008.
        let version = optional_text(&mut fields, "Version")?.unwrap_or_else(|| "2008-10-17".into());
        let id = optional_text(&mut fields, "Id")?;
        let statements = match fields.remove("Statement") {
            None => return Err(InvalidPolicy::new("the document has no Statement")),
            Some(Value::Array(items)) => items.into_iter().map(statement).collect::<Result<Vec<_>, _>>()?,
            Some(one) => vec![statement(one)?],
        };
        no_more(&fields, "the document")?;
        let mut document = Self { version, id, statements: Vec::new(), empty: Vec::new() };
        for (index, statement) in statements.into_iter().enumerate() {
            match statement.empty_field() {
                None => document.statements.push(statement),
                Some(field) => document.empty.push(EmptyStatement { number: index + 1, field, statement }),
            }
        }
        Ok(document)
    }
}

fn statement(value: Value) -> Result<Statement, InvalidPolicy> {
    let Value::Object(mut fields) = value else {
        return Err(InvalidPolicy::new("a statement is not a JSON object"));
    };
    let sid = optional_text(&mut fields, "Sid")?.filter(|sid| !sid.is_empty());
    let effect = match fields.remove("Effect").as_ref().and_then(Value::as_str) {
        Some(word) if word.eq_ignore_ascii_case("allow") => StatementEffect::Allow,
        Some(word) if word.eq_ignore_ascii_case("deny") => StatementEffect::Deny,
        _ => return Err(InvalidPolicy::new("a statement's Effect is neither Allow nor Deny")),
    };
    let folded = |values: BTreeSet<String>| values.into_iter().map(Folded::from).collect();
    let actions = match (fields.remove("Action"), fields.remove("NotAction")) {
        (Some(actions), None) => Actions::Only(folded(texts(actions, "Action")?)),
        (None, Some(actions)) => Actions::Except(folded(texts(actions, "NotAction")?)),
        _ => return Err(InvalidPolicy::new("a statement needs Action or NotAction, and not both")),
    };
    let resources = match (fields.remove("Resource"), fields.remove("NotResource")) {
        (None, None) => Resources::Itself,
        (Some(resources), None) => Resources::Only(texts(resources, "Resource")?),
        (None, Some(resources)) => Resources::Except(texts(resources, "NotResource")?),
        (Some(_), Some(_)) => {
            return Err(InvalidPolicy::new("a statement has both Resource and NotResource"));
        }
    };
    if fields.contains_key("Principal") && fields.contains_key("NotPrincipal") {
        return Err(InvalidPolicy::new("a statement has both Principal and NotPrincipal"));
    }
    let principals = fields.remove("Principal").map(principals).transpose()?;
    let not_principals = fields.remove("NotPrincipal").map(self::principals).transpose()?;
    let conditions = fields.remove("Condition").map(conditions).transpose()?.unwrap_or_default();
    no_more(&fields, "a statement")?;
    let statement = Statement { sid, effect, principals, not_principals, actions, resources, conditions };
    statement.check_kind()?;
    Ok(statement)
}

/// Refuses unknown elements: a comparison must not ignore them.
fn no_more(fields: &Map<String, Value>, of: &str) -> Result<(), InvalidPolicy> {
    match fields.keys().next() {
        None => Ok(()),
        Some(key) => Err(InvalidPolicy::new(format!("{of} has an unknown element {key:?}"))),
    }
}

fn optional_text(fields: &mut Map<String, Value>, key: &str) -> Result<Option<String>, InvalidPolicy> {
    match fields.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(InvalidPolicy::new(format!("{key} is not a string"))),
    }
}

/// Reads one string or a list of strings; numbers and booleans count as text.
fn texts(value: Value, key: &str) -> Result<BTreeSet<String>, InvalidPolicy> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(InvalidPolicy::new(format!("{key} contains a value that is not a string")))
        }
    };
    match value {
        Value::Array(items) => items.into_iter().map(text).collect(),
        one => Ok(BTreeSet::from([text(one)?])),
    }
}

fn principals(value: Value) -> Result<Principals, InvalidPolicy> {
    match value {
        Value::String(text) => Ok(Principals::aws([text])),
        Value::Object(kinds) => kinds
            .into_iter()
            .map(|(kind, value)| {
                let principals = texts(value, "Principal")?.into_iter().map(Principal::from).collect();
                Ok((kind, principals))
            })
            .collect::<Result<_, _>>()
            .map(Principals),
        _ => Err(InvalidPolicy::new("Principal is neither a string nor an object")),
    }
}

fn conditions(value: Value) -> Result<Conditions, InvalidPolicy> {
    let object = |value: Value| match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(InvalidPolicy::new("Condition is not an object of objects")),
    };
    let mut conditions = Conditions::new();
    for (operator, keys) in object(value)? {
        let entry = conditions.entry(operator.into()).or_default();
        for (key, values) in object(keys)? {
            entry.entry(key.into()).or_default().extend(texts(values, "Condition")?);
        }
    }
    Ok(conditions)
}
