//! Lists of accounts as consoles, command lines, spreadsheets and billing tools export them, through the built program.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/accounts.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod accounts;

use accounts::*;
use serde_json::Value;

const ARN: &str = "arn:aws:organizations::111122223333:account/o-abcdefghij";

#[test]
fn the_export_of_the_console_is_read_with_its_times() {
    let export = format!(
        "\u{feff}Account ID,ARN,Email,Name,State,Joined method,Joined timestamp\r\n\
         111122223333,{ARN}/111122223333,a@example.com,payer,ACTIVE,Invited,Tue Feb 04 2025 09:15:00 GMT+0100 (Central European Standard Time)\r\n\
         222233334444,{ARN}/222233334444,b@example.com,web,Suspended,Created,2025-02-04 08:15:00\r\n\
         333344445555,{ARN}/333344445555,c@example.com,lab,Active,Created,1738656900\r\n"
    );
    let accounts = csv(&export);
    assert_eq!(accounts.ids(), ["111122223333", "222233334444", "333344445555"]);
    for id in accounts.ids() {
        assert_eq!(accounts.entry(id)["account"]["joined"], "2025-02-04T08:15:00Z", "{id}");
    }
    assert_eq!(accounts.entry("111122223333")["rule"], "payer");
    assert_eq!(accounts.entry("222233334444")["account"]["state"], "SUSPENDED");
    accounts.noted(&["joining times without an offset count as UTC: 222233334444"]);
}

#[test]
fn a_time_that_cannot_be_read_withholds_its_account_only_where_a_rule_needs_it() {
    let list: &[u8] = b"id,name,payer,joined\n222233334444,web,111122223333,04/02/2025\n";
    let accounts = read(run(&source("csv"), RULES, &[("list", list)]));
    assert_eq!(accounts.entry("222233334444")["rule"], "rest");
    accounts.noted(&["count as unknown", "222233334444 (line 2)"]);
    let rule = "[[rules]]\nname = \"new\"\njoined-after = 2026-01-31\nskip = \"new\"\n";
    let accounts = read(run(&source("csv"), &format!("{rule}{RULES}"), &[("list", list)]));
    let entry = accounts.entry("222233334444");
    assert!(entry["rule"].is_null() && entry["decision"].to_string().contains("undecided_rule"), "{entry}");
}

#[test]
fn short_rows_are_read_and_a_file_that_was_cut_off_is_refused() {
    let accounts = csv(
        "id,name,payer,ou 1,ou 2\n222233334444,web,111122223333,Workloads\n333344445555,lab,111122223333,Workloads,Prod\n",
    );
    assert_eq!(accounts.entry("222233334444")["account"]["ou_path"], serde_json::json!(["Workloads"]));
    assert_eq!(
        accounts.entry("333344445555")["account"]["ou_path"],
        serde_json::json!(["Workloads", "Prod"])
    );
    refused(
        "csv",
        b"id,name,state\n222233334444,web,ACTIVE\n333344445555,lab",
        &["line 3, column 3", "it was cut off"],
    );
    refused("csv", b"id,name\n222233334444,web,surplus\n", &["line 2, column 3: the row has 3 fields"]);
    refused(
        "csv",
        b"id,name\n222233334444,\"web\n333344445555,lab\n",
        &["line 2, column 2: the quote that opens here is never closed"],
    );
}

#[test]
fn json_of_powershell_lines_and_identity_center_is_read() {
    let lines = "{\"Id\":\"222233334444\",\"Name\":\"web\"}\n{\"Id\":\"333344445555\",\"Name\":\"lab\"}\n";
    let list = "[{\"AccountId\":\"222233334444\",\"AccountName\":\"web\"},{\"AccountId\":\"333344445555\",\"AccountName\":\"lab\"}]";
    let one_user = "{\"accountList\":[{\"accountId\":\"222233334444\",\"accountName\":\"web\"},{\"accountId\":\"333344445555\",\"accountName\":\"lab\"}]}";
    let rows = "[[\"Id\",\"Email\",\"Name\"],[\"222233334444\",\"a@example.com\",\"web\"],[\"333344445555\",\"b@example.com\",\"lab\"]]";
    for text in [lines, list, one_user, rows, &format!("\u{feff}{list}")] {
        let accounts = json(text);
        assert_eq!(accounts.ids(), ["222233334444", "333344445555"], "{text}");
        assert_eq!(accounts.entry("222233334444")["account"]["name"], "web");
        assert_eq!(accounts.entry("222233334444")["account"]["state"], "ACTIVE");
    }
    json(one_user).noted(&["the listing is partial"]);
    let redirected: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(list.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(run(&source("json"), RULES, &[("list", &redirected)])).ids().len(), 2);
    let query = "--query 'Accounts[].{Id:Id,Name:Name,State:State,Arn:Arn}'";
    refused("json", b"[[\"222233334444\",\"web\",\"a@example.com\",\"ACTIVE\"]]", &[query]);
    refused(
        "json",
        b"Accounts:\n- Id: '222233334444'\n",
        &["--output yaml", "aws organizations list-accounts --output json"],
    );
    refused("csv", b"222233334444\tweb\n", &[query]);
}

#[test]
fn an_id_and_an_arn_of_two_accounts_are_refused_with_both() {
    let text = format!("id,name,arn\n222233334444,web,{ARN}/333344445555\n");
    let both = "the id names account 222233334444, the ARN names account 333344445555";
    refused("csv", text.as_bytes(), &[both]);
    let text = format!("[{{\"Id\":\"222233334444\",\"Name\":\"web\",\"Arn\":\"{ARN}/333344445555\"}}]");
    refused("json", text.as_bytes(), &[both]);
}

#[test]
fn a_short_id_is_padded_on_request_and_the_padding_is_reported() {
    let list: &[u8] = b"id,name\n3376941357,web\n";
    refused("csv", list, &["3376941357 has 10 digits", "set sources.pad-ids", "031122004455"]);
    refused(
        "json",
        b"[{\"Id\":3376941357,\"Name\":\"web\"}]",
        &["3376941357 has 10 digits", "set sources.pad-ids"],
    );
    let accounts = read(run(&format!("{}pad-ids = true\n", source("csv")), RULES, &[("list", list)]));
    assert_eq!(accounts.ids(), ["003376941357"]);
    accounts.noted(&["leading zeros were added", "003376941357 (line 2)", "031122004455"]);
}

#[test]
fn without_a_payer_a_rule_about_the_management_account_waits() {
    let list: &[u8] = b"id,name\n111122223333,payer\n222233334444,web\n";
    let accounts = read(run(&source("csv"), RULES, &[("list", list)]));
    for id in ["111122223333", "222233334444"] {
        let entry = accounts.entry(id);
        assert!(
            entry["rule"].is_null() && entry["decision"].to_string().contains("management_unknown"),
            "{entry}"
        );
    }
    let pinned = "[organization]\nid = \"o-abcdefghij\"\npayer = \"111122223333\"\n";
    let named = format!("{}payer = \"111122223333\"\n", source("csv"));
    for source in [named, format!("{pinned}{}", source("csv"))] {
        let accounts = read(run(&source, RULES, &[("list", list)]));
        assert_eq!(accounts.entry("111122223333")["rule"], "payer", "{source}");
        assert_eq!(accounts.entry("222233334444")["rule"], "rest", "{source}");
    }
}

#[test]
fn tags_and_units_in_other_forms_match_the_rules_that_they_should() {
    let rules = "[[rules]]\nname = \"prod\"\ntags = { env = \"prod\" }\nou-paths = [\"Workloads/**\"]\nskip = \"x\"\n[[rules]]\nname = \"rest\"\nskip = \"x\"\n";
    let list: &[u8] = b"id,name,tags,ou\n222233334444,web,\"{\"\"env\"\":\"\"prod\"\"}\",Root/Workloads/Prod\n333344445555,lab,{},Root/Lab\n";
    let accounts = read(run(&source("csv"), rules, &[("list", list)]));
    assert_eq!(accounts.entry("222233334444")["rule"], "prod");
    assert_eq!(accounts.entry("333344445555")["rule"], "rest");
    accounts.noted(&["begin with Root"]);
    // A name with a slash in it is neither that path nor another one.
    let rules = "[[rules]]\nname = \"research\"\nou-paths = [\"R/D/**\"]\nskip = \"x\"\n[[rules]]\nname = \"rest\"\nskip = \"x\"\n";
    let list: &[u8] = b"[{\"id\":\"222233334444\",\"name\":\"web\",\"ou_path\":[\"R/D\"]},{\"id\":\"333344445555\",\"name\":\"lab\",\"ou_path\":[\"Lab\"]}]";
    let accounts = read(run(&source("json"), rules, &[("list", list)]));
    let entry = accounts.entry("222233334444");
    assert!(entry["rule"].is_null() && entry["decision"].to_string().contains("ou_path_slash"), "{entry}");
    assert_eq!(accounts.entry("333344445555")["rule"], "rest");
}

#[test]
fn white_space_at_the_end_of_a_name_does_not_change_which_rule_matches() {
    let accounts = json("[{\"Id\":\"222233334444\",\"Name\":\"shop \",\"management\":false}]");
    assert_eq!(accounts.entry("222233334444")["rule"], "named");
}

#[test]
fn small_differences_between_two_sources_are_reported_and_are_not_contradictions() {
    let two = "[[sources]]\nkind = \"json\"\nfile = \"a\"\nname = \"a\"\n[[sources]]\nkind = \"csv\"\nfile = \"b\"\nname = \"b\"\n";
    let a: &[u8] = b"[{\"id\":\"222233334444\",\"name\":\"web \",\"payer\":\"111122223333\",\"joined\":\"2025-02-04T08:15:00Z\",\"tags\":{\"env\":\"prod\",\"team\":\"x\"}}]";
    let b: &[u8] = b"id,name,payer,joined,tags\n222233334444,web,111122223333,2025-02-04,env=prod\n";
    let accounts = read(run(two, RULES, &[("a", a), ("b", b)]));
    let entry = accounts.entry("222233334444");
    assert_eq!((&entry["rule"], &entry["account"]["doubt"]), (&"rest".into(), &Value::Null));
    assert_eq!(entry["account"]["joined"], "2025-02-04T08:15:00Z");
    accounts.noted(&[
        "the more exact one is used: 222233334444",
        "one source does not have all tags of another one",
    ]);
    let b: &[u8] = b"id,name,payer,joined,tags\n222233334444,web,111122223333,2025-02-04,env=dev\n";
    let accounts = read(run(two, RULES, &[("a", a), ("b", b)]));
    assert!(
        accounts.entry("222233334444")["decision"].to_string().contains("the tag"),
        "another value is one"
    );
}

#[test]
fn a_billing_sheet_is_read_with_its_payer_and_without_its_totals() {
    let accounts = csv(
        "sep=;\nAccount;Account name;Type;Cost\n111122223333.0;payer;Master Account;1,5\n;;;\n222233334444,0;web;Linked Account;2,5\n;Total;;4,0\n",
    );
    assert_eq!(accounts.ids(), ["111122223333", "222233334444"]);
    assert_eq!(accounts.entry("111122223333")["rule"], "payer");
    assert_eq!(accounts.entry("222233334444")["account"]["payer"], "111122223333");
    accounts.noted(&[
        "totals or names of columns: 1 rows, line 6",
        "account 111122223333 is the payer of 1 other account,",
    ]);
    refused("csv", b"id,name\n1.11122E+11,web\n", &["a spreadsheet has rounded the id"]);
}

#[test]
fn accounts_of_other_clouds_in_a_list_are_skipped_and_named() {
    let accounts = csv(
        "Vendor,Payer account_identifier,Payer account_name,vendor_account_identifier,vendor_account_name\n\
         AWS,111122223333,Acme,222233334444,web\n\
         Azure,3f2504e0-4f89-11d3-9a0c-0305e82c3301,Acme,3f2504e0-4f89-11d3-9a0c-0305e82c3302,az\n\
         GCP,0123AB-4567CD-89EF01,Acme,my-project-123,gcp\n",
    );
    assert_eq!(accounts.ids(), ["222233334444"]);
    accounts.noted(&["other clouds: 2 rows, Azure (1: line 3), GCP (1: line 4)"]);
    refused("csv", b"id,name\nmy-project-123,gcp\n", &["add a column such as Vendor"]);
}

/// One account in a partition that this version does not know, such as one that AWS opened since.
#[test]
fn an_unknown_partition_leaves_its_account_incomplete_and_the_others_are_listed() {
    let rule = "[[rules]]\nname = \"rest\"\nfeatures = [\"governance\"]\n";
    let there = "arn:aws-xyz:organizations::111122223333:account/o-abcdefghij/333344445555";
    let by_csv = format!("id,name,arn\n222233334444,web,{ARN}/222233334444\n333344445555,lab,{there}\n");
    let by_json = format!(
        r#"[{{"Id":"222233334444","Name":"web","State":"ACTIVE","Arn":"{ARN}/222233334444"}},{{"Id":"333344445555","Name":"lab","State":"ACTIVE","Arn":"{there}"}}]"#
    );
    for (kind, text) in [("csv", by_csv), ("json", by_json)] {
        let accounts = read(run(&source(kind), rule, &[("list", text.as_bytes())]));
        assert_eq!(accounts.entry("222233334444")["decision"], "onboard", "{kind}");
        let decision = accounts.entry("333344445555")["decision"].to_string();
        assert!(decision.contains("unknown_partition") && decision.contains("aws-xyz"), "{kind}: {decision}");
        accounts.noted(&["aws-xyz"]);
    }
}
