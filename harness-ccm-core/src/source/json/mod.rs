//! Reads JSON: lists of accounts as AWS and its tools print them, and JSON lines.

mod layout;
mod mentioned;
mod object;
mod whole;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use serde_json::error::Category;
use serde_json::value::RawValue;

use self::layout::{chosen, is_account, is_heading, meanings, no_list};
use self::mentioned::{Mention, Within};
use self::object::{elements, members};
use super::bounded::Bounded;
use super::cells::{Cell, Cells, Given};
use super::field::{Field, is_of_charges, is_of_identity_center, plain};
use super::foreign::{self, COMMAND, Form, NAMED_QUERY};
use super::gathered::Gathered;
use super::input::Input;
use super::invalid::{Place, wrong};
use super::note::Note;
use super::record::{Reading, Record};
use super::value::shown;
use super::{InvalidAccounts, ListOptions, bounded, tags};
use crate::listing::Listing;
use crate::redact;
use crate::setting::Setting;

/// How deep an object may nest the list: in `{"accounts": {"value": [..]}}` the depth is two.
const DEEPEST: usize = 4;

pub(super) fn read(reader: impl Read, options: ListOptions) -> Result<Listing, InvalidAccounts> {
    let mut bytes = Vec::new();
    Input::new(Bounded::without_records(reader))
        .read_to_end(&mut bytes)
        .map_err(|error| InvalidAccounts::unreadable(1, 1, error))?;
    if let Some(problem) = foreign::problem(Form::Json, &bytes[..bytes.len().min(64 << 10)]) {
        return Err(InvalidAccounts::new(1, 1, problem));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before =
            String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let (line, column) = place(&before, before.len());
        InvalidAccounts::new(line, column, "the file is not UTF-8 text: save it as UTF-8")
    })?;
    let mut document = Document {
        text: &text,
        options,
        gathered: Gathered::default(),
        notes: BTreeSet::new(),
        mentions: Vec::new(),
        records: 0,
        counted: (0, 1),
    };
    let mut any = false;
    for value in serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>() {
        let value = value.map_err(|error| malformed(&error))?;
        any = true;
        document.value(value, 0).map_err(|error| found(&text, error))?;
    }
    if !any {
        return Err(InvalidAccounts::new(1, 1, "the file is empty: it contains no JSON"));
    }
    document.refuse_others().map_err(|error| found(&text, error))?;
    let notes = document.notes.into_iter().map(Said::note).collect();
    let listing = document.gathered.finish(Form::Json, None, notes, (1, 1));
    listing.map_err(|error| found(&text, error))
}

fn malformed(error: &serde_json::Error) -> InvalidAccounts {
    let (line, column) = (error.line().max(1) as u64, error.column().max(1) as u64);
    let problem = redact::json_problem(error);
    match error.classify() {
        Category::Eof => InvalidAccounts::new(
            line,
            column,
            format!("{problem}: the file was cut off, so get the complete file"),
        ),
        _ if problem.contains("invalid number") => InvalidAccounts::new(
            line,
            column,
            format!("{problem}: write an id that begins with a zero as a JSON string, \"012345678901\""),
        ),
        _ if (line, column) == (1, 1) => {
            InvalidAccounts::new(line, column, format!("{problem}: this is not JSON; {COMMAND}"))
        }
        Category::Io | Category::Syntax | Category::Data => InvalidAccounts::new(line, column, problem),
    }
}

/// The number of line breaks in a part of a text.
fn breaks(text: &[u8]) -> u64 {
    text.split(|byte| *byte == b'\n').count() as u64 - 1
}

/// Line and column of a byte, from 1. It counts from the beginning of the text, so use it only for errors.
fn place(text: &str, at: usize) -> Place {
    let before = &text.as_bytes()[..at];
    let line = breaks(before) + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() as u64 + 1)
}

/// Converts the byte offset in an error to its line and column.
fn found(text: &str, error: InvalidAccounts) -> InvalidAccounts {
    match (error.line, usize::try_from(error.column)) {
        (0, Ok(at)) => wrong(place(text, at.min(text.len())), error.problem),
        _ => error,
    }
}

struct Document<'a> {
    text: &'a str,
    options: ListOptions,
    gathered: Gathered,
    notes: BTreeSet<Said>,
    /// Accounts that are mentioned outside of the list.
    mentions: Vec<Mention<'a>>,
    /// The number of records read.
    records: usize,
    /// A byte and its line, up to which lines are counted.
    counted: (usize, u64),
}

/// A value with its meaning and, if it has one, its name in the file.
struct Named<'n, 'a> {
    field: Field,
    name: &'n str,
    value: &'a RawValue,
}

/// Notes about the whole list, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    OfOneUser,
    MembersOnly,
    TagsOfCharges,
}

impl Said {
    fn note(self) -> Note {
        match self {
            Self::OfOneUser => Note::OfOneUser,
            Self::MembersOnly => Note::MembersOnly,
            Self::TagsOfCharges => Note::TagsOfCharges,
        }
    }
}

impl<'a> Document<'a> {
    /// The byte offset of a part of the text.
    fn offset(&self, part: &RawValue) -> usize {
        (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }

    /// The byte offset as a place. [`found`] converts it to line and column, which is too slow for each value.
    fn place(&self, part: &RawValue) -> Place {
        (0, self.offset(part) as u64)
    }

    /// The line of a part. Parts must be passed in the order of the text.
    fn line(&mut self, part: &RawValue) -> u64 {
        let at = self.offset(part);
        let (before, line) = self.counted;
        let passed = breaks(&self.text.as_bytes()[before.min(at)..at]);
        self.counted = (at.max(before), line + passed);
        self.counted.1
    }

    /// Reads a list, an account, or an object that holds either.
    fn value(&mut self, value: &'a RawValue, depth: usize) -> Result<(), InvalidAccounts> {
        match value.get().as_bytes().first() {
            Some(b'[') => self.list(value),
            Some(b'{') => self.object(value, depth),
            _ => Err(wrong(
                self.place(value),
                format!(
                    "this is neither a list of accounts nor an object with one under Accounts: {COMMAND}"
                ),
            )),
        }
    }

    fn list(&mut self, list: &'a RawValue) -> Result<(), InvalidAccounts> {
        let elements = elements(list).map_err(|problem| wrong(self.place(list), problem))?;
        let mut heading: Option<Vec<Option<Field>>> = None;
        for element in elements {
            match element.get().as_bytes().first() {
                Some(b'{') => {
                    let members = self.members(element)?;
                    self.account(element, &members)?;
                }
                Some(b'[') => match &heading {
                    None => heading = Some(self.heading(element)?),
                    Some(heading) => self.row(element, heading)?,
                },
                _ => {
                    let problem = format!("an account is an object with id and name: {NAMED_QUERY}");
                    return Err(wrong(self.place(element), problem));
                }
            }
        }
        Ok(())
    }

    /// The column names for the lists after this one.
    fn heading(&self, row: &'a RawValue) -> Result<Vec<Option<Field>>, InvalidAccounts> {
        let names = elements(row).map_err(|problem| wrong(self.place(row), problem))?;
        if names.first().is_some_and(|first| first.get().starts_with('{')) {
            let problem = "these are several lists of accounts: merge them into one, as `jq flatten` does";
            return Err(wrong(self.place(row), problem));
        }
        let names = meanings(&names);
        if is_heading(&names) {
            return Ok(names);
        }
        let problem = format!("a list of lists does not name its values: {NAMED_QUERY}; {COMMAND}");
        Err(wrong(self.place(row), problem))
    }

    fn row(&mut self, row: &'a RawValue, heading: &[Option<Field>]) -> Result<(), InvalidAccounts> {
        let values = elements(row).map_err(|problem| wrong(self.place(row), problem))?;
        let again = meanings(&values);
        if is_heading(&again) {
            if again == heading {
                let line = self.line(row);
                return self.gathered.add(Reading::Total, (line, 1));
            }
            return Err(wrong(
                self.place(row),
                "this list names the values again, in another order: split the file in two",
            ));
        }
        if values.len() > heading.len() {
            let problem =
                format!("this list has {} values, the first list names {}", values.len(), heading.len());
            return Err(wrong(self.place(row), problem));
        }
        let named: Vec<Named<'_, 'a>> = heading
            .iter()
            .zip(values)
            .filter_map(|(field, value)| Some(Named { field: field.clone()?, name: "", value }))
            .collect();
        self.record(row, &named)
    }

    fn members(&self, object: &'a RawValue) -> Result<Vec<(String, &'a RawValue)>, InvalidAccounts> {
        members(object).map_err(|problem| wrong(self.place(object), problem))
    }

    fn object(&mut self, object: &'a RawValue, depth: usize) -> Result<(), InvalidAccounts> {
        let members = self.members(object)?;
        if is_account(&members) {
            return self.account(object, &members);
        }
        if let Some((_, value)) = members.iter().find(|(key, _)| key == "kind") {
            let problem = format!(
                "this is a file that harness-ccm wrote, not a list of accounts: a kept listing is named in {}",
                Setting::Keep
            );
            return Err(wrong(self.place(value), problem));
        }
        let (list_key, list) = match chosen(&members)[..] {
            [] => return Err(wrong(self.place(object), no_list(&members))),
            [one] => one,
            [(first, _), (other, second), ..] => {
                let problem = format!(
                    "there are two lists of accounts, {} and {}: merge them into one",
                    shown(first),
                    shown(other)
                );
                return Err(wrong(self.place(second), problem));
            }
        };
        if depth >= DEEPEST {
            return Err(wrong(self.place(object), "the list of accounts is nested too deeply"));
        }
        match &*plain(list_key) {
            "accountlist" => drop(self.notes.insert(Said::OfOneUser)),
            "nonmasteraccounts" => drop(self.notes.insert(Said::MembersOnly)),
            _ => {}
        }
        let siblings = || members.iter().filter(|(_, value)| !std::ptr::eq(*value, list));
        self.object_to(siblings(), None)?;
        let before = self.records;
        self.value(list, depth + 1)?;
        self.object_to(siblings(), Some(self.records - before))?;
        for (key, value) in siblings() {
            self.mention(key, value, Within::Siblings)?;
        }
        Ok(())
    }

    /// Refuses a list if another member of the object says that it is not complete.
    fn object_to<'m>(
        &self,
        siblings: impl Iterator<Item = &'m (String, &'a RawValue)>,
        count: Option<usize>,
    ) -> Result<(), InvalidAccounts>
    where
        'a: 'm,
    {
        for (key, value) in siblings {
            if let Some((part, problem)) = whole::objection(key, value, count, 0) {
                return Err(wrong(self.place(part), problem));
            }
        }
        Ok(())
    }

    fn mention(&mut self, key: &str, value: &'a RawValue, within: Within) -> Result<(), InvalidAccounts> {
        let place = self.place(value);
        mentioned::find(key, value, within, &mut self.mentions).map_err(|problem| wrong(place, problem))
    }

    /// Refuses a file that has accounts outside of the list.
    fn refuse_others(&self) -> Result<(), InvalidAccounts> {
        match self.mentions.iter().find(|(id, _, _)| !self.gathered.has(id)) {
            Some((id, key, value)) => {
                let problem = format!(
                    "account {id} is here, under {}, but not in the list of accounts: put all accounts into one list, or remove this value if it is not an account",
                    shown(key)
                );
                Err(wrong(self.place(value), problem))
            }
            None => Ok(()),
        }
    }

    fn account(
        &mut self,
        object: &'a RawValue,
        members: &[(String, &'a RawValue)],
    ) -> Result<(), InvalidAccounts> {
        let of_charges = members.iter().any(|(key, _)| is_of_charges(key));
        let mut named = Vec::with_capacity(members.len());
        for (key, value) in members {
            match Field::of(key) {
                Some(Field::Tags) if of_charges => drop(self.notes.insert(Said::TagsOfCharges)),
                Some(field) => named.push(Named { field, name: key, value }),
                None if value.get().starts_with(['[', '{']) => self.mention(key, value, Within::Account)?,
                None => {}
            }
        }
        if is_of_identity_center(members.iter().map(|(key, _)| &**key)) {
            self.notes.insert(Said::OfOneUser);
        }
        if !named.iter().any(|named| named.field == Field::Id)
            && let [(key, _)] = chosen(members)[..]
        {
            let problem = format!(
                "this is not an account, but has a list under {}: put all accounts into one list, as `jq '[.[].{key}[]]'` does with pages",
                shown(key)
            );
            return Err(wrong(self.place(object), problem));
        }
        self.record(object, &named)
    }

    fn record(&mut self, record: &'a RawValue, named: &[Named<'_, 'a>]) -> Result<(), InvalidAccounts> {
        let place = self.place(record);
        self.records += 1;
        if record.get().len() > bounded::MAX_RECORD {
            return Err(wrong(place, "a record has more than 1 MiB, which no list of accounts has"));
        }
        for (at, Named { field, name, value }) in named.iter().enumerate() {
            if let Some(other) = named[..at].iter().find(|other| other.field == *field) {
                let which = match (other.name, *name) {
                    ("", _) | (_, "") => "two values".to_owned(),
                    (other, name) => format!("{} and {}", shown(other), shown(name)),
                };
                let problem =
                    format!("{which} both mean the {}: keep the one of the account itself", field.name());
                return Err(wrong(self.place(value), problem));
            }
        }
        if !named.iter().any(|named| named.field == Field::Id) {
            return Err(wrong(place, "there is no account id (Id) in this account"));
        }
        let cells = named.iter().map(|Named { field, value, .. }| {
            let place = self.place(value);
            let given = given(field, value).map_err(|problem| wrong(place, problem))?;
            Ok(Cell { field, given, place })
        });
        let cells = Cells { cells: cells.collect::<Result<_, InvalidAccounts>>()?, place };
        let reading = Record { cells, options: self.options }.read()?;
        let line = self.line(record);
        self.gathered.add(reading, (line, 1)).map_err(|error| wrong(place, error.problem))
    }
}

/// Reads a value of any JSON type.
fn given<'a>(field: &Field, value: &'a RawValue) -> Result<Given<'a>, String> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        // A .NET time is a text too: `"\/Date(1738656900000)\/"`.
        Some(b'"') => Given::Text(Cow::Owned(string(text)?)),
        Some(b'n') => Given::Missing,
        Some(b'[' | b'{') if *field == Field::Tags => Given::Tags(tags::from_json(text)?),
        Some(b'[') => {
            let texts = elements(value)?.into_iter().map(|element| string(element.get()));
            Given::List(texts.collect::<Result<_, _>>()?)
        }
        // AWS Tools for PowerShell write a constant of a service as an object.
        Some(b'{') => match members(value)?.iter().find(|(key, _)| key.eq_ignore_ascii_case("value")) {
            Some((_, inner)) if !inner.get().starts_with(['{', '[']) => return given(field, inner),
            _ => return Err(format!("the {} is one value, not an object", field.name())),
        },
        // Numbers stay as written: parsing may lose digits.
        _ => Given::Text(Cow::Borrowed(text)),
    })
}

fn string(text: &str) -> Result<String, String> {
    serde_json::from_str(text).map_err(|_| "a text is expected here".into())
}
