//! Public names: one name for one thing in all published crates.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_structure::Source;

const CRATES: [&str; 4] =
    ["harness-ccm-core", "harness-ccm-aws", "harness-ccm-harness", "harness-ccm-harness/simulator"];

fn sources() -> impl Iterator<Item = (&'static str, Source)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    CRATES.into_iter().map(move |folder| (folder, Source::read(format!("{root}/{folder}/src"))))
}

#[test]
fn no_public_type_has_the_name_of_another() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (folder, source) in sources() {
        let types = source.public_types();
        assert!(types.len() >= 3, "{folder}: {types:?}");
        for (name, module) in types {
            homes.entry(name).or_default().push(format!("{folder}: {module}"));
        }
    }
    assert!(homes.len() > 200, "{}", homes.len());
    homes.retain(|_, homes| homes.len() > 1);
    assert_eq!(homes, BTreeMap::new());
}

/// Otherwise `let plan = plan(..)` hides the function, and `plan::plan` repeats itself.
#[test]
fn no_public_function_has_the_name_of_its_module() {
    let functions: Vec<_> = sources().flat_map(|(_, source)| source.public_functions()).collect();
    assert!(functions.len() > 20, "{functions:?}");
    let named_alike = |(name, module): &&(String, String)| module.rsplit("::").next() == Some(name);
    assert_eq!(functions.iter().filter(named_alike).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}

/// `with_adopt(true)` is clear, `render(false)` is not; and switches that are off are left out.
#[test]
fn no_public_function_is_handed_a_bare_flag() {
    for (folder, source) in sources() {
        assert_eq!(source.public_flags(), BTreeSet::new(), "{folder}");
        assert!(source.public_members().len() >= 10, "{folder}");
    }
}
