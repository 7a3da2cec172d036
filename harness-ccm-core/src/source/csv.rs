//! Comma-separated values.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use csv::{ByteRecord, ErrorKind as CsvError, ReaderBuilder, Terminator};

use super::InvalidAccounts;
use super::bounded::Bounded;
use super::column::{Column, told};
use super::quoting::{Fault, Quoting};
use crate::account::{Account, AccountState};
use crate::id::{AccountId, InvalidId, OrganizationId, Partition};
use crate::listing::Listing;
use crate::secret::{looks_like_key, without_keys};
use crate::timestamp::Timestamp;

/// How comma-separated values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvOptions {
    /// Whether ids of 9 to 11 digits get the zeros back that a spreadsheet ate, which is noted. On by default. A file in which
    /// some id still has its leading zero did not pass through such a spreadsheet, so a short id in it is an error all the same.
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
/// How many padded ids a note names.
const NAMED: usize = 5;

/// The columns that are read, by their meaning.
struct Header {
    columns: BTreeMap<Column, usize>,
    notes: Vec<String>,
}

impl Header {
    fn read(record: &ByteRecord, line: u64) -> Result<Self, InvalidAccounts> {
        let mut columns = BTreeMap::new();
        let mut unused = Vec::new();
        for (index, field) in record.iter().enumerate() {
            let header = text(field, line, index)?.trim();
            if header.split([',', ';', '\t', '\n', '\r', '"']).any(|part| as_id(part.trim(), true).is_ok()) {
                let problem = "an account id stands where the columns are named: give the names in a line of their own, and look for a quote before this that opens and was not meant to";
                return Err(InvalidAccounts::new(line, place(index), problem));
            }
            match Column::of(header) {
                Some(column) => {
                    if let Some(other) = columns.insert(column.clone(), index) {
                        let problem = format!(
                            "{} means the {}, and so does column {}: keep one",
                            told(header),
                            column.name(),
                            other + 1
                        );
                        return Err(InvalidAccounts::new(line, place(index), problem));
                    }
                }
                None if header.is_empty() => {}
                None => unused.push(told(header)),
            }
        }
        for (column, example) in
            [(Column::Id, "id or Linked account"), (Column::Name, "name or Linked account name")]
        {
            if !columns.contains_key(&column) {
                let headers = record.iter().map(|field| told(String::from_utf8_lossy(field).trim()));
                let problem = format!(
                    "there is no column for the {} ({example}); the first line has {}",
                    column.name(),
                    some_of(headers)
                );
                return Err(InvalidAccounts::new(line, 1, problem));
            }
        }
        let notes = if unused.is_empty() {
            Vec::new()
        } else {
            vec![format!("columns that are not used: {}", unused.join(", "))]
        };
        Ok(Self { columns, notes })
    }
}

impl Header {
    /// The keys of the columns for one tag each.
    fn tag_keys(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().filter_map(|column| match column {
            Column::Tag(key) => Some(key.as_str()),
            _ => None,
        })
    }
}

/// Takes what a column without any value says for unknown: such a column was emptied, or never filled in.
fn forget_empty_columns(header: &Header, accounts: &mut [Account]) -> Vec<String> {
    let is_empty = |key: &&str| {
        !accounts.iter().any(|account| account.tags.as_ref().is_some_and(|tags| tags.contains_key(*key)))
    };
    if accounts.is_empty() || header.columns.contains_key(&Column::Tags) {
        return Vec::new();
    }
    let empty: Vec<&str> = header.tag_keys().filter(is_empty).collect();
    for keys in accounts.iter_mut().filter_map(|account| account.tag_keys.as_mut()) {
        keys.retain(|key| !empty.contains(&key.as_str()));
    }
    let told = |key: &&str| {
        format!(
            "the column {} is empty in every line: the tag counts as unknown",
            told(&format!("tag:{key}"))
        )
    };
    empty.iter().map(told).collect()
}

/// Whether a word for the state of an account is a key in the wrong place. Words of AWS that are not known yet are no keys.
pub(super) fn is_no_state(word: &str) -> bool {
    without_keys(word) != word || looks_like_key(&word.to_lowercase())
}

/// One record with its place in the file.
struct Row<'a> {
    header: &'a Header,
    record: &'a ByteRecord,
    line: u64,
}

impl<'a> Row<'a> {
    /// The field of a column without white space around it, and where it is; nothing if there is no such column.
    fn field(&self, column: &Column) -> Result<Option<(&'a str, usize)>, InvalidAccounts> {
        let Some(index) = self.header.columns.get(column).copied() else { return Ok(None) };
        let field = self.record.get(index).unwrap_or_default();
        Ok(Some((text(field, self.line, index)?.trim(), index)))
    }

    fn parse<T>(
        &self,
        column: &Column,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, InvalidAccounts> {
        match self.field(column)? {
            None | Some(("", _)) => Ok(None),
            Some((text, index)) => match parse(text) {
                Ok(value) => Ok(Some(value)),
                Err(problem) => Err(self.wrong(index, problem)),
            },
        }
    }

    fn wrong(&self, index: usize, problem: impl Into<String>) -> InvalidAccounts {
        InvalidAccounts::new(self.line, place(index), problem)
    }

    fn account(&self, id: AccountId) -> Result<Account, InvalidAccounts> {
        let (name, name_column) = self.field(&Column::Name)?.unwrap_or_default();
        if name.is_empty() {
            return Err(self.wrong(name_column, "the account's name is empty: in AWS every account has one"));
        }
        let mut account = Account::new(id, name);
        let words = [self.field(&Column::State)?, self.field(&Column::Status)?];
        if words.iter().any(Option::is_some) {
            let given = words.iter().flatten().find(|(word, _)| !word.is_empty());
            if let Some((_, index)) = given.filter(|(word, _)| is_no_state(word)) {
                return Err(self.wrong(*index, "this is no state of an account, such as ACTIVE or SUSPENDED"));
            }
            let word =
                given.map(|(word, _)| *word).unwrap_or_default().to_uppercase().replace([' ', '-'], "_");
            account.state = AccountState::from(word);
        }
        if let Some(AccountArn { partition, payer, organization }) = self.parse(&Column::Arn, account_arn)? {
            account.partition = partition;
            account.payer = Some(payer);
            account.organization = organization;
        }
        if let Some(payer) = self.parse(&Column::Payer, |text| as_id(text, true).map(|(id, _)| id))? {
            account.payer = Some(payer);
        }
        let management = self.parse(&Column::Management, |text| match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(format!("{} is neither true nor false", told(text))),
        })?;
        account.management = management.unwrap_or(account.payer.as_ref() == Some(&account.id));
        let split = |text: &str| {
            let parts = text.split('/').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        // An empty field says nothing; the root is `/`.
        let known = |column: &Column| Ok(self.field(column)?.filter(|(text, _)| !text.is_empty()));
        account.ou_path = known(&Column::OuPath)?.map(|(text, _)| split(text));
        account.ou_ids = known(&Column::OuIds)?.map(|(text, _)| split(text));
        account.joined =
            self.parse(&Column::Joined, |text| text.parse::<Timestamp>().map_err(|error| error.to_string()))?;
        account.tags = self.tags()?;
        if account.tags.is_some() && !self.header.columns.contains_key(&Column::Tags) {
            account.tag_keys = Some(self.header.tag_keys().map(str::to_owned).collect());
        }
        Ok(account)
    }

    /// Known as soon as there is any column for them.
    fn tags(&self) -> Result<Option<BTreeMap<String, String>>, InvalidAccounts> {
        let mut tags: Option<BTreeMap<String, String>> = None;
        if let Some((text, index)) = self.field(&Column::Tags)? {
            let tags = tags.get_or_insert_default();
            for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
                let Some((key, value)) = tag.split_once('=') else {
                    return Err(
                        self.wrong(index, format!("the tag {} is not of the form key=value", told(tag)))
                    );
                };
                tags.insert(key.trim().into(), value.trim().into());
            }
        }
        for column in self.header.columns.keys() {
            if let (Column::Tag(key), Some((value, _))) = (column, self.field(column)?) {
                let tags = tags.get_or_insert_default();
                if !value.is_empty() {
                    tags.insert(key.clone(), value.into());
                }
            }
        }
        Ok(tags)
    }
}

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
    let mut named: Vec<_> =
        padded.iter().take(NAMED).map(|(id, line)| format!("{id} (line {line})")).collect();
    if padded.len() > NAMED {
        named.push(format!("and {} more", padded.len() - NAMED));
    }
    format!("ids that lacked digits got zeros in front, as spreadsheets eat them: {}", named.join(", "))
}

/// What it takes to see that a field has taken in records.
struct Layout {
    separator: char,
    /// Whether each column is read.
    read: Vec<bool>,
    id: Option<usize>,
    pad: bool,
}

impl Layout {
    /// Refuses a record in which a quoted field has taken in others, as where a quote opens that was not meant to and the next one
    /// that stands by itself closes it.
    ///
    /// What is read has no line breaks. What is not may have them, as notes do, unless a line of it could be a record: an id
    /// stands in it as a cell, by itself or between separators.
    fn refuse_taken_in(&self, record: &ByteRecord, line: u64) -> Result<(), InvalidAccounts> {
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
            line += breaks;
        }
        Ok(())
    }

    fn holds_record(&self, text: &str) -> bool {
        let is_id = |cell: &str| as_id(cell.trim(), self.pad).is_ok();
        text.split(['\n', '\r']).any(|line| match line.split_once(self.separator) {
            // In which cell it stands does not tell: a part of another field may stand before it.
            Some(_) => line.split(self.separator).any(is_id),
            None => self.id.is_none_or(|id| id == 0) && is_id(line),
        })
    }
}

/// The start of a file, which was read to find out how it is written, and the rest.
type Whole<R> = std::io::Chain<Cursor<Vec<u8>>, Bounded<R>>;

/// The records of a file, one at a time.
struct Rows<R> {
    reader: csv::Reader<Quoting<Whole<R>>>,
    record: ByteRecord,
    /// The last field of the record that was read last, if it ends in the middle of a character.
    broken_end: Option<usize>,
}

impl<R: Read> Rows<R> {
    /// Reads the next record that is not empty, as those that spreadsheets leave at the end are; answers its line.
    fn next(&mut self) -> Result<Option<u64>, InvalidAccounts> {
        loop {
            self.reader.get_mut().get_mut().get_mut().1.start_record();
            let line = self.reader.position().line();
            let more = match self.reader.read_byte_record(&mut self.record).map_err(csv::Error::into_kind) {
                Ok(more) => more,
                Err(CsvError::Io(error)) => {
                    return Err(match self.reader.get_ref().fault() {
                        Some(Fault { line, column, problem }) => {
                            InvalidAccounts::new(*line, *column, problem)
                        }
                        None => InvalidAccounts::unreadable(line, 1, error),
                    });
                }
                Err(_) => {
                    return Err(InvalidAccounts::new(line, 1, "it is no list of comma-separated values"));
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

    /// The last field of the record that was just read, if it ends in the middle of a character.
    fn broken_end(&self) -> Option<usize> {
        let last = self.record.len().saturating_sub(1);
        let error = std::str::from_utf8(self.record.get(last)?).err()?;
        error.error_len().is_none().then_some(last)
    }

    /// Refuses a file that ends in the middle of a character, also in a column that is not read: what came after it is lost.
    fn refuse_cut_off(&self) -> Result<(), InvalidAccounts> {
        match self.broken_end {
            Some(index) if self.reader.get_ref().has_open_end() => {
                let problem = "the file ends in the middle of a character: it was cut off, or is not UTF-8; get all of it, saved as \"CSV UTF-8\"";
                Err(InvalidAccounts::new(self.reader.position().line() - 1, place(index), problem))
            }
            _ => Ok(()),
        }
    }

    /// The line on which the record that was just read begins. Empty lines before it count as its own for the reader, so this
    /// goes from its end backwards.
    fn line(&self) -> u64 {
        let within: usize =
            self.record.iter().map(|field| field.split(|byte| *byte == b'\n').count() - 1).sum();
        self.reader.position().line().saturating_sub(1 + within as u64).max(1)
    }
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

fn text(field: &[u8], line: u64, index: usize) -> Result<&str, InvalidAccounts> {
    std::str::from_utf8(field).map_err(|error| {
        let problem = format!(
            "byte {} of the field is not UTF-8: save the file as \"CSV UTF-8\"",
            error.valid_up_to() + 1
        );
        InvalidAccounts::new(line, place(index), problem)
    })
}

/// The first few of the names of columns.
fn some_of(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

/// The column as people count it.
fn place(index: usize) -> u64 {
    index as u64 + 1
}

/// An id in one of the forms in which consoles and spreadsheets show it, and whether it had to be padded.
fn as_id(given: &str, pad: bool) -> Result<(AccountId, bool), String> {
    // `="012345678901"` and `'012345678901` are how one tells a spreadsheet that digits are no number.
    let inner = given.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(given);
    let inner = inner.strip_prefix('\'').unwrap_or(inner);
    let digits = match inner.as_bytes() {
        // As the AWS console shows it.
        [_, _, _, _, b'-', _, _, _, _, b'-', _, _, _, _] => inner.replace('-', ""),
        _ => inner.to_owned(),
    };
    let whole = |text: &str| {
        text.parse::<AccountId>().map_err(|error: InvalidId| {
            format!("{} is not a valid {}: {}", told(given), error.what(), error.rule())
        })
    };
    if digits.contains(['E', 'e']) && digits.parse::<f64>().is_ok() {
        return Err(
            "a spreadsheet has rounded the id, so that it lost digits: format the column as text".into()
        );
    }
    if pad && (9..12).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok((whole(&format!("{digits:0>12}"))?, true));
    }
    Ok((whole(&digits)?, false))
}

/// What the ARN of an account says, `arn:aws:organizations::<management>:account/<organization>/<id>`.
pub(super) struct AccountArn {
    pub(super) partition: Partition,
    pub(super) payer: AccountId,
    /// `None` where the text is not in the form of an organization's id.
    pub(super) organization: Option<OrganizationId>,
}

pub(super) fn account_arn(text: &str) -> Result<AccountArn, String> {
    let invalid = || "this is not the ARN of an account in AWS Organizations".to_owned();
    match text.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, "organizations", "", payer, resource] => {
            let rest = resource.strip_prefix("account/").ok_or_else(invalid)?;
            Ok(AccountArn {
                partition: partition.parse().map_err(|_| invalid())?,
                payer: payer.parse().map_err(|_| invalid())?,
                organization: rest.split('/').next().and_then(|id| id.parse().ok()),
            })
        }
        _ => Err(invalid()),
    }
}
