//! Reads the tags of an account from a record.

use std::collections::BTreeSet;

use super::cells::{Cells, Given};
use super::field::Field;
use super::invalid::{InvalidAccounts, wrong};
use super::legible;
use super::remark::{Remark, Remarks};
use super::tags::{self, Tags};
use crate::account::Account;

/// Reads the tags. They are known if any field for tags has a value.
pub(super) fn read(
    cells: &Cells<'_>,
    account: &mut Account,
    remarks: &mut Remarks,
) -> Result<(), InvalidAccounts> {
    let mut found: Option<Tags> = None;
    // Whether some tags are unknown although there is a field for tags.
    let mut unknown = false;
    if let Some(cell) = cells.cell(&Field::Tags) {
        let tags = match &cell.given {
            Given::Missing => {
                remarks.insert(Remark::NoTags);
                unknown = true;
                Ok(Tags::new())
            }
            Given::Text(text) => {
                let tags = tags::parse(text);
                let of_sheet = !text.starts_with(['{', '[']);
                if of_sheet
                    && tags
                        .as_ref()
                        .is_ok_and(|tags| tags.values().any(|value| legible::is_placeholder(value)))
                {
                    remarks.insert(Remark::Placeholder);
                    unknown = true;
                }
                tags
            }
            Given::Tags(tags) => Ok(tags.clone()),
            Given::List(list) if list.is_empty() => Ok(Tags::new()),
            Given::List(_) => Err("tags are an object or a list of Key and Value".into()),
        };
        found = Some(tags.map_err(|problem| wrong(cell.place, problem))?);
    }
    let all_are_told = cells.cell(&Field::Tags).is_some();
    let mut keys = BTreeSet::new();
    for cell in &cells.cells {
        let Field::Tag(key) = cell.field else { continue };
        match &cell.given {
            Given::Text(value) => {
                keys.insert(key.clone());
                let tags = found.get_or_insert_default();
                if !value.is_empty()
                    && let Some(other) = tags.insert(key.clone(), value.to_string())
                    && other != **value
                {
                    return Err(wrong(
                        cell.place,
                        "the column tags has another value for this tag: keep one of them",
                    ));
                }
            }
            Given::Missing if all_are_told => unknown = true,
            Given::Missing => {}
            Given::List(_) | Given::Tags(_) => return Err(wrong(cell.place, "a tag is one value")),
        }
    }
    account.tags = found.filter(|_| !unknown);
    if account.tags.is_none() {
        return Ok(());
    }
    if let Some(cell) = cells.cell(&Field::TagKeys) {
        account.tag_keys = match &cell.given {
            Given::List(keys) => Some(keys.iter().cloned().collect()),
            Given::Missing => None,
            Given::Text(text) if text.is_empty() => None,
            Given::Text(text) => Some(text.split(';').map(|key| key.trim().to_owned()).collect()),
            Given::Tags(_) => return Err(wrong(cell.place, "the keys of tags are a list")),
        };
    } else if !keys.is_empty() && !all_are_told {
        account.tag_keys = Some(keys);
    }
    Ok(())
}
