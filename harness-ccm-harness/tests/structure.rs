//! Files of this crate use each other without circles.

use harness_ccm_structure::Source;

#[test]
fn files_have_no_circles() {
    let source = Source::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    assert!(source.uses().len() > 20, "{}", source.uses().len());
    assert_eq!(source.circles(), []);
}
