use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::RoleAddress;
use crate::id::{OwnerId, PolicyArn, PolicyName};
use crate::owner::{ADOPTED_TAG, MANAGED_TAG, marked};
use crate::policy::{Grants, PolicyDocument};
use crate::session::SessionSeconds;

/// A role as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoleSpec {
    /// Where it shall be.
    pub address: RoleAddress,
    /// Who may assume it.
    pub trust: PolicyDocument,
    /// The inline policies that we keep on it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// The managed policies that we make for it and attach. Their ARNs are those of [`RoleAddress::policy`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub managed: BTreeMap<PolicyArn, ManagedPolicy>,
    /// The managed policies of others, AWS' own or the account's, that shall be attached.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<PolicyArn>,
    /// What goes if it is there.
    #[serde(default, skip_serializing_if = "Retired::is_nothing")]
    pub retired: Retired,
    /// The permissions boundary. `None` leaves what is there, unless it is [retired](Retired::boundary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// The least maximum session duration: a lower one is raised, a higher one stays. `None` leaves what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<SessionSeconds>,
    /// The user's tags; our own are not among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What was attached to the role when it was adopted: it stays, whatever is retired. `None` for a role of our own making.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<String>,
    /// Whose mark it carries.
    pub owner: OwnerId,
}

/// A managed policy that we make.
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

/// What we may once have put on a role and do not want there any more. What others put there is not among it.
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
    /// Managed policies that were made for this role, carry our mark, and are not wanted: detached and deleted.
    pub policies: bool,
    /// The permissions boundary, where none is wanted.
    #[serde(skip_serializing_if = "RetiredBoundary::stays")]
    pub boundary: RetiredBoundary,
}

/// Which permissions boundary goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetiredBoundary {
    /// None: what is there stays.
    #[default]
    Stays,
    /// The one that we put there, as its tag [remembers](crate::owner::BOUNDARY_TAG).
    Ours,
    /// Whichever is there.
    Any,
}

impl RetiredBoundary {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn stays(&self) -> bool {
        *self == Self::Stays
    }
}

impl Retired {
    /// Whether nothing goes.
    pub fn is_nothing(&self) -> bool {
        let Self { inline, attached, policies, boundary } = self;
        inline.is_empty() && attached.is_empty() && !policies && boundary.stays()
    }
}

impl RoleSpec {
    /// A role that `trust` may assume and that permits nothing yet.
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

    /// Makes a managed policy for the role.
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

    /// Attaches a managed policy that is there already.
    #[must_use]
    pub fn with_attached(mut self, policy: PolicyArn) -> Self {
        self.attached.insert(policy);
        self
    }

    /// Sets what goes.
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

    /// Sets the least maximum session duration.
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

    /// Everything that shall be attached.
    pub fn attachments(&self) -> impl Iterator<Item = &PolicyArn> {
        self.managed.keys().chain(&self.attached)
    }

    /// Everything that our own policies on it say.
    pub fn documents(&self) -> impl Iterator<Item = &PolicyDocument> {
        self.inline.values().chain(self.managed.values().map(|policy| &policy.document))
    }

    /// What its policies will grant, within its permissions boundary, whose text is not known unless AWS maintains it.
    pub fn grants(&self) -> Grants<'_> {
        let own = Grants::of(self.documents());
        let attached = self.attached.iter();
        let grants = attached.fold(own, |grants, policy| grants.with_attached(policy, None));
        match &self.boundary {
            Some(boundary) => grants.within_boundary(boundary, None),
            None => grants,
        }
    }

    /// All tags that the role always has: the user's, the owner mark, and what we remember there. A permissions boundary is remembered by
    /// the write that puts it there.
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

    /// All tags of the managed policies that are made for it: the user's and the owner mark.
    pub fn policy_tags(&self) -> BTreeMap<String, String> {
        marked(&self.tags, &self.owner)
    }
}
