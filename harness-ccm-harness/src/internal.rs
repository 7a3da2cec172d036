//! Items for the tests of this workspace. They are not part of the interface and change without notice.

use crate::situation::Situation;

/// Returns the rows of the table of Harness' refusals, by name.
pub fn refusals() -> Vec<String> {
    Situation::ALL.iter().map(|situation| format!("{situation:?}")).collect()
}
