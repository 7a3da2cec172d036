//! The owner mark: a tag on every role and connector that this library creates, set by the create call itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::OwnerId;

/// The tag key of the mark, on both IAM roles and Harness connectors.
///
/// Harness has no rule for tag keys; IAM allows letters, digits, spaces and `_.:/=+-@`.
pub const OWNER_TAG: &str = "harness-ccm-owner";

/// The tag key on a role that records that managed policies were created for it: only then are unattached ones searched.
pub const MANAGED_TAG: &str = "harness-ccm-managed-policies";

/// The tag key on a role or connector that was adopted. On a connector only the value [`ADOPTED_AS_IT_IS`] matters. On a role it
/// means that other tools rely on the role, so nothing that it had is ever removed. The value lists the names of the policies
/// that were attached at that time and that would be detached from a role that we created, separated by spaces; `:all` means all.
/// Without the tag, the role counts as one that we created.
pub const ADOPTED_TAG: &str = "harness-ccm-adopted";

/// The tag key on a role that records the permissions boundary that we set: only that one is removed once none is desired. The
/// value is its ARN, or the SHA-256 of the ARN if IAM does not accept that as a tag value. It is written before the boundary.
pub const BOUNDARY_TAG: &str = "harness-ccm-boundary";

/// The value of [`ADOPTED_TAG`] if the names do not fit into a tag: IAM accepts it, and no policy can have such
/// a name.
pub(crate) const ADOPTED_WITH_ALL: &str = ":all";

/// The value of [`ADOPTED_TAG`] on a role or connector that was marked and not changed: it is compared by function and not by
/// exact fields, as if it had no mark. The first change takes it over, and from then on it is compared exactly.
pub const ADOPTED_AS_IT_IS: &str = ":as-it-is";

/// The ownership of a role or connector, as seen by one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// It has the owner's own mark.
    Ours,
    /// It has no mark: created by hand, by Terraform, by CloudFormation.
    Unmarked,
    /// It has the mark of another owner, with its unparsed value.
    Foreign(String),
}

impl Ownership {
    /// Reads the mark from `tags`.
    pub fn read(tags: &BTreeMap<String, String>, owner: &OwnerId) -> Self {
        Self::of_mark(tags.get(OWNER_TAG), owner)
    }

    /// Determines the ownership from the value of the mark, if there is one.
    pub fn of_mark(mark: Option<&String>, owner: &OwnerId) -> Self {
        match mark {
            None => Self::Unmarked,
            Some(mark) if mark == owner.as_str() => Self::Ours,
            Some(mark) => Self::Foreign(mark.clone()),
        }
    }
}

/// `tags` and the owner's mark: the tags of a create call.
pub(crate) fn marked(tags: &BTreeMap<String, String>, owner: &OwnerId) -> BTreeMap<String, String> {
    let mut marked = tags.clone();
    marked.insert(OWNER_TAG.into(), owner.as_str().into());
    marked
}
