use serde::{Deserialize, Serialize};

use crate::observe::{RoleSearch, Scope};

/// The kinds of steps that a plan may contain.
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
    /// Creates and changes resources. Resources of ours that are no longer desired are withheld.
    #[default]
    Upsert,
    /// Creates and changes resources, and removes resources of ours that are no longer desired.
    Sync,
    /// In accounts in which every resource is in sync, puts the owner mark on the unmarked resources. All other changes are
    /// withheld.
    Mark,
}

/// Options for planning.
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
    /// The kinds of steps that the plan may contain.
    pub mode: Mode,
    /// Whether the plan may adopt unmarked resources.
    pub adopt: bool,
    /// The extent of the search for roles in each account.
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

    /// Returns the accounts that must be observed for a plan with these options.
    pub fn scope(&self) -> Scope {
        match (self.mode, self.search) {
            (Mode::Upsert | Mode::Mark, RoleSearch::Known) => Scope::Chosen,
            (Mode::Sync, _) | (_, RoleSearch::Deep) => Scope::Everywhere,
        }
    }

    /// Enables the search among all roles of every account.
    #[must_use]
    pub fn with_deep_search(mut self) -> Self {
        self.search = RoleSearch::Deep;
        self
    }

    /// Permits the plan to adopt unmarked resources.
    #[must_use]
    pub fn with_adopt(mut self) -> Self {
        self.adopt = true;
        self
    }
}
