use serde::{Deserialize, Serialize};

/// The details that a source is asked for, beside id, name and state. Each detail costs calls to AWS, so none is on by default.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let rule = Selector::all().with_tag("env", TagCondition::is("prod"));
/// assert_eq!(rule.query(), AccountQuery::new().with_tags(), "the tags are asked for, units are not");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AccountQuery {
    /// Fill in [`Account::ou_ids`](super::Account::ou_ids).
    pub ou_ids: bool,
    /// Fill in [`Account::ou_path`](super::Account::ou_path), and the ids with it.
    pub ou_paths: bool,
    /// Fill in [`Account::tags`](super::Account::tags).
    pub tags: bool,
}

impl AccountQuery {
    /// Only what comes for free.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the ids of the organizational units.
    #[must_use]
    pub fn with_ou_ids(mut self) -> Self {
        self.ou_ids = true;
        self
    }

    /// Asks for the names of the organizational units, which costs more than their ids.
    #[must_use]
    pub fn with_ou_paths(mut self) -> Self {
        self.ou_paths = true;
        self
    }

    /// Everything that this query or `other` asks for.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let Self { ou_ids, ou_paths, tags } = other;
        self.ou_ids |= ou_ids;
        self.ou_paths |= ou_paths;
        self.tags |= tags;
        self
    }

    /// Asks for the tags.
    #[must_use]
    pub fn with_tags(mut self) -> Self {
        self.tags = true;
        self
    }
}
