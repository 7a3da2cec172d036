//! Detects the layout of a file from its beginning: the separator of fields, and the line that names them.

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::quoting::Quoting;
use crate::source::account_ids::is_id;
use crate::source::field::Field;

/// The separator of fields, and the number of non-empty records before the one that names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) separator: u8,
    pub(super) before: usize,
    /// How many of those records are instructions from one program to another: `sep=;`, `#TYPE`.
    pub(super) marks: usize,
}

/// How many records may come before the names of the columns, such as the title of a sheet.
const MOST_BEFORE: usize = 20;

impl Shape {
    pub(super) fn of(start: &[u8]) -> Self {
        let marks = usize::from(separator_line(start).is_some() || start.starts_with(b"#TYPE"));
        let named = separator_line(start).filter(|separator| matches!(separator, b',' | b';' | b'\t'));
        let candidates = match named {
            Some(separator) => vec![separator],
            None => vec![b',', b';', b'\t'],
        };
        let found = candidates.iter().filter_map(|separator| {
            let (before, columns) = header(start, *separator)?;
            Some((before, std::cmp::Reverse(columns), *separator))
        });
        // The earliest line wins, then the most columns, then the first candidate.
        match found.min_by_key(|(before, columns, _)| (*before, *columns)) {
            Some((before, _, separator)) => Self { separator, before, marks },
            None => Self { separator: named.unwrap_or_else(|| separator_of(start)), before: marks, marks },
        }
    }
}

/// The separator that the first line declares for Excel, if it does.
fn separator_line(start: &[u8]) -> Option<u8> {
    let line = start.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', separator] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Some(*separator),
        _ => None,
    }
}

/// The number of records before the one that names id and name, and the number of columns that it names.
fn header(start: &[u8], separator: u8) -> Option<(usize, usize)> {
    let returns_end_lines = !start.contains(&b'\n');
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .terminator(Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .from_reader(Quoting::new(start, separator, returns_end_lines));
    let mut before = 0;
    let mut record = ByteRecord::new();
    while before <= MOST_BEFORE && reader.read_byte_record(&mut record).unwrap_or(false) {
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        let texts: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        let fields: Vec<Field> = texts.iter().filter_map(|text| Field::of(text)).collect();
        if fields.contains(&Field::Id) && fields.contains(&Field::Name) {
            return Some((before, fields.len()));
        }
        // A record after the first account is not a header.
        if texts.iter().any(|text| is_id(text.trim())) {
            return None;
        }
        before += 1;
    }
    None
}

/// The separator that occurs most often in the first record outside of quotes.
fn separator_of(start: &[u8]) -> u8 {
    // The last one wins a tie, so the comma goes last.
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    let (mut quoted, mut may_open) = (false, true);
    for byte in start {
        match byte {
            b'"' if quoted => (quoted, may_open) = (false, true),
            b'"' if may_open => quoted = true,
            _ if quoted => {}
            b'\n' | b'\r' => break,
            b' ' => {}
            byte => {
                let known = counts.iter_mut().find(|(separator, _)| separator == byte);
                may_open = known.is_some();
                if let Some((_, count)) = known {
                    *count += 1;
                }
            }
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}
