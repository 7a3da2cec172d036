//! IAM roles: as wanted, as seen, and where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OwnerId, PolicyArn, PolicyName, RoleArn, RoleName};
use crate::owner::{Ownership, marked};
use crate::policy::PolicyDocument;
use crate::route::Route;

/// Where a role is and how to get there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAddress {
    /// The role, by its ARN: account, path and name.
    pub arn: RoleArn,
    /// The way into the account.
    pub route: Route,
}

impl RoleAddress {
    /// The address of `arn`, reached by `route`.
    pub fn new(arn: RoleArn, route: Route) -> Self {
        Self { arn, route }
    }

    /// The account that holds the role.
    pub fn account(&self) -> &AccountId {
        self.arn.account()
    }

    /// The role's name, unique in its account.
    pub fn name(&self) -> &RoleName {
        self.arn.name()
    }
}

impl fmt::Display for RoleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "role {} in account {}", self.name(), self.account())
    }
}

/// A role as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleSpec {
    /// Where it shall be.
    pub address: RoleAddress,
    /// Who may assume it.
    pub trust: PolicyDocument,
    /// The inline policies that we keep on it, by name.
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// The managed policies that shall be attached.
    pub attached: BTreeSet<PolicyArn>,
    /// The permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// The user's tags; the owner mark is not among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Whose mark it carries.
    pub owner: OwnerId,
}

impl RoleSpec {
    /// A role that `trust` may assume and that permits nothing yet.
    pub fn new(address: RoleAddress, trust: PolicyDocument, owner: OwnerId) -> Self {
        Self {
            address,
            trust,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            boundary: None,
            tags: BTreeMap::new(),
            owner,
        }
    }

    /// Adds an inline policy.
    #[must_use]
    pub fn with_inline(mut self, name: PolicyName, document: PolicyDocument) -> Self {
        self.inline.insert(name, document);
        self
    }

    /// Attaches a managed policy.
    #[must_use]
    pub fn with_attached(mut self, policy: PolicyArn) -> Self {
        self.attached.insert(policy);
        self
    }

    /// Sets the permissions boundary.
    #[must_use]
    pub fn with_boundary(mut self, boundary: Option<PolicyArn>) -> Self {
        self.boundary = boundary;
        self
    }

    /// Sets the user's tags.
    #[must_use]
    pub fn with_tags(mut self, tags: BTreeMap<String, String>) -> Self {
        self.tags = tags;
        self
    }

    /// All tags to write: the user's and the owner mark.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        marked(&self.tags, &self.owner)
    }

    /// In what `state` differs from what is wanted here, field by field. Empty means that nothing has to be written.
    ///
    /// What is on the role beside what is wanted (other inline policies, attachments, tags) is no difference.
    pub fn differences(&self, state: &RoleState) -> Vec<RoleDifference> {
        let Self { address, trust, inline, attached, boundary, tags: _, owner: _ } = self;
        let mut differences = Vec::new();
        if address.arn.path() != state.arn.path() {
            differences.push(RoleDifference::Path);
        }
        if !trust.equivalent(&state.trust) {
            differences.push(RoleDifference::Trust);
        }
        for (name, wanted) in inline {
            if !state.inline.get(name).is_some_and(|seen| seen.equivalent(wanted)) {
                differences.push(RoleDifference::Inline(name.clone()));
            }
        }
        for policy in attached {
            if !state.attached.contains_key(policy) {
                differences.push(RoleDifference::Attachment(policy.clone()));
            }
        }
        if boundary.is_some() && *boundary != state.boundary {
            differences.push(RoleDifference::Boundary);
        }
        for (key, value) in self.all_tags() {
            if state.tags.get(&key) != Some(&value) {
                differences.push(RoleDifference::Tag(key));
            }
        }
        differences
    }
}

/// One thing in which a role is not as wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RoleDifference {
    /// The path. IAM can not change it.
    Path,
    /// The trust policy.
    Trust,
    /// The inline policy of this name.
    Inline(PolicyName),
    /// The attachment of this managed policy.
    Attachment(PolicyArn),
    /// The permissions boundary.
    Boundary,
    /// The tag of this key.
    Tag(String),
}

/// A role as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleState {
    /// Its ARN.
    pub arn: RoleArn,
    /// Who may assume it.
    pub trust: PolicyDocument,
    /// All inline policies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// All attached managed policies, with their text where the backend read it (it reads customer-managed ones).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attached: BTreeMap<PolicyArn, Option<PolicyDocument>>,
    /// The permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// All tags, the owner mark among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl RoleState {
    /// A role that `trust` may assume and that permits nothing.
    pub fn new(arn: RoleArn, trust: PolicyDocument) -> Self {
        Self {
            arn,
            trust,
            inline: BTreeMap::new(),
            attached: BTreeMap::new(),
            boundary: None,
            tags: BTreeMap::new(),
        }
    }

    /// Whose it is, as `owner` sees it.
    pub fn ownership(&self, owner: &OwnerId) -> Ownership {
        Ownership::read(&self.tags, owner)
    }

    /// Whether `other` is the same state: documents compared by meaning, everything else to the letter.
    pub fn same_as(&self, other: &Self) -> bool {
        let Self { arn, trust, inline, attached, boundary, tags } = self;
        let same_optional = |a: &Option<PolicyDocument>, b: &Option<PolicyDocument>| match (a, b) {
            (Some(a), Some(b)) => a.equivalent(b),
            // One of the two observations did not read the text.
            _ => true,
        };
        *arn == other.arn
            && trust.equivalent(&other.trust)
            && inline.len() == other.inline.len()
            && inline
                .iter()
                .all(|(name, document)| other.inline.get(name).is_some_and(|seen| seen.equivalent(document)))
            && attached.len() == other.attached.len()
            && attached.iter().all(|(policy, text)| {
                other.attached.get(policy).is_some_and(|seen| same_optional(text, seen))
            })
            && *boundary == other.boundary
            && *tags == other.tags
    }
}
