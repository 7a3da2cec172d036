use std::io::{Cursor, Read};

use csv::{ByteRecord, ErrorKind};

use super::cell::place;
use super::quoting::{Fault, Quoting};
use crate::source::InvalidAccounts;
use crate::source::bounded::Bounded;
use crate::source::input::Input;

/// The start of a file, which was read to detect its layout, and the rest.
type Whole<R> = std::io::Chain<Cursor<Vec<u8>>, Input<Bounded<R>>>;

/// The records of a file, one at a time.
pub(super) struct Rows<R> {
    pub(super) reader: csv::Reader<Quoting<Whole<R>>>,
    pub(super) record: ByteRecord,
    /// The last field of the previous record, if it ends in the middle of a character.
    pub(super) broken_end: Option<usize>,
}

impl<R: Read> Rows<R> {
    /// Reads the next record that is not empty, and returns its line. Spreadsheets leave empty records at the end.
    pub(super) fn next(&mut self) -> Result<Option<u64>, InvalidAccounts> {
        loop {
            self.reader.get_mut().get_mut().get_mut().1.get_mut().start_record();
            let line = self.reader.position().line();
            let more = match self.reader.read_byte_record(&mut self.record).map_err(csv::Error::into_kind) {
                Ok(more) => more,
                Err(ErrorKind::Io(error)) => {
                    return Err(match self.reader.get_ref().fault() {
                        Some(Fault { line, column, problem }) => {
                            InvalidAccounts::new(*line, *column, problem)
                        }
                        None => InvalidAccounts::unreadable(line, 1, error),
                    });
                }
                Err(_) => {
                    return Err(InvalidAccounts::new(
                        line,
                        1,
                        "this is not a list of comma-separated values",
                    ));
                }
            };
            if !more {
                self.refuse_cut_off()?;
                return Ok(None);
            }
            if !self.record.iter().all(|field| field.trim_ascii().is_empty()) {
                self.broken_end = self.broken_end();
                return Ok(Some(self.line()));
            }
        }
    }

    /// The last field of the record just read, if it ends in the middle of a character.
    fn broken_end(&self) -> Option<usize> {
        let last = self.record.len().saturating_sub(1);
        let error = std::str::from_utf8(self.record.get(last)?).err()?;
        error.error_len().is_none().then_some(last)
    }

    /// Refuses a file that ends in the middle of a character, even in a column that is not read: the rest of the file is
    /// lost.
    fn refuse_cut_off(&self) -> Result<(), InvalidAccounts> {
        match self.broken_end {
            Some(index) if self.reader.get_ref().has_open_end() => {
                let problem = "the file ends in the middle of a character: it was cut off, or is not UTF-8; get the complete file, saved as \"CSV UTF-8\"";
                Err(InvalidAccounts::new(self.reader.position().line() - 1, place(index), problem))
            }
            _ => Ok(()),
        }
    }

    /// The line on which the record just read begins. The reader counts empty lines before a record as part of it, so this
    /// counts backwards from its end.
    fn line(&self) -> u64 {
        let within: usize =
            self.record.iter().map(|field| field.split(|byte| *byte == b'\n').count() - 1).sum();
        self.reader.position().line().saturating_sub(1 + within as u64).max(1)
    }
}
