use csv::ByteRecord;

use super::cell::place;
use crate::source::InvalidAccounts;
use crate::source::account_ids::is_id;

/// What it takes to see that a field has taken in records.
pub(super) struct Layout {
    pub(super) separator: char,
    /// Whether each column is read.
    pub(super) read: Vec<bool>,
    pub(super) id: Option<usize>,
}

impl Layout {
    /// Refuses a record in which a quoted field has taken in others, as where a quote opens that was not meant to and the next one
    /// that stands by itself closes it.
    ///
    /// What is read has no line breaks. What is not may have them, as notes do, unless a line of it could be a record: an id
    /// stands in it as a cell, by itself or between separators.
    pub(super) fn refuse_taken_in(&self, record: &ByteRecord, line: u64) -> Result<(), InvalidAccounts> {
        let mut line = line;
        for (index, field) in record.iter().enumerate() {
            let breaks = field.split(|byte| *byte == b'\n').skip(1).count() as u64;
            // What stands before the line feed that ends a record is none within it.
            let inner = String::from_utf8_lossy(field);
            if inner.trim_end_matches('\r').contains(['\n', '\r']) {
                let until = if breaks == 0 {
                    "the field has a carriage return in it".to_owned()
                } else {
                    format!("the field goes on to line {}", line + breaks)
                };
                let why = if self.read.get(index).copied().unwrap_or_default() {
                    "and nothing that is read has line breaks: if a quote opens here that was not meant to, double it"
                } else if self.holds_record(&inner) {
                    "and an account id stands in it as in a record of its own: if a quote opens here that was not meant to, double it; if this is a note, write it in one line"
                } else {
                    line += breaks;
                    continue;
                };
                return Err(InvalidAccounts::new(line, place(index), format!("{until}, {why}")));
            }
        }
        Ok(())
    }

    fn holds_record(&self, text: &str) -> bool {
        let is_id = |cell: &str| is_id(cell.trim());
        text.split(['\n', '\r']).any(|line| match line.split_once(self.separator) {
            // In which cell it stands does not tell: a part of another field may stand before it.
            Some(_) => line.split(self.separator).any(is_id),
            None => self.id.is_none_or(|id| id == 0) && is_id(line),
        })
    }
}
