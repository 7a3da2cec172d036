use csv::ByteRecord;

use super::cell::place;
use crate::source::InvalidAccounts;
use crate::source::account_ids::is_id;

/// The facts needed to detect that a quoted field contains other records.
pub(super) struct Layout {
    pub(super) separator: char,
    /// For each column, whether it is read.
    pub(super) read: Vec<bool>,
    pub(super) id: Option<usize>,
}

impl Layout {
    /// Refuses a record in which a quoted field contains other records. This happens if a quote opens unintentionally and the
    /// next lone quote closes it.
    ///
    /// A column that is read has no line breaks. Other columns, such as notes, may have them, unless one of their lines
    /// could be a record: it contains an account id as a cell.
    pub(super) fn refuse_taken_in(&self, record: &ByteRecord, line: u64) -> Result<(), InvalidAccounts> {
        let mut line = line;
        for (index, field) in record.iter().enumerate() {
            let breaks = field.split(|byte| *byte == b'\n').skip(1).count() as u64;
            // The carriage return before the line feed that ends a record does not count as a line break in
            // the field.
            let inner = String::from_utf8_lossy(field);
            if inner.trim_end_matches('\r').contains(['\n', '\r']) {
                let until = if breaks == 0 {
                    "the field contains a carriage return".to_owned()
                } else {
                    format!("the field continues to line {}", line + breaks)
                };
                let why = if self.read.get(index).copied().unwrap_or_default() {
                    "and a column that is read has no line breaks: if the quote that opens here is unintended, double it"
                } else if self.holds_record(&inner) {
                    "and contains an account id like a record of its own: if the quote that opens here is unintended, double it; if this is a note, write it in one line"
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
            // The id may be in any cell, because a part of another field may come before it.
            Some(_) => line.split(self.separator).any(is_id),
            None => self.id.is_none_or(|id| id == 0) && is_id(line),
        })
    }
}
