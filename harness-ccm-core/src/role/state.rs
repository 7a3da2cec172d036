use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{boundary_mark, find_tag};
use crate::id::{OwnerId, PolicyArn, PolicyName, RoleArn};
use crate::owner::{ADOPTED_AS_IT_IS, ADOPTED_TAG, BOUNDARY_TAG, OWNER_TAG, Ownership};
use crate::policy::{Grants, PolicyDocument};

/// The observed state of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoleState {
    /// Its ARN.
    pub arn: RoleArn,
    /// The principals that may assume it.
    pub trust: PolicyDocument,
    /// All inline policies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<PolicyName, PolicyDocument>,
    /// All attached managed policies, with the text of their default version if the backend read it (it reads
    /// customer-managed ones).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attached: BTreeMap<PolicyArn, Option<PolicyDocument>>,
    /// Details of customer-managed policies: the attached ones, and unattached ones that were created for this role, which an
    /// interrupted run leaves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub managed: BTreeMap<PolicyArn, ManagedState>,
    /// The permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PolicyArn>,
    /// The maximum session duration, in seconds: STS starts no longer session.
    #[serde(default = "default_max_session", skip_serializing_if = "is_default_max_session")]
    pub max_session: u32,
    /// All tags, including the owner mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

fn default_max_session() -> u32 {
    RoleState::DEFAULT_MAX_SESSION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_default_max_session(seconds: &u32) -> bool {
    *seconds == RoleState::DEFAULT_MAX_SESSION
}

impl RoleState {
    /// The maximum session duration of a role for which none is set, in seconds. It is also the minimum that IAM accepts (IAM
    /// API reference, `CreateRole`).
    pub const DEFAULT_MAX_SESSION: u32 = 3_600;

    /// Whether it has no permissions at all.
    pub(crate) fn has_no_policy(&self) -> bool {
        self.inline.is_empty() && self.attached.is_empty()
    }

    /// A role with this trust policy and without permissions.
    pub fn new(arn: RoleArn, trust: PolicyDocument) -> Self {
        Self {
            arn,
            trust,
            inline: BTreeMap::new(),
            attached: BTreeMap::new(),
            managed: BTreeMap::new(),
            boundary: None,
            max_session: Self::DEFAULT_MAX_SESSION,
            tags: BTreeMap::new(),
        }
    }

    /// Whether it was adopted and is still as its creator made it.
    pub(crate) fn is_adopted_as_it_is(&self) -> bool {
        self.tag(ADOPTED_TAG).is_some_and(|value| value == ADOPTED_AS_IT_IS)
    }

    /// Its ownership, as seen by `owner`.
    pub fn ownership(&self, owner: &OwnerId) -> Ownership {
        Ownership::of_mark(self.tag(OWNER_TAG), owner)
    }

    /// The value of a tag. The case of the key does not matter, as in IAM.
    pub fn tag(&self, key: &str) -> Option<&String> {
        find_tag(&self.tags, key).map(|(_, value)| value)
    }

    /// The owner whose mark it has, if any.
    pub fn owner(&self) -> Option<OwnerId> {
        self.tag(OWNER_TAG)?.parse().ok()
    }

    /// Its permissions boundary, if we set it.
    pub fn own_boundary(&self) -> Option<&PolicyArn> {
        let mark = self.tag(BOUNDARY_TAG)?;
        self.boundary.as_ref().filter(|boundary| boundary_mark(boundary) == *mark)
    }

    /// The documents of its policies, as far as they were read.
    pub fn documents(&self) -> impl Iterator<Item = &PolicyDocument> {
        self.inline.values().chain(self.attached.values().flatten())
    }

    /// The permissions that its policies grant within its permissions boundary. Backends do not read the text of a
    /// boundary, so everything is unknown with a boundary that AWS does not maintain.
    pub fn grants(&self) -> Grants<'_> {
        let grants = self.grants_without_boundary();
        match &self.boundary {
            Some(boundary) => grants.within_boundary(boundary, None),
            None => grants,
        }
    }

    /// The permissions that its policies grant, without regard to its permissions boundary.
    pub fn grants_without_boundary(&self) -> Grants<'_> {
        let own = Grants::of(self.inline.values());
        self.attached.iter().fold(own, |grants, (policy, text)| grants.with_attached(policy, text.as_ref()))
    }

    /// The managed policies that `owner` made for this role, attached or not.
    pub fn made_by<'a>(&'a self, owner: &'a OwnerId) -> impl Iterator<Item = &'a PolicyArn> {
        self.managed
            .iter()
            .filter(|(arn, policy)| self.arn.holds(arn) && policy.ownership(owner) == Ownership::Ours)
            .map(|(arn, _)| arn)
    }

    /// Whether `other` is the same state: documents are compared by meaning, everything else exactly. What one of the two
    /// observations did not read does not count.
    pub fn same_as(&self, other: &Self) -> bool {
        let Self { arn, trust, inline, attached, managed, boundary, max_session, tags } = self;
        let same_optional = |a: &Option<PolicyDocument>, b: &Option<PolicyDocument>| match (a, b) {
            (Some(a), Some(b)) => a.equivalent(b),
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
            && managed
                .iter()
                .all(|(policy, known)| other.managed.get(policy).is_none_or(|seen| seen == known))
            && *boundary == other.boundary
            && *max_session == other.max_session
            && *tags == other.tags
    }

    /// Whether it is `expected`, or the rest of it after an interrupted removal.
    pub fn is_rest_of(&self, expected: &Self) -> bool {
        let mut rest = expected.clone();
        rest.inline.retain(|name, _| self.inline.contains_key(name));
        rest.attached.retain(|policy, _| self.attached.contains_key(policy));
        self.same_as(&rest)
    }
}

/// The observed state of a customer-managed policy; its text is with the attachment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ManagedState {
    /// Its description.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// All tags, including the owner mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl ManagedState {
    /// A policy with this description and these tags.
    pub fn new(
        description: impl Into<String>,
        tags: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let tags = tags.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self { description: description.into(), tags }
    }

    /// Its ownership, as seen by `owner`.
    pub fn ownership(&self, owner: &OwnerId) -> Ownership {
        Ownership::read(&self.tags, owner)
    }
}
