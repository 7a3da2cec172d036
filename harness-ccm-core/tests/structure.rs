//! The floors of the modules, as the documentation of the crate has them, and files without circles.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use harness_ccm_structure::Source;

fn source() -> Source {
    Source::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// The words in backquotes before the colon of each numbered line.
fn documented() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
    let (_, section) = text.split_once("//! # Modules\n").unwrap();
    let floors = section.lines().filter_map(|line| {
        let (number, rest) = line.strip_prefix("//! ")?.split_once(". ")?;
        number.parse::<usize>().ok()?;
        let names = rest.split_once(": ")?.0;
        Some(names.split('`').skip(1).step_by(2).map(Into::into).collect())
    });
    floors.collect()
}

#[test]
fn a_module_uses_lower_floors_and_its_own() {
    let floors = documented();
    assert_eq!(floors.len(), 9);
    assert_eq!(source().above(&floors), Vec::<String>::new());
}

#[test]
fn files_have_no_circles() {
    let source = source();
    assert!(source.uses().len() > 400, "{}", source.uses().len());
    assert_eq!(source.circles(), []);
}

#[test]
fn a_reversed_import_is_found() {
    let planted = source().with_line("id::arn", "use crate::plan::Plan;");
    assert_eq!(
        planted.above(&documented()),
        ["id::arn uses plan (crate::plan::Plan), which is on a higher floor"]
    );
    let circles = source().with_line("connector::claim", "use crate::report::Roster;").circles();
    assert_eq!(circles.len(), 1);
    assert!(circles[0].contains("connector::claim") && circles[0].contains("report::roster"), "{circles:?}");
}

/// What the prelude names is what people look up.
#[test]
fn every_name_of_the_prelude_has_an_example_that_is_run() {
    assert_eq!(source().exported_without_example("prelude"), BTreeSet::new());
}

/// The names in the table of words that the documentation of the crate begins with: where the words of the README lead to.
fn looked_up() -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
    let (_, rest) = text.split_once("//! # Terms and their types\n").unwrap();
    let table = rest.split_once("//! # Features\n").unwrap().0;
    let names = table.split("[`").skip(1).map(|name| name.split_once("`]").unwrap().0);
    names.filter(|name| !name.contains("::")).map(Into::into).collect()
}

#[test]
fn every_type_and_stage_that_the_table_of_words_names_has_an_example_that_is_run() {
    let looked_up = looked_up();
    for name in ["Intent", "AccountSource", "apply_plan", "Error"] {
        assert!(looked_up.iter().any(|other| other == name), "{name} is not in the table");
    }
    let with_example = source().with_example();
    // Modules, which list what is in them.
    let without: Vec<_> = looked_up
        .into_iter()
        .filter(|name| !["source", "feature"].contains(&name.as_str()) && !with_example.contains(name))
        .collect();
    assert_eq!(without, [""; 0]);
}

#[test]
fn an_example_that_is_only_compiled_is_none() {
    let of = |fence: &str| {
        let text = format!("/// ```{fence}\n/// let x = 1;\n/// ```\npub struct Shown;");
        source().with_file("plan::shown", &text).with_example().contains("Shown")
    };
    assert!(of(""));
    for fence in ["no_run", "ignore", "text", "compile_fail"] {
        assert!(!of(fence), "{fence}");
    }
}
