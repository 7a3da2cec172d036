use std::fmt;

use serde::{Deserialize, Serialize};

use super::{RoleSpec, RoleState};
use crate::id::PolicyArn;
use crate::setting::Setting;

/// The use of a managed policy of others on a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PolicyUse {
    /// It is the permissions boundary.
    Boundary,
    /// It is attached.
    Attachment,
}

impl PolicyUse {
    /// Returns the setting that names such policies.
    pub fn setting(self) -> Setting {
        match self {
            Self::Boundary => Setting::RoleBoundary,
            Self::Attachment => Setting::EnforcementPolicies,
        }
    }
}

impl fmt::Display for PolicyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boundary => "the permissions boundary",
            Self::Attachment => "the managed policy",
        })
    }
}

impl RoleSpec {
    /// Returns the managed policies of others that the role would newly have. They must exist before; those that it has already
    /// do. `state` is `None` for a role that does not exist yet.
    pub fn newly_used<'a>(
        &'a self,
        state: Option<&'a RoleState>,
    ) -> impl Iterator<Item = (PolicyUse, &'a PolicyArn)> {
        let is_boundary =
            move |policy: &&PolicyArn| state.is_some_and(|state| state.boundary.as_ref() == Some(*policy));
        let is_attached =
            move |policy: &&PolicyArn| state.is_some_and(|state| state.attached.contains_key(*policy));
        let boundary = self.boundary.iter().filter(move |policy| !is_boundary(policy));
        let attached = self.attached.iter().filter(move |policy| !is_attached(policy));
        boundary
            .map(|policy| (PolicyUse::Boundary, policy))
            .chain(attached.map(|policy| (PolicyUse::Attachment, policy)))
    }
}
