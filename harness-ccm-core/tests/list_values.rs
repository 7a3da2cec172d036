//! Values in lists of accounts are read as people see them, or are unknown with a note, or are refused.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;

use std::collections::BTreeMap;

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::config::Config;
use harness_ccm_core::selector::{Match, Selector};
use lists::*;

fn one(header: &str, row: &str) -> (Account, String) {
    let listing = csv(&format!("id,name{header}\n111122223333,{row}\n"));
    (listing.accounts()[0].clone(), listing.notes().join("\n"))
}

#[test]
fn a_quote_after_a_blank_opens_a_field_and_marks_are_not_part_of_a_value() {
    let listing = csv("id, name, note\n111122223333, \"Acme, Prod\", ok\n444455556666,\t\"b\"\t,x\n");
    let names: Vec<_> = listing.accounts().iter().map(|account| &*account.name).collect();
    assert_eq!(names, ["Acme, Prod", "b"]);
    for name in [
        "\u{201c}prod\u{201d}",
        "\u{201c}prod",
        "'prod'",
        "\u{a0}\"prod\"",
        "\u{feff}\"prod\"",
        "\"\"\"prod\"\"\"",
    ] {
        assert!(
            csv_error(format!("id,name\n111122223333,{name}\n")).starts_with("line 2, column 2: "),
            "{name}"
        );
    }
    assert_eq!(one("", "O'Brien").0.name, "O'Brien");
}

#[test]
fn invisible_characters_are_ignored_in_names_units_and_tags() {
    let is = |selector: Selector, account: &Account| selector.evaluate(account) == Match::Yes;
    for name in ["prod\u{200b}", "\u{200b}prod", "pr\u{ad}od", "prod\u{2060}"] {
        let (account, note) = one("", name);
        assert!(is(Selector::all().with_name("prod"), &account), "{name:?}");
        assert!(
            note.contains("invisible characters were removed from values: 1 accounts, 111122223333 (line 2)"),
            "{note}"
        );
    }
    let paths = |account: &Account| account.ou_path.clone().unwrap();
    assert_eq!(paths(&one(",ou", "a,Sandbox\u{200b}").0), ["Sandbox"]);
    assert_eq!(paths(&one(",ou", "a,Shared\u{a0}Services").0), ["Shared Services"]);
    assert_eq!(paths(&one(",ou 1", "a,Shared\u{a0}Services").0), ["Shared Services"]);
    let listed = json(
        "[{\"id\": \"111122223333\", \"name\": \"a\", \"ou_path\": [\"Sandbox\u{a0}\"], \"tags\": {\"en\u{200b}v\": \"prod\u{200b}\"}}]",
    );
    assert_eq!(listed.accounts()[0].tags.as_ref().unwrap()["env"], "prod");
    assert_eq!(paths(&listed.accounts()[0]), ["Sandbox"]);
    for (header, cell) in [
        (",tags", "env=prod\u{200b}"),
        (",tags", "e\u{200b}nv=prod"),
        (",tag:env", "prod\u{ad}"),
        (",tag:env\u{200b}", "prod"),
    ] {
        assert_eq!(one(header, &format!("a,{cell}")).0.tags.unwrap()["env"], "prod", "{header} {cell:?}");
    }
}

#[test]
fn placeholders_are_unknown_and_spreadsheet_errors_are_refused() {
    for word in ["N/A", "NULL", "-", "None", "\u{2014}"] {
        let (account, note) = one(",ou,tag:env,payer,joined", &format!("a,{word},{word},{word},{word}"));
        assert_eq!(
            (account.ou_path, account.tags, account.payer, account.joined),
            (None, None, None, None),
            "{word}"
        );
        assert!(note.contains("count as unknown: 1 accounts, 111122223333 (line 2)"), "{note}");
        assert!(
            csv_error(format!("id,name\n111122223333,{word}\n")).starts_with("line 2, column 2: "),
            "{word}"
        );
        assert_eq!(one(",ou 1,ou 2", &format!("a,Sandbox,{word}")).0.ou_path, None, "{word}");
        assert_eq!(one(",tags", &format!("a,env={word};team=x")).0.tags, None, "{word}");
    }
    for error in ["#N/A", "#REF!", "#NAME?", "#DIV/0!", "####"] {
        for (header, row) in
            [("", String::new()), (",ou", "a,".into()), (",tag:env", "a,".into()), (",state", "a,".into())]
        {
            let error = csv_error(format!("id,name{header}\n111122223333,{row}{error}\n"));
            assert!(error.contains("contains a spreadsheet error"), "{header}: {error}");
        }
    }
    for time in ["0001-01-01T00:00:00Z", "1970-01-01", "9999-12-31T23:59:59Z"] {
        let (account, note) = one(",joined", &format!("a,{time}"));
        assert!(account.joined.is_none() && note.contains("count as unknown"), "{time}: {note}");
    }
    for name in ["Z\u{fffd}rich", "R&amp;D"] {
        assert!(
            csv_error(format!("id,name\n111122223333,{name}\n")).starts_with("line 2, column 2: "),
            "{name}"
        );
    }
    assert!(csv_error("id,name\n000000000000,a\n").contains("is not the id of an account"));
}

#[test]
fn a_unit_path_in_another_notation_is_unknown_and_noted() {
    for path in [
        "Root > Sandbox > Net",
        "Sandbox\\Net",
        "Sandbox:Net",
        "Sandbox|Net",
        "Sandbox \u{2192} Net",
        "Sandbox (ou-ab12-11111111)",
        "Sandbox//Net",
        "Root - Sandbox",
    ] {
        let (account, note) = one(",ou", &format!("a,{path}"));
        assert_eq!(account.ou_path, None, "{path}");
        assert!(note.contains("is ambiguous and counts as unknown") && note.contains("(line 2)"), "{note}");
    }
    for (path, names) in [
        ("/Workloads/Prod/", vec!["Workloads", "Prod"]),
        ("A/Env: Prod", vec!["A", "Env: Prod"]),
        ("R&D", vec!["R&D"]),
    ] {
        assert_eq!(one(",ou", &format!("a,{path}")).0.ou_path.unwrap(), names);
    }
    let literal = json(r#"[{"id": "111122223333", "name": "a", "ou_path": ["A", "B > C: D"]}]"#);
    assert_eq!(literal.accounts()[0].ou_path.as_ref().unwrap(), &["A", "B > C: D"]);
    assert!(
        json_error(r#"[{"id": "111122223333", "name": "a", "ou_path": ["A", ""]}]"#)
            .contains("a unit has an empty name")
    );
}

#[test]
fn levels_of_units_count_from_zero_or_one_without_a_gap() {
    let path = |header: &str, row: &str| one(header, row).0.ou_path.unwrap();
    assert_eq!(path(",Level 0,Level 1", "a,Sandbox,Net"), ["Sandbox", "Net"]);
    assert_eq!(path(",Level 1,Level 2", "a,Sandbox,"), ["Sandbox"]);
    for header in [",OU 1,OU 3", ",OU 2,OU 3", ",Level 0,Level 2"] {
        let error = csv_error(format!("id,name{header}\n111122223333,a,A,B\n"));
        assert!(
            error.contains("there is no field for the organizational unit of level"),
            "{header}: {error}"
        );
    }
}

#[test]
fn a_state_that_two_fields_contradict_is_unknown() {
    let state = |state: &str, status: &str| one(",State,Status", &format!("a,{state},{status}")).0.state;
    assert!(matches!(state("ACTIVE", "SUSPENDED"), AccountState::Unknown(_)));
    assert!(matches!(state("Active", "Closed"), AccountState::Unknown(_)));
    assert_eq!(state("CLOSED", "SUSPENDED"), AccountState::Closed);
    assert_eq!(state("ACTIVE", "Enrolled"), AccountState::Active);
    assert_eq!(state("", "SUSPENDED"), AccountState::Suspended);
}

#[test]
fn missing_tags_are_unknown_if_other_accounts_have_some() {
    let listing = json(
        r#"[{"id": "111122223333", "name": "a", "Tags": null}, {"id": "444455556666", "name": "b", "Tags": [{"Key": "env", "Value": "prod"}]}]"#,
    );
    assert_eq!(listing.accounts()[0].tags, None);
    assert!(
        listing
            .notes()
            .join("\n")
            .contains("the tags are missing and count as unknown: 1 accounts, 111122223333 (line 1)")
    );
    let listing = csv("id,name,tags\n111122223333,a\n444455556666,b,env=prod\n777788889999,c,\n");
    let tags: Vec<_> =
        listing.accounts().iter().map(|account| account.tags.as_ref().map(BTreeMap::len)).collect();
    assert_eq!(tags, [None, Some(1), Some(0)]);
}

#[test]
fn tags_of_billed_resources_are_not_tags_of_accounts() {
    for id in ["SubAccountId", "lineItem/UsageAccountId"] {
        let listing = csv(&format!(
            "{id},SubAccountName,ProviderName,Tags\n444455556666,prod,AWS,\"{{\"\"temporary\"\":\"\"true\"\"}}\"\n444455556666,prod,AWS,{{}}\n"
        ));
        assert_eq!(listing.accounts()[0].tags, None);
        assert!(listing.notes().join("\n").contains("the tags in an export of costs"), "{id}");
    }
    let listing = json(
        r#"[{"SubAccountId": "444455556666", "SubAccountName": "prod", "Tags": {"temporary": "true"}}]"#,
    );
    assert!(
        listing.accounts()[0].tags.is_none()
            && listing.notes().join("\n").contains("the tags in an export of costs")
    );
}

#[test]
fn a_list_in_the_configuration_is_checked_like_a_file() {
    let read = |keys: &str| {
        let text = format!(
            "harness = {{ account-id = \"acct\" }}\n[[sources]]\nkind = \"list\"\naccounts = [\n{{ id = \"111122223333\", {keys} }}]\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n"
        );
        Config::from_toml(&text, None).map(drop).map_err(|error| error.to_string())
    };
    for keys in [
        "name = \"\"",
        "name = \"N/A\"",
        "name = \"R&amp;D\"",
        "name = \"a\", ou-path = [\"ou-ab12-11111111\"]",
        "name = \"a\", ou-path = [\"\"]",
        "name = \"a\", ou-path = [\"Sandbox > Net\"]",
        "name = \"a\", ou-ids = [\"Sandbox\"]",
    ] {
        let error = read(keys).unwrap_err();
        assert!(error.contains("line 5"), "{keys}: {error}");
    }
    assert_eq!(
        read("name = \"a\", ou-path = [\"A\", \"B\"], ou-ids = [\"ou-ab12-11111111\", \"ou-ab12-22222222\"]"),
        Ok(())
    );
}
