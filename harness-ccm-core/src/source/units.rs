//! Parses paths of organizational units, from texts and lists.

use std::collections::BTreeSet;

use super::legible::is_placeholder;
use super::value::shown;
use crate::account::Account;
use crate::id::AccountId;

/// The name of every organization's root.
const ROOT: &str = "Root";

/// The result of parsing a unit path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathText {
    /// Names from the root down.
    Known(Vec<String>),
    /// An ambiguous path: it has other separators than `/`, an id next to a name, or a missing name.
    Unclear,
    /// A placeholder in place of a name.
    Placeholder,
}

/// Parses names separated by `/`, or a JSON list of them.
pub(super) fn names(text: &str) -> Result<PathText, String> {
    if text.starts_with('[') {
        return serde_json::from_str(text)
            .map_err(|_| "a list of units is one of texts, from the root down".to_owned())
            .and_then(|names: Vec<String>| names_of(&names));
    }
    let inner = text.trim().trim_start_matches('/').trim_end_matches('/');
    let names: Vec<String> = match inner {
        "" => Vec::new(),
        inner => inner.split('/').map(|name| name.trim().to_owned()).collect(),
    };
    refuse_ids(&names)?;
    let weak = !inner.contains('/') && (inner.contains([':', ';', ',']) || begins_with_root(inner));
    let unclear = weak || names.iter().any(|name| name.is_empty() || is_separated(name) || holds_id(name));
    Ok(if unclear { PathText::Unclear } else { of_names(names) })
}

/// Reads a list of names. Its elements are the names, unless one contains an id, or the only one looks like a path.
pub(super) fn names_of(names: &[String]) -> Result<PathText, String> {
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    refuse_ids(&names)?;
    if names.iter().any(String::is_empty) {
        return Err("a unit has an empty name in this path: give all names from the root down".into());
    }
    let separated = matches!(&names[..], [one] if is_separated(one));
    Ok(if separated || names.iter().any(|name| holds_id(name)) { PathText::Unclear } else { of_names(names) })
}

/// Reads one name of a path.
pub(super) fn one(name: &str) -> Result<PathText, String> {
    names_of(&[name.to_owned()])
}

fn of_names(names: Vec<String>) -> PathText {
    if names.iter().any(|name| is_placeholder(name)) { PathText::Placeholder } else { PathText::Known(names) }
}

/// Refuses ids, which no rule about names would match.
fn refuse_ids(names: &[String]) -> Result<(), String> {
    if names.iter().any(|name| is_unit(name) || is_root(name)) {
        return Err("these are ids of units in place of their names: give ids from the root down, in a column of their own (ou ids)".into());
    }
    Ok(())
}

/// Whether a name contains characters that people write between units instead of `/`.
fn is_separated(name: &str) -> bool {
    name.contains(['>', '\\', '|', '\u{bb}', '\u{203a}', '\u{2192}', '\u{21d2}', '\u{b7}', '\u{2022}'])
}

/// Whether a name includes the id of the unit: `Sandbox (ou-ab12-11111111)`.
fn holds_id(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|part| is_unit(part) || is_root(part))
}

/// Whether a path begins with the root: `Root.Sandbox`, `Root - Sandbox`.
fn begins_with_root(path: &str) -> bool {
    let Some((first, rest)) = path.split_at_checked(ROOT.len()) else { return false };
    first.eq_ignore_ascii_case(ROOT) && (rest.starts_with('.') || rest.trim_start().starts_with("- "))
}

/// Parses ids separated by `/`. Leaves out what comes before the first unit (organization, root).
pub(super) fn ids(text: &str) -> Result<Vec<String>, String> {
    if text.starts_with('[') {
        return serde_json::from_str(text)
            .map_err(|_| "a list of units is one of texts, from the root down".to_owned())
            .and_then(|ids: Vec<String>| ids_of(&ids));
    }
    ids_of(&parts(text))
}

pub(super) fn ids_of(ids: &[String]) -> Result<Vec<String>, String> {
    let ids = ids.iter().map(|id| id.trim().to_owned());
    let ids: Vec<String> = ids.skip_while(|id| id.starts_with("o-") || is_root(id)).collect();
    match ids.iter().find(|id| !id.starts_with("ou-")) {
        Some(other) => {
            Err(format!("{} is not the id of an organizational unit, such as ou-ab12-11111111", shown(other)))
        }
        None => Ok(ids),
    }
}

fn parts(text: &str) -> Vec<String> {
    text.split('/').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// AWS Organizations API reference, `OrganizationalUnit`.
fn is_unit(text: &str) -> bool {
    let part = |part: &str, least: usize| {
        (least..=32).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let ids = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
    ids.is_some_and(|(root, unit)| part(root, 4) && part(unit, 8))
}

/// AWS Organizations API reference, `Root`.
fn is_root(text: &str) -> bool {
    text.strip_prefix("r-").is_some_and(|rest| {
        (4..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// Facts about the unit paths of one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// How many paths began with the root, which was removed.
    pub(super) from_root: usize,
    /// Accounts whose path begins with `Root` while others do not: it may be the root or a unit.
    pub(super) root_or_unit: Vec<AccountId>,
    /// Accounts whose path does not have as many units as there are ids: a name contains a slash.
    pub(super) slash: Vec<AccountId>,
}

/// Removes the root if all paths begin with it, and makes ambiguous paths unknown. `texts` are the accounts whose path was one
/// text.
pub(super) fn settle(accounts: &mut [Account], texts: &BTreeSet<AccountId>) -> Settled {
    let begins = |path: &[String]| path.first().map(|name| name.eq_ignore_ascii_case(ROOT));
    let first: BTreeSet<bool> =
        accounts.iter().filter_map(|account| begins(account.ou_path.as_deref()?)).collect();
    let mut settled = Settled::default();
    for account in accounts {
        let Some(path) = &mut account.ou_path else { continue };
        if begins(path) == Some(true) {
            if first.contains(&false) {
                settled.root_or_unit.push(account.id.clone());
                account.ou_path = None;
                continue;
            }
            path.remove(0);
            settled.from_root += 1;
        }
        let differs = account.ou_ids.as_ref().is_some_and(|ids| ids.len() != path.len());
        if differs && texts.contains(&account.id) {
            settled.slash.push(account.id.clone());
            account.ou_path = None;
        }
    }
    settled
}
