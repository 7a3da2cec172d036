//! For the tests of this workspace. No part of the interface: it changes without notice.

use crate::codes::rows;

/// The rows of the table of AWS' error codes: the code, and the part of the message that the row is about.
pub fn error_codes() -> Vec<(&'static str, &'static str)> {
    rows().collect()
}
