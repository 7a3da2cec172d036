//! The JSON Schema (draft 2020-12) of what is written as JSON, for who reads it: plans and reports.
//!
//! It is made from the types and their documentation, so it cannot be behind them. A string with a `format` is an identifier or a
//! value of AWS or Harness; one without is free text, which is for people.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::apply::Report;
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

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    close(&mut schema);
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
