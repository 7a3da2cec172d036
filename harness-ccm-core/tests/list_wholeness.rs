//! A list that may be partial never counts as complete, and no account of a file is ignored.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;

use lists::*;

const A: &str = r#"{"Id": "111122223333", "Name": "a"}"#;
const B: &str = r#"{"Id": "444455556666", "Name": "b"}"#;

#[test]
fn accounts_outside_the_list_are_refused_with_the_name_of_their_member() {
    for (text, part) in [
        (format!(r#"{{"accounts": {{"value": {{"data": {A}, "prod": {B}}}}}}}"#), "under \"prod\""),
        (format!(r#"{{"values": {A}, "other": {B}}}"#), "under \"other\""),
        (
            format!(
                r#"{{"Id": "r-ab12", "Accounts": [{A}], "OrganizationalUnits": [{{"Id": "ou-ab12-11111111", "Accounts": [{B}]}}]}}"#
            ),
            "under \"Accounts\"",
        ),
        (format!(r#"[{{"Id": "111122223333", "Name": "payer", "Accounts": [{B}]}}]"#), "under \"Accounts\""),
        (format!(r#"{{"Id": "111122223333", "Name": "payer", "Accounts": [{B}]}}"#), "under \"Accounts\""),
        (
            r#"{"Id": "111122223333", "Name": "payer", "members": ["444455556666"]}"#.to_owned(),
            "under \"members\"",
        ),
        (format!(r#"{{"active_accounts": [{B}], "accounts": [{A}]}}"#), "under \"active_accounts\""),
        (
            format!(r#"{{"accounts": {{"value": [{A}]}}, "new_accounts": {{"value": [{B}]}}}}"#),
            "under \"value\"",
        ),
        (format!(r#"{{"management_account": {B}, "accounts": [{A}]}}"#), "under \"management_account\""),
        (
            format!(r#"{{"master_account_id": "444455556666", "non_master_accounts": [{A}]}}"#),
            "under \"master_account_id\"",
        ),
        (format!(r#"{{"accounts": [{A}], "suspended": {{"444455556666": "b"}}}}"#), "under \"suspended\""),
    ] {
        let error = json_error(&text);
        assert!(error.contains("account 444455556666 is here") && error.contains(part), "{text}: {error}");
    }
    let two = json_error(&format!(r#"{{"items": [{A}], "data": [{B}]}}"#));
    assert!(two.contains("there are two lists of accounts, \"items\" and \"data\""), "{two}");
}

#[test]
fn accounts_of_the_list_may_be_mentioned_elsewhere_and_an_object_with_an_account_id_is_an_account() {
    for text in [
        // A whole organization of Terraform.
        format!(
            r#"{{"accounts": [{A}, {B}], "non_master_accounts": [{B}], "master_account_id": "111122223333"}}"#
        ),
        format!("{{\"id\": \"111122223333\", \"name\": \"a\", \"items\": []}}\n{B}\n"),
        format!(
            "{{\"id\": \"111122223333\", \"name\": \"a\", \"data\": {{\"phone\": \"491234567890\"}}}}\n{B}\n"
        ),
        format!(r#"{{"accounts": [{A}, {B}], "items": []}}"#),
        format!(r#"{{"id": "a request", "accounts": [{A}, {B}]}}"#),
    ] {
        let listing = json(&text);
        assert_eq!((listing.accounts().len(), listing.is_complete()), (2, true), "{text}");
    }
}

#[test]
fn a_list_that_counts_more_than_it_has_or_reports_failures_is_refused() {
    for (rest, part) in [
        (r#""Count": 3"#, "\"Count\" counts more than the 1 accounts of the list"),
        (r#""total": 500"#, "\"total\" counts more"),
        (r#""totalCount": "2""#, "\"totalCount\" counts more"),
        (r#""meta": {"totalAccounts": 2}"#, "\"totalAccounts\" counts more"),
        (r#""page": 1, "pages": 5"#, "cut off (\"pages\")"),
        (r#""page": 2"#, "cut off (\"page\")"),
        (r#""meta": {"paging": {"next": "x"}}"#, "cut off"),
        (r#""links": [{"rel": "next", "href": "x"}]"#, "a link to the next page"),
        (r#""incompleteResults": true"#, "cut off"),
        (r#""last": false"#, "\"last\" says that the list is not complete"),
        (r#""Errors": [{"Code": "Throttling"}]"#, "\"Errors\" reports a failure"),
        (r#""errors": ["page 2 failed"]"#, "\"errors\" reports a failure"),
    ] {
        let error = json_error(&format!(r#"{{"items": [{A}], {rest}}}"#));
        assert!(error.contains(part), "{rest}: {error}");
    }
    for rest in [
        r#""Count": 1"#,
        r#""errors": [], "page": 1, "pages": 1, "total": 1, "last": true"#,
        r#""totalCost": 500.5, "size": 100"#,
        r#""ResponseMetadata": {"HTTPHeaders": {"x-token": "a"}, "RetryAttempts": 3}"#,
        r#""api_token": {"sensitive": true, "value": "x"}"#,
    ] {
        assert!(json(&format!(r#"{{"items": [{A}], {rest}}}"#)).is_complete(), "{rest}");
    }
}

#[test]
fn lists_of_one_user_and_of_members_only_are_partial_in_every_form() {
    let one = r#"{"accountId": "111122223333", "accountName": "a", "emailAddress": "a@example.com"}"#;
    for text in [format!("[{one}]"), format!("{one}\n"), format!(r#"{{"non_master_accounts": [{A}]}}"#)] {
        let listing = json(&text);
        assert!(
            !listing.is_complete() && listing.notes().join("\n").contains("the listing is partial"),
            "{text}"
        );
    }
    let listing = csv("AccountId,AccountName,EmailAddress\n111122223333,a,a@example.com\n");
    assert!(!listing.is_complete());
}

#[test]
fn json_without_a_list_is_reported_with_its_content_and_the_right_command() {
    let command = "aws organizations list-accounts --output json";
    for (text, parts) in [
        (
            format!(r#"{{"Account": {A}}}"#),
            &["this is one account, as describe-account prints it", command][..],
        ),
        (
            format!(r#"{{"prod": {A}, "lab": {B}}}"#),
            &["the accounts are members of an object (\"prod\", \"lab\")"],
        ),
        (format!(r#"{{"rows": [{A}], "columns": []}}"#), &["but \"rows\", \"columns\"", command]),
        (
            format!(r#"{{"org_accounts": {{"sensitive": false, "value": [{A}]}}}}"#),
            &["but \"org_accounts\"", "terraform output -json NAME"],
        ),
        (r#"{"message": "denied", "code": 1}"#.to_owned(), &["this is the error of a program", command]),
        (format!("[[{A}], [{B}]]"), &["jq flatten"]),
        (format!(r#"[{{"Accounts": [{A}]}}, {{"Accounts": [{B}]}}]"#), &["jq '[.[].Accounts[]]'"]),
        (r#"[{"Id": 031122004455, "Name": "a"}]"#.to_owned(), &["as a JSON string"]),
        ("An error occurred (AccessDenied)".to_owned(), &["an error of the AWS command line", command]),
        (
            r#"[{"id": "111122223333", "account_id": "444455556666", "name": "a"}]"#.to_owned(),
            &["\"id\" and \"account_id\" both mean the account id"],
        ),
    ] {
        let error = json_error(&text);
        assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
    }
    assert!(csv_error("{\\rtf1 id,name}").contains("a word processor document"));
}

#[test]
fn columns_named_again_in_another_order_are_refused() {
    let first = "Account ID,Account name,Email\n111122223333,a,a@x.com\n";
    let again = csv(&format!("{first}Account ID,Account name,Email\n444455556666,b,b@x.com\n"));
    assert_eq!((again.accounts().len(), again.is_complete()), (2, true));
    for header in [
        "Account ID,Email,Account name",
        "Account name,Account ID,Email",
        "Account ID,Account name,Email,State",
    ] {
        let error = csv_error(format!("{first}{header}\n444455556666,b@x.com,dev\n"));
        assert!(
            error.starts_with("line 3, column 1: this line names the columns again"),
            "{header}: {error}"
        );
    }
    let rows =
        |again: &str| format!(r#"[["Id", "Name"], ["111122223333", "a"], {again}, ["444455556666", "b"]]"#);
    assert_eq!(json(&rows(r#"["Id", "Name"]"#)).accounts().len(), 2);
    assert!(json_error(&rows(r#"["Name", "Id"]"#)).contains("names the values again"));
}

#[test]
fn a_total_in_a_tag_or_next_to_a_name_is_not_a_row_of_totals() {
    for row in [",prod,Total", ",,Total"] {
        let listing = csv(&format!("id,name,tag:company\n111122223333,a,x\n{row}\n"));
        assert!(!listing.is_complete(), "{row}");
    }
    for row in [",Total,", "Total,,"] {
        assert!(csv(&format!("id,name,tag:company\n111122223333,a,x\n{row}\n")).is_complete(), "{row}");
    }
}

#[test]
fn accounts_with_an_empty_or_ambiguous_cloud_are_refused_if_there_are_other_clouds() {
    let head = "Vendor,id,name\n";
    for (rows, part) in [
        (
            "AWS,111122223333,a\n,444455556666,b\nGCP,987654321098,c\n,876543210987,d\n",
            "line 3, column 1: the cloud of this account is empty",
        ),
        ("AWS,111122223333,a\nAmazon/GCP,444455556666,b\n", "names several clouds"),
        (
            "AWS,111122223333,a\nAWS,3f2504e0-4f89-11d3-9a0c-0305e82c3301,b\n",
            "line 3, column 2: this is an Azure id",
        ),
        ("AWS,111122223333,a\nSocial,444455556666,b\n", "\"Social\" is not a known cloud"),
        ("AWS,111122223333,a\nAcme Associates,444455556666,b\n", "is not a known cloud"),
        ("GCP,my-project,a\nLawson,444455556666,b\n", "is not a known cloud"),
    ] {
        let error = csv_error(format!("{head}{rows}"));
        assert!(error.contains(part), "{rows}: {error}");
    }
    assert_eq!(csv(&format!("{head}AWS,111122223333,a\n,444455556666,b\n")).accounts().len(), 2);
}
