//! The conditions of a rule or a route, as they stand in an intent file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::InvalidConfig;
use super::reader::Reader;
use crate::id::{AccountId, InvalidId};
use crate::selector::{Glob, InvalidOuGlob, OuGlob, Selector, TagCondition};
use crate::timestamp::Timestamp;

/// The most that is read of a list of accounts: room for a quarter of a million.
const MAX_LIST: u64 = 4 << 20;

/// Declares a table with the keys that say which accounts, beside keys of its own.
///
/// Serde's `flatten` would do the same, but forgets the places of values.
macro_rules! table_with_conditions {
    ($(#[$of_table:meta])* $table:ident { $($(#[$of_key:meta])* $key:ident: $value:ty,)* }) => {
        $(#[$of_table])*
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $table {
            $($(#[$of_key])* $key: $value,)*
            accounts: Option<toml::Spanned<Vec<toml::Spanned<String>>>>,
            accounts_file: Option<toml::Spanned<String>>,
            names: Option<toml::Spanned<Vec<String>>>,
            ou_paths: Option<toml::Spanned<Vec<toml::Spanned<String>>>>,
            ous: Option<toml::Spanned<Vec<toml::Spanned<String>>>>,
            tags: Option<
                toml::Spanned<
                    std::collections::BTreeMap<
                        String,
                        toml::Spanned<$crate::config::selector_table::TagValue>,
                    >,
                >,
            >,
            management: Option<bool>,
            joined_after: Option<toml::Spanned<toml::value::Datetime>>,
        }

        impl $table {
            /// Takes the conditions out of the table.
            fn take_conditions(&mut self) -> $crate::config::selector_table::SelectorTable {
                $crate::config::selector_table::SelectorTable {
                    accounts: self.accounts.take(),
                    accounts_file: self.accounts_file.take(),
                    names: self.names.take(),
                    ou_paths: self.ou_paths.take(),
                    ous: self.ous.take(),
                    tags: self.tags.take(),
                    management: self.management.take(),
                    joined_after: self.joined_after.take(),
                }
            }
        }
    };
}

pub(super) use table_with_conditions;

/// The keys that say which accounts.
pub(super) struct SelectorTable {
    pub(super) accounts: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) accounts_file: Option<Spanned<String>>,
    pub(super) names: Option<Spanned<Vec<String>>>,
    pub(super) ou_paths: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) ous: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) tags: Option<Spanned<BTreeMap<String, Spanned<TagValue>>>>,
    pub(super) management: Option<bool>,
    pub(super) joined_after: Option<Spanned<Datetime>>,
}

/// `true`: the tag is there; `false`: it is not; else its value, or one of several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a tag is true (it is there), false (it is not), a value or a list of values")]
pub(super) enum TagValue {
    There(bool),
    Is(String),
    OneOf(BTreeSet<String>),
}

impl SelectorTable {
    /// The selector of `owner`, a rule or a route.
    pub(super) fn selector(&self, owner: &str, reader: &Reader<'_>) -> Result<Selector, InvalidConfig> {
        let wrong = |span, problem: String| reader.wrong(&span, problem);
        let empty = |span, what: &str| {
            wrong(
                span,
                format!(
                    "this {owner}'s list of {what} is empty, so it could never match: leave it out to match all"
                ),
            )
        };
        let mut selector = Selector::all();
        if let Some(accounts) = &self.accounts {
            if accounts.get_ref().is_empty() {
                return Err(empty(accounts.span(), "accounts"));
            }
            for account in accounts.get_ref() {
                let id: AccountId = account
                    .get_ref()
                    .parse()
                    .map_err(|error: InvalidId| wrong(account.span(), error.without_value()))?;
                selector = selector.with_accounts([id]);
            }
        }
        if let Some(file) = &self.accounts_file {
            let accounts =
                account_list(file.get_ref(), reader).map_err(|problem| wrong(file.span(), problem))?;
            selector = selector.with_accounts(accounts);
        }
        if let Some(names) = &self.names {
            if names.get_ref().is_empty() {
                return Err(empty(names.span(), "names"));
            }
            selector.names = names.get_ref().iter().map(|name| Glob::new(name.as_str())).collect();
        }
        if let Some(paths) = &self.ou_paths {
            if paths.get_ref().is_empty() {
                return Err(empty(paths.span(), "paths"));
            }
            for path in paths.get_ref() {
                let glob: OuGlob = path.get_ref().parse().map_err(|error: InvalidOuGlob| {
                    wrong(reader.within(path, error.at), error.to_string())
                })?;
                selector = selector.with_ou_path(glob);
            }
        }
        if let Some(ous) = &self.ous {
            if ous.get_ref().is_empty() {
                return Err(empty(ous.span(), "organizational units"));
            }
            for ou in ous.get_ref() {
                if !is_ou_id(ou.get_ref()) {
                    let problem = "this is not the id of an organizational unit, such as ou-ab12-11111111; ou-paths takes names";
                    return Err(wrong(ou.span(), problem.into()));
                }
                selector = selector.with_ou(ou.get_ref().as_str());
            }
        }
        for (key, value) in self.tags.iter().flat_map(Spanned::get_ref) {
            let condition = match value.get_ref() {
                TagValue::There(true) => TagCondition::Present,
                TagValue::There(false) => TagCondition::Absent,
                TagValue::Is(value) => TagCondition::is(value),
                TagValue::OneOf(values) if values.is_empty() => return Err(empty(value.span(), "values")),
                TagValue::OneOf(values) => TagCondition::OneOf(values.clone()),
            };
            selector = selector.with_tag(key, condition);
        }
        if let Some(time) = &self.joined_after {
            selector.joined_after =
                Some(timestamp(time.get_ref()).map_err(|problem| wrong(time.span(), problem))?);
        }
        selector.management = self.management;
        Ok(selector)
    }
}

/// `ou-` with the root's and the unit's own part (AWS Organizations, `OrganizationalUnitId`).
fn is_ou_id(text: &str) -> bool {
    let part = |part: &str, least| {
        (least..=32).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    };
    text.strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(root, unit)| part(root, 4) && part(unit, 8))
}

/// A date, or date and time with an offset.
fn timestamp(time: &Datetime) -> Result<Timestamp, String> {
    time.to_string().parse::<Timestamp>().map_err(|error| error.to_string())
}

/// A list of accounts in a file: an id a line, empty lines and what follows a `#` left out.
///
/// Neither the path nor any entry is told: the one may be a key in the wrong place, the other the contents of any file.
fn account_list(path: &str, reader: &Reader<'_>) -> Result<BTreeSet<AccountId>, String> {
    let failed = |error: std::io::Error| format!("the file cannot be read: {error}");
    let mut bytes = Vec::new();
    let mut file = reader.files.open(path).map_err(failed)?.take(MAX_LIST + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_LIST {
        return Err(format!("the file is longer than {MAX_LIST} bytes, which no list of accounts is"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        format!("line {line} of the file is not UTF-8 text")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut accounts = BTreeSet::new();
    // A carriage return alone ends a line too: else a comment would take in all that follows it.
    for (number, line) in (1..).zip(text.replace("\r\n", "\n").split(['\n', '\r'])) {
        if line.contains('\0') {
            return Err(format!(
                "line {number} of the file holds a NUL byte: the file is damaged, or is no text"
            ));
        }
        let entry = line.split('#').next().unwrap_or_default();
        let column = entry.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let entry = entry.trim();
        if entry.is_empty() {
            continue;
        }
        let account: AccountId = entry.parse().map_err(|error: InvalidId| {
            format!("line {number}, column {column} of the file: {}", error.without_value())
        })?;
        accounts.insert(account);
    }
    if accounts.is_empty() {
        return Err("the file names no account, so it could never match".into());
    }
    Ok(accounts)
}
