//! Files of this crate use each other without circles, and the guide lists the calls that they make.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use harness_ccm_structure::Source;

#[test]
fn files_have_no_circles() {
    let source = Source::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    assert!(source.uses().len() > 20, "{}", source.uses().len());
    assert_eq!(source.circles(), []);
}

/// The actions of IAM in a text, without the prefix `iam:`.
fn actions<'a>(text: &'a str, quote: &str, prefix: &str) -> BTreeSet<&'a str> {
    let quoted = text.split(quote).skip(1).step_by(2);
    let bare = quoted.filter_map(|quoted| quoted.strip_prefix("iam:").or(quoted.strip_prefix(prefix)));
    let is_action = |name: &&str| {
        name.starts_with(char::is_uppercase) && name.chars().all(|letter| letter.is_ascii_alphabetic())
    };
    bare.filter(is_action).collect()
}

#[test]
fn the_guide_lists_the_permissions_of_every_call_to_iam() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(root.join("src/iam")).unwrap();
    let sources: Vec<_> = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let called: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| source.lines())
        .flat_map(|line| actions(line, "\"", "iam:"))
        .collect();
    let guide = fs::read_to_string(root.join("../docs/onboard.md")).unwrap();
    let (_, list) = guide.split_once("A bootstrap role needs these permissions:").unwrap();
    let (list, _) = list.split_once("\n## ").unwrap();
    assert!(called.len() > 20, "{called:?}");
    assert_eq!(actions(list, "`", ""), called);
}
