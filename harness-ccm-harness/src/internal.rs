//! For the tests of this workspace. No part of the interface: it changes without notice.

use crate::situation::Situation;

/// The rows of the table of Harness' refusals, by name.
pub fn refusals() -> Vec<String> {
    Situation::ALL.iter().map(|situation| format!("{situation:?}")).collect()
}
