use serde::{Deserialize, Serialize};

/// The details that an account source should provide in addition to id, name and state. Each costs AWS calls, so none is
/// requested by default.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let rule = Selector::all().with_tag("env", TagCondition::is("prod"));
/// assert_eq!(rule.query(), AccountQuery::new().with_tags(), "tags are requested, units are not");
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
    /// Requests no details.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests the ids of the organizational units.
    #[must_use]
    pub fn with_ou_ids(mut self) -> Self {
        self.ou_ids = true;
        self
    }

    /// Requests the names of the organizational units, which costs more calls than their ids.
    #[must_use]
    pub fn with_ou_paths(mut self) -> Self {
        self.ou_paths = true;
        self
    }

    /// Combines the details of this query and `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let Self { ou_ids, ou_paths, tags } = other;
        self.ou_ids |= ou_ids;
        self.ou_paths |= ou_paths;
        self.tags |= tags;
        self
    }

    /// Requests the tags.
    #[must_use]
    pub fn with_tags(mut self) -> Self {
        self.tags = true;
        self
    }
}
