//! Reads the organizational units of an account from a record.

use super::OrgPath;
use super::cells::{Cell, Cells, Given};
use super::field::Field;
use super::invalid::{InvalidAccounts, wrong};
use super::remark::{Remark, Remarks};
use super::units::{self, PathText};
use crate::account::Account;

/// Reads all fields about units. Returns whether the path was one text.
pub(super) fn read(
    cells: &Cells<'_>,
    account: &mut Account,
    remarks: &mut Remarks,
) -> Result<bool, InvalidAccounts> {
    let mut path_was_text = false;
    if let Some(cell) = cells.cell(&Field::OuPath) {
        let path = match &cell.given {
            Given::Missing => None,
            Given::Text(text) if text.is_empty() => None,
            Given::Text(text) => {
                path_was_text = !text.starts_with('[');
                Some(units::names(text))
            }
            Given::List(names) => Some(units::names_of(names)),
            Given::Tags(_) => Some(Err("a path of units is a text or a list".into())),
        };
        let path = path.transpose().map_err(|problem| wrong(cell.place, problem))?;
        account.ou_path = path.and_then(|path| known(path, remarks));
    }
    levels(cells, account, remarks)?;
    if let Some(cell) = cells.cell(&Field::OuIds) {
        let ids = match &cell.given {
            Given::Missing => None,
            Given::Text(text) if text.is_empty() => None,
            Given::Text(text) => Some(units::ids(text)),
            Given::List(ids) => Some(units::ids_of(ids)),
            Given::Tags(_) => Some(Err("ids of units are a text or a list".into())),
        };
        account.ou_ids = ids.transpose().map_err(|problem| wrong(cell.place, problem))?;
    }
    if account.ou_ids.is_none()
        && let Some(cell) = cells.cell(&Field::Paths)
    {
        let paths = match &cell.given {
            Given::Text(text) if text.is_empty() => Vec::new(),
            Given::Text(text) => vec![text.to_string()],
            Given::List(paths) => paths.clone(),
            Given::Missing | Given::Tags(_) => Vec::new(),
        };
        account.ou_ids = OrgPath::of(&account.id, &paths).map(|path| path.units);
    }
    Ok(path_was_text)
}

fn known(path: PathText, remarks: &mut Remarks) -> Option<Vec<String>> {
    match path {
        PathText::Known(names) => return Some(names),
        PathText::Unclear => remarks.insert(Remark::UnclearPath),
        PathText::Placeholder => remarks.insert(Remark::Placeholder),
    };
    None
}

/// Reads a path with a field for each unit.
fn levels(cells: &Cells<'_>, account: &mut Account, remarks: &mut Remarks) -> Result<(), InvalidAccounts> {
    let level = |cell: &Cell<'_>| match cell.field {
        Field::OuLevel(level) => Some(*level),
        _ => None,
    };
    let mut found: Vec<_> = cells.cells.iter().filter_map(|cell| Some((level(cell)?, cell))).collect();
    found.sort_by_key(|(level, _)| *level);
    let (mut path, mut ended, mut unclear) = (Vec::new(), false, None);
    let mut next = found.first().map_or(0, |(level, _)| (*level).min(1));
    for (level, cell) in found {
        if level != next {
            let problem = format!(
                "there is no field for the organizational unit of level {next}, and one for level {level}"
            );
            return Err(wrong(cell.place, problem));
        }
        next = level + 1;
        let name = match &cell.given {
            Given::Text(name) => &**name,
            Given::Missing | Given::List(_) | Given::Tags(_) => "",
        };
        match name {
            "" => ended = true,
            _ if ended => return Err(wrong(cell.place, "a unit follows an empty one")),
            _ if account.ou_path.is_some() => {
                return Err(wrong(
                    cell.place,
                    "another field has the path of the units too: keep one of them",
                ));
            }
            name => match units::one(name).map_err(|problem| wrong(cell.place, problem))? {
                PathText::Known(names) => path.extend(names),
                other => unclear = unclear.or(Some(other)),
            },
        }
    }
    match unclear {
        Some(unclear) => account.ou_path = known(unclear, remarks),
        None if !path.is_empty() => account.ou_path = Some(path),
        None => {}
    }
    Ok(())
}
