//! Lists of accounts that are incomplete or ambiguous, through the built program: no list makes an account match a later rule
//! unnoticed, and no list that may be partial counts as complete.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/accounts.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod accounts;

use accounts::{Accounts, RULES, csv, read, refused, run, source};
use serde_json::json;

/// A rule that skips by each property, and one for all other accounts.
const SKIPS: &str = r#"
[[rules]]
name = "units"
ou-paths = ["Sandbox/**"]
skip = "by its units"

[[rules]]
name = "tags"
tags = { temporary = "true" }
skip = "by its tag"

[[rules]]
name = "names"
names = ["prod"]
skip = "by its name"

[[rules]]
name = "rest"
features = ["visibility"]
"#;

/// The rule that matches the first account of a list, or `None` if no account can be judged.
fn rule(kind: &str, text: &str) -> Option<String> {
    let accounts = read(run(&source(kind), SKIPS, &[("list", text.as_bytes())]));
    accounts.entry("111122223333")["rule"].as_str().map(str::to_owned)
}

#[test]
fn accounts_beside_a_list_and_in_other_accounts_are_refused_by_name() {
    let (a, b) = (r#"{"id":"111122223333","name":"a"}"#, r#"{"id":"444455556666","name":"b"}"#);
    for text in [
        format!(r#"{{"accounts":{{"value":{{"data":{a},"prod":{b}}}}}}}"#),
        format!(
            r#"{{"Id":"r-ab12","Accounts":[{a}],"OrganizationalUnits":[{{"Id":"ou-ab12-11111111","Accounts":[{b}]}}]}}"#
        ),
        format!(r#"[{{"Id":"111122223333","Name":"payer","Accounts":[{b}]}}]"#),
        format!(r#"{{"active_accounts":[{b}],"accounts":[{a}]}}"#),
        format!(r#"{{"master_account_id":"444455556666","non_master_accounts":[{a}]}}"#),
    ] {
        refused("json", text.as_bytes(), &["account 444455556666 is here"]);
    }
    let lines = format!("{{\"id\":\"111122223333\",\"name\":\"a\",\"items\":[]}}\n{b}\n");
    assert_eq!(accounts::json(&lines).ids(), ["111122223333", "444455556666"]);
}

#[test]
fn a_list_that_reports_missing_accounts_is_refused() {
    for rest in ["\"Count\":3", "\"page\":1,\"pages\":5", "\"Errors\":[{\"Code\":\"Throttling\"}]"] {
        let text = format!(r#"{{"items":[{{"id":"111122223333","name":"a"}}],{rest}}}"#);
        refused("json", text.as_bytes(), &["line 1"]);
    }
}

#[test]
fn quotes_after_blanks_are_recognized() {
    let accounts = csv("id, name\n111122223333, \"shop\"\n");
    assert_eq!(accounts.entry("111122223333")["account"]["name"], "shop");
    refused("csv", "id,name\n111122223333,\u{201c}shop\u{201d}\n".as_bytes(), &["quotation marks"]);
}

#[test]
fn a_second_table_in_another_order_is_refused() {
    let text: &[u8] = b"id,name,email\n111122223333,a,a@x.com\nid,email,name\n444455556666,b@x.com,b\n";
    refused("csv", text, &["line 3", "names the columns again"]);
}

#[test]
fn an_account_of_an_unclear_cloud_is_refused() {
    refused(
        "csv",
        b"Vendor,id,name\nAWS,111122223333,a\nGCP,987654321098,b\n,876543210987,c\n",
        &["line 4", "the cloud of this account is empty"],
    );
    refused("csv", b"Vendor,id,name\nAWS,111122223333,a\nSocial,444455556666,b\n", &["not a known cloud"]);
    refused("csv", b"Vendor,id,name\nAWS,3f2504e0-4f89-11d3-9a0c-0305e82c3301,a\n", &["an Azure id"]);
}

#[test]
fn ambiguous_tags_are_refused_and_tags_of_billed_resources_are_ignored() {
    for tags in ["env=prod|temporary=true", "env=prod temporary=true", "temporary=>true"] {
        refused("csv", format!("id,name,tags\n111122223333,a,{tags}\n").as_bytes(), &["line 2, column 3"]);
    }
    let focus = "SubAccountId,SubAccountName,Tags\n111122223333,a,\"{\"\"temporary\"\":\"\"true\"\"}\"\n";
    let accounts = csv(focus);
    assert!(accounts.entry("111122223333")["account"]["tags"].is_null());
    accounts.noted(&["the tags in an export of costs"]);
}

#[test]
fn invisible_characters_do_not_change_which_rule_matches() {
    assert_eq!(rule("csv", "id,name,ou,tags\n111122223333,prod\u{200b},Lab,x=y\n").as_deref(), Some("names"));
    assert_eq!(rule("csv", "id,name,ou,tags\n111122223333,a,Sandbox\u{a0},x=y\n").as_deref(), Some("units"));
    assert_eq!(
        rule("csv", "id,name,ou,tags\n111122223333,a,Lab,temporary\u{200b}=true\n").as_deref(),
        Some("tags")
    );
}

#[test]
fn placeholders_are_unknown_and_errors_of_spreadsheets_are_refused() {
    let accounts = csv("id,name,joined,tag:env\n111122223333,a,1970-01-01,N/A\n");
    let account = &accounts.entry("111122223333")["account"];
    assert!(account["joined"].is_null() && account["tags"].is_null(), "{account}");
    accounts.noted(&["placeholders such as N/A", "unreadable joining times"]);
    refused("csv", b"id,name\n111122223333,#N/A\n", &["line 2, column 2", "contains a spreadsheet error"]);
    refused("csv", b"id,name\n111122223333,N/A\n", &["line 2, column 2"]);
}

#[test]
fn unit_paths_in_another_notation_are_unknown_and_levels_have_no_gap() {
    let accounts = csv("id,name,ou\n111122223333,a,Sandbox > Net\n444455556666,b,Lab\n");
    assert!(accounts.entry("111122223333")["account"]["ou_path"].is_null());
    accounts.noted(&["is ambiguous", "111122223333 (line 2)"]);
    let levels = csv("id,name,Level 0,Level 1\n111122223333,a,Sandbox,Net\n");
    assert_eq!(levels.entry("111122223333")["account"]["ou_path"], json!(["Sandbox", "Net"]));
    refused(
        "csv",
        b"id,name,OU 1,OU 3\n111122223333,a,A,B\n",
        &["no field for the organizational unit of level 2"],
    );
}

#[test]
fn an_account_with_a_contradictory_state_is_not_onboarded() {
    let accounts = csv("id,name,payer,State,Status\n111122223333,a,444455556666,ACTIVE,SUSPENDED\n");
    let entry = accounts.entry("111122223333");
    assert_eq!(entry["account"]["state"], "ACTIVE and SUSPENDED");
    assert!(!entry["decision"].to_string().contains("onboard"), "{entry}");
}

#[test]
fn a_list_in_the_configuration_is_checked_like_a_list_in_a_file() {
    for keys in [
        "name = \"\"",
        "name = \"a\", ou-path = [\"ou-ab12-11111111\"]",
        "name = \"a\", ou-ids = [\"Sandbox\"]",
    ] {
        let list =
            format!("[[sources]]\nkind = \"list\"\naccounts = [{{ id = \"111122223333\", {keys} }}]\n");
        assert_eq!(run(&list, RULES, &[]).exits(1).stdout, "");
    }
}

#[test]
fn tags_that_are_missing_are_unknown() {
    let accounts = json_list(
        r#"{"id":"111122223333","name":"a","Tags":null}"#,
        r#"{"id":"444455556666","name":"b","Tags":{"env":"x"}}"#,
    );
    assert!(accounts.entry("111122223333")["account"]["tags"].is_null());
    accounts.noted(&["the tags are missing"]);
}

fn json_list(one: &str, other: &str) -> Accounts {
    accounts::json(&format!("[{one},{other}]"))
}

#[test]
fn the_list_of_one_user_and_a_list_with_a_row_without_id_are_partial() {
    let one = r#"{"accountId":"111122223333","accountName":"a","emailAddress":"a@example.com"}"#;
    accounts::json(&format!("[{one}]")).noted(&["the listing is partial"]);
    csv("id,name,tag:company\n111122223333,a,x\n,prod,Total\n").noted(&["the listing is partial"]);
}

#[test]
fn texts_that_lost_characters_and_the_id_zero_are_refused() {
    refused("csv", "id,name\n111122223333,Z\u{fffd}rich\n".as_bytes(), &["U+FFFD"]);
    refused("csv", b"id,name\n111122223333,R&amp;D\n", &["HTML character references"]);
    refused("csv", b"id,name\n000000000000,a\n", &["is not the id of an account"]);
}
