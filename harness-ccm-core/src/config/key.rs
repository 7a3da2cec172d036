use super::{
    connector_table, file, harness_table, listing_table, naming_table, organization_table, reach_table,
    rule_table, selector_table, source_table,
};

/// The keys of each table, each with its equivalent in code, by the path that leads to the table.
const TABLES: [(&str, &[(&str, &str)]); 16] = [
    ("", file::KEYS),
    ("harness.", harness_table::KEYS),
    ("organization.", organization_table::KEYS),
    ("role.", file::ROLE_KEYS),
    ("naming.", naming_table::KEYS),
    ("connector.", connector_table::KEYS),
    ("reach.", reach_table::KEYS),
    ("reach.", reach_table::WAY_KEYS),
    ("reach.routes.", reach_table::ROUTE_KEYS),
    ("reach.routes.", reach_table::WAY_KEYS),
    ("reach.routes.", selector_table::KEYS),
    ("limits.", file::LIMIT_KEYS),
    ("sources.", source_table::KEYS),
    ("listing.", listing_table::KEYS),
    ("rules.", rule_table::KEYS),
    ("rules.", selector_table::KEYS),
];

/// A key of an intent file, and its equivalent in code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// The tables that lead to it, and the key itself: `rules.billing.report.name`.
    pub path: String,
    /// The method, function or variant that sets it in code: `CurReport::new`.
    pub code: &'static str,
}

impl Key {
    /// Returns every key of an intent file, with its equivalent in code. `docs/intent.md` describes the keys.
    ///
    /// ```
    /// use harness_ccm_core::config::Key;
    ///
    /// let owner = Key::all().find(|key| key.path == "owner").map(|key| key.code);
    /// assert_eq!(owner, Some("Intent::with_owner"));
    /// ```
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.into_iter().flat_map(|(table, keys)| {
            keys.iter().map(move |(key, code)| Self { path: format!("{table}{key}"), code })
        })
    }
}
