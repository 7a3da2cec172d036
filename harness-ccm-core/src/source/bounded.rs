use std::io::{self, Read};

/// The most bytes read of a file. An organization has at most 50,000 accounts (AWS Organizations quotas), and a line about an
/// account rarely has more than a few hundred characters.
pub(super) const MAX_FILE: usize = 32 << 20;
/// The most bytes of one record. An unclosed quote ends here.
pub(super) const MAX_RECORD: usize = 1 << 20;

/// A reader that fails if the input is too long to be a list of accounts. This bounds memory for any input.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: R,
    read: usize,
    record_starts: usize,
    most_in_record: usize,
}

impl<R> Bounded<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, read: 0, record_starts: 0, most_in_record: MAX_RECORD }
    }

    /// Bounds the file as a whole, without records.
    pub(super) fn without_records(inner: R) -> Self {
        Self { most_in_record: MAX_FILE, ..Self::new(inner) }
    }

    /// Marks that a new record begins at or before the current position.
    pub(super) fn start_record(&mut self) {
        self.record_starts = self.read;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let too_much = |what: &str, most: usize| {
            Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("{what} has more than {} MiB, which no list of accounts has", most >> 20),
            ))
        };
        if self.read >= MAX_FILE {
            return too_much("the file", MAX_FILE);
        }
        if self.read - self.record_starts >= self.most_in_record {
            return too_much("a record", MAX_RECORD);
        }
        let room = buffer.len().min(MAX_FILE - self.read);
        let count = self.inner.read(&mut buffer[..room])?;
        self.read += count;
        Ok(count)
    }
}
