//! Errors of an intent file do not contain its values: one may be a key in the wrong place.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeMap;
use std::io;

use futures_executor::block_on;
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::AccountSource as _;
use harness_ccm_core::config::Config;
use harness_ccm_core::files::NoFiles;
use harness_ccm_core::id::{AccountId, HarnessAccountId, RoleName};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::plan::Plan;
use harness_ccm_core::source::{Keep, Kept, ListOptions, ListSource, Record, open};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const KEY: &str = "pat.ACCT.0123456789abcdef01234567.SECRETSECRET";

/// Any six characters of `secret` that `text` contains.
fn piece<'a>(secret: &'a str, text: &str) -> Option<&'a str> {
    let starts: Vec<usize> = secret.char_indices().map(|(at, _)| at).collect();
    starts
        .windows(7)
        .map(|ends| &secret[ends[0]..ends[6]])
        .chain([&secret[secret.len() - 6..]])
        .find(|part| text.contains(part))
}

/// The error of an intent file in all printed forms; empty if there is none.
fn shown(text: &str) -> String {
    match Config::from_toml(text, None) {
        Ok(_) => String::new(),
        Err(error) => format!("{error}\n{error:?}"),
    }
}

#[test]
fn a_key_under_an_unknown_name_is_not_shown() {
    insta::assert_snapshot!(Config::from_toml(&format!("[harness]\napi-key = \"{KEY}\"\n"), None).unwrap_err(), @"
    TOML parse error at line 2, column 1
      |
    2 | api-key = …
      | ^^^^^^^
    unknown field `api-key`, expected one of `account-id`, `cluster`, `aws-account`, `external-id`, `trusted`, `trust-by`
    ");
    insta::assert_snapshot!(Config::from_toml(&format!("[harness]\naccount-id = \"a\"\nexternal-id = \"{KEY}\n"), None).unwrap_err(), @r#"
    TOML parse error at line 3, column 62
      |
    3 | external-id = …
      |                ^
    invalid basic string, expected `"`
    "#);
    insta::assert_snapshot!(Config::from_toml(&format!("[harness]\naccount-id = \"{KEY}\"\n"), None).unwrap_err(), @"
    TOML parse error at line 2, column 14
      |
    2 | account-id = …
      |              ^
    this is not a valid Harness account id: it has 1 to 64 characters out of letters, digits, _ and -
    ");
    insta::assert_snapshot!(Config::from_toml(&format!("[harness]\ncluster = {{ {KEY} = \"x\" }}\n"), None).unwrap_err(), @"
    TOML parse error at line 2, column 13
      |
    2 | cluster = { … = … }
      |             ^
    this word is unknown, expected one of `us`, `eu`, `self-managed`
    ");
}

/// A file with a value in every place where the intent file allows one, and in some where it does not.
const WHOLE: &str = r#"# @
owner = "@"
regions = ["eu-west-1", "@"]
tags = { team = "@", "cost center" = "@" }
[harness]
account-id = "@"
cluster = "@"
aws-account = "@"
external-id = "@"
trusted = ["@", "arn:aws:iam::1:root"]
trust-by = "@"
api-key = "@"
[role]
layout = "@"
release = "@"
prefix = "@"
name = "@"
path = "@"
boundary = "@"
additional-external-ids = ["@"]
tags = { a = "@" }
quotas = "@"
[connector]
session-seconds = "@"
ignore-test = "@"
[naming]
rule = "@"
template = "${@}"
[limits]
max-updates = "@"
always-allowed = "@"
[listing]
keep = "@"
max-age-minutes = "@"
[reach]
bootstrap-roles = ["@"]
external-id = "@"
through = { role = "@", external-id = "@" }
session-seconds = "@"
[[reach.routes]]
name = "@"
accounts = ["@"]
[[sources]]
kind = "@"
name = "@"
file = "@"
role = "@"
accounts = [
  { id = "@", name = "@", state = "@", partition = "@" },
  { id = "@", name = "@", ou-path = ["@"], tags = { x = "@" } },
]
[[rules]]
name = "@"
accounts = ["111122223333", "@"]
accounts-file = "@"
names = ["@"]
ou-paths = ["A//@"]
ous = ["@"]
tags = { env = "@", team = ["@"] }
management = "@"
joined-after = "@"
features = ["visibility", "@"]
governance = { access = "@", enforcement-policies = ["@"] }
optimization = { kinds = ["@"], secrets = ["@"] }
billing = { report = { name = "@", bucket = "@", report-type = "@" } }
commitment = { services = ["@"] }
skip = "@"
note = """
@
name = "@"
"""
"#;

/// Valid values, by the line that gets the secret: all other lines have them.
fn file(slot: usize, value: &str) -> String {
    let mut text = String::new();
    let mut rest = WHOLE;
    let mut number = 0;
    while let Some(at) = rest.find('@') {
        text.push_str(&rest[..at]);
        text.push_str(if number == slot { value } else { "x" });
        rest = &rest[at + 1..];
        number += 1;
    }
    text.push_str(rest);
    text
}

/// One key with a value that may be wrong, in an otherwise valid file: so the error is about that value.
fn alone(line: usize, value: &str) -> String {
    let mut table = "";
    let lines: Vec<&str> = WHOLE.lines().collect();
    for line in &lines[..=line] {
        if line.starts_with('[') {
            table = line;
        }
    }
    let good = if table == "[harness]" { "" } else { "harness = { account-id = \"acct\" }\n" };
    let rule = match table {
        "[[rules]]" | "[[reach.routes]]" => "name = \"r\"\n",
        "[[sources]]" => "kind = \"list\"\n",
        _ => "",
    };
    format!("{good}{table}\n{rule}{}\n", lines[line].replace('@', value))
}

fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(KEY.to_owned()),
        "[A-Za-z0-9]{20,40}",
        "[a-z0-9]{24}",
        "[A-Za-z0-9+/]{40}",
        "AKIA[A-Z2-7]{16}",
        "(pat|sat)\\.[A-Za-z0-9_-]{22}\\.[0-9a-f]{24}\\.[A-Za-z0-9]{20}",
    ]
}

/// The notations of a value in place of `"@"`.
fn written(secret: &str, style: usize) -> String {
    match style {
        0 => format!("\"{secret}\""),
        1 => format!("'{secret}'"),
        2 => format!("\"\"\"{secret}\"\"\""),
        3 => format!("'''\n{secret}\n'''"),
        4 => secret.to_owned(),
        5 => format!("[\"{secret}\"]"),
        6 => format!("[\n  \"x\",\n  \"{secret}\",\n]"),
        7 => format!("{{ key = \"{secret}\" }}"),
        8 => format!("{{ \"{secret}\" = 1 }}"),
        9 => format!("\"{secret}"),
        _ => format!("\"\\u0041{secret}\""),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_secret_is_not_shown_in_any_place(secret in secret(), line in 0..WHOLE.lines().count(), style in 0..11_usize) {
        let value = written(&secret, style);
        for text in [alone(line, &secret), alone(line, "\u{1}").replace("\"\u{1}\"", &value).replace('\u{1}', &secret)] {
            let shown = shown(&text);
            prop_assert_eq!(piece(&secret, &shown), None, "{}\n{}", text, shown);
        }
    }

    #[test]
    fn a_secret_is_not_shown_in_a_broken_file_either(
        secret in secret(),
        slot in 0..WHOLE.matches('@').count(),
        breaks in prop::collection::vec((any::<Index>(), select("\"'=\n[]{}#\\,. \r".chars().collect::<Vec<_>>()), any::<bool>()), 0..4),
        near in any::<bool>(),
    ) {
        let mut text = file(slot, &secret);
        for (at, character, takes) in breaks {
            let around = text.find(&secret[..6]).filter(|_| near);
            let at = match around {
                Some(middle) => middle.saturating_sub(12) + at.index(secret.len() + 24),
                None => at.index(text.len()),
            };
            let at = (0..=at.min(text.len() - 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            if takes {
                text.remove(at);
            } else {
                text.insert(at, character);
            }
        }
        let shown = shown(&text);
        prop_assert_eq!(piece(&secret, &shown), None, "{}\n{}", text, shown);
    }

    #[test]
    fn every_broken_text_gives_an_error(text in "[a-c\"'=\n\\[\\]{}#\\\\,. é\r]{0,60}") {
        shown(&text);
    }

    #[test]
    fn other_files_are_not_shown_either(secret in secret(), shape in 0..8_usize) {
        let text = match shape {
            0 => format!("[default]\naws_access_key_id = {secret}\n"),
            1 => secret.clone(),
            2 => format!("{{\"id\": \"{secret}\", \"name\": 1}}"),
            3 => format!("[{{\"id\": \"{secret}\", \"name\": \"x\"}}]"),
            4 => format!("[{{\"id\": \"111122223333\", \"name\": \"x\", \"arn\": \"{secret}\"}}]"),
            5 => format!("{{\"format_version\": 2, \"owner\": \"{secret}\"}}"),
            6 => format!("id,name,{secret}\n{secret},x,\n"),
            _ => format!("id,name,{secret},{secret},tag:{secret},tag:{secret},management\n111122223333,a,,,,,{secret}\n"),
        };
        let mut shown = Vec::new();
        shown.push(Plan::from_json(&text).map(drop).map_err(|error| format!("{error} {error:?}")));
        let csv = ListSource::from_csv(text.as_bytes(), ListOptions::default());
        shown.push(csv.map(drop).map_err(|error| format!("{error} {error:?}")));
        let json = ListSource::from_json(text.as_bytes(), ListOptions::default());
        shown.push(json.map(drop).map_err(|error| format!("{error} {error:?}")));
        let intent = "harness = { account-id = \"a\" }\n[[rules]]\nname = \"r\"\nskip = \"x\"\naccounts-file = \"f\"\n";
        let files = BTreeMap::from([("f".to_owned(), text.clone().into_bytes())]);
        shown.push(Config::from_toml_with_files(intent, None, &files).map(drop).map_err(|error| format!("{error} {error:?}")));
        for shown in shown.into_iter().filter_map(Result::err) {
            prop_assert_eq!(piece(&secret, &shown), None, "{}\n{}", text, shown);
        }
    }

    #[test]
    fn no_error_of_an_identifier_contains_a_text_that_looks_like_a_key(secret in secret()) {
        let errors = [
            format!("{secret}!").parse::<HarnessAccountId>().unwrap_err(),
            secret.parse::<AccountId>().unwrap_err(),
            format!("{secret} ").parse::<RoleName>().unwrap_err(),
        ];
        for error in errors {
            let shown = format!("{error} {error:?}");
            prop_assert_eq!(piece(&secret, &shown), None, "{}", shown);
        }
    }
}

#[test]
fn names_that_are_not_keys_stay_in_errors_of_identifiers() {
    assert!(
        "ops/Bootstrap".parse::<RoleName>().unwrap_err().to_string().starts_with("\"ops/Bootstrap\" is not")
    );
}

#[test]
fn the_content_of_another_file_as_kept_listing_is_not_shown() {
    #[derive(Debug)]
    struct Other(String);
    impl Keep for Other {
        fn load(&self, _record: Record) -> io::Result<Option<String>> {
            Ok(Some(self.0.clone()))
        }

        fn save(&self, _record: Record, _text: &str) -> io::Result<()> {
            Ok(())
        }
    }
    for text in
        [KEY.to_owned(), format!("{{\"format_version\": \"{KEY}\"}}"), format!("{{\"taken\": \"{KEY}\"}}")]
    {
        let source =
            Kept::new(ListSource::new(Listing::complete([])), Other(text), "2026-01-31".parse().unwrap());
        let listing = block_on(source.list_accounts(&AccountQuery::new())).unwrap();
        let shown = listing.notes().join("\n");
        assert!(shown.contains("damaged") && piece(KEY, &shown).is_none(), "{shown}");
    }
}

#[test]
fn a_file_that_is_a_key_is_not_named() {
    let text = format!("harness = {{ account-id = \"a\" }}\n[[sources]]\nkind = \"csv\"\nfile = \"{KEY}\"\n");
    let config = Config::from_toml(&text, None).unwrap();
    let error = open(&config.sources, &NoFiles, |_| Ok(Box::new(ListSource::new(Listing::complete([])))))
        .unwrap_err();
    let shown = format!("{} {error:?}", error.report());
    assert!(shown.contains("a file of the sources") && piece(KEY, &shown).is_none(), "{shown}");
}

#[test]
fn notes_name_columns_only_in_plain_words() {
    let text = format!("id,name,Total cost,{KEY}\n111122223333,a,,\n");
    let list = ListSource::from_csv(text.as_bytes(), ListOptions::default()).unwrap();
    assert_eq!(list.listing().notes(), ["columns that are not used: \"Total cost\", …"]);
}

#[test]
fn a_key_in_place_of_a_state_is_not_shown() {
    let csv = format!("id,name,state\n111122223333,a,{KEY}\n");
    let json = format!(r#"[{{"id": "111122223333", "name": "a", "State": "{KEY}"}}]"#);
    let errors = [
        ListSource::from_csv(csv.as_bytes(), ListOptions::default()).unwrap_err().to_string(),
        ListSource::from_json(json.as_bytes(), ListOptions::default()).unwrap_err().to_string(),
    ];
    for error in errors {
        assert!(error.contains("not the state of an account") && piece(KEY, &error).is_none(), "{error}");
    }
    // So is a text that only may be a key.
    let maybe = "id,name,state\n111122223333,a,0123456789abcdef01234567\n";
    assert!(ListSource::from_csv(maybe.as_bytes(), ListOptions::default()).is_err());
    // A state of AWS that this version does not know is not a key.
    let new = "id,name,state\n111122223333,a,PENDING_REINSTATEMENT_2\n";
    assert!(ListSource::from_csv(new.as_bytes(), ListOptions::default()).is_ok());
}
