//! Comma-separated values.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use csv::{ByteRecord, ErrorKind as CsvError, ReaderBuilder, Terminator};

use super::InvalidAccounts;
use super::bounded::Bounded;
use crate::account::{Account, AccountState};
use crate::backend::Listing;
use crate::id::{AccountId, OrganizationId, Partition};
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

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Id,
    Name,
    State,
    Status,
    Management,
    Payer,
    OuPath,
    OuIds,
    Tags,
    Tag(String),
    Joined,
    Arn,
}

impl Column {
    fn of(header: &str) -> Option<Self> {
        let header = header.trim();
        if let Some((prefix, key)) = header.split_once(':')
            && prefix.trim().eq_ignore_ascii_case("tag")
            && !key.trim().is_empty()
        {
            return Some(Self::Tag(key.trim().into()));
        }
        let plain: String =
            header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Some(match plain.as_str() {
            "id"
            | "account"
            | "accountid"
            | "linkedaccount"
            | "linkedaccountid"
            | "awsaccount"
            | "awsaccountid"
            | "accountnumber"
            | "usageaccountid"
            | "lineitemusageaccountid" => Self::Id,
            "name" | "accountname" | "linkedaccountname" | "awsaccountname" | "lineitemusageaccountname" => {
                Self::Name
            }
            "state" | "accountstate" => Self::State,
            "status" | "accountstatus" => Self::Status,
            "management" | "ismanagement" => Self::Management,
            "payer"
            | "payeraccount"
            | "payeraccountid"
            | "managementaccount"
            | "managementaccountid"
            | "masteraccount"
            | "masteraccountid"
            | "billpayeraccountid" => Self::Payer,
            "oupath" | "ou" | "organizationalunit" | "organizationalunitpath" => Self::OuPath,
            "ouids" | "organizationalunitids" => Self::OuIds,
            "tags" => Self::Tags,
            "joined" | "joinedtimestamp" | "joinedat" | "joineddate" => Self::Joined,
            "arn" | "accountarn" => Self::Arn,
            _ => return None,
        })
    }

    fn name(&self) -> String {
        match self {
            Self::Id => "account id".into(),
            Self::Name => "account name".into(),
            Self::State => "state".into(),
            Self::Status => "status".into(),
            Self::Management => "management".into(),
            Self::Payer => "payer".into(),
            Self::OuPath => "organizational units".into(),
            Self::OuIds => "ids of the organizational units".into(),
            Self::Tags => "tags".into(),
            Self::Tag(key) => format!("tag {key}"),
            Self::Joined => "joining time".into(),
            Self::Arn => "ARN".into(),
        }
    }
}

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
            match Column::of(header) {
                Some(column) => {
                    if let Some(other) = columns.insert(column.clone(), index) {
                        let problem = format!(
                            "{header:?} means the {}, and so does column {}: keep one",
                            column.name(),
                            other + 1
                        );
                        return Err(InvalidAccounts::new(line, place(index), problem));
                    }
                }
                None if header.is_empty() => {}
                None => unused.push(format!("{header:?}")),
            }
        }
        for (column, example) in
            [(Column::Id, "id or Linked account"), (Column::Name, "name or Linked account name")]
        {
            if !columns.contains_key(&column) {
                let headers: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
                let problem = format!(
                    "there is no column for the {} ({example}); the first line has {}",
                    column.name(),
                    headers.join(", ")
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
        let name = self.field(&Column::Name)?.map_or("", |(name, _)| name);
        let mut account = Account::new(id, name);
        let words = [self.field(&Column::State)?, self.field(&Column::Status)?];
        if words.iter().any(Option::is_some) {
            let word = words.iter().flatten().map(|(word, _)| *word).find(|word| !word.is_empty());
            let word = word.unwrap_or_default().to_uppercase().replace([' ', '-'], "_");
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
            _ => Err(format!("{text:?} is neither true nor false")),
        })?;
        account.management = management.unwrap_or(account.payer.as_ref() == Some(&account.id));
        let split = |text: &str| {
            let parts = text.split('/').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        account.ou_path = self.field(&Column::OuPath)?.map(|(text, _)| split(text));
        account.ou_ids = self.field(&Column::OuIds)?.map(|(text, _)| split(text));
        account.joined =
            self.parse(&Column::Joined, |text| text.parse::<Timestamp>().map_err(|error| error.to_string()))?;
        account.tags = self.tags()?;
        Ok(account)
    }

    /// Known as soon as there is any column for them.
    fn tags(&self) -> Result<Option<BTreeMap<String, String>>, InvalidAccounts> {
        let mut tags: Option<BTreeMap<String, String>> = None;
        if let Some((text, index)) = self.field(&Column::Tags)? {
            let tags = tags.get_or_insert_default();
            for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
                let Some((key, value)) = tag.split_once('=') else {
                    return Err(self.wrong(index, format!("the tag {tag:?} is not of the form key=value")));
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
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(InvalidAccounts::new(1, 1, "it is UTF-16 text: save it as \"CSV UTF-8\""));
    }
    let mut rows = Rows {
        // A line ends with its line feed; a carriage return before that is white space at the end of the last field. What takes
        // both for an end counts lines one short.
        reader: ReaderBuilder::new()
            .delimiter(separator(&start))
            .terminator(if start.contains(&b'\n') { Terminator::Any(b'\n') } else { Terminator::CRLF })
            .has_headers(false)
            .flexible(true)
            .from_reader(Cursor::new(start).chain(bounded)),
        record: ByteRecord::new(),
    };
    let Some(line) = rows.next()? else {
        return Err(InvalidAccounts::new(1, 1, "it is empty: the first line names the columns"));
    };
    let header = Header::read(&rows.record, line)?;
    let width = rows.record.len();
    let id_column = header.columns.get(&Column::Id).copied().unwrap_or_default();
    let mut accounts = Vec::new();
    let mut ids: BTreeMap<AccountId, u64> = BTreeMap::new();
    let mut padded: Vec<(AccountId, u64)> = Vec::new();
    let mut zero_kept: Option<u64> = None;
    while let Some(line) = rows.next()? {
        let record = &rows.record;
        let row = Row { header: &header, record, line };
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
    let mut listing = Listing::new(accounts);
    listing.notes = header.notes;
    if let Some((id, line)) = padded.first() {
        if let Some(zero) = zero_kept {
            let digits = id.as_str().trim_start_matches('0');
            let problem = format!(
                "{digits} has {} digits, an AWS account id has 12. No spreadsheet ate its zeros: the id in line {zero} has kept its own",
                digits.len()
            );
            return Err(InvalidAccounts::new(*line, place(id_column), problem));
        }
        listing.notes.push(padding_note(&padded));
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

/// The records of a file, one at a time.
struct Rows<R> {
    reader: csv::Reader<std::io::Chain<Cursor<Vec<u8>>, Bounded<R>>>,
    record: ByteRecord,
}

impl<R: Read> Rows<R> {
    /// Reads the next record that is not empty, as those that spreadsheets leave at the end are; answers its line.
    fn next(&mut self) -> Result<Option<u64>, InvalidAccounts> {
        loop {
            self.reader.get_mut().get_mut().1.start_record();
            let line = self.reader.position().line();
            let more =
                self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
                    CsvError::Io(error) => InvalidAccounts::unreadable(line, 1, error),
                    other => InvalidAccounts::new(line, 1, format!("{other:?}")),
                })?;
            if !more {
                return Ok(None);
            }
            if !self.record.iter().all(|field| field.trim_ascii().is_empty()) {
                return Ok(Some(self.line()));
            }
        }
    }

    /// The line on which the record that was just read begins. Empty lines before it count as its own for the reader, so this
    /// goes from its end backwards.
    fn line(&self) -> u64 {
        let within: usize =
            self.record.iter().map(|field| field.split(|byte| *byte == b'\n').count() - 1).sum();
        let end = u64::from(!self.reader.is_done());
        (self.reader.position().line() - end).saturating_sub(within as u64).max(1)
    }
}

/// What separates the fields of the first line: the character of which it has most.
fn separator(start: &[u8]) -> u8 {
    let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.split(|byte| *byte == separator).count();
    // The last of equals is taken, so the comma goes last.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
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
    let whole = |text: &str| text.parse::<AccountId>().map_err(|error| error.to_string());
    if digits.contains(['E', 'e']) && digits.parse::<f64>().is_ok() {
        return Err(format!(
            "{given} was rounded by a spreadsheet and has lost digits: format the column as text"
        ));
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
    let invalid = || format!("{text:?} is not the ARN of an account in AWS Organizations");
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
