//! Items for the tests of this workspace. They are not part of the interface and change without notice.

use crate::codes::rows;

/// Returns the rows of the table of AWS' error codes: the code, and the part of the message to which the row applies.
pub fn error_codes() -> Vec<(&'static str, &'static str)> {
    rows().collect()
}
