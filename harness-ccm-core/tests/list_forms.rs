//! Lists of accounts in the forms of consoles, command lines, spreadsheets and billing tools: they are read correctly, or refused
//! with the reason. Names, ids and dates are invented.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::source::{ListOptions, ListSource};
use lists::*;

const PAYER: &str = "111122223333";

fn names(listing: &Listing) -> Vec<(String, String)> {
    listing.accounts().iter().map(|account| (account.id.to_string(), account.name.clone())).collect()
}

/// Two accounts that every form in this file contains.
fn both(listing: &Listing) {
    assert_eq!(
        names(listing),
        [("031122004455".into(), "shop".into()), ("111122223333".into(), "payer, EU".into())]
    );
}

fn utf16(text: &str, mark: [u8; 2]) -> Vec<u8> {
    let bytes = |unit: u16| if mark == [0xff, 0xfe] { unit.to_le_bytes() } else { unit.to_be_bytes() };
    mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
}

fn notes(text: &str) -> String {
    csv(text).notes().join("\n")
}

#[test]
fn the_export_of_the_organizations_console_is_read() {
    let arn = "arn:aws:organizations::111122223333:account/o-abcdefghij";
    let listing = csv(&format!(
        "Account ID,ARN,Email,Name,State,Joined method,Joined timestamp\n\
         111122223333,{arn}/111122223333,a@example.com,\"payer, EU\",Active,Invited,Tue Feb 04 2025 09:15:00 GMT+0100 (Central European Standard Time)\n\
         031122004455,{arn}/031122004455,b@example.com,shop,Pending closure,Created,Sun Mar 01 2026 00:00:00 GMT+0000 (Coordinated Universal Time)\n"
    ));
    both(&listing);
    let [shop, payer] = listing.accounts() else { panic!("two") };
    assert_eq!((payer.management, &payer.state), (Some(true), &AccountState::Active));
    assert_eq!((shop.management, &shop.state), (Some(false), &AccountState::PendingClosure));
    assert_eq!(payer.joined, Some(at("2025-02-04T08:15:00Z")));
    assert_eq!(shop.joined, Some(at("2026-03-01T00:00:00Z")));
    assert_eq!(listing.notes(), ["columns that are not used: \"Email\", \"Joined method\""]);
}

#[test]
fn a_time_without_offset_is_noted_and_one_that_cannot_be_read_is_unknown() {
    let joined = |time: &str| {
        let listing = csv(&format!("id,name,joined\n111122223333,a,{time}\n"));
        (listing.accounts()[0].joined, listing.notes().join("\n"))
    };
    assert_eq!(joined("1738656900"), (Some(at("2025-02-04T08:15:00Z")), String::new()));
    let (time, note) = joined("2025-02-04 08:15:00");
    assert_eq!(time, Some(at("2025-02-04T08:15:00Z")));
    assert_eq!(note, "joining times without an offset count as UTC: 111122223333");
    for unreadable in ["04/02/2025", "45692.34", "31.01.2025", "soon"] {
        let (time, note) = joined(unreadable);
        assert_eq!(time, None, "{unreadable}");
        assert!(note.contains("count as unknown") && note.contains("111122223333 (line 2)"), "{note}");
    }
}

#[test]
fn fields_may_be_missing_at_the_end_of_a_row_unless_the_file_ends_there() {
    let levels = "id,name,OU 1,OU 2,OU 3\n031122004455,shop,Workloads,Prod\n111122223333,payer\n222233334444,deep,A,B,C\n";
    let paths: Vec<_> = csv(levels).accounts().iter().map(|account| account.ou_path.clone()).collect();
    let path = |units: &[&str]| Some(units.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(paths, [path(&["Workloads", "Prod"]), None, path(&["A", "B", "C"])]);
    let states = csv("id,name,state\n111122223333,a\n").accounts()[0].state.clone();
    assert_eq!(states, AccountState::Unknown(String::new()), "missing is empty, and empty is unknown");
    assert_eq!(names(&csv("id,name\n111122223333,a,, \n")).len(), 1, "nothing is too much");
    assert_eq!(
        csv_error("id,name\n111122223333,a,b\n"),
        "line 2, column 3: the row has 3 fields, the first line has 2"
    );
    assert_eq!(
        csv_error("id,name,state\n111122223333,a,ACTIVE\n222233334444,b"),
        "line 3, column 3: the row has 2 fields, the first line has 3, and the file ends here without a line end: it was cut off, so get the complete file"
    );
    let gap = csv_error("id,name,level 1,level 2\n111122223333,a,,B\n");
    assert!(gap.contains("a unit follows an empty one"), "{gap}");
    let turned = csv("id,name,level 2,level 1\n111122223333,a,B,A\n").accounts()[0].ou_path.clone();
    assert_eq!(turned, path(&["A", "B"]));
    let both = csv_error("id,name,ou,ou 1\n111122223333,a,A/B,A\n");
    assert!(both.starts_with("line 2, column 4: another field has the path of the units too"), "{both}");
}

#[test]
fn json_is_read_in_every_form_that_names_its_values() {
    let shop = r#"{"Id": "031122004455", "Name": "shop"}"#;
    let payer = r#"{"Id": "111122223333", "Name": "payer, EU"}"#;
    for text in [
        format!("[{shop}, {payer}]"),
        format!("{{\"Accounts\": [{shop}, {payer}]}}"),
        format!("{shop}\n{payer}\n"),
        format!("{shop}{payer}"),
        format!("[{shop}]\n[{payer}]\n"),
        format!("{{\"Accounts\": [{shop}]}}\n{{\"Accounts\": [{payer}]}}\n"),
        format!("\u{feff}[{shop}, {payer}]"),
        format!("{{\"value\": [{shop}, {payer}], \"Count\": 2}}"),
        format!("{{\"accounts\": {{\"sensitive\": false, \"type\": [\"tuple\"], \"value\": [{shop}, {payer}]}}}}"),
        r#"[{"AccountId": "031122004455", "AccountName": "shop"}, {"AccountId": 111122223333, "AccountName": "payer, EU"}]"#.into(),
        r#"[{"account_id": "0311-2200-4455", "account_name": "shop"}, {"account_id": 111122223333.0, "account_name": "payer, EU"}]"#.into(),
        r#"[["Id", "Name", "Email"], ["031122004455", "shop", "a@example.com"], ["111122223333", "payer, EU", null]]"#.into(),
    ] {
        both(&json(&text));
        for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
            let bytes = utf16(text.trim_start_matches('\u{feff}'), mark);
            both(ListSource::from_json(&*bytes, ListOptions::default()).unwrap().listing());
        }
    }
    assert_eq!(names(&json(shop)).len(), 1, "PowerShell makes an object of a list of one");
}

#[test]
fn the_list_of_one_user_is_partial() {
    let listing = json(
        r#"{"accountList": [{"accountId": "031122004455", "accountName": "shop", "emailAddress": "a@example.com"},
                            {"accountId": "111122223333", "accountName": "payer, EU"}]}"#,
    );
    both(&listing);
    assert!(!listing.is_complete());
    assert!(listing.notes()[0].contains("IAM Identity Center"), "{:?}", listing.notes());
}

#[test]
fn objects_and_times_of_powershell_are_read() {
    let listing = json(
        r#"[{"Id": "111122223333", "Name": "a", "Status": {"Value": "SUSPENDED"}, "JoinedMethod": {"Value": "CREATED"},
             "JoinedTimestamp": "\/Date(1738656900000)\/", "Paths": "o-abcdefghij/r-ab12/ou-ab12-11111111/",
             "Tags": {"Key": "env", "Value": "prod"}}]"#,
    );
    let expected = Account::new(PAYER.parse().unwrap(), "a")
        .with_unknown_management()
        .with_state(AccountState::Suspended)
        .with_joined(at("2025-02-04T08:15:00Z"))
        .with_ou_ids(["ou-ab12-11111111"])
        .with_tags([("env", "prod")]);
    assert_eq!(listing.accounts(), [expected]);
    let exported = csv(
        "#TYPE System.Management.Automation.PSCustomObject\r\n\"Id\",\"Name\"\r\n\"031122004455\",\"shop\"\r\n\"111122223333\",\"payer, EU\"\r\n",
    );
    both(&exported);
    assert_eq!(exported.notes(), [""; 0]);
}

#[test]
fn values_without_names_are_refused_with_the_command_that_names_them() {
    let query = "--query 'Accounts[].{Id:Id,Name:Name,State:State,Arn:Arn}'";
    for text in [
        r#"[["111122223333", "a", "a@example.com", "ACTIVE"]]"#,
        r#"["111122223333", "222233334444"]"#,
        r#"[[["Id", "Name"]]]"#,
    ] {
        assert!(json_error(text).contains(query), "{text}: {}", json_error(text));
    }
    assert!(csv_error("111122223333\ta\n222233334444\tb\n").contains(query));
}

#[test]
fn other_forms_are_refused_as_what_they_are() {
    for (text, part) in [
        ("ACCOUNTS\tarn:aws:x\ta@example.com\t111122223333\n", "--output text"),
        ("---------------\n|  ListAccounts  |\n", "--output table"),
        ("+------+------+\n| a | b |\n", "--output table"),
        ("Accounts:\n- Arn: arn:aws:x\n  Id: '111122223333'\n", "--output yaml"),
        ("- Id: '111122223333'\n  Name: a\n", "--output yaml"),
        ("PK\x03\x04xl/workbook.xml", "this is a workbook"),
        ("<html><table>", "this is a web page or XML"),
        ("[{'Id': '111122223333'}]", "this is a Python value"),
    ] {
        for error in [csv_error(text), json_error(text)] {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
    assert!(csv_error("[{\"Id\": \"111122223333\"}]").contains("set the setting `source-kind` to json"));
    assert!(json_error("id,name\n111122223333,a\n").contains("set the setting `source-kind` to csv"));
}

#[test]
fn text_of_excel_is_read_in_every_encoding_and_with_every_separator() {
    for separator in [",", ";", "\t"] {
        let text = format!(
            "Account ID{separator}Name\r\n031122004455{separator}shop\r\n111122223333{separator}\"payer, EU\"\r\n"
        );
        for text in [text.clone(), format!("\u{feff}{text}"), format!("sep={separator}\r\n{text}")] {
            both(&csv(&text));
            assert_eq!(csv(&text).notes(), [""; 0], "{text}");
            for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
                let bytes = utf16(text.trim_start_matches('\u{feff}'), mark);
                both(ListSource::from_csv(&*bytes, ListOptions::default()).unwrap().listing());
            }
        }
    }
    // Notes about a file with a first line for Excel have the right line.
    assert!(
        csv_error("sep=;\nid;name\n111122223333;\n")
            .starts_with("line 3, column 2: the account's name is empty")
    );
}

#[test]
fn a_short_id_is_padded_only_on_request_and_noted_with_alternatives() {
    let text = "id,name\n3376941357,a\n";
    let error = csv_error(text);
    assert!(
        error.contains("3376941357 has 10 digits") && error.contains("set the setting `pad-ids`"),
        "{error}"
    );
    assert!(error.contains("031122004455 without quotes in YAML gives 3376941357 too"), "{error}");
    let listing = padded(text);
    assert_eq!(listing.accounts()[0].id.as_str(), "003376941357");
    assert!(
        listing.notes()[0].contains("003376941357 (line 2)") && listing.notes()[0].contains("031122004455")
    );
    // The payer is an id like any other.
    let payers = "id,name,payer\n111122223333,a,98765432109\n";
    assert!(csv_error(payers).starts_with("line 2, column 3: 98765432109 has 11 digits"));
    assert!(padded(payers).notes()[0].contains("098765432109 (line 2)"));
    // JSON has short ids too, as numbers.
    let number = r#"[{"Id": 31122004455, "Name": "a"}]"#;
    assert!(json_error(number).contains("31122004455 has 11 digits"), "{}", json_error(number));
    let options = ListOptions::default().with_pad_ids();
    let listing = ListSource::from_json(number.as_bytes(), options).unwrap();
    assert_eq!(listing.listing().accounts()[0].id.as_str(), "031122004455");
    // Its ARN would say so.
    let arn = "arn:aws:organizations::111122223333:account/o-abcdefghij/031122004455";
    let text = format!("id,name,arn\n3376941357,a,{arn}\n");
    let error = ListSource::from_csv(text.as_bytes(), options).unwrap_err().to_string();
    assert!(
        error.contains("the id names account 003376941357, the ARN names account 031122004455"),
        "{error}"
    );
}

#[test]
fn numbers_that_lost_digits_are_refused_and_those_that_did_not_are_read() {
    for text in ["id,name\n1.11122E+11,a\n", "id;name\n1,11122E+11;a\n"] {
        assert!(csv_error(text).contains("a spreadsheet has rounded the id"), "{text}");
    }
    for number in ["1.11122E+11", "1.11122e11"] {
        let text = format!(r#"[{{"Id": {number}, "Name": "a"}}]"#);
        assert!(json_error(&text).contains("a spreadsheet has rounded the id"), "{text}");
    }
    assert_eq!(names(&csv("id;name\n111122223333,0;a\n"))[0].0, PAYER);
    assert_eq!(names(&json(r#"[{"Id": 111122223333.0, "Name": "a"}]"#))[0].0, PAYER);
}

#[test]
fn a_billing_sheet_names_the_payer_by_types_and_its_totals_are_skipped() {
    let listing = csv("Cost report of January\n\n\
         Account,Account name,Type,Total cost\n\
         111122223333.0,\"payer, EU\",Master Account,10\n\
         ,,,\n\
         031122004455,shop,Linked Account,20\n\
         Account,Account name,Type,Total cost\n\
         ,Total,,30\n");
    both(&listing);
    assert!(listing.is_complete());
    let [shop, payer] = listing.accounts() else { panic!("two") };
    assert_eq!((payer.management, shop.management), (Some(true), Some(false)));
    assert_eq!(shop.payer, Some(PAYER.parse().unwrap()));
    insta::assert_snapshot!(listing.notes().join("\n"), @r#"
    columns that are not used: "Total cost"
    skipped, before the line of the column names: line 1
    account 111122223333 is the payer of 1 other account, according to the account types
    skipped, totals or names of columns: 2 rows, line 7, 8
    "#);
}

#[test]
fn a_row_that_may_have_lost_its_id_is_named_and_makes_the_list_partial() {
    let listing = csv("id,name,cost\n111122223333,a,1\n,prod,2\nn/a,lab,3\n");
    assert!(!listing.is_complete());
    insta::assert_snapshot!(listing.notes().join("\n"), @r#"
    columns that are not used: "cost"
    skipped, no account id: 2 rows, line 3 ("prod"), line 4 ("n/a"); the listing is partial, because accounts may be missing from it
    "#);
    let none = csv_error("Account,name\nprod,a\nlab,b\n");
    assert!(none.contains("2 rows are not AWS accounts, or have no account id"), "{none}");
}

#[test]
fn accounts_of_other_clouds_are_skipped_counted_and_named() {
    let listing = csv(
        "Vendor,Payer account_identifier,Payer account_name,vendor_account_identifier,vendor_account_name\n\
         AWS,111122223333,Acme,111122223333,\"payer, EU\"\n\
         AWS,111122223333,Acme,031122004455,shop\n\
         Azure,3f2504e0-4f89-11d3-9a0c-0305e82c3301,Acme,3f2504e0-4f89-11d3-9a0c-0305e82c3302,Azure prod\n\
         GCP,0123AB-4567CD-89EF01,Acme,my-project-123,gcp prod\n\
         GCP,0123AB-4567CD-89EF01,Acme,222233334444,gcp number\n",
    );
    both(&listing);
    assert!(listing.is_complete());
    assert_eq!(listing.accounts()[0].payer, Some(PAYER.parse().unwrap()));
    insta::assert_snapshot!(listing.notes().join("\n"), @r#"
    columns that are not used: "Payer account_name"
    skipped, accounts of other clouds: 3 rows, Azure (1: line 4), GCP (2: line 5, 6)
    "#);
    // Without the column, an Azure id is not an AWS id, and other invalid ids are refused as such.
    let note = notes("id,name\n111122223333,a\n3f2504e0-4f89-11d3-9a0c-0305e82c3301,b\n");
    assert_eq!(note, "skipped, accounts of other clouds: 1 rows, Azure (1: line 3)");
    let error = csv_error("id,name\n111122223333,a\nmy-project-123,b\n");
    assert!(error.contains("add a column such as Vendor") && !error.contains("zeros"), "{error}");
    let error = csv_error("vendor,id,name\nAWS,222233334444,b\nAcme Reseller,111122223333,a\n");
    assert!(error.contains("line 3, column 1: \"Acme Reseller\" is not a known cloud"), "{error}");
    let note = notes("provider,id,name\nAcme Reseller,111122223333,a\n");
    assert_eq!(
        note,
        "no row names a cloud in the column for it, only words such as \"Acme Reseller\": all rows count as AWS"
    );
    // In JSON the order of the fields does not matter.
    let text = r#"[{"id": "my-project-123", "name": "x", "provider": "GCP"}, {"id": "111122223333", "name": "a", "provider": "AWS"}]"#;
    assert_eq!(json(text).accounts().len(), 1);
}

#[test]
fn exports_of_costs_are_read_by_their_columns() {
    for header in [
        "lineItem/UsageAccountId,lineItem/UsageAccountName,bill/PayerAccountId",
        "line_item_usage_account_id,line_item_usage_account_name,bill_payer_account_id",
        "SubAccountId,SubAccountName,BillingAccountId",
        "AWS Account ID,Account Name,Payer Account",
        "Account number,Account name,Management account ID",
        "Account\u{a0}Id,Account\u{a0}Name,Payer",
    ] {
        let row = |id: &str, name: &str| format!("{id},{name},{PAYER}\n");
        let text = format!(
            "{header}\n{}{}{}",
            row("031122004455", "shop"),
            row(PAYER, "\"payer, EU\""),
            row("031122004455", "shop")
        );
        let listing = csv(&text);
        both(&listing);
        assert_eq!(listing.accounts()[1].management, Some(true), "{header}");
        assert_eq!(listing.notes(), ["listed more than once with the same values: 031122004455"]);
    }
    assert_eq!(
        csv_error("id,name\n111122223333,a\n111122223333,b\n"),
        "line 3, column 1: account 111122223333 is already in line 2, with other values: keep one"
    );
}

#[test]
fn a_record_whose_fields_contradict_its_arn_is_refused() {
    let arn = "arn:aws:organizations::111122223333:account/o-abcdefghij/111122223333";
    for (column, value, is_read) in [
        ("partition", "aws", true),
        ("partition", "aws-cn", false),
        ("organization", "o-abcdefghij", true),
        ("organization", "o-zzzzzzzzzz", false),
    ] {
        let text = format!("id,name,arn,{column}\n111122223333,a,{arn},{value}\n");
        let read = ListSource::from_csv(text.as_bytes(), ListOptions::default());
        assert_eq!(read.is_ok(), is_read, "{column} {value}");
        let text =
            format!(r#"[{{"id": "111122223333", "name": "a", "arn": "{arn}", "{column}": "{value}"}}]"#);
        assert_eq!(ListSource::from_json(text.as_bytes(), ListOptions::default()).is_ok(), is_read, "{text}");
    }
}

#[test]
fn states_are_read_in_any_case_and_missing_ones_are_unknown() {
    for word in ["ACTIVE", "Active", "active"] {
        assert_eq!(
            csv(&format!("id,name,status\n111122223333,a,{word}\n")).accounts()[0].state,
            AccountState::Active
        );
        let text = format!(r#"[{{"Id": "111122223333", "Name": "a", "Status": "{word}"}}]"#);
        assert_eq!(json(&text).accounts()[0].state, AccountState::Active);
    }
    for word in ["PENDING_CLOSURE", "Pending closure", "PendingClosure", "pending-closure"] {
        assert_eq!(AccountState::from(word.to_owned()), AccountState::PendingClosure);
    }
    assert_eq!(AccountState::from("Enrolled".to_owned()), AccountState::Unknown("Enrolled".into()));
    // A list with some states is incomplete if others are missing.
    let listing = json(
        r#"[{"Id": "111122223333", "Name": "a", "Status": "ACTIVE"}, {"Id": "222233334444", "Name": "b"}]"#,
    );
    assert_eq!(listing.accounts()[1].state, AccountState::Unknown(String::new()));
}

#[test]
fn tags_are_read_from_json_in_a_cell() {
    let tags = |cell: &str| {
        let text =
            format!("id,name,tags\n111122223333,a,\"{}\"\n222233334444,b,x=y\n", cell.replace('"', "\"\""));
        csv(&text).accounts()[0].tags.clone().unwrap()
    };
    assert_eq!(tags(r#"{"env":"prod"}"#), [("env".into(), "prod".into())].into());
    assert_eq!(tags(r#"[{"Key":"env","Value":"prod"}]"#), [("env".into(), "prod".into())].into());
    assert!(tags("{}").is_empty());
    for cell in ["{'env': 'prod'}", "env=a;env=b", "env=a,team=b", "@{Key=env; Value=a}"] {
        let error = csv_error(format!("id,name,tags\n111122223333,a,\"{cell}\"\n"));
        assert!(error.starts_with("line 2, column 3: "), "{cell}: {error}");
    }
    let error = csv_error("id,name,tags,tag:env\n111122223333,a,env=x,y\n");
    assert!(error.contains("another value for this tag"), "{error}");
}

#[test]
fn a_path_that_begins_with_the_root_is_read_without_it_and_one_that_may_be_two_is_unknown() {
    let paths = |text: &str| {
        let listing = csv(text);
        let paths: Vec<_> =
            listing.accounts().iter().map(|a| a.ou_path.as_ref().map(|path| path.join(">"))).collect();
        (paths, listing.notes().join("\n"))
    };
    let (found, note) = paths("id,name,ou\n111122223333,a,Root/Workloads/Prod\n222233334444,b,Root\n");
    assert_eq!(found, [Some("Workloads>Prod".into()), Some(String::new())]);
    assert!(note.contains("begin with Root, which was removed: 2 accounts"), "{note}");
    let (found, note) =
        paths("id,name,ou\n111122223333,a,Root/Workloads\n222233334444,b,Workloads\n333344445555,c,/\n");
    assert_eq!(found, [None, Some("Workloads".into()), Some(String::new())]);
    assert!(note.contains("may be the root or a unit") && note.contains("111122223333"), "{note}");
    let (found, note) =
        paths("id,name,ou,ou ids\n111122223333,a,R/D/Prod,ou-ab12-11111111/ou-ab12-22222222\n");
    assert_eq!(found, [None]);
    assert!(note.contains("a name contains a slash") && note.contains("111122223333"), "{note}");
    let (found, _) = paths("id,name,ou\n111122223333,a,\"[\"\"R/D\"\",\"\"Prod\"\"]\"\n");
    assert_eq!(found, [Some("R/D>Prod".into())]);
    let error = csv_error("id,name,ou\n111122223333,a,ou-ab12-11111111\n");
    assert!(error.contains("these are ids of units in place of their names"), "{error}");
    assert!(
        csv_error("id,name,ou ids\n111122223333,a,Workloads\n")
            .contains("not the id of an organizational unit")
    );
    let ids = csv("id,name,ou ids\n111122223333,a,r-ab12/ou-ab12-11111111\n").accounts()[0].ou_ids.clone();
    assert_eq!(ids, Some(vec!["ou-ab12-11111111".into()]), "the root is no unit");
}

#[test]
fn errors_of_json_have_the_line_and_column_of_the_value() {
    let text = "[\n  {\"Id\": \"111122223333\",\n   \"Name\": \"é\", \"Arn\": \"arn:x\"}\n]";
    assert_eq!(json_error(text), "line 3, column 24: this is not the ARN of an account in AWS Organizations");
    let list = json_error("[{\"Id\": [\"111122223333\"], \"Name\": \"a\"}]");
    assert_eq!(list, "line 1, column 9: the account id is one value");
    let cut = json_error("{\"Id\": \"111122223333\", \"Name\": \"a\"}\n{\"Id\": \"2222");
    assert!(cut.starts_with("line 2, ") && cut.contains("the file was cut off"), "{cut}");
}
