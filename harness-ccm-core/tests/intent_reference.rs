//! The intent file has one table of keys, the parser's own: its JSON Schema, its reference and the builders are compared
//! with it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/configs.rs"]
mod configs;
#[path = "support/reference.rs"]
mod reference;

use std::collections::BTreeSet;
use std::path::Path;

use harness_ccm_core::config::{Config, Key, key};
use harness_ccm_core::schema;
use harness_ccm_core::setting::Setting;
use harness_ccm_structure::Source;
use proptest::prelude::*;
use serde_json::{Value, json};

fn paths() -> BTreeSet<String> {
    reference::rows(&schema::intent()).into_iter().map(|row| row.path).collect()
}

#[test]
fn every_key_of_the_parser_says_what_sets_it_in_code() {
    let shown: BTreeSet<String> = Key::all().map(|key| key.path).collect();
    assert_eq!(shown.len(), Key::all().count(), "a key occurs twice");
    assert_eq!(shown, paths());
}

#[test]
fn the_code_equivalent_of_each_key_exists() {
    let members = Source::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).public_members();
    let missing: Vec<_> = Key::all().filter(|key| !members.contains(key.code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_setting_that_messages_name_is_a_key() {
    let paths = paths();
    let strangers: Vec<_> =
        Setting::ALL.iter().filter_map(|setting| key(*setting)).filter(|key| !paths.contains(*key)).collect();
    assert_eq!(strangers, [""; 0]);
}

#[test]
fn every_key_is_described() {
    let silent: Vec<_> = reference::rows(&schema::intent())
        .into_iter()
        .filter(|row| row.says.len() < 10 || row.form.is_empty())
        .map(|row| row.path)
        .collect();
    assert_eq!(silent, [""; 0]);
}

/// `INSTA_UPDATE=always` writes it again, like the snapshots.
#[test]
#[expect(clippy::disallowed_methods, reason = "how insta itself is configured")]
fn the_reference_has_a_line_for_every_key() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/intent.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (head, _) = text.split_once(reference::BEGIN).expect("the line above which people write");
    let current = format!(
        "{head}{}{}",
        reference::BEGIN,
        reference::text(&schema::intent(), &Key::all().collect::<Vec<_>>())
    );
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&file, &current).unwrap();
    }
    let is_current = std::fs::read_to_string(&file).unwrap() == current;
    assert!(is_current, "docs/intent.md is not what the parser takes");
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema::intent()).unwrap()
}

/// A file in the form that an editor passes to a schema: dates are text.
fn as_json(text: &str) -> Value {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => json!(text),
            toml::Value::Integer(number) => json!(number),
            toml::Value::Float(number) => json!(number),
            toml::Value::Boolean(yes) => json!(yes),
            toml::Value::Datetime(time) => json!(time.to_string()),
            toml::Value::Array(items) => items.into_iter().map(plain).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
            }
        }
    }
    plain(toml::Value::Table(text.parse().unwrap()))
}

proptest! {
    #[test]
    fn written_configurations_match_the_schema(config in configs::config()) {
        let text = config.to_toml().unwrap();
        let errors: Vec<_> = validator().iter_errors(&as_json(&text)).map(|error| error.to_string()).collect();
        prop_assert_eq!(errors, [""; 0], "{}", text);
    }
}

#[test]
fn the_files_of_the_documentation_and_the_examples_match_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sample = std::fs::read_to_string(root.join("examples/onboard.toml")).unwrap();
    let pages = ["README.md", "docs/onboard.md"]
        .map(|page| std::fs::read_to_string(root.join(page)).unwrap())
        .concat();
    let blocks = pages.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<_> = blocks.collect();
    assert!(blocks.len() >= 4, "{}", blocks.len());
    for text in blocks.into_iter().chain([sample.as_str()]) {
        let errors: Vec<_> = validator().iter_errors(&as_json(text)).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{text}");
    }
}

#[test]
fn the_schema_refuses_what_the_parser_does_not_know() {
    for wrong in [
        "ownr = \"x\"",
        "[harness]\ncluster = \"mars\"",
        "[limits]\nmax-updates = 2.0",
        "[[rules]]\nskip = \"x\"",
        "[[rules]]\nname = \"r\"\nfeatures = [\"visibilty\"]",
        "[[rules]]\nname = \"r\"\nskip = \"x\"\naccounts = [\"1234\"]",
        "[[sources]]\nkind = \"list\"\naccounts = [{ id = \"111122223333\" }]",
    ] {
        assert!(Config::from_toml(&format!("{wrong}\n"), Some("acct".parse().unwrap())).is_err(), "{wrong}");
        assert!(!validator().is_valid(&as_json(wrong)), "{wrong}");
    }
}
