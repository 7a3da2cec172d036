//! `onboard accounts` in memory: its output, and that a bad file ends it before anything is done.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const INTENT: &str = r#"
harness = { account-id = "acct" }

[[sources]]
kind = "organizations"
name = "organization"

[[sources]]
kind = "csv"
file = "lists/export.csv"
name = "export"

[listing]
keep = "kept.json"
max-age-minutes = 60

[[rules]]
name = "pilot"
accounts-file = "lists/pilot.txt"
features = ["visibility"]

[[rules]]
name = "production"
names = ["*prod*"]
features = ["visibility", "governance"]
"#;

/// A folder with an intent file and the files that it names.
fn folder(export: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("lists")).unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    std::fs::write(folder.path().join("lists/export.csv"), export).unwrap();
    std::fs::write(folder.path().join("lists/pilot.txt"), "# first wave\n300000000001\n").unwrap();
    folder
}

/// Runs the example from another folder: paths in the intent file are relative to it. Returns exit code, stdout, stderr.
fn onboard(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let test = std::env::current_exe().unwrap();
    let program: PathBuf = test.parent().unwrap().parent().unwrap().join("examples/onboard");
    assert!(
        program.exists(),
        "run the tests with `cargo test --workspace`: {} is not built",
        program.display()
    );
    let output = Command::new(program)
        .arg("--config")
        .arg(folder.path().join("onboard.toml"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let utf8 = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), utf8(output.stdout), utf8(output.stderr))
}

#[test]
fn accounts_of_several_sources_are_shown_with_rule_reason_and_connector() {
    let folder = folder(b"Linked account,Linked account name\n300000000001,Pilot\n300000000002,web-prod\n");
    let (code, table, notes) = onboard(&folder, &["accounts"]);
    assert_eq!(code, 0, "{notes}");
    for line in [
        "300000000001  Pilot ",
        "pilot       Pilot ",
        "onboard: visibility, governance",
        "web_prod_300000000002",
        "skip: no rule matches",
    ] {
        assert!(table.contains(line), "{line} is not in\n{table}");
    }

    let (code, json, _) = onboard(&folder, &["--json", "accounts"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["format_version"]), (0, &1.into()));
    let entry =
        json["accounts"].as_array().unwrap().iter().find(|entry| entry["account"]["id"] == "300000000002");
    let entry = entry.unwrap();
    assert_eq!(entry["decision"], "onboard");
    assert_eq!(entry["rule"], "production");
    assert_eq!(entry["identifier"], "web_prod_300000000002", "two other accounts have the same name");

    let (_, explanation, _) = onboard(&folder, &["accounts", "--explain", "300000000002"]);
    assert!(
        explanation.contains("rule \"pilot\" does not match: it is not the account that the rule names"),
        "{explanation}"
    );
    let (code, _, error) = onboard(&folder, &["accounts", "--explain", "999999999999"]);
    assert!(code == 1 && error.contains("not among the accounts"), "{error}");
}

#[test]
fn a_run_in_memory_stores_no_listing_of_the_sample_organization() {
    let folder = folder(b"id,name\n300000000001,Pilot\n");
    for command in [&["accounts"][..], &["apply", "--yes"]] {
        onboard(&folder, command);
        assert!(!folder.path().join("kept.json").exists(), "{command:?}");
        assert!(!folder.path().join("kept.accepted.json").exists(), "{command:?}");
    }
}

#[test]
fn a_kept_listing_shows_its_age() {
    let folder = folder(b"id,name\n300000000001,Pilot\n");
    // Without the sample organization, whose listing is not stored.
    let organization = "[[sources]]\nkind = \"organizations\"\nname = \"organization\"\n";
    std::fs::write(folder.path().join("onboard.toml"), INTENT.replace(organization, "")).unwrap();
    let (_, _, first) = onboard(&folder, &["accounts"]);
    assert!(!first.contains("ago"), "{first}");
    assert!(folder.path().join("kept.json").exists(), "kept beside the intent file");
    let (code, table, second) = onboard(&folder, &["accounts"]);
    assert!(
        code == 0 && second.contains("the accounts were listed at") && second.contains("ago"),
        "{second}"
    );
    assert!(table.contains("300000000001"), "{table}");
}

#[test]
fn an_invalid_file_is_reported_with_its_place_and_nothing_is_done() {
    for (export, place) in [
        (
            &b"id,name\n300000000001,a\n300000000001,b\n"[..],
            "line 3, column 1: account 300000000001 is already in line 2",
        ),
        (b"id\n300000000001\n", "line 1, column 1: there is no column for the account name"),
        (b"id,name\n012345678901,a\n98765432109,b\n", "line 3, column 1: 98765432109 has 11 digits"),
        (b"id,name\n300000000001,\xff\n", "line 2, column 2: byte 1 of the field is not UTF-8"),
        (
            b"id,name\n300000000001,\"a\n300000000002,b\n",
            "line 2, column 2: the quote that opens here is never closed",
        ),
    ] {
        let folder = folder(export);
        for command in [&["accounts"][..], &["plan"], &["apply", "--yes"]] {
            let (code, stdout, error) = onboard(&folder, command);
            assert_eq!((code, &*stdout), (1, ""), "{command:?}");
            assert!(error.contains(place) && error.contains("lists/export.csv"), "{command:?}: {error}");
        }
        assert!(!folder.path().join("kept.json").exists());
    }
}

#[test]
fn control_characters_in_names_are_escaped_and_json_keeps_them() {
    let name = "\u{1b}[2J\u{202e}prod";
    let folder = folder(format!("id,name\n300000000001,{name}\n").as_bytes());
    for command in [
        &["accounts"][..],
        &["accounts", "--explain", "300000000001"],
        &["plan"],
        &["apply", "--yes"],
        &["verify"],
    ] {
        let (_, text, notes) = onboard(&folder, command);
        for printed in [&text, &notes] {
            assert!(!printed.contains(['\u{1b}', '\r', '\u{202e}']), "{command:?}: {printed:?}");
        }
    }
    let (_, text, _) = onboard(&folder, &["accounts"]);
    assert!(text.contains("\\u{1b}[2J"), "{text}");
    let (_, json, _) = onboard(&folder, &["--json", "accounts"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let accounts = json["accounts"].as_array().unwrap();
    // Invisible characters are not part of a name, and all others are.
    assert!(accounts.iter().any(|account| account["account"]["name"] == "\u{1b}[2Jprod"), "{json}");
}
