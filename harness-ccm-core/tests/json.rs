//! The JSON of telling plans and of reports, word by word: renaming a field is a change of the format.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/plans.rs"]
mod plans;
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use futures_executor::block_on;
use harness_ccm_core::apply::{ApplyOptions, apply_plan};
use harness_ccm_core::backend::{ConnectorClient as _, NoPause};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::intent::Rule;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::Plan;
use harness_ccm_core::report::{Coverage, Roster};
use harness_ccm_core::schema;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::verify::{VerifyOptions, verify_accounts};
use plans::{plans, upsert};
use serde_json::{Value, json};
use support::*;

#[test]
fn the_json_of_plans() {
    for (name, plan) in plans() {
        let text = plan.to_judged_json_text(&plan.judge(&Limits::default()));
        assert_eq!(Plan::from_json(&text).unwrap(), plan, "{name}");
        // What a file has in one line is easier to read in many.
        let json: Value = serde_json::from_str(&text).unwrap();
        insta::assert_snapshot!(format!("plan_{name}"), format!("{json:#}"));
    }
}

/// The reports by name.
fn reports() -> Vec<(&'static str, String)> {
    let world = World::new((1..=2).map(|number| account(number, &format!("team {number}"))));
    let desired = intent(visibility()).resolve(listing([1, 2])).unwrap();
    world.refuse_connector(&id(1), Some("not here"));
    let approved = upsert(&desired, &nothing(&desired)).check(&Limits::default()).unwrap();
    let options = ApplyOptions::default().with_concurrency(1);
    let report = block_on(apply_plan(&approved, &world.roles(), &world.connectors(), &options, &NoEvents));
    let apply = serde_json::to_string_pretty(&report).unwrap();
    let connectors = block_on(world.connectors().list_connectors()).unwrap();
    let options = VerifyOptions::default();
    world.edit_role(&id(2), &"HarnessCERole".parse().unwrap(), |role| role.inline.clear());
    let verification =
        block_on(verify_accounts(&desired, &connectors, &world.connectors(), &NoPause, options, &NoEvents));
    let verification = serde_json::to_string_pretty(&verification).unwrap();
    let rules = [Rule::onboard("all", Selector::all(), visibility())];
    let roster = Roster::new(&desired, &rules).with_connectors(&desired, &connectors);
    let roster = serde_json::to_string_pretty(&roster).unwrap();
    let connectors = block_on(world.connectors().list_connectors()).unwrap();
    let coverage = serde_json::to_string_pretty(&Coverage::new(&desired, &connectors)).unwrap();
    let nothing_listed = intent(visibility()).resolve(Listing::complete([])).unwrap();
    let empty = serde_json::to_string_pretty(&Roster::new(&nothing_listed, &rules)).unwrap();
    vec![
        ("report_apply", apply),
        ("report_verify", verification),
        ("report_accounts", roster),
        ("report_no_accounts", empty),
        ("report_coverage", coverage),
    ]
}

#[test]
fn the_json_of_reports() {
    for (name, text) in reports() {
        insta::assert_snapshot!(name, text);
    }
}

/// The published schemas, by the name of their file in `schema/`.
fn schemas() -> [(&'static str, Value); 5] {
    [
        ("plan", schema::plan()),
        ("apply", schema::apply_report()),
        ("verify", schema::verification()),
        ("accounts", schema::roster()),
        ("coverage", schema::coverage()),
    ]
}

/// `INSTA_UPDATE=always` writes them anew, as it does with the snapshots.
#[test]
#[expect(clippy::disallowed_methods, reason = "how insta itself is told")]
fn the_published_schemas_are_those_of_the_types() {
    for (name, schema) in schemas().into_iter().chain([("intent", schema::intent())]) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(format!("{name}.json"));
        let text = format!("{schema:#}\n");
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(&file, &text).unwrap();
        }
        let is_current = std::fs::read_to_string(&file).unwrap() == text;
        assert!(is_current, "{} is not what the types say", file.display());
    }
}

#[test]
fn plans_and_reports_are_as_their_schema_says() {
    let check = |schema: &Value, name: &str, text: &str| {
        let validator = jsonschema::validator_for(schema).unwrap();
        let json: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0], "{name}");
        let mut more = json;
        more["added"] = json!("x");
        assert!(!validator.is_valid(&more), "{name}: it would not notice a field more");
    };
    let [(_, plan), ..] = schemas();
    for (name, of) in plans() {
        check(&plan, name, &of.to_json_text());
        check(&plan, name, &of.to_judged_json_text(&of.judge(&Limits::default())));
    }
    for (name, text) in reports() {
        let kind = name.trim_start_matches("report_").trim_start_matches("no_");
        let (_, schema) = schemas().into_iter().find(|(name, _)| *name == kind).unwrap();
        check(&schema, name, &text);
    }
}

/// The keys of our own sentences, and of names that somebody chose. Programs show them and decide nothing by them.
const OUR_TEXT: [&str; 3] = ["message", "name", "note"];

/// The keys of sentences that a source, AWS or Harness says.
const TEXT_OF_OTHERS: [&str; 8] =
    ["causes", "description", "doubt", "messages", "reasons", "remedy", "subject", "summary"];

/// The keys of names and values as intent, AWS, Harness and policies have them, which no rule of ours bounds.
const VALUES: [&str; 37] = [
    "account",
    "action",
    "additional",
    "adopted",
    "bucket",
    "by",
    "deleted",
    "desired",
    "external_id",
    "external_ids",
    "further_external_ids",
    "guard",
    "key",
    "kind",
    "missing",
    "missing_external_ids",
    "observed",
    "operation",
    "ou_ids",
    "ou_path",
    "ous",
    "owner",
    "patterns",
    "policies",
    "policy",
    "principal",
    "region",
    "resource",
    "role_arn",
    "route",
    "rule",
    "sid",
    "tags",
    "unmanaged_fields",
    "unmodelled",
    "value",
    "values",
];

/// The keys of all strings of a schema that are neither words of the format nor identifiers.
fn free_texts(schema: &Value, key: &str, found: &mut BTreeSet<String>) {
    let Value::Object(fields) = schema else {
        schema.as_array().into_iter().flatten().for_each(|part| free_texts(part, key, found));
        return;
    };
    let is_text = match fields.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.contains(&json!("string")),
        _ => false,
    };
    let is_told = ["const", "enum", "format", "pattern"].iter().any(|told| fields.contains_key(*told));
    if is_text && !is_told {
        found.insert(key.to_owned());
    }
    for (word, part) in fields {
        match (word.as_str(), part) {
            ("properties" | "$defs", Value::Object(named)) => {
                named.iter().for_each(|(key, part)| free_texts(part, key, found));
            }
            ("examples" | "enum" | "const" | "default", _) => {}
            (_, part) => free_texts(part, key, found),
        }
    }
}

#[test]
fn free_text_stands_only_where_it_is_expected() {
    let mut found = BTreeSet::new();
    for (_, schema) in schemas() {
        free_texts(&schema, "", &mut found);
    }
    // Keys of tags are asked for by name.
    found.remove("tag_keys");
    let expected: BTreeSet<_> =
        OUR_TEXT.iter().chain(&TEXT_OF_OTHERS).chain(&VALUES).map(|key| (*key).to_owned()).collect();
    assert_eq!(found, expected);
}
