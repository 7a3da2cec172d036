//! Detects quotes that enclose more than intended, which the lenient CSV reader accepts silently.

use std::io::{self, Read};

/// A reader that follows the quotes in the bytes that pass through it, by the rules of the crate `csv`: a quote is special only
/// at the very start of a field, and two quotes within such a field mean one. It removes blanks at the start of a field, so that
/// a quote after them is special too, as people expect.
///
/// It fails if a field would contain other records, and passes on everything before the record in question. It stores no text. It
/// adds a line end to a last line without one, so that all lines are counted alike.
#[derive(Debug)]
pub(super) struct Quoting<R> {
    inner: R,
    separator: u8,
    /// Whether a carriage return alone ends a line. It is passed on as a line feed, so that there is one kind of line end.
    returns_end_lines: bool,
    state: State,
    line: u64,
    /// The field, from 1.
    column: u64,
    /// The place where the last quoted field begins.
    opened: (u64, u64),
    closed: u64,
    /// A carriage return outside of quotes was read: a line feed must follow.
    returned: bool,
    /// Whether the last line had no line end.
    cut: bool,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    RecordStarts,
    FieldStarts,
    Field,
    Quoted,
    /// After a quote in a quoted field: it closes the field, unless another one follows.
    Quote,
    /// After white space that follows a closing quote.
    Closed,
}

/// A quote that would enclose records, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) problem: String,
}

impl<R> Quoting<R> {
    pub(super) fn new(inner: R, separator: u8, returns_end_lines: bool) -> Self {
        Self {
            inner,
            separator,
            returns_end_lines,
            state: State::RecordStarts,
            line: 1,
            column: 1,
            opened: (1, 1),
            closed: 1,
            returned: false,
            cut: false,
            fault: None,
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// Whether the whole input was read and its last line had no line end.
    pub(super) fn has_open_end(&self) -> bool {
        self.cut
    }

    /// The reason why reading failed, if it failed because of a quote.
    pub(super) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    fn step(&mut self, byte: u8) -> Result<(), Fault> {
        if byte == 0 {
            return Err(
                self.here("there is a NUL byte: the file is damaged, or is not saved as \"CSV UTF-8\"")
            );
        }
        if std::mem::take(&mut self.returned) && !matches!(byte, b'\r' | b'\n') {
            return Err(self.here(
                "a carriage return alone ends this line, and line feeds end other lines: save the file with one kind of line ends",
            ));
        }
        let next = match (self.state, byte) {
            (State::RecordStarts, b'\n') => State::RecordStarts,
            (State::RecordStarts | State::FieldStarts, b'"') => {
                self.opened = (self.line, self.column);
                State::Quoted
            }
            (State::Quoted, b'"') => {
                self.closed = self.line;
                State::Quote
            }
            (State::Quoted, _) | (State::Quote, b'"') => State::Quoted,
            (_, byte) if byte == self.separator => State::FieldStarts,
            (_, b'\n') => State::RecordStarts,
            (State::Quote | State::Closed, byte) if byte.is_ascii_whitespace() => State::Closed,
            (State::Quote | State::Closed, _) => return Err(self.goes_on()),
            (State::RecordStarts | State::FieldStarts | State::Field, _) => State::Field,
        };
        self.returned = byte == b'\r' && next != State::Quoted;
        self.column = match next {
            State::RecordStarts => 1,
            State::FieldStarts => self.column + 1,
            _ => self.column,
        };
        self.state = next;
        self.line += u64::from(byte == b'\n');
        Ok(())
    }

    /// Whether this is a blank before the start of a field.
    fn is_before_field(&self, byte: u8) -> bool {
        let is_blank = byte == b' ' || byte == b'\t' && self.separator != b'\t';
        is_blank && !self.returned && matches!(self.state, State::RecordStarts | State::FieldStarts)
    }

    fn here(&self, problem: &str) -> Fault {
        Fault { line: self.line, column: self.column, problem: problem.into() }
    }

    fn end(&self) -> Result<(), Fault> {
        let (line, column) = self.opened;
        if self.state == State::Quoted {
            let problem = "the quote that opens here is never closed, so the rest of the file would be part of this field: close it, or double it if it is part of the text";
            return Err(Fault { line, column, problem: problem.into() });
        }
        Ok(())
    }

    fn goes_on(&self) -> Fault {
        let (line, column) = self.opened;
        let problem = format!(
            "the quote that opens here is closed in line {}, but text follows it there: close it where the field ends, and double quotes that are part of the text",
            self.closed
        );
        Fault { line, column, problem }
    }

    /// Makes the fault available from [`fault`](Self::fault); the returned error only ends reading.
    fn fail(&mut self, fault: Fault) -> io::Error {
        let error = io::Error::new(io::ErrorKind::InvalidData, fault.problem.clone());
        self.fault = Some(fault);
        error
    }
}

impl<R: Read> Quoting<R> {
    /// Passes on the content of a part of the buffer. Returns how much of it is left.
    fn pass(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (mut kept, mut record_starts) = (0, 0);
        for at in 0..buffer.len() {
            let byte = match buffer[at] {
                b'\r' if self.returns_end_lines => b'\n',
                byte => byte,
            };
            if self.is_before_field(byte) {
                continue;
            }
            if self.state == State::RecordStarts {
                record_starts = kept;
            }
            if let Err(fault) = self.step(byte) {
                let error = self.fail(fault);
                // Records before the fault are passed on first, so that their errors are reported first.
                return if record_starts > 0 { Ok(record_starts) } else { Err(error) };
            }
            buffer[kept] = byte;
            kept += 1;
        }
        Ok(kept)
    }
}

impl<R: Read> Read for Quoting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.clone() {
            return Err(self.fail(fault));
        }
        loop {
            let count = match self.inner.read(buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge && self.state == State::Quoted => {
                    let (line, column) = self.opened;
                    let problem = format!("{error}: the quote that opens here is not closed before that");
                    return Err(self.fail(Fault { line, column, problem }));
                }
                Err(error) => return Err(error),
            };
            if count == 0 && !buffer.is_empty() {
                if let Err(fault) = self.end() {
                    return Err(self.fail(fault));
                }
                if self.state == State::RecordStarts {
                    return Ok(0);
                }
                self.cut = true;
                self.state = State::RecordStarts;
                buffer[0] = b'\n';
                return Ok(1);
            }
            match self.pass(&mut buffer[..count])? {
                // The buffer held only blanks.
                0 if count > 0 => {}
                kept => return Ok(kept),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use csv::{ReaderBuilder, Terminator};
    use proptest::prelude::*;

    use super::*;

    /// The number of fields of each record, as this reader counts them.
    fn counted(text: &str, separator: u8) -> Result<Vec<u64>, Fault> {
        let mut quoting = Quoting::new(io::empty(), separator, false);
        let mut records = Vec::new();
        for byte in text.bytes() {
            if quoting.is_before_field(byte) {
                continue;
            }
            let (before, column) = (quoting.state, quoting.column);
            quoting.step(byte)?;
            if quoting.state == State::RecordStarts && before != State::RecordStarts {
                records.push(column);
            }
        }
        if quoting.state != State::RecordStarts {
            records.push(quoting.column);
        }
        quoting.end()?;
        Ok(records)
    }

    fn parsed(text: &str, separator: u8) -> Vec<u64> {
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(Quoting::new(text.as_bytes(), separator, false));
        reader.byte_records().map(|record| record.unwrap().len() as u64).collect()
    }

    fn faults(text: &str) -> Option<(u64, u64)> {
        counted(text, b',').err().map(|fault| (fault.line, fault.column))
    }

    #[test]
    fn quotes_are_special_where_the_parser_treats_them_as_special() {
        for (text, fault) in [
            ("a,b\n\"c\",d", None),
            ("a \"b\" c,\"d\"\"e\"\n", None),
            ("a,\"b\"  \r\nc,\"d\"\r", None),
            ("a,\"b\nc\",d\n", None),
            ("a, \"b\n", Some((1, 2))),
            ("a, \"b, c\" ,d\n", None),
            ("a,x \"b\n", None),
            ("\n\na,\"b\n\nc\n", Some((3, 2))),
            ("\"", Some((1, 1))),
            ("\"\"\"", Some((1, 1))),
            ("a,b\nc,\"d\nf,\"g\"\n", Some((2, 2))),
            ("a,\"b\" c\n", Some((1, 2))),
            ("a,\"b\" \"c\"\n", Some((1, 2))),
            ("a,b\rc,d\n", Some((1, 2))),
            ("a,\"b\"\rc,d\n", Some((1, 2))),
            ("a,b\nc\0,d\n", Some((2, 1))),
        ] {
            assert_eq!(faults(text), fault, "{text:?}");
        }
    }

    #[test]
    fn records_before_the_faulty_one_are_passed_on() {
        let mut quoting = Quoting::new(&b"id,name\n1,a\n2,\"b\n3,c\n"[..], b',', false);
        let mut text = String::new();
        assert!(quoting.read_to_string(&mut text).is_err());
        assert!(text.starts_with("id,name\n1,a\n"), "{text:?}");
        let mut quoting = Quoting::new(&b"id,name\n1,a\n2,\"b\" c\n3,c\n"[..], b',', false);
        let mut bytes = [0; 64];
        assert_eq!(quoting.read(&mut bytes).unwrap(), 12);
        assert!(quoting.read(&mut bytes).is_err() && quoting.read(&mut bytes).is_err());
        assert_eq!(quoting.fault().map(|fault| fault.line), Some(3));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn fields_are_where_the_parser_finds_them(
            text in "[ab\",; \t\n\r]{0,24}",
            separator in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            if let Ok(records) = counted(&text, separator) {
                prop_assert_eq!(records, parsed(&text, separator), "{:?}", text);
            }
        }

        #[test]
        fn the_result_does_not_depend_on_the_chunks(text in "[ab\",\n\r]{0,40}", most in 1..5_usize) {
            struct Few<'a>(&'a [u8], usize);
            impl Read for Few<'_> {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    let most = self.1.min(buffer.len());
                    self.0.read(&mut buffer[..most])
                }
            }
            let mut few = Quoting::new(Few(text.as_bytes(), most), b',', false);
            let read = few.read_to_end(&mut Vec::new()).is_ok();
            prop_assert_eq!(read, counted(&text, b',').is_ok());
            prop_assert_eq!(few.fault().cloned(), counted(&text, b',').err());
        }
    }
}
