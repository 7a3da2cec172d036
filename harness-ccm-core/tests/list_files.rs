//! Lists of accounts in CSV and JSON files: what is read, and what is refused with its place.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;
#[path = "support/slate.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod slate;

use std::io::{self, Read};

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::naming::Template;
use harness_ccm_core::selector::{Match, Selector, TagCondition};
use harness_ccm_core::source::{Kept, ListOptions, ListSource, Record, Union};
use lists::*;
use proptest::prelude::*;
use slate::Slate;

#[test]
fn the_export_of_harness_is_read_as_it_comes() {
    let listing = padded(
        "\u{feff}\"Linked account\",\"Linked account name\",\"Total cost\"\r\n\
                       \"98765432109\",\"Shop, EU\",\"1,234.56\"\r\n\
                       123456789012,\"Data \"\"lake\"\"\",0\r\n\
                       ,,\r\n",
    );
    assert_eq!(
        listing.accounts(),
        [
            account(98_765_432_109, "Shop, EU").with_unknown_management(),
            account(123_456_789_012, "Data \"lake\"").with_unknown_management()
        ]
    );
    assert_eq!(
        listing.notes(),
        [
            "columns that are not used: \"Total cost\"",
            "leading zeros were added to short ids, because spreadsheets remove them: 098765432109 (line 2)"
        ]
    );
}

#[test]
fn every_column_has_its_meaning() {
    let text = "account id;Account Name;State;Status;OU Path;OU IDs;Tags;tag:env;Tag: team;Joined Timestamp;ARN\n\
        1234-5678-9012;a;;suspended;Workloads / Prod;ou-ab12-11111111/ou-ab12-22222222;k=v;prod;;2025-01-31T10:00:00+01:00;arn:aws-us-gov:organizations::123456789012:account/o-abcdefghij/123456789012\n\
        =\"012345678901\";b;PENDING_ACTIVATION;active;/; / ;;;x;2025-01-31;arn:aws-us-gov:organizations::123456789012:account/o-abcdefghij/012345678901\n\
        '012345678902;c;;;;;a=b=c; e=f ;;;;\n";
    // An unquoted `;` is a separator, so the tags of the last line are quoted.
    let listing = csv(&text.replace("a=b=c; e=f ", "\"a=b=c; e=f \""));
    let payer: AccountId = "123456789012".parse().unwrap();
    let gov = "aws-us-gov".parse().unwrap();
    let c = Account::new("012345678902".parse().unwrap(), "c")
        .with_state(AccountState::Unknown(String::new()))
        .with_unknown_management()
        .with_tags([("a", "b=c"), ("e", "f")]);
    let b = Account::new("012345678901".parse().unwrap(), "b")
        .with_state(AccountState::PendingActivation)
        .with_partition(gov)
        .with_ou_path(Vec::<String>::new())
        .with_ou_ids(Vec::<String>::new())
        .with_tags([("team", "x")])
        .with_joined(at("2025-01-31"))
        .with_payer(payer.clone())
        .with_organization(organization());
    let a = Account::new(payer.clone(), "a")
        .with_state(AccountState::Suspended)
        .as_management()
        .with_partition(gov)
        .with_ou_path(["Workloads", "Prod"])
        .with_ou_ids(["ou-ab12-11111111", "ou-ab12-22222222"])
        .with_tags([("k", "v"), ("env", "prod")])
        .with_joined(at("2025-01-31T09:00:00Z"))
        .with_payer(payer)
        .with_organization(organization());
    assert_eq!(listing.accounts(), [b, c, a]);
    assert_eq!(
        csv("id\tname\tmanagement\n000000000001\ta\tyes\n").accounts(),
        [account(1, "a").as_management()]
    );
}

#[test]
fn a_tag_without_a_column_or_in_an_empty_one_is_unknown_not_absent() {
    let prod = Selector::all().with_tag("env", TagCondition::is("prod"));
    let absent = Selector::all().with_tag("env", TagCondition::Absent);
    let fits = |text: &str| {
        let listing = csv(text);
        let account = &listing.accounts()[0];
        (prod.evaluate(account), absent.evaluate(account))
    };
    let unknown = (Match::Unknown, Match::Unknown);
    assert_eq!(fits("id,name,tag:env\n000000000001,a,prod\n"), (Match::Yes, Match::No));
    assert_eq!(fits("id,name,tag:env\n000000000001,a,\n000000000002,b,dev\n"), (Match::No, Match::Yes));
    assert_eq!(fits("id,name,tag:team\n000000000001,a,x\n"), unknown, "the column was lost");
    assert_eq!(fits("id,name,tag:team,tags:env\n000000000001,a,x,prod\n"), unknown, "its name was");
    assert_eq!(fits("id,name,tag:env\n000000000001,a,\n000000000002,b, \n"), unknown, "its values were");
    assert_eq!(
        fits("id,name,tags\n000000000001,a,\n000000000002,b,x=y\n"),
        (Match::No, Match::Yes),
        "all tags are known"
    );
    assert_eq!(fits("id,name,tags\n000000000001,a,\n000000000002,b, \n"), unknown, "all were emptied");
    assert_eq!(fits("id,name,tags,tag:env\n000000000001,a,,\n"), unknown, "both were");
    for tags in ["{}", "[]"] {
        let text = format!(r#"[{{"id": "000000000001", "name": "a", "tags": {tags}}}]"#);
        let listing = json(&text);
        assert_eq!(prod.evaluate(&listing.accounts()[0]), Match::Unknown, "{tags}");
        assert_eq!(listing.notes(), ["no account has a tag: the tags count as unknown"]);
    }
    let notes = csv("id,name,tag:env,tag:team\n000000000001,a,,x\n").notes().to_vec();
    assert_eq!(notes, ["the column \"tag:env\" is empty in every line: the tag counts as unknown"]);
    // A default replaces a missing tag.
    let template: Template = "${tag.env|none}".parse().unwrap();
    let of = |text: &str| template.fill(&csv(text).accounts()[0]);
    assert_eq!(of("id,name,tags\n000000000001,a,x=y\n"), Ok("none".into()));
    assert_eq!(of("id,name,tag:team\n000000000001,a,x\n"), Err("tag.env".into()));
    // Sources that know different tags do not contradict each other.
    let one = ListSource::new(csv("id,name,tag:env\n000000000001,a,prod\n"));
    let other = listed([account(1, "a").with_tags([("env", "prod"), ("team", "x")])]);
    assert_eq!(list(&Union::new().with("one", one).with("other", other)).accounts()[0].doubt, None);
}

#[test]
fn a_column_without_a_name_is_not_reported_as_unused() {
    assert_eq!(csv("id,name,,Total\n000000000001,a,x,1\n").notes(), ["columns that are not used: \"Total\""]);
}

#[test]
fn a_list_with_further_pages_is_refused() {
    let read = |rest: &str| {
        let text = format!(r#"{{"Accounts": [{{"id": "000000000001", "name": "a"}}], {rest}}}"#);
        ListSource::from_json(text.as_bytes(), ListOptions::default())
            .map(drop)
            .map_err(|error| error.problem)
    };
    for more in [
        r#""nextToken": "x""#,
        r#""next_token": "x""#,
        r#""NextMarker": "x""#,
        r#""IsTruncated": true"#,
        r#""HasMoreResults": 1"#,
        r#""pagination": {"page": 1}"#,
        r#""links": [], "next": ["x"]"#,
    ] {
        assert!(read(more).unwrap_err().contains("the list was cut off"), "{more}");
    }
    for end in [
        r#""NextToken": null"#,
        r#""IsTruncated": false"#,
        r#""nextToken": """#,
        r#""ResponseMetadata": {"a": 1}"#,
    ] {
        assert_eq!(read(end), Ok(()), "{end}");
    }
}

#[test]
fn a_list_without_any_account_is_refused() {
    for text in ["[]", "{\"Accounts\": []}"] {
        assert!(json_error(text).contains("the list has no account"), "{text}");
    }
    for text in ["id,name\n", "id,name\n,\n"] {
        assert!(csv_error(text).contains("the list has no account"), "{text:?}");
    }
}

#[test]
fn a_duplicate_tag_is_refused() {
    for tags in
        [r#"{"env": "a", "env": "b"}"#, r#"[{"Key": "env", "Value": "a"}, {"Key": "env", "Value": "b"}]"#]
    {
        let error = json_error(&format!(r#"[{{"id": "000000000001", "name": "a", "tags": {tags}}}]"#));
        assert!(error.contains("each key once") || error.contains("a tag occurs twice"), "{error}");
    }
}

#[test]
fn an_empty_unit_is_unknown_and_an_empty_name_is_refused() {
    let listing = csv("id,name,ou,ou ids\n000000000001,a,,\n000000000002,b,/,/\n");
    let units: Vec<_> = listing.accounts().iter().map(|a| (a.ou_path.clone(), a.ou_ids.clone())).collect();
    assert_eq!(units, [(None, None), (Some(vec![]), Some(vec![]))]);
    assert_eq!(
        csv_error("id,name\n000000000001, \n"),
        "line 2, column 2: the account's name is empty: in AWS every account has one"
    );
    let error = json_error(r#"[{"id": "000000000001", "name": " "}]"#);
    assert!(error.contains("line 1, column 33: the account's name is empty"), "{error}");
}

#[test]
fn a_file_cut_off_in_a_character_is_refused_for_any_column() {
    let text = "id,name,note\n000000000001,a,x\n000000000002,b,café".as_bytes();
    assert_eq!(
        csv_error(&text[..text.len() - 1]),
        "line 3, column 3: the file ends in the middle of a character: it was cut off, or is not UTF-8; get the complete file, saved as \"CSV UTF-8\""
    );
    assert!(csv_error("id,name\n000000000001,a\n12,b").starts_with("line 3, column 1:"));
    // Other encodings in a column that is not read do not matter.
    let latin = b"id,name,note\n000000000001,a,caf\xe9\n";
    assert!(ListSource::from_csv(&latin[..], ListOptions::default()).is_ok());
}

#[test]
fn a_kept_listing_is_not_a_source() {
    let slate = Slate::default();
    list(&Kept::new(listed([account(1, "a")]), slate.clone(), at("2026-01-31")));
    let error = json_error(&slate.text(Record::Latest).unwrap());
    assert!(error.contains("a kept listing is named in the setting `keep`"), "{error}");
}

#[test]
fn bad_csv_is_reported_with_line_and_column() {
    for (text, problem) in [
        ("", "line 1, column 1: the file is empty: the first line names the columns"),
        (
            "id,cost\n",
            "line 1, column 1: there is no column for the account name (name or Linked account name); the first line has \"id\", \"cost\"",
        ),
        (
            "name\n",
            "line 1, column 1: there is no column for the account id (id or Linked account); the first line has \"name\"",
        ),
        (
            "id,name,Linked account\n",
            "line 1, column 3: \"Linked account\" and column 1 both mean the account id: keep one of them",
        ),
        (
            "id,name\n000000000001,a\n\n12345678901,b\n",
            "line 4, column 1: 12345678901 has 11 digits, an AWS account id has 12: format the column as text and fill it in again, or, if it lost leading zeros, set the setting `pad-ids`",
        ),
        (
            "name,id\na,1234567890123\n",
            "line 2, column 2: \"1234567890123\" has 13 digits, an AWS account id has 12",
        ),
        ("name,id\na,12345678\n", "line 2, column 2: \"12345678\" has 8 digits, an AWS account id has 12"),
        (
            "name,id\na,1.23457E+11\n",
            "line 2, column 2: a spreadsheet has rounded the id, so digits are lost: format the column as text, and fill it in again",
        ),
        (
            "note,name,id\n\"a\nb\",c,123456789012\n,d,123456789012\n",
            "line 4, column 3: account 123456789012 is already in line 2, with other values: keep one",
        ),
        ("id,name\n123456789012,a,b\n", "line 2, column 3: the row has 3 fields, the first line has 2"),
        (
            "id,name,tags\n123456789012,a,env\n",
            "line 2, column 3: the tag \"env\" is not of the form key=value",
        ),
        (
            "id,name,management\n123456789012,a,perhaps\n",
            "line 2, column 3: \"perhaps\" is neither true nor false",
        ),
        (
            "id,name,arn\n123456789012,a,arn:aws:iam::1:role/x\n",
            "line 2, column 3: this is not the ARN of an account in AWS Organizations",
        ),
    ] {
        assert_eq!(csv_error(text), problem, "{text:?}");
    }
    assert_eq!(
        csv_error(b"id,name\n123456789012,Z\xfcrich\n"),
        "line 2, column 2: byte 2 of the field is not UTF-8: save the file as \"CSV UTF-8\""
    );
    assert!(csv_error(b"\xff\xfei\0d").starts_with("line 1, column 1: its mark says UTF-16, but it is not"));
    let lost = ListOptions::default().with_pad_ids();
    let error = ListSource::from_csv(&b"id,name\n000000000001,a\n12345678901,b\n"[..], lost).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3, column 1: 12345678901 has 11 digits, an AWS account id has 12. A spreadsheet did not remove its zeros: the id in line 2 still has its leading zero"
    );
}

/// Returns its start once and then the rest repeatedly, and counts the requested bytes.
struct Endless {
    start: Vec<u8>,
    again: Vec<u8>,
    given: usize,
    largest: usize,
}

impl Endless {
    fn new(start: &[u8], again: &[u8]) -> Self {
        let again = again.repeat((1 << 16) / again.len());
        Self { start: start.into(), again, given: 0, largest: 0 }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.largest = self.largest.max(buffer.len());
        let from = match self.given.checked_sub(self.start.len()) {
            None => &self.start[self.given..],
            Some(past) => &self.again[past % self.again.len()..],
        };
        let count = from.len().min(buffer.len());
        buffer[..count].copy_from_slice(&from[..count]);
        self.given += count;
        Ok(count)
    }
}

#[test]
fn files_without_end_are_refused_within_bounds() {
    const MIB: usize = 1 << 20;
    /// An empty record: it is not kept, so only the bound ends the reading.
    const BLANK: &[u8] = &{
        let mut row = [b' '; 1 << 10];
        row[0] = b',';
        row[1023] = b'\n';
        row
    };
    for (mut file, most, problem) in [
        (Endless::new(&b"id,name\n"[..], &b"\n"[..]), 2 * MIB, "a record has more than 1 MiB"),
        (Endless::new(b"id,name\n", BLANK), 32 * MIB, "the file has more than 32 MiB"),
        (
            Endless::new(b"id,name\n123456789012,\"never closed ", b"and on "),
            2 * MIB,
            "a record has more than 1 MiB",
        ),
        (Endless::new(b"", b"one long header "), 2 * MIB, "a record has more than 1 MiB"),
    ] {
        let error = ListSource::from_csv(&mut file, ListOptions::default()).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
        assert!(file.given <= most + file.largest, "{} bytes were asked for", file.given);
        assert!(file.largest <= MIB, "{} bytes at once", file.largest);
    }
    for (start, again) in [(&b"[ "[..], &b"   "[..]), (b"[{\"id\": \"", b"9"), (b"[", b"[")] {
        let mut file = Endless::new(start, again);
        ListSource::from_json(&mut file, ListOptions::default()).unwrap_err();
        assert!(file.given <= 32 * MIB + file.largest, "{} bytes were asked for", file.given);
        assert!(file.largest <= MIB, "{} bytes at once", file.largest);
    }
}

#[test]
fn two_hundred_megabytes_are_refused_at_the_bound() {
    // A valid file of 200 MB, generated while it is read: only the accounts are kept, and it is not read to its end.
    struct Rows {
        next: u64,
        left: io::Cursor<Vec<u8>>,
        given: u64,
    }
    impl Read for Rows {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left.position() == self.left.get_ref().len() as u64 && self.given < 200_000_000 {
                let row = format!("{:012},{},\n", self.next, "n".repeat(4_000));
                self.next += 1;
                self.left = io::Cursor::new(row.into_bytes());
            }
            let count = self.left.read(buffer)?;
            self.given += count as u64;
            Ok(count)
        }
    }
    let mut file = Rows { next: 1, left: io::Cursor::new(b"id,name,\n".to_vec()), given: 0 };
    let error = ListSource::from_csv(&mut file, ListOptions::default()).unwrap_err();
    assert_eq!(error.column, 1);
    assert!(error.line > 5_000 && error.problem.starts_with("the file has more than 32 MiB"), "{error}");
    assert!(file.given <= (32 << 20) + (64 << 10), "{} bytes were asked for", file.given);
}

#[test]
fn output_of_the_aws_command_line_is_read() {
    let listing = json(
        r#"{
          "Accounts": [
            {"Id": "123456789012", "Arn": "arn:aws:organizations::123456789012:account/o-abcdefghij/123456789012",
             "Email": "x@example.com", "Name": "payer", "Status": "ACTIVE", "State": "ACTIVE",
             "Paths": ["o-abcdefghij/r-ab12/"], "JoinedMethod": "INVITED", "JoinedTimestamp": "2020-02-03T04:05:06.123000+00:00"},
            {"Id": "098765432109", "Arn": "arn:aws:organizations::123456789012:account/o-abcdefghij/098765432109",
             "Name": "old", "Status": "ACTIVE", "State": "CLOSED", "JoinedTimestamp": 1580702706.123,
             "Paths": ["o-abcdefghij/r-ab12/ou-ab12-11111111/ou-ab12-22222222/"], "Tags": [{"Key": "env", "Value": "prod"}]},
            {"Id": "111111111111", "Name": "n", "Arn": "arn:aws:organizations::123456789012:account/o-abcdefghij/111111111111",
             "Paths": ["Root/Workloads/"]}
          ],
          "ResponseMetadata": {"anything": [1, 2]},
          "NextToken": null
        }"#,
    );
    let payer: AccountId = "123456789012".parse().unwrap();
    let joined = at("2020-02-03T04:05:06Z");
    assert_eq!(
        listing.accounts(),
        [
            Account::new("098765432109".parse().unwrap(), "old")
                .with_state(AccountState::Closed)
                .with_payer(payer.clone())
                .with_organization(organization())
                .with_joined(joined)
                .with_ou_ids(["ou-ab12-11111111", "ou-ab12-22222222"])
                .with_tags([("env", "prod")]),
            Account::new("111111111111".parse().unwrap(), "n")
                .with_state(AccountState::Unknown(String::new()))
                .with_payer(payer.clone())
                .with_organization(organization()),
            Account::new(payer.clone(), "payer")
                .as_management()
                .with_payer(payer)
                .with_organization(organization())
                .with_joined(joined)
                .with_ou_ids(Vec::<String>::new()),
        ]
    );
}

#[test]
fn bad_json_is_reported_with_line_and_column() {
    for (text, problem) in [
        ("", "line 1, column 1: the file is empty: it contains no JSON"),
        (
            "[\n  {\"id\": \"12345678\", \"name\": \"a\"}]",
            "line 2, column 10: \"12345678\" has 8 digits, an AWS account id has 12",
        ),
        (
            "[{\"id\": \"123456789012\"}]",
            "line 1, column 2: the account's name is empty: in AWS every account has one",
        ),
        (
            "[{\"id\": \"123456789012\", \"name\": \"a\"},\n {\"id\": \"123456789012\", \"name\": \"b\"}]",
            "line 2, column 2: account 123456789012 is already in line 1, with other values: keep one",
        ),
        (
            "{\"Accounts\": [],\n \"NextToken\": \"more\"}",
            "line 2, column 15: the list was cut off (\"NextToken\"): get it again without --max-items, or with all its pages",
        ),
        (
            "{}",
            "line 1, column 1: there is no list under Accounts: `aws organizations list-accounts --output json` prints a supported list",
        ),
        ("[{\"name\": \"a\"}]", "line 1, column 2: there is no account id (Id) in this account"),
        (
            "\"x\"",
            "line 1, column 1: this is neither a list of accounts nor an object with one under Accounts: `aws organizations list-accounts --output json` prints a supported list",
        ),
        ("[] x", "line 1, column 4: expected value"),
    ] {
        assert_eq!(json_error(text), problem, "{text:?}");
    }
}

proptest! {
    /// Any names with any quoting are read unchanged.
    #[test]
    fn any_names_survive_csv(names in prop::collection::vec(names("[ -~é\t]{0,10}", "[ -~é\t]{0,10}"), 1..20), separator in prop::sample::select(vec![b',', b';', b'\t'])) {
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
        writer.write_record(["id", "name"]).unwrap();
        for (number, name) in (1..).zip(&names) {
            writer.write_record([id(number).as_str(), name.as_str()]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let listing = ListSource::from_csv(&*text, ListOptions::default()).unwrap().listing().clone();
        let expected: Vec<_> = (1..).zip(&names).map(|(number, name)| account(number, name.trim()).with_unknown_management()).collect();
        prop_assert_eq!(listing.accounts(), expected);
    }

    /// Any bytes cause no panic, and an error has its place.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop::sample::select(b"id,name;\"\n\r\t0123456789\xff\xfe=-'".to_vec()), 0..200)) {
        let with_header = [b"id,name\n", &*bytes].concat();
        for text in [&*bytes, &*with_header] {
            if let Err(error) = ListSource::from_csv(text, ListOptions::default()) {
                prop_assert!(error.line > 0 && error.column > 0, "{}", error);
            }
            let _ = ListSource::from_json(text, ListOptions::default()).map_err(|error| assert!(error.line > 0 && error.column > 0));
        }
    }
}
