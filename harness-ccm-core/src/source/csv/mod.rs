//! Comma-separated values.

mod cell;
mod column;
mod header;
mod layout;
mod quoting;
mod row;
mod rows;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use self::cell::place;
use self::column::Column;
use self::header::{Header, forget_empty_columns};
use self::layout::Layout;
use self::quoting::Quoting;
use self::row::Row;
use self::rows::Rows;
use super::InvalidAccounts;
use super::bounded::Bounded;
use super::value::as_id;
use crate::id::AccountId;
use crate::listing::Listing;
use crate::text::some_of;

/// How comma-separated values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvOptions {
    /// Whether ids of 9 to 11 digits get the zeros back that a spreadsheet ate, which is noted. On by default. A file in which
    /// some id still has its leading zero did not pass through such a spreadsheet, so a short id in it is still an error.
    pub pad_ids: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { pad_ids: true }
    }
}

impl CsvOptions {
    /// Sets whether short ids are padded with zeros.
    #[must_use]
    pub fn with_pad_ids(mut self, pad: bool) -> Self {
        self.pad_ids = pad;
        self
    }
}

/// How far the header is looked for, to tell what separates its fields.
const HEADER: u64 = 64 << 10;

pub(super) fn read(reader: impl Read, options: CsvOptions) -> Result<Listing, InvalidAccounts> {
    let mut bounded = Bounded::new(reader);
    let mut start = Vec::new();
    (&mut bounded)
        .take(HEADER)
        .read_to_end(&mut start)
        .map_err(|error| InvalidAccounts::unreadable(1, 1, error))?;
    // Some programs write the mark that it is UTF-8 before one that is there already.
    while let Some(rest) = start.strip_prefix(b"\xef\xbb\xbf") {
        start = rest.to_vec();
    }
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(InvalidAccounts::new(1, 1, "it is UTF-16 text: save it as \"CSV UTF-8\""));
    }
    let (separator, returns_end_lines) = (separator(&start), !start.contains(&b'\n'));
    let mut rows = Rows {
        // A line ends with its line feed; a carriage return before that is white space at the end of the last field. What takes
        // both for an end counts lines one short.
        reader: ReaderBuilder::new()
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(Quoting::new(Cursor::new(start).chain(bounded), separator, returns_end_lines)),
        record: ByteRecord::new(),
        broken_end: None,
    };
    let Some(line) = rows.next()? else {
        return Err(InvalidAccounts::new(1, 1, "it is empty: the first line names the columns"));
    };
    let names: Vec<Option<Column>> =
        rows.record.iter().map(|field| Column::of(&String::from_utf8_lossy(field))).collect();
    let mut layout = Layout {
        separator: separator.into(),
        // A name may be broken over lines, a tag's key may not: any text is one.
        read: names.iter().map(|column| matches!(column, Some(Column::Tag(_)))).collect(),
        id: names.iter().position(|column| *column == Some(Column::Id)),
        pad: options.pad_ids,
    };
    layout.refuse_taken_in(&rows.record, line)?;
    let header = Header::read(&rows.record, line)?;
    layout.read = names.iter().map(Option::is_some).collect();
    let width = rows.record.len();
    let id_column = header.columns.get(&Column::Id).copied().unwrap_or_default();
    let mut accounts = Vec::new();
    let mut ids: BTreeMap<AccountId, u64> = BTreeMap::new();
    let mut padded: Vec<(AccountId, u64)> = Vec::new();
    let mut zero_kept: Option<u64> = None;
    while let Some(line) = rows.next()? {
        let record = &rows.record;
        let row = Row { header: &header, record, line };
        layout.refuse_taken_in(record, line)?;
        if record.len() != width {
            let problem = format!("it has {} fields, the first line has {width}", record.len());
            return Err(row.wrong(record.len().min(width), problem));
        }
        let (given, _) = row.field(&Column::Id)?.unwrap_or_default();
        let (id, short) = as_id(given, options.pad_ids).map_err(|problem| row.wrong(id_column, problem))?;
        if short {
            padded.push((id.clone(), line));
        } else if id.as_str().starts_with('0') {
            zero_kept.get_or_insert(line);
        }
        if let Some(before) = ids.insert(id.clone(), line) {
            return Err(row.wrong(id_column, format!("account {id} is in line {before} already: keep one")));
        }
        accounts.push(row.account(id)?);
    }
    if accounts.is_empty() {
        return Err(InvalidAccounts::new(line, 1, super::NO_ACCOUNT));
    }
    let notes = forget_empty_columns(&header, &mut accounts);
    let mut listing = Listing::complete(accounts).with_notes(header.notes).with_notes(notes);
    if let Some((id, line)) = padded.first() {
        if let Some(zero) = zero_kept {
            let digits = id.as_str().trim_start_matches('0');
            let problem = format!(
                "{digits} has {} digits, an AWS account id has 12. No spreadsheet ate its zeros: the id in line {zero} has kept its own",
                digits.len()
            );
            return Err(InvalidAccounts::new(*line, place(id_column), problem));
        }
        listing = listing.with_note(padding_note(&padded));
    }
    Ok(listing)
}

fn padding_note(padded: &[(AccountId, u64)]) -> String {
    let named = some_of(padded.iter().map(|(id, line)| format!("{id} (line {line})")));
    format!("ids that lacked digits got zeros in front, as spreadsheets eat them: {named}")
}

/// What separates the fields of the first record: the character of which it has most outside of quotes.
fn separator(start: &[u8]) -> u8 {
    // The last of equals is taken, so the comma goes last.
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    let (mut quoted, mut may_open) = (false, true);
    for byte in start {
        match byte {
            b'"' if quoted => (quoted, may_open) = (false, true),
            b'"' if may_open => quoted = true,
            _ if quoted => {}
            b'\n' | b'\r' => break,
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
