//! The owner mark: a tag on every role and connector that this library creates, written in the create call itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::OwnerId;

/// The tag key of the mark, on IAM roles and Harness connectors alike.
///
/// Harness sets no rule for tag keys; IAM allows letters, digits, spaces and `_.:/=+-@`.
pub const OWNER_TAG: &str = "harness-ccm-owner";

/// The tag key on a role by which we remember that managed policies were made for it: only then are those looked for that are
/// not attached.
pub const MANAGED_TAG: &str = "harness-ccm-managed-policies";

/// The tag key on a role or connector that was adopted. On a connector it matters only as [`ADOPTED_AS_IT_IS`]. On a role: others rely on it, so nothing that it had is ever taken away. The value names, by
/// name and with spaces between, the policies that were attached at that time and that would be detached from a role of our own
/// making; `:all` stands for all. Removing the tag makes the role like one of our own making.
pub const ADOPTED_TAG: &str = "harness-ccm-adopted";

/// The tag key on a role by which we remember the permissions boundary that we put there: only that one is removed once none is wanted.
/// The value is its ARN, or the SHA-256 of that where IAM does not take it as the value of a tag. Written before the boundary.
pub const BOUNDARY_TAG: &str = "harness-ccm-boundary";

/// The value of [`ADOPTED_TAG`] where the names do not make a tag: IAM takes it, and no policy has such a name.
pub(crate) const ADOPTED_WITH_ALL: &str = ":all";

/// The value of [`ADOPTED_TAG`] on a role or connector that was marked and not changed: it counts by what it does and not by how it is
/// made, as if it carried no mark. The first change takes it over, and then it is compared exactly.
pub const ADOPTED_AS_IT_IS: &str = ":as-it-is";

/// Whose a role or connector is, as seen by one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// It carries the owner's own mark.
    Ours,
    /// It carries no mark: made by hand, by Terraform, by CloudFormation.
    Unmarked,
    /// It carries another owner's mark, given as it stands there.
    Foreign(String),
}

impl Ownership {
    /// Reads the mark out of `tags`.
    pub fn read(tags: &BTreeMap<String, String>, owner: &OwnerId) -> Self {
        Self::of_mark(tags.get(OWNER_TAG), owner)
    }

    /// From the value of the mark, if there is one.
    pub fn of_mark(mark: Option<&String>, owner: &OwnerId) -> Self {
        match mark {
            None => Self::Unmarked,
            Some(mark) if mark == owner.as_str() => Self::Ours,
            Some(mark) => Self::Foreign(mark.clone()),
        }
    }
}

/// `tags` with the owner's mark among them: what a create call writes.
pub(crate) fn marked(tags: &BTreeMap<String, String>, owner: &OwnerId) -> BTreeMap<String, String> {
    let mut marked = tags.clone();
    marked.insert(OWNER_TAG.into(), owner.as_str().into());
    marked
}
