use crate::source::InvalidAccounts;

pub(super) fn text(field: &[u8], line: u64, index: usize) -> Result<&str, InvalidAccounts> {
    std::str::from_utf8(field).map_err(|error| {
        let problem = format!(
            "byte {} of the field is not UTF-8: save the file as \"CSV UTF-8\"",
            error.valid_up_to() + 1
        );
        InvalidAccounts::new(line, place(index), problem)
    })
}

/// The column number, from 1.
pub(super) fn place(index: usize) -> u64 {
    index as u64 + 1
}
