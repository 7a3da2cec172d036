//! JSON: lists of accounts as AWS and its tools print them, and lines of JSON.

mod object;

use std::borrow::Cow;
use std::io::Read;

use serde_json::error::Category;
use serde_json::value::RawValue;

use self::object::{elements, members};
use super::bounded::Bounded;
use super::field::{Field, plain};
use super::foreign::{self, COMMAND, Form, NAMED_QUERY};
use super::gathered::Gathered;
use super::input::Input;
use super::note::Note;
use super::record::{Cell, Given, Place, Record, wrong};
use super::value::told;
use super::{InvalidAccounts, ListOptions, bounded, tags};
use crate::listing::Listing;
use crate::redact;
use crate::setting::Setting;

/// How deep an object may hold the list: `{"accounts": {"value": [..]}}` is two.
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
        InvalidAccounts::new(line, column, "it is not UTF-8 text: save it as UTF-8")
    })?;
    let mut document =
        Document { text: &text, options, gathered: Gathered::default(), of_one_user: false, counted: (0, 1) };
    let mut any = false;
    for value in serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>() {
        let value = value.map_err(|error| malformed(&error))?;
        any = true;
        document.value(value, 0).map_err(|error| found(&text, error))?;
    }
    if !any {
        return Err(InvalidAccounts::new(1, 1, "it is empty: there is no JSON in it"));
    }
    let notes = document.of_one_user.then_some(Note::OfOneUser).into_iter().collect();
    let listing = document.gathered.finish(Form::Json, None, notes, (1, 1));
    listing.map_err(|error| found(&text, error))
}

fn malformed(error: &serde_json::Error) -> InvalidAccounts {
    let (line, column) = (error.line().max(1) as u64, error.column().max(1) as u64);
    let problem = redact::json_problem(error);
    match error.classify() {
        Category::Eof => {
            InvalidAccounts::new(line, column, format!("{problem}: the file was cut off, so get all of it"))
        }
        Category::Io | Category::Syntax | Category::Data => InvalidAccounts::new(line, column, problem),
    }
}

/// How many lines end in a part of a text.
fn breaks(text: &[u8]) -> u64 {
    text.split(|byte| *byte == b'\n').count() as u64 - 1
}

/// Line and column of a byte, from 1. It counts from the beginning, so it is for errors.
fn place(text: &str, at: usize) -> Place {
    let before = &text.as_bytes()[..at];
    let line = breaks(before) + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() as u64 + 1)
}

/// An error with its line and column, in place of the byte where it is.
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
    /// Whether it lists what one user may enter.
    of_one_user: bool,
    /// A byte and its line, up to which lines were counted.
    counted: (usize, u64),
}

impl<'a> Document<'a> {
    /// Where a part of the text begins, in bytes.
    fn offset(&self, part: &RawValue) -> usize {
        (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }

    /// The same as a place that [`found`] makes lines and columns of: to count them for each value would take too long.
    fn place(&self, part: &RawValue) -> Place {
        (0, self.offset(part) as u64)
    }

    /// The line of a part that is not before the one that was asked for last.
    fn line(&mut self, part: &RawValue) -> u64 {
        let at = self.offset(part);
        let (before, line) = self.counted;
        let passed = breaks(&self.text.as_bytes()[before.min(at)..at]);
        self.counted = (at.max(before), line + passed);
        self.counted.1
    }

    /// A list, an account, or an object that holds either.
    fn value(&mut self, value: &'a RawValue, depth: usize) -> Result<(), InvalidAccounts> {
        match value.get().as_bytes().first() {
            Some(b'[') => self.list(value),
            Some(b'{') => self.object(value, depth),
            _ => Err(wrong(
                self.place(value),
                format!("this is no list of accounts and no object with one under Accounts: {COMMAND}"),
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

    /// The names of the values in the lists behind this one.
    fn heading(&self, row: &'a RawValue) -> Result<Vec<Option<Field>>, InvalidAccounts> {
        let names = elements(row).map_err(|problem| wrong(self.place(row), problem))?;
        let names: Vec<Option<Field>> = names
            .iter()
            .map(|name| Field::of(&serde_json::from_str::<String>(name.get()).unwrap_or_default()))
            .collect();
        if names.contains(&Some(Field::Id)) && names.contains(&Some(Field::Name)) {
            return Ok(names);
        }
        let problem = format!("a list of lists does not say what its values are: {NAMED_QUERY}; {COMMAND}");
        Err(wrong(self.place(row), problem))
    }

    fn row(&mut self, row: &'a RawValue, heading: &[Option<Field>]) -> Result<(), InvalidAccounts> {
        let values = elements(row).map_err(|problem| wrong(self.place(row), problem))?;
        if values.len() > heading.len() {
            let problem = format!("it has {} values, the first list names {}", values.len(), heading.len());
            return Err(wrong(self.place(row), problem));
        }
        let named: Vec<(Field, &RawValue)> =
            heading.iter().zip(values).filter_map(|(field, value)| Some((field.clone()?, value))).collect();
        self.record(row, &named)
    }

    fn members(&self, object: &'a RawValue) -> Result<Vec<(String, &'a RawValue)>, InvalidAccounts> {
        members(object).map_err(|problem| wrong(self.place(object), problem))
    }

    fn object(&mut self, object: &'a RawValue, depth: usize) -> Result<(), InvalidAccounts> {
        let members = self.members(object)?;
        let lists: Vec<_> = members
            .iter()
            .filter(|(key, value)| is_list(key) && value.get().starts_with(['[', '{']))
            .collect();
        if lists.is_empty() && members.iter().any(|(key, _)| Field::of(key) == Some(Field::Id)) {
            return self.account(object, &members);
        }
        for (key, value) in &members {
            if key == "kind" {
                let problem = format!(
                    "this is a file that harness-ccm wrote, not a list of accounts: a kept listing is named in {}",
                    Setting::Keep
                );
                return Err(wrong(self.place(value), problem));
            }
            if says_there_is_more(key) && is_more(value) {
                let problem = format!(
                    "the list was broken off ({}): take it again without --max-items, or with all its pages",
                    told(key)
                );
                return Err(wrong(self.place(value), problem));
            }
        }
        match lists[..] {
            [] => Err(wrong(self.place(object), "there is no list under Accounts")),
            [(key, list)] if depth < DEEPEST => {
                self.of_one_user |= plain(key) == "accountlist";
                self.value(list, depth + 1)
            }
            [_] => Err(wrong(self.place(object), "the list of accounts lies too deep in other objects")),
            [_, (_, second), ..] => Err(wrong(self.place(second), "there are two lists of accounts")),
        }
    }

    fn account(
        &mut self,
        object: &'a RawValue,
        members: &[(String, &'a RawValue)],
    ) -> Result<(), InvalidAccounts> {
        let named: Vec<(Field, &RawValue)> =
            members.iter().filter_map(|(key, value)| Some((Field::of(key)?, *value))).collect();
        self.record(object, &named)
    }

    fn record(
        &mut self,
        record: &'a RawValue,
        named: &[(Field, &'a RawValue)],
    ) -> Result<(), InvalidAccounts> {
        let place = self.place(record);
        if record.get().len() > bounded::MAX_RECORD {
            return Err(wrong(place, "a record has more than 1 MiB, which no list of accounts has"));
        }
        for (at, (field, value)) in named.iter().enumerate() {
            if named[..at].iter().any(|(other, _)| other == field) {
                let problem = format!("two values mean the {}: keep one", field.name());
                return Err(wrong(self.place(value), problem));
            }
        }
        if !named.iter().any(|(field, _)| *field == Field::Id) {
            return Err(wrong(place, "there is no account id (Id) in this account"));
        }
        let cells = named.iter().map(|(field, value)| {
            let place = self.place(value);
            let given = given(field, value).map_err(|problem| wrong(place, problem))?;
            Ok(Cell { field, given, place })
        });
        let cells = cells.collect::<Result<_, InvalidAccounts>>()?;
        let reading = Record { cells, place, options: self.options }.read()?;
        let line = self.line(record);
        self.gathered.add(reading, (line, 1)).map_err(|error| wrong(place, error.problem))
    }
}

/// What a value says, whatever its type.
fn given<'a>(field: &Field, value: &'a RawValue) -> Result<Given<'a>, String> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        // A time of .NET is a text too: `"\/Date(1738656900000)\/"`.
        Some(b'"') => Given::Text(Cow::Owned(string(text)?)),
        Some(b'n') => Given::Text(Cow::Borrowed("")),
        Some(b'[' | b'{') if *field == Field::Tags => Given::Tags(tags::from_json(text)?),
        Some(b'[') => {
            let texts = elements(value)?.into_iter().map(|element| string(element.get()));
            Given::List(texts.collect::<Result<_, _>>()?)
        }
        // The tools of AWS for PowerShell write a word of a service as an object.
        Some(b'{') => match members(value)?.iter().find(|(key, _)| key.eq_ignore_ascii_case("value")) {
            Some((_, inner)) if !inner.get().starts_with(['{', '[']) => return given(field, inner),
            _ => return Err(format!("the {} is one value and no object", field.name())),
        },
        // Numbers as they are written: a parsed one may have lost digits.
        _ => Given::Text(Cow::Borrowed(text)),
    })
}

fn string(text: &str) -> Result<String, String> {
    serde_json::from_str(text).map_err(|_| "a text is expected here".into())
}

/// Names under which lists of accounts stand: of AWS, of its tools, and of programs that wrap them.
fn is_list(key: &str) -> bool {
    [
        "accounts",
        "accountlist",
        "items",
        "results",
        "data",
        "value",
        "values",
        "linkedaccounts",
        "awsaccounts",
        "nonmasteraccounts",
    ]
    .contains(&&*plain(key))
}

/// Whether a field beside a list is where services say that there is more of it.
fn says_there_is_more(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["token", "marker", "cursor", "truncated", "more", "next", "pagina"].iter().any(|word| key.contains(word))
}

/// Whether there is more: whatever is not null, false, empty or nought.
fn is_more(value: &RawValue) -> bool {
    let inner = |text: &str| text.chars().any(|c| !c.is_whitespace() && !"[]{}\"".contains(c));
    match value.get() {
        "null" | "false" => false,
        text if text.starts_with(['"', '[', '{']) => inner(text),
        number => number == "true" || number.parse::<f64>().is_ok_and(|number| number != 0.0),
    }
}
