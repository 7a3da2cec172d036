use std::collections::BTreeMap;

use csv::ByteRecord;

use super::cell::{place, text};
use crate::source::InvalidAccounts;
use crate::source::account_ids::is_id;
use crate::source::field::{Field, is_of_charges, is_of_identity_center};
use crate::source::foreign::{COMMAND, NAMED_QUERY};
use crate::source::note::Note;
use crate::source::value::shown;
use crate::text::some_of;

/// The columns by their meaning.
pub(super) struct Header {
    pub(super) fields: Vec<Option<Field>>,
    pub(super) notes: Vec<Note>,
    /// The meanings of all column names, including those that are not read.
    names: Vec<Option<Field>>,
}

impl Header {
    pub(super) fn read(record: &ByteRecord, line: u64) -> Result<Self, InvalidAccounts> {
        let mut columns = BTreeMap::new();
        let mut fields = Vec::new();
        let mut unused = Vec::new();
        for (index, field) in record.iter().enumerate() {
            let header = text(field, line, index)?.trim();
            if header.split([',', ';', '\t', '\n', '\r', '"']).any(|part| is_id(part.trim())) {
                let problem = format!(
                    "an account id is in the line of the column names: write the names in a line of their own, and look for an unintended opening quote before this; with the AWS command line, {COMMAND}, or {NAMED_QUERY}"
                );
                return Err(InvalidAccounts::new(line, place(index), problem));
            }
            let meaning = Field::of(header);
            match &meaning {
                Some(meaning) => {
                    if let Some(other) = columns.insert(meaning.clone(), index) {
                        let problem = format!(
                            "{0} and column {2} both mean the {1}: keep one of them",
                            shown(header),
                            meaning.name(),
                            other + 1
                        );
                        return Err(InvalidAccounts::new(line, place(index), problem));
                    }
                }
                None if header.is_empty() => {}
                None => unused.push(shown(header)),
            }
            fields.push(meaning);
        }
        for (field, example) in
            [(Field::Id, "id or Linked account"), (Field::Name, "name or Linked account name")]
        {
            if !columns.contains_key(&field) {
                let headers = record.iter().map(|field| shown(String::from_utf8_lossy(field).trim()));
                let problem = format!(
                    "there is no column for the {} ({example}); the first line has {}",
                    field.name(),
                    some_of(headers)
                );
                return Err(InvalidAccounts::new(line, 1, problem));
            }
        }
        let mut notes: Vec<Note> =
            (!unused.is_empty()).then_some(Note::UnusedColumns(unused)).into_iter().collect();
        let texts: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        if is_of_identity_center(texts.iter().map(|text| &**text).filter(|text| !text.trim().is_empty())) {
            notes.push(Note::OfOneUser);
        }
        let names = fields.clone();
        if texts.iter().any(|text| is_of_charges(text))
            && let Some(tags) = fields.iter_mut().find(|field| **field == Some(Field::Tags))
        {
            *tags = None;
            notes.push(Note::TagsOfCharges);
        }
        Ok(Self { fields, notes, names })
    }

    /// Whether a later record names the columns too, but in another order.
    pub(super) fn is_contradicted(&self, record: &ByteRecord) -> bool {
        let names: Vec<_> = record.iter().map(|field| Field::of(&String::from_utf8_lossy(field))).collect();
        let width = names.len().max(self.names.len());
        let meaning = |names: &[Option<Field>], index: usize| names.get(index).cloned().flatten();
        names.contains(&Some(Field::Id))
            && names.contains(&Some(Field::Name))
            && (0..width).any(|index| meaning(&names, index) != meaning(&self.names, index))
    }

    pub(super) fn index_of(&self, field: &Field) -> Option<usize> {
        self.fields.iter().position(|other| other.as_ref() == Some(field))
    }

    /// The tags that have a column each, if there is no column for all tags.
    pub(super) fn tag_columns(&self) -> Option<Vec<String>> {
        let keys = self.fields.iter().flatten().filter_map(|field| match field {
            Field::Tag(key) => Some(key.clone()),
            _ => None,
        });
        self.index_of(&Field::Tags).is_none().then(|| keys.collect())
    }
}
