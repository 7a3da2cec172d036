use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::RoleAddress;
use crate::id::{OwnerId, PolicyArn, PolicyName};
use crate::owner::{ADOPTED_TAG, MANAGED_TAG, marked};
use crate::policy::{Grants, PolicyDocument};
use crate::session::SessionSeconds;

/// The desired state of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoleSpec {
    /// The location of the role.
    pub address: RoleAddress,
    /// The principals that may assume it.
    pub trust: PolicyDocument,
    /// Our inline policies on the role, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// The managed policies that we create for it and attach. Their ARNs are those of
    /// [`RoleAddress::policy`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub managed: BTreeMap<PolicyArn, ManagedPolicy>,
    /// Existing managed policies to attach: AWS-managed ones, or those of the account.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<PolicyArn>,
    /// What is removed if it exists.
    #[serde(default, skip_serializing_if = "Retired::is_nothing")]
    pub retired: Retired,
    /// The permissions boundary. `None` keeps the current one, unless it is [retired](Retired::boundary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// The minimum of the maximum session duration: a lower one is raised, a higher one stays. `None` keeps the
    /// current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<SessionSeconds>,
    /// The user's tags, without our own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What was attached to the role when it was adopted: it stays, even if retired. `None` for a role that we created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<String>,
    /// The owner whose mark it has.
    pub owner: OwnerId,
}

/// A managed policy that we create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ManagedPolicy {
    /// Its description. IAM never changes it.
    pub description: String,
    /// Its text.
    pub document: PolicyDocument,
}

impl ManagedPolicy {
    /// A policy with this description and this text.
    pub fn new(description: impl Into<String>, document: PolicyDocument) -> Self {
        Self { description: description.into(), document }
    }
}

/// What we may have put on a role earlier and remove now. It does not include anything of other tools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Retired {
    /// Inline policies of these names.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub inline: BTreeSet<PolicyName>,
    /// Attachments of these policies; the policies themselves are not ours and stay.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<PolicyArn>,
    /// Managed policies that were created for this role, have our mark, and are no longer desired: they are
    /// detached and deleted.
    pub policies: bool,
    /// The permissions boundary to remove if none is desired.
    #[serde(skip_serializing_if = "RetiredBoundary::stays")]
    pub boundary: RetiredBoundary,
}

/// The permissions boundary to remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetiredBoundary {
    /// None: the current one stays.
    #[default]
    Stays,
    /// The one that we set, as its tag [records](crate::owner::BOUNDARY_TAG).
    Ours,
    /// Any boundary.
    Any,
}

impl RetiredBoundary {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn stays(&self) -> bool {
        *self == Self::Stays
    }
}

impl Retired {
    /// Whether nothing is retired.
    pub fn is_nothing(&self) -> bool {
        let Self { inline, attached, policies, boundary } = self;
        inline.is_empty() && attached.is_empty() && !policies && boundary.stays()
    }
}

impl RoleSpec {
    /// A role with this trust policy and without permissions.
    pub fn new(address: RoleAddress, trust: PolicyDocument, owner: OwnerId) -> Self {
        Self {
            address,
            trust,
            inline: BTreeMap::new(),
            managed: BTreeMap::new(),
            attached: BTreeSet::new(),
            retired: Retired::default(),
            boundary: None,
            max_session: None,
            tags: BTreeMap::new(),
            adopted: None,
            owner,
        }
    }

    /// Adds an inline policy.
    #[must_use]
    pub fn with_inline(mut self, name: PolicyName, document: PolicyDocument) -> Self {
        self.inline.insert(name, document);
        self
    }

    /// Adds a managed policy that is created for the role.
    #[must_use]
    pub fn with_managed(
        mut self,
        name: &PolicyName,
        description: impl Into<String>,
        document: PolicyDocument,
    ) -> Self {
        let policy = ManagedPolicy { description: description.into(), document };
        self.managed.insert(self.address.policy(name), policy);
        self
    }

    /// Attaches an existing managed policy.
    #[must_use]
    pub fn with_attached(mut self, policy: PolicyArn) -> Self {
        self.attached.insert(policy);
        self
    }

    /// Sets what is removed.
    #[must_use]
    pub fn with_retired(mut self, retired: Retired) -> Self {
        self.retired = retired;
        self
    }

    /// Sets the permissions boundary.
    #[must_use]
    pub fn with_boundary(mut self, boundary: Option<PolicyArn>) -> Self {
        self.boundary = boundary;
        self
    }

    /// Sets the minimum of the maximum session duration.
    #[must_use]
    pub fn with_max_session(mut self, seconds: Option<SessionSeconds>) -> Self {
        self.max_session = seconds;
        self
    }

    /// Sets the user's tags.
    #[must_use]
    pub fn with_tags(mut self, tags: BTreeMap<String, String>) -> Self {
        self.tags = tags;
        self
    }

    /// All policies to attach.
    pub fn attachments(&self) -> impl Iterator<Item = &PolicyArn> {
        self.managed.keys().chain(&self.attached)
    }

    /// The documents of our own policies on it.
    pub fn documents(&self) -> impl Iterator<Item = &PolicyDocument> {
        self.inline.values().chain(self.managed.values().map(|policy| &policy.document))
    }

    /// The permissions that its policies will grant within its permissions boundary. The text of a boundary is unknown
    /// unless AWS maintains it.
    pub fn grants(&self) -> Grants<'_> {
        let grants = self.grants_without_boundary();
        match &self.boundary {
            Some(boundary) => grants.within_boundary(boundary, None),
            None => grants,
        }
    }

    /// The permissions that its policies will grant, whatever its permissions boundary is.
    pub fn grants_without_boundary(&self) -> Grants<'_> {
        let own = Grants::of(self.documents());
        self.attached.iter().fold(own, |grants, policy| grants.with_attached(policy, None))
    }

    /// All tags that the role always has: the user's, the owner mark, and our records. The write that sets a permissions boundary
    /// records it in a further tag.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.policy_tags();
        if !self.managed.is_empty() {
            tags.insert(MANAGED_TAG.into(), "true".into());
        }
        if let Some(adopted) = &self.adopted {
            tags.insert(ADOPTED_TAG.into(), adopted.clone());
        }
        tags
    }

    /// All tags of the managed policies created for it: the user's tags and the owner mark.
    pub fn policy_tags(&self) -> BTreeMap<String, String> {
        marked(&self.tags, &self.owner)
    }
}
