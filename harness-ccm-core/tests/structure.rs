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
fn an_import_that_is_turned_around_is_found() {
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
fn every_name_of_the_prelude_has_an_example_that_is_compiled() {
    assert_eq!(source().exported_without_example("prelude"), BTreeSet::new());
}

#[test]
fn every_stage_has_an_example_that_is_compiled() {
    let with_example = source().with_example();
    let stages = ["observe_accounts", "make_plan", "apply_plan", "verify_accounts"];
    let without: Vec<_> = stages.into_iter().filter(|stage| !with_example.contains(*stage)).collect();
    assert_eq!(without, [""; 0]);
}
