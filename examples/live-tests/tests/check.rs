//! `onboard check` and `onboard schema`: output for people and editors before there are any credentials.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/memory.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod memory;

use memory::Place;
use serde_json::Value;

const INTENT: &str = r#"
owner = "finops"
harness = { account-id = "sample" }

[[rules]]
name = "sandboxes"
names = ["sandbox-*"]
skip = "no spend"

[[rules]]
name = "all"
features = ["visibility"]

[[rules]]
name = "too late"
names = ["shop"]
skip = "never reached"
"#;

fn place(intent: &str) -> Place {
    let place = Place::new(1);
    place.write("onboard.toml", intent);
    place
}

#[test]
fn a_file_is_checked_without_accounts_and_the_missing_input_is_named() {
    let run = place(INTENT).run(&["check"]).exits(0);
    assert_eq!(run.stdout, "");
    run.says(&["give --accounts FILE", "rule \"too late\" can never match", "is valid"]);
}

#[test]
fn the_accounts_of_a_file_that_the_intent_selects_are_shown() {
    let place = place(INTENT);
    place.write("export.csv", "id,name\n111122223333,shop\n222233334444,sandbox-anna\n");
    let export = place.path("export.csv");
    let export = export.to_str().unwrap();
    let run = place.run(&["check", "--accounts", export]).exits(0);
    let words = run.words();
    assert!(words.contains("111122223333 shop ACTIVE all shop onboard: visibility"), "{words}");
    assert!(words.contains("222233334444 sandbox-anna ACTIVE sandboxes"), "{words}");
    let json: Value =
        serde_json::from_str(&place.run(&["check", "--json", "--accounts", export]).exits(0).stdout).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["accounts"][1]["rule"], "sandboxes");
    assert_eq!(json["diagnostics"][0]["unreachable"]["rule"], "too late", "{}", json["diagnostics"]);
}

#[test]
fn the_lists_that_it_names_are_read_whether_all_accounts_are_known_or_not() {
    let lists = "\n[[sources]]\nkind = \"csv\"\nfile = \"accounts.csv\"\n";
    place(&format!("{INTENT}{lists}")).run(&["check"]).exits(0).says(&["is valid"]);
    let aws = format!("{lists}\n[[sources]]\nkind = \"organizations\"\n");
    for sources in [lists, &aws] {
        let broken = place(&format!("{INTENT}{sources}"));
        broken.write("accounts.csv", "id,name\n1234,shop\n");
        broken.run(&["check"]).exits(1).says(&["accounts.csv", "line 2"]);
    }
}

#[test]
fn errors_in_a_file_are_reported_with_their_place() {
    place(&INTENT.replace("name = \"sandboxes", "nmae = \"sandboxes")).run(&["check"]).exits(1).says(&[
        "onboard.toml",
        "line 6, column 1",
        "unknown field `nmae`",
    ]);
    let impossible = format!("{INTENT}\n[role.tags]\nharness-ccm-owner = \"me\"\n");
    place(&impossible).run(&["check"]).exits(1).says(&["the tag \"harness-ccm-owner\" is reserved"]);
}

#[test]
fn schemas_are_printed_for_editors_and_programs() {
    for name in ["intent", "plan", "apply", "verify", "accounts"] {
        let schema: Value =
            serde_json::from_str(&place(INTENT).run(&["schema", name]).exits(0).stdout).unwrap();
        assert!(schema["properties"].is_object(), "{name}");
    }
}
