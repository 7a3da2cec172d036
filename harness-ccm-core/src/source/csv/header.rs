use std::collections::BTreeMap;

use csv::ByteRecord;

use super::cell::{place, text};
use super::column::Column;
use crate::account::Account;
use crate::source::InvalidAccounts;
use crate::source::value::{as_id, forget_empty_tags, told};
use crate::text::some_of;

/// The columns that are read, by their meaning.
pub(super) struct Header {
    pub(super) columns: BTreeMap<Column, usize>,
    pub(super) notes: Vec<String>,
}

impl Header {
    pub(super) fn read(record: &ByteRecord, line: u64) -> Result<Self, InvalidAccounts> {
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
    pub(super) fn tag_keys(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().filter_map(|column| match column {
            Column::Tag(key) => Some(key.as_str()),
            _ => None,
        })
    }
}

/// Takes what a column without any value says for unknown: such a column was emptied, or never filled in.
pub(super) fn forget_empty_columns(header: &Header, accounts: &mut [Account]) -> Vec<String> {
    let is_empty = |key: &&str| {
        !accounts.iter().any(|account| account.tags.as_ref().is_some_and(|tags| tags.contains_key(*key)))
    };
    if header.columns.contains_key(&Column::Tags) {
        return forget_empty_tags(accounts).into_iter().collect();
    }
    if accounts.is_empty() {
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
