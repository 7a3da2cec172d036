//! The documented order of the modules is complete, and no module uses a later one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests too")]

use harness_ccm_structure::Source;

/// Returns the words in backquotes of the section on the order.
fn documented() -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
    let (_, section) = text.split_once("//! # Modules, from low to high\n").expect("the section is there");
    let lines: Vec<_> = section.lines().take_while(|line| line.starts_with("//!")).collect();
    lines.join(" ").split('`').skip(1).step_by(2).map(Into::into).collect()
}

#[test]
fn a_module_uses_only_modules_below_it() {
    let order = documented();
    let place = |module: &str| order.iter().position(|listed| listed == module);
    let source = Source::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let uses = source.uses();
    assert!(uses.len() > 100, "{} uses were found", uses.len());
    for used in &uses {
        let places = (place(&used.by), place(&used.of));
        assert!(places.0.is_some() && places.1 < places.0 && places.1.is_some(), "{used}: {places:?}");
    }
    let modules: Vec<_> = source.modules().collect();
    for listed in &order {
        assert!(modules.contains(&listed.as_str()), "there is no module {listed}");
    }
    assert_eq!(source.circles(), []);
}
