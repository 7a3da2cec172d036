//! The conditions of a rule or a route in an intent file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde::{Deserialize, Serialize};
use toml::value::Datetime;

use super::InvalidConfig;
use super::placed::Placed;
use super::reader::Reader;
use crate::id::{AccountId, InvalidId};
use crate::selector::{Glob, InvalidOuGlob, OuGlob, Selector, TagCondition};
use crate::timestamp::Timestamp;

/// The keys that select accounts, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("accounts", "Selector::with_accounts"),
    ("accounts-file", "Selector::with_accounts"),
    ("names", "Selector::with_name"),
    ("ou-paths", "Selector::with_ou_path"),
    ("ous", "Selector::with_ou"),
    ("tags", "Selector::with_tag"),
    ("management", "Selector::with_management"),
    ("joined-after", "Selector::with_joined_after"),
];

/// The maximum size of a list of accounts in bytes: room for 250,000 accounts.
const MAX_LIST: u64 = 4 << 20;

/// Declares a table with the keys that select accounts, and keys of its own.
///
/// Serde's `flatten` would do the same, but loses the places of values.
macro_rules! table_with_conditions {
    ($(#[$of_table:meta])* $table:ident { $($(#[$of_key:meta])* $key:ident: $value:ty,)* }) => {
        $(#[$of_table])*
        #[derive(serde::Deserialize, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $table {
            $($(#[$of_key])* $key: $value,)*
            /// These accounts.
            #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<crate::id::AccountId>>"))]
            accounts: Option<Placed<Vec<Placed<String>>>>,
            /// The accounts in a file, one id per line, `#` for comments; added to `accounts`.
            accounts_file: Option<Placed<String>>,
            /// Names that match one of the patterns: `*` matches any characters, `?` exactly one; case matters.
            names: Option<Placed<Vec<String>>>,
            /// Accounts whose unit path from the root down matches one of these patterns; `**` matches any number of units,
            /// including none, and `/` is the root.
            ou_paths: Option<Placed<Vec<Placed<String>>>>,
            /// Accounts in one of these units (`ou-...`), at any depth.
            ous: Option<Placed<Vec<Placed<String>>>>,
            /// Accounts with these tags.
            tags: Option<
                Placed<std::collections::BTreeMap<String, Placed<$crate::config::selector_table::TagValue>>>,
            >,
            /// The management account; `false` for all others.
            management: Option<bool>,
            /// Accounts that joined the organization after this time: a date, or date and time with an
            /// offset.
            #[cfg_attr(feature = "schema", schemars(with = "Option<crate::timestamp::Timestamp>"))]
            joined_after: Option<Placed<toml::value::Datetime>>,
        }

        impl $table {
            /// Takes the conditions out of the table.
            fn take_conditions(&mut self) -> SelectorTable {
                SelectorTable {
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

        /// A table with these conditions and nothing else.
        impl From<SelectorTable> for $table {
            fn from(conditions: SelectorTable) -> Self {
                let SelectorTable {
                    accounts, accounts_file, names, ou_paths, ous, tags, management, joined_after,
                } = conditions;
                Self {
                    $($key: Default::default(),)*
                    accounts, accounts_file, names, ou_paths, ous, tags, management, joined_after,
                }
            }
        }
    };
}

pub(super) use table_with_conditions;

/// The keys that select accounts.
pub(super) struct SelectorTable {
    pub(super) accounts: Option<Placed<Vec<Placed<String>>>>,
    pub(super) accounts_file: Option<Placed<String>>,
    pub(super) names: Option<Placed<Vec<String>>>,
    pub(super) ou_paths: Option<Placed<Vec<Placed<String>>>>,
    pub(super) ous: Option<Placed<Vec<Placed<String>>>>,
    pub(super) tags: Option<Placed<BTreeMap<String, Placed<TagValue>>>>,
    pub(super) management: Option<bool>,
    pub(super) joined_after: Option<Placed<Datetime>>,
}

impl From<&Selector> for SelectorTable {
    fn from(selector: &Selector) -> Self {
        fn texts<T: ToString>(many: impl ExactSizeIterator<Item = T>) -> Option<Placed<Vec<Placed<String>>>> {
            let is_given = many.len() > 0;
            is_given.then(|| many.map(|one| one.to_string().into()).collect::<Vec<_>>().into())
        }
        let Selector { accounts, names, ou_paths, ous, tags, management, joined_after } = selector;
        let tags: BTreeMap<_, _> =
            tags.iter().map(|(key, condition)| (key.clone(), TagValue::from(condition).into())).collect();
        Self {
            accounts: accounts.as_ref().and_then(|accounts| texts(accounts.iter())),
            accounts_file: None,
            names: (!names.is_empty()).then(|| names.iter().map(Glob::to_string).collect::<Vec<_>>().into()),
            ou_paths: texts(ou_paths.iter()),
            ous: texts(ous.iter()),
            tags: (!tags.is_empty()).then(|| tags.into()),
            management: *management,
            // TOML has no time before the year 0.
            joined_after: joined_after
                .and_then(|time| time.to_string().parse::<Datetime>().ok())
                .map(Placed::from),
        }
    }
}

impl From<&TagCondition> for TagValue {
    fn from(condition: &TagCondition) -> Self {
        match condition {
            TagCondition::Present => Self::There(true),
            TagCondition::Absent => Self::There(false),
            TagCondition::OneOf(values) => match values.first() {
                Some(value) if values.len() == 1 => Self::Is(value.clone()),
                _ => Self::OneOf(values.clone()),
            },
        }
    }
}

/// `true`: the account has the tag; `false`: it does not; otherwise its value, or one of several.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged, expecting = "a tag is true (present), false (absent), a value or a list of values")]
pub(super) enum TagValue {
    There(bool),
    Is(String),
    OneOf(BTreeSet<String>),
}

impl SelectorTable {
    /// The selector of `owner`, which is a rule or a route.
    pub(super) fn selector(&self, owner: &str, reader: &Reader<'_>) -> Result<Selector, InvalidConfig> {
        let Self { accounts, accounts_file, names, ou_paths, ous, tags, management, joined_after } = self;
        let wrong = |span, problem: String| reader.wrong(&span, problem);
        let empty = |span, what: &str| {
            wrong(
                span,
                format!(
                    "this {owner}'s list of {what} is empty, so it can never match: remove it to match all"
                ),
            )
        };
        let mut selector = Selector::all();
        if let Some(accounts) = accounts {
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
        if let Some(file) = accounts_file {
            let accounts =
                account_list(file.get_ref(), reader).map_err(|problem| wrong(file.span(), problem))?;
            selector = selector.with_accounts(accounts);
        }
        if let Some(names) = names {
            if names.get_ref().is_empty() {
                return Err(empty(names.span(), "names"));
            }
            selector.names = names.get_ref().iter().map(|name| Glob::new(name.as_str())).collect();
        }
        if let Some(paths) = ou_paths {
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
        if let Some(ous) = ous {
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
        for (key, value) in tags.iter().flat_map(Placed::get_ref) {
            let condition = match value.get_ref() {
                TagValue::There(true) => TagCondition::Present,
                TagValue::There(false) => TagCondition::Absent,
                TagValue::Is(value) => TagCondition::is(value),
                TagValue::OneOf(values) if values.is_empty() => return Err(empty(value.span(), "values")),
                TagValue::OneOf(values) => TagCondition::OneOf(values.clone()),
            };
            selector = selector.with_tag(key, condition);
        }
        if let Some(time) = joined_after {
            selector.joined_after =
                Some(timestamp(time.get_ref()).map_err(|problem| wrong(time.span(), problem))?);
        }
        selector.management = *management;
        Ok(selector)
    }
}

/// Whether the text is the id of a unit: `ou-`, the root's part and the unit's part (AWS Organizations,
/// `OrganizationalUnitId`).
fn is_ou_id(text: &str) -> bool {
    let part = |part: &str, least| {
        (least..=32).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    };
    text.strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(root, unit)| part(root, 4) && part(unit, 8))
}

/// Reads a date, or date and time with an offset.
fn timestamp(time: &Datetime) -> Result<Timestamp, String> {
    time.to_string().parse::<Timestamp>().map_err(|error| error.to_string())
}

/// Reads a list of accounts from a file: one id per line; empty lines and text after a `#` are ignored.
///
/// Errors show neither the path nor an entry: the path may be a key in the wrong place, and the entries may be the
/// content of any file.
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
    // A carriage return alone ends a line too: otherwise a comment would include everything after it.
    for (number, line) in (1..).zip(text.replace("\r\n", "\n").split(['\n', '\r'])) {
        if line.contains('\0') {
            return Err(format!(
                "line {number} of the file contains a NUL byte: the file is damaged, or is not a text file"
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
        return Err("the file contains no account, so it can never match".into());
    }
    Ok(accounts)
}
