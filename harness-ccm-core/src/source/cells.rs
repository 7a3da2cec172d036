use std::borrow::Cow;

use super::field::Field;
use super::invalid::{InvalidAccounts, Place, wrong};
use super::legible;
use super::remark::{Remark, Remarks};
use super::tags::{self, Tags};

/// A value as the file has it.
#[derive(Clone, Debug)]
pub(super) enum Given<'a> {
    /// The file has the field without a value: `null`, or a row that ends before it.
    Missing,
    Text(Cow<'a, str>),
    List(Vec<String>),
    Tags(Tags),
}

/// A value, and the field that it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Cell<'a> {
    pub(super) field: &'a Field,
    pub(super) given: Given<'a>,
    pub(super) place: Place,
}

/// The values of one record, and the place where the record begins.
#[derive(Clone, Debug)]
pub(super) struct Cells<'a> {
    pub(super) cells: Vec<Cell<'a>>,
    pub(super) place: Place,
}

impl<'a> Cells<'a> {
    /// Removes invisible characters from every value.
    pub(super) fn clean(&mut self, remarks: &mut Remarks) -> Result<(), InvalidAccounts> {
        let mut any = false;
        for cell in &mut self.cells {
            match &mut cell.given {
                Given::Missing => {}
                Given::Text(text) => any |= clean(text),
                Given::List(list) => list.iter_mut().for_each(|text| any |= clean_string(text)),
                Given::Tags(given) => {
                    let (clean, left_out) =
                        tags::cleaned(given).map_err(|problem| wrong(cell.place, problem))?;
                    *given = clean;
                    any |= left_out;
                }
            }
        }
        if any {
            remarks.insert(Remark::Invisible);
        }
        Ok(())
    }

    /// Refuses texts that are not values of an account, and reads placeholders as unknown.
    pub(super) fn check(&mut self, remarks: &mut Remarks) -> Result<(), InvalidAccounts> {
        for cell in &mut self.cells {
            let fault = match &cell.given {
                Given::Text(text) if !is_free(cell.field) => legible::fault(text),
                Given::List(list) => list.iter().find_map(|text| legible::fault(text)),
                Given::Text(_) | Given::Missing | Given::Tags(_) => None,
            };
            if let Some(problem) = fault {
                return Err(wrong(cell.place, problem));
            }
            match &cell.given {
                Given::Text(text) if may_be_unknown(cell.field) && legible::is_placeholder(text) => {
                    cell.given = Given::Missing;
                    remarks.insert(Remark::Placeholder);
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn cell(&self, field: &Field) -> Option<&Cell<'a>> {
        self.cells.iter().find(|cell| cell.field == field)
    }

    /// Returns a value that is one text; an empty text if it is missing.
    pub(super) fn text(&self, field: &Field) -> Option<(&str, Place)> {
        let cell = self.cell(field)?;
        match &cell.given {
            Given::Missing => Some(("", cell.place)),
            Given::Text(text) => Some((text, cell.place)),
            Given::List(_) | Given::Tags(_) => None,
        }
    }

    pub(super) fn parse<T>(
        &self,
        field: &Field,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, InvalidAccounts> {
        let Some((text, place)) = self.text(field) else { return Ok(None) };
        match text.trim() {
            "" => Ok(None),
            text => parse(text).map(Some).map_err(|problem| wrong(place, problem)),
        }
    }
}

fn clean(text: &mut Cow<'_, str>) -> bool {
    let (clean, left_out) = match legible::cleaned(text) {
        (Cow::Borrowed(_), _) => return false,
        (Cow::Owned(clean), left_out) => (clean, left_out),
    };
    *text = Cow::Owned(clean);
    left_out
}

fn clean_string(text: &mut String) -> bool {
    let (clean, left_out) = match legible::cleaned(text) {
        (Cow::Borrowed(_), _) => return false,
        (Cow::Owned(clean), left_out) => (clean, left_out),
    };
    *text = clean;
    left_out
}

/// Whether the field has its own rules for its values: ids may begin with a mark that makes them text.
fn is_free(field: &Field) -> bool {
    matches!(field, Field::Id | Field::Payer | Field::Tags | Field::Doubt)
}

/// Whether a placeholder in this field only makes the field unknown. An unknown unit makes the whole path unknown.
fn may_be_unknown(field: &Field) -> bool {
    !matches!(
        field,
        Field::Id | Field::Name | Field::Tags | Field::Doubt | Field::BillingRole | Field::OuLevel(_)
    )
}
