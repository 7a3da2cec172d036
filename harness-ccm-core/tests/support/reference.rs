//! The reference of the intent file, made from its JSON Schema and the builders of its keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harness_ccm_core::config::Key;
use serde_json::Value;

/// A test writes the rest of the file.
pub(crate) const BEGIN: &str =
    "<!-- Below here a test of harness-ccm-core writes: `--test intent_reference`. -->\n";

/// A key of the schema.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) form: String,
    pub(crate) default: String,
    pub(crate) says: String,
    is_table: bool,
}

/// Every key of a schema, in the order of the parser.
pub(crate) fn rows(schema: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    of_table(schema, schema, "", &mut rows);
    rows
}

fn of_table(schema: &Value, table: &Value, path: &str, rows: &mut Vec<Row>) {
    let required = |key: &str| {
        table["required"].as_array().is_some_and(|required| required.iter().any(|one| one == key))
    };
    for (key, value) in table["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let target = resolved(schema, value);
        let inner = table_within(schema, target);
        let default = match &value["default"] {
            _ if required(key) => "needed".into(),
            Value::Null | Value::Object(_) => String::new(),
            Value::String(text) if text.is_empty() => "`\"\"`".into(),
            other => format!("`{other}`"),
        };
        let words: Vec<String> = words(schema, target)
            .into_iter()
            .filter(|(_, says)| !says.is_empty())
            .map(|(word, says)| format!("`{word}`: {}", uncapitalized(&says)))
            .collect();
        let own = description(value).or_else(|| description(target)).unwrap_or_default();
        let says = if words.is_empty() { own } else { format!("{own} {}", words.join(" ")) };
        rows.push(Row {
            path: path.clone(),
            form: form(schema, target),
            default,
            says,
            is_table: inner.is_some(),
        });
        if let Some(inner) = inner {
            of_table(schema, inner, &path, rows);
        }
    }
}

fn description(value: &Value) -> Option<String> {
    value["description"].as_str().map(|text| text.replace('\n', " "))
}

fn uncapitalized(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        // Not the first word of a name in capitals.
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().collect::<String>() + &text[first.len_utf8()..]
        }
        _ => text.to_owned(),
    }
}

/// The schema of a value, with references resolved and without `null`.
fn resolved<'a>(schema: &'a Value, value: &'a Value) -> &'a Value {
    if let Some(reference) = value["$ref"].as_str() {
        return resolved(schema, schema.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let [one] = value["allOf"].as_array().map(Vec::as_slice).unwrap_or_default() {
        return resolved(schema, one);
    }
    let of: Vec<&Value> =
        value["anyOf"].as_array().into_iter().flatten().filter(|one| one["type"] != "null").collect();
    match of[..] {
        [one] => resolved(schema, one),
        _ => value,
    }
}

/// The table of a value, or of the elements of a list.
fn table_within<'a>(schema: &'a Value, value: &'a Value) -> Option<&'a Value> {
    if value["properties"].is_object() {
        return Some(value);
    }
    let items = resolved(schema, value.get("items")?);
    items["properties"].is_object().then_some(items)
}

/// The words that a value may be, with their meaning.
fn words(schema: &Value, value: &Value) -> Vec<(String, String)> {
    if let Some(items) = value.get("items") {
        return words(schema, resolved(schema, items));
    }
    let word = |one: &Value| Some((one.as_str()?.to_owned(), String::new()));
    let listed = value["enum"].as_array().into_iter().flatten().filter_map(word);
    let described = value["oneOf"].as_array().into_iter().flatten().flat_map(|one| {
        let says = description(one).unwrap_or_default();
        let constant = one["const"].as_str().map(|word| vec![(word.to_owned(), says)]);
        constant.unwrap_or_else(|| words(schema, one))
    });
    listed.chain(described).collect()
}

fn form(schema: &Value, value: &Value) -> String {
    let value = resolved(schema, value);
    let words = words(schema, value);
    let kind = match &value["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ => "",
    };
    if let Some(any) = value["anyOf"].as_array() {
        let forms: Vec<_> =
            any.iter().filter(|one| one["type"] != "null").map(|one| form(schema, one)).collect();
        return forms.join(", or ");
    }
    match kind {
        "array" if table_within(schema, value).is_some() => "tables".into(),
        "array" => format!("list: {}", form(schema, &value["items"])),
        "object" if value["properties"].is_object() => "table".into(),
        "object" => {
            let of = value.get("additionalProperties").map(|of| form(schema, of)).unwrap_or_default();
            format!("table of names, each with: {of}")
        }
        _ if !words.is_empty() => {
            words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        "string" => value["format"].as_str().map_or("text".into(), |format| match format {
            "date-time" => "date, or date and time".into(),
            other => other.into(),
        }),
        "boolean" => "`true` or `false`".into(),
        "integer" | "number" => match (&value["minimum"], &value["maximum"]) {
            (least, most) if least.is_number() && most.is_number() => format!("{least} to {most}"),
            _ => "whole number".into(),
        },
        other => other.into(),
    }
}

/// The tables of the reference.
pub(crate) fn text(schema: &Value, keys: &[Key]) -> String {
    let code: BTreeMap<&str, &str> = keys.iter().map(|key| (key.path.as_str(), key.code)).collect();
    let rows = rows(schema);
    let mut text = String::new();
    let mut sections: Vec<(&str, &str, String)> = vec![("", "", String::new())];
    for row in rows.iter().filter(|row| row.is_table && !row.path.contains('.')) {
        let name = if row.form == "tables" { format!("[[{}]]", row.path) } else { format!("[{}]", row.path) };
        sections.push((&row.path, &row.says, name));
    }
    for (table, says, name) in sections {
        let title = if table.is_empty() { "## Before the tables".to_owned() } else { format!("## `{name}`") };
        let _ = writeln!(text, "\n{title}\n");
        if !table.is_empty() {
            let _ = writeln!(text, "{says} In code: `{}`.\n", code[table]);
        }
        text.push_str("| key | value | default | what it says | in code |\n|---|---|---|---|---|\n");
        let mine = rows.iter().filter(|row| match row.path.split_once('.') {
            Some((first, _)) => first == table,
            None => table.is_empty() && !row.is_table,
        });
        for row in mine {
            let key = row.path.strip_prefix(table).unwrap_or(&row.path).trim_start_matches('.');
            let cell = |text: &str| text.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| `{key}` | {} | {} | {} | `{}` |",
                cell(&row.form),
                cell(&row.default),
                cell(&row.says),
                code[row.path.as_str()]
            );
        }
    }
    text
}
