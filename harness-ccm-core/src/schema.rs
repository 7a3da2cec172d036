//! The JSON Schema of what is written as JSON, for who reads it: plans and reports (draft 2020-12); and of the configuration file, for
//! the editors that people write it in (draft 7).
//!
//! It is made from the types and their documentation, so it cannot be behind them. A string with a `format` is an identifier or a
//! value of AWS or Harness; one without is free text, which is for people.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::apply::Report;
use crate::config::IntentFile;
use crate::feature::{Named, Word};
use crate::plan::{Plan, PlanRejected};
use crate::policy::PolicyDocument;
use crate::report::{Coverage, Roster};
use crate::verify::Verification;

/// Of a plan file, as [`Plan::to_json`] writes it.
pub fn plan() -> Value {
    let mut schema = of::<Plan>();
    let (kind, version) = (Plan::KIND, Plan::FORMAT_VERSION);
    let around = serde_json::json!({
        "kind": {"description": "What kind of file it is.", "const": kind},
        "format_version": {"description": "The version of its form.", "const": version},
        "complete": {"description": "Whether everything could be read and judged.", "type": "boolean"},
        "limits": {
            "description": "What limits and guards say of it.",
            "type": "object",
            "properties": {
                "approved": {"description": "Whether they allow it.", "type": "boolean"},
                "message": {"description": "Why not.", "type": "string"},
                "refusal": {"$ref": "#/$defs/PlanRejected"},
            },
            "required": ["approved"],
            "additionalProperties": false,
        },
        "documents": {
            "description": "The policy documents, by the names under which roles refer to them; `${account}` stands for the account's id.",
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/PolicyDocument"},
        },
        "releases": {
            "description": "How many accounts have a role that matches each release of the permissions now, and how many one that matches `none`.",
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
    });
    let mut refusal = of::<PlanRejected>();
    let theirs = refusal.as_object_mut().and_then(|refusal| refusal.remove("$defs"));
    if let Some(defs) = schema["$defs"].as_object_mut() {
        defs.extend(
            theirs
                .iter()
                .filter_map(Value::as_object)
                .flatten()
                .map(|(name, def)| (name.clone(), def.clone())),
        );
        defs.insert("PlanRejected".into(), refusal);
    }
    if let (Some(properties), Value::Object(around)) = (schema["properties"].as_object_mut(), around) {
        properties.extend(around);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.extend(["kind", "format_version", "complete", "documents"].map(Value::from));
    }
    schema
}

/// Of what applying a plan has done.
pub fn apply_report() -> Value {
    of::<Report>()
}

/// Of what connection tests have said.
pub fn verification() -> Value {
    of::<Verification>()
}

/// Of the accounts, and what the rules make of them.
pub fn roster() -> Value {
    of::<Roster>()
}

/// Of how much of an organization is onboarded.
pub fn coverage() -> Value {
    of::<Coverage>()
}

/// Of a configuration file, for editors: `#:schema ./intent.schema.json` in its first line is known to those that know TOML.
///
/// It knows each key and the form of its value. What two values mean together, [`Config::from_toml`](crate::config::Config::from_toml)
/// judges.
pub fn intent() -> Value {
    let settings = SchemaSettings::draft07().for_deserialize();
    let mut schema = settings.into_generator().into_root_schema_for::<IntentFile>().to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".into(), "harness-ccm intent file".into());
    }
    plainly(&mut schema);
    schema
}

/// Takes out of descriptions what only documentation of Rust can show: links to other items, and examples.
fn plainly(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = without_links(&without_examples(text));
            }
            fields.values_mut().for_each(plainly);
        }
        Value::Array(items) => items.iter_mut().for_each(plainly),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_examples(text: &str) -> String {
    let every_other = text.split("```").step_by(2);
    every_other.map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// ``[`name`](target)`` and ``[`name`]`` as `` `name` ``, `[words](target)` as the words.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((name, after)) = link.split_once(']') else {
            plain.push('[');
            rest = link;
            continue;
        };
        match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => {
                plain.push_str(name);
                rest = after;
            }
            None if name.starts_with('`') => {
                plain.push_str(name);
                rest = after;
            }
            None => {
                plain.push('[');
                rest = link;
            }
        }
    }
    plain + rest
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    close(&mut schema);
    plainly(&mut schema);
    schema
}

/// Says of every object with properties that it has no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(Value::is_object)
                && !fields.contains_key("additionalProperties")
            {
                fields.insert("additionalProperties".into(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl<T: Word> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Open{}", std::any::type_name::<T>().rsplit("::").next().unwrap_or_default()).into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let known: Vec<_> = T::ALL.iter().map(Word::word).collect();
        json_schema!({
            "description": "A word of Harness. Others than these are passed on as they are.",
            "type": "string",
            "format": "word",
            "examples": known,
        })
    }
}

impl JsonSchema for PolicyDocument {
    fn schema_name() -> Cow<'static, str> {
        "PolicyDocument".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let digest = serde_json::json!({"description": "Its name among the documents of the plan.", "type": "string", "pattern": "^[0-9a-f]{16}$"});
        json_schema!({
            "description": "A policy document of IAM, or a reference to one.",
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"document": digest},
                    "required": ["document"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": {
                        "Version": {"type": "string", "format": "policy version"},
                        "Id": {"type": "string", "format": "policy id"},
                        "Statement": {"type": "array", "items": {"type": "object"}},
                    },
                    "required": ["Version", "Statement"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_plain() {
        for (text, plain) in [
            ("a [`B`](crate::B) c", "a `B` c"),
            ("a [`B`] c [words](Self::d)", "a `B` c words"),
            ("a list [1, 2] and [", "a list [1, 2] and ["),
            ("[[rules]]", "[[rules]]"),
        ] {
            assert_eq!(without_links(text), plain);
        }
        assert_eq!(without_examples("What.\n\n```\nf();\n```\n\nMore."), "What.\n\nMore.");
        assert_eq!(without_examples("What."), "What.");
    }
}
