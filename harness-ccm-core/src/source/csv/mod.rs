//! Comma-separated values.

mod cell;
mod header;
mod layout;
mod quoting;
mod rows;
mod shape;

use std::borrow::Cow;
use std::io::{Cursor, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use self::cell::{place, text};
use self::header::Header;
use self::layout::Layout;
use self::quoting::Quoting;
use self::rows::Rows;
use self::shape::Shape;
use super::account_ids::{is_id, is_whole};
use super::bounded::Bounded;
use super::cells::{Cell, Cells, Given};
use super::field::Field;
use super::foreign::{self, Form};
use super::gathered::Gathered;
use super::input::Input;
use super::legible::is_invisible;
use super::note::Note;
use super::record::{Reading, Record};
use super::{InvalidAccounts, ListOptions};
use crate::listing::Listing;

/// How many bytes are searched for the names of the columns.
const HEADER: u64 = 64 << 10;

pub(super) fn read(reader: impl Read, options: ListOptions) -> Result<Listing, InvalidAccounts> {
    let mut input = Input::new(Bounded::new(reader));
    let mut start = Vec::new();
    (&mut input)
        .take(HEADER)
        .read_to_end(&mut start)
        .map_err(|error| InvalidAccounts::unreadable(1, 1, error))?;
    if let Some(problem) = foreign::problem(Form::Csv, &start) {
        return Err(InvalidAccounts::new(1, 1, problem));
    }
    let (shape, returns_end_lines) = (Shape::of(&start), !start.contains(&b'\n'));
    let mut rows = Rows {
        // A line ends with its line feed; a carriage return before it is white space at the end of the last field. If both
        // counted as line ends, the line numbers would be too low.
        reader: ReaderBuilder::new()
            .delimiter(shape.separator)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(Quoting::new(Cursor::new(start).chain(input), shape.separator, returns_end_lines)),
        record: ByteRecord::new(),
        broken_end: None,
    };
    let mut layout = Layout { separator: shape.separator.into(), read: Vec::new(), id: None };
    let mut notes = Vec::new();
    let mut preamble = Vec::new();
    for skipped in 0..shape.before {
        let Some(line) = rows.next()? else { break };
        layout.refuse_taken_in(&rows.record, line)?;
        if skipped >= shape.marks {
            preamble.push(line);
        }
    }
    if !preamble.is_empty() {
        notes.push(Note::Preamble(preamble));
    }
    let Some(line) = rows.next()? else {
        return Err(InvalidAccounts::new(1, 1, "the file is empty: the first line names the columns"));
    };
    let names: Vec<Option<Field>> =
        rows.record.iter().map(|field| Field::of(&String::from_utf8_lossy(field))).collect();
    // A column name may contain line breaks and a tag key may not, so a line break in any name is allowed.
    layout.read = names.iter().map(|field| matches!(field, Some(Field::Tag(_)))).collect();
    layout.id = names.iter().position(|field| *field == Some(Field::Id));
    layout.refuse_taken_in(&rows.record, line)?;
    let header = Header::read(&rows.record, line)?;
    layout.read = names.iter().map(Option::is_some).collect();
    let id_column = header.index_of(&Field::Id).unwrap_or_default();
    let mut gathered = Gathered::default();
    while let Some(line) = rows.next()? {
        layout.refuse_taken_in(&rows.record, line)?;
        let id = rows.record.get(id_column).unwrap_or_default();
        if !is_id(&String::from_utf8_lossy(id)) && header.is_contradicted(&rows.record) {
            let problem = "this line names the columns again, in another order than the first one: split the file in two";
            return Err(InvalidAccounts::new(line, 1, problem));
        }
        check_width(&rows, header.fields.len(), line)?;
        let cells = cells(&header, &rows.record, line)?;
        let place = (line, place(id_column));
        let reading = Record { cells: Cells { cells, place }, options }.read()?;
        if let Reading::NoId(_) | Reading::Total = reading {
            refuse_id_elsewhere(&rows.record, line)?;
        }
        gathered.add(reading, place)?;
    }
    let tag_columns = header.tag_columns();
    notes.splice(0..0, header.notes);
    gathered.finish(Form::Csv, tag_columns, notes, (line, 1))
}

/// Refuses a row that has an id in another column than the id column, or as a part of it: its fields have moved.
fn refuse_id_elsewhere(record: &ByteRecord, line: u64) -> Result<(), InvalidAccounts> {
    let holds_id = |field: &[u8]| String::from_utf8_lossy(field).split([',', ';', '\t', '"']).any(is_whole);
    match record.iter().position(holds_id) {
        Some(index) => {
            let problem =
                "an account id is here, and not in the id column: the fields of this row have moved";
            Err(InvalidAccounts::new(line, place(index), problem))
        }
        None => Ok(()),
    }
}

/// Checks the number of fields. Empty fields may be missing at the end of a row, unless the file ends there without a
/// line end. Extra fields are errors.
fn check_width<R: Read>(rows: &Rows<R>, width: usize, line: u64) -> Result<(), InvalidAccounts> {
    let record = &rows.record;
    let wrong = |problem: String, index: usize| Err(InvalidAccounts::new(line, place(index), problem));
    if record.len() < width && rows.reader.get_ref().has_open_end() {
        let problem = format!(
            "the row has {} fields, the first line has {width}, and the file ends here without a line end: it was cut off, so get the complete file",
            record.len()
        );
        return wrong(problem, record.len());
    }
    match record.iter().skip(width).position(|field| !field.trim_ascii().is_empty()) {
        Some(surplus) => {
            let problem = format!("the row has {} fields, the first line has {width}", record.len());
            wrong(problem, width + surplus)
        }
        None => Ok(()),
    }
}

/// The fields that are read, without the white space around them.
fn cells<'a>(
    header: &'a Header,
    record: &'a ByteRecord,
    line: u64,
) -> Result<Vec<Cell<'a>>, InvalidAccounts> {
    let fields = header.fields.iter().enumerate().filter_map(|(index, field)| Some((index, field.as_ref()?)));
    fields
        .map(|(index, field)| {
            let place = (line, place(index));
            let Some(raw) = record.get(index) else {
                return Ok(Cell { field, given: Given::Missing, place });
            };
            let raw = text(raw, line, index)?;
            let given = raw.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
            // A character before a quote changes its meaning. ASCII blanks are removed already.
            let before = raw.split('"').next().unwrap_or_default();
            if given.starts_with('"') && !before.is_ascii() {
                let problem = "an invisible character is before the quote here: remove it";
                return Err(InvalidAccounts::new(line, place.1, problem));
            }
            Ok(Cell { field, given: Given::Text(Cow::Borrowed(raw.trim())), place })
        })
        .collect()
}
