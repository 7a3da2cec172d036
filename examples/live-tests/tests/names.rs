//! Names that people meet: one name, one thing, over all published crates.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeMap;

use harness_ccm_structure::Source;

const CRATES: [&str; 4] =
    ["harness-ccm-core", "harness-ccm-aws", "harness-ccm-harness", "harness-ccm-harness/simulator"];

#[test]
fn no_public_type_has_the_name_of_another() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in CRATES {
        let path = format!("{}/../../{folder}/src", env!("CARGO_MANIFEST_DIR"));
        let types = Source::read(path).public_types();
        assert!(types.len() >= 3, "{folder}: {types:?}");
        for (name, module) in types {
            homes.entry(name).or_default().push(format!("{folder}: {module}"));
        }
    }
    assert!(homes.len() > 200, "{}", homes.len());
    homes.retain(|_, homes| homes.len() > 1);
    assert_eq!(homes, BTreeMap::new());
}
