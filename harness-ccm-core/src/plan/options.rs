use serde::{Deserialize, Serialize};

use crate::observe::{RoleSearch, Scope};

/// What a plan may do to things of ours.
///
/// ```
/// use harness_ccm_core::plan::{Mode, PlanOptions};
///
/// assert_eq!(PlanOptions::default().mode, Mode::Upsert, "nothing is removed unless it is asked for");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mode {
    /// Creates and changes; what is no longer wanted is shown as withheld.
    #[default]
    Upsert,
    /// Removes what is ours and no longer wanted as well.
    Sync,
    /// Marks what is in sync and carries no mark, account by account, and does nothing else: what else is due is withheld.
    Mark,
}

/// What a plan may do.
///
/// ```
/// use harness_ccm_core::plan::{Mode, PlanOptions};
///
/// let options = PlanOptions::default().with_mode(Mode::Sync).with_adopt();
/// assert!(options.adopt);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlanOptions {
    /// Whether it may remove things.
    pub mode: Mode,
    /// Whether it may change what carries no mark.
    pub adopt: bool,
    /// How far it looks for roles.
    #[serde(default, skip_serializing_if = "RoleSearch::is_known")]
    pub search: RoleSearch,
}

impl PlanOptions {
    /// Sets the mode.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Which accounts have to be looked into for it.
    pub fn scope(&self) -> Scope {
        match (self.mode, self.search) {
            (Mode::Upsert | Mode::Mark, RoleSearch::Known) => Scope::Chosen,
            (Mode::Sync, _) | (_, RoleSearch::Deep) => Scope::Everywhere,
        }
    }

    /// Lets it search among all roles of every account.
    #[must_use]
    pub fn with_deep_search(mut self) -> Self {
        self.search = RoleSearch::Deep;
        self
    }

    /// Lets it change what carries no mark.
    #[must_use]
    pub fn with_adopt(mut self) -> Self {
        self.adopt = true;
        self
    }
}
