//! Rules whose accounts are in a separate file.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeMap;

use harness_ccm_core::config::Config;
use support::*;

const HEAD: &str = "[harness]\naccount-id = \"acct\"\n";

#[test]
fn lists_of_accounts_may_be_files() {
    let text = format!(
        "{HEAD}[[rules]]\nname = \"pilot\"\naccounts = [\"000000000001\"]\naccounts-file = \"lists/pilot.txt\"\nfeatures = [\"visibility\"]\n"
    );
    let with = |list: &[u8]| {
        let files = BTreeMap::from([("lists/pilot.txt".to_owned(), list.to_vec())]);
        Config::from_toml_with_files(&text, None, &files)
    };
    let config =
        with(b"\xef\xbb\xbf# first wave\r\n000000000002\r\n\r\n  000000000003 # the shop\r\n").unwrap();
    let accounts = config.intent.rules[0].selector.accounts.clone().unwrap();
    assert_eq!(accounts.into_iter().collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    insta::assert_snapshot!(with(b"000000000002\n  12345\n").unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    line 2, column 3 of the file: this is not a valid AWS account id: it is exactly 12 digits and nothing else, without dashes, spaces or quotes; if digits were lost, copy it from AWS again, because the lost digits may not be leading zeros
    ");
    insta::assert_snapshot!(with(b"000000000002\n\xff\n").unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    line 2 of the file is not UTF-8 text
    ");
    insta::assert_snapshot!(with(&b"#\n".repeat(3 << 20)).unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    the file is longer than 4194304 bytes, which no list of accounts is
    ");
    insta::assert_snapshot!(Config::from_toml(&text, None).unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    the file cannot be read: this program does not open files
    ");
}

#[test]
fn no_line_of_a_list_file_is_hidden_by_a_comment_or_ignored_silently() {
    let text = format!("{HEAD}[[rules]]\nname = \"pilot\"\naccounts-file = \"f\"\nskip = \"x\"\n");
    let with = |list: &str| {
        let files = BTreeMap::from([("f".to_owned(), list.as_bytes().to_vec())]);
        Config::from_toml_with_files(&text, None, &files)
    };
    // A carriage return alone ends a line, and therefore a comment.
    for list in ["# first\r000000000001 # a\r000000000002\r", "000000000001 # a\r\n# b\r000000000002\n"] {
        let accounts = with(list).unwrap().intent.rules[0].selector.accounts.clone().unwrap();
        assert_eq!(accounts.into_iter().collect::<Vec<_>>(), [id(1), id(2)], "{list:?}");
    }
    for (list, problem) in [
        ("", "the file contains no account"),
        ("# 000000000001\n", "the file contains no account"),
        ("000000000001\n# \0\0\0\n", "line 2 of the file contains a NUL byte"),
        ("000000000001 000000000002\n", "line 1, column 1 of the file: this is not a valid AWS account id"),
    ] {
        let error = with(list).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("line 5, column 17"), "{error}");
    }
}
