use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MOST_TAGS, RoleSpec, RoleState, Touches};
use crate::id::PolicyArn;
use crate::policy::PolicyDocument;
use crate::setting::Setting;

/// The IAM quotas of one account. Sizes are in characters without white space.
///
/// The values are from the IAM user guide, "IAM and AWS STS quotas". The first two can be raised per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Quotas {
    /// Managed policies attached to one role.
    pub attached_policies: usize,
    /// The trust policy.
    pub trust_size: usize,
    /// All inline policies of one role together.
    pub inline_size: usize,
    /// One managed policy.
    pub policy_size: usize,
}

impl Default for Quotas {
    /// The quotas of an account for which no increase was requested.
    fn default() -> Self {
        Self { attached_policies: 10, trust_size: 2_048, inline_size: 10_240, policy_size: 6_144 }
    }
}

impl Quotas {
    /// The maximum that AWS grants on request.
    pub fn highest() -> Self {
        Self { attached_policies: 25, trust_size: 8_192, ..Self::default() }
    }

    /// Sets how many managed policies may be attached to one role.
    #[must_use]
    pub fn with_attached_policies(mut self, policies: usize) -> Self {
        self.attached_policies = policies;
        self
    }

    /// Sets the size of a trust policy.
    #[must_use]
    pub fn with_trust_size(mut self, characters: usize) -> Self {
        self.trust_size = characters;
        self
    }
}

/// The source of an account's IAM quotas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum QuotaSource {
    /// The default quotas, [`Quotas::default`]: a role that exceeds them is refused before any call.
    #[default]
    Usual,
    /// The quotas of each account, read with one more call: for organizations with raised quotas.
    Account,
}

impl QuotaSource {
    /// The quotas that apply before an account's quotas are read.
    pub fn ceiling(self) -> Quotas {
        match self {
            Self::Usual => Quotas::default(),
            Self::Account => Quotas::highest(),
        }
    }
}

/// The part of a role that exceeds a quota. Its text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OverQuota {
    /// Too many managed policies are attached.
    Attachments {
        /// The highest number at any moment.
        count: usize,
        /// How many of them other tools attached.
        others: usize,
        /// How many of them we create, as the layout requires.
        made: usize,
        /// The allowed number.
        quota: usize,
    },
    /// The trust policy is too large.
    Trust {
        /// Its size.
        size: usize,
        /// The allowed size.
        quota: usize,
    },
    /// The inline policies are too large.
    Inline {
        /// Their size, including those of other tools.
        size: usize,
        /// The allowed size.
        quota: usize,
    },
    /// The role would have too many tags.
    Tags {
        /// The highest number at any moment.
        count: usize,
        /// How many of them other tools added.
        others: usize,
        /// The allowed number.
        quota: usize,
    },
    /// A managed policy would have too many tags.
    PolicyTags {
        /// The policy.
        policy: PolicyArn,
        /// The resulting number.
        count: usize,
        /// The allowed number.
        quota: usize,
    },
    /// A managed policy is too large.
    Policy {
        /// The policy.
        policy: PolicyArn,
        /// Its size.
        size: usize,
        /// The allowed size.
        quota: usize,
    },
}

impl fmt::Display for OverQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attachments { count, others, made, quota } => {
                write!(f, "{count} managed policies would be attached, ")?;
                if *others > 0 {
                    write!(f, "{others} of them by others, ")?;
                }
                write!(f, "{quota} are allowed: attach fewer")?;
                if *made > 0 {
                    write!(f, ", use the layout inline")?;
                }
                if *quota < Quotas::highest().attached_policies {
                    write!(
                        f,
                        ", or raise the quota L-0DA4ABF3 and set {} to \"account\"",
                        Setting::RoleQuotas
                    )?;
                }
                Ok(())
            }
            Self::Trust { size, quota } => write!(
                f,
                "the trust policy has {size} characters, {quota} are allowed: trust fewer principals or external ids, or raise the quota L-C07B4B0D and set {} to \"account\"",
                Setting::RoleQuotas
            ),
            Self::Inline { size, quota } => write!(
                f,
                "the inline policies have {size} characters together, {quota} are allowed: enable fewer features, or use the layout managed"
            ),
            Self::Tags { count, others, quota } => write!(
                f,
                "the role would have {count} tags, {others} of them from others, {quota} are allowed: set fewer in {}, or remove some from the role",
                Setting::Tags
            ),
            Self::PolicyTags { policy, count, quota } => write!(
                f,
                "the managed policy {} would have {count} tags, {quota} are allowed: set fewer in {}, or remove some from the policy",
                policy.name(),
                Setting::Tags
            ),
            Self::Policy { policy, size, quota } => write!(
                f,
                "the managed policy {} has {size} characters, {quota} are allowed: enable fewer features, or use the layout inline",
                policy.name()
            ),
        }
    }
}

impl RoleSpec {
    /// Returns the quota that is exceeded when `state` becomes as desired, at the end or at any moment before. `None` means a
    /// role that does not exist yet.
    pub fn over_quota(&self, state: Option<&RoleState>, quotas: &Quotas) -> Option<OverQuota> {
        let mut now = match state {
            Some(state) => state.clone(),
            None => self.created(),
        };
        if state.is_none() {
            let size = now.trust.size();
            if size > quotas.trust_size {
                return Some(OverQuota::Trust { size, quota: quotas.trust_size });
            }
        }
        self.differences(&now).iter().find_map(|difference| {
            self.apply_difference(difference, &mut now);
            self.beyond(difference, &now, quotas)
        })
    }

    /// Whether correcting `difference` exceeds a quota. A role that exceeds a quota already may still get unrelated changes.
    fn beyond(
        &self,
        difference: &super::RoleDifference,
        now: &RoleState,
        quotas: &Quotas,
    ) -> Option<OverQuota> {
        let Quotas { attached_policies, trust_size, inline_size, policy_size } = *quotas;
        match difference.touches() {
            Touches::Trust => {
                let size = now.trust.size();
                (size > trust_size).then_some(OverQuota::Trust { size, quota: trust_size })
            }
            Touches::Attachments => {
                let count = now.attached.len();
                let ours = |arn: &&PolicyArn| {
                    let Self { managed, attached, retired, .. } = self;
                    managed.contains_key(*arn) || attached.contains(*arn) || retired.attached.contains(*arn)
                };
                let others = count - now.attached.keys().filter(ours).count();
                (count > attached_policies).then_some(OverQuota::Attachments {
                    count: count.max(others + self.attachments().count()),
                    others,
                    made: self.managed.len(),
                    quota: attached_policies,
                })
            }
            Touches::Inline(_) => {
                let size = now.inline.values().map(PolicyDocument::size).sum();
                (size > inline_size).then_some(OverQuota::Inline { size, quota: inline_size })
            }
            Touches::Policy(arn) => {
                let size = self.managed.get(arn).map_or(0, |policy| policy.document.size());
                (size > policy_size).then(|| OverQuota::Policy {
                    policy: arn.clone(),
                    size,
                    quota: policy_size,
                })
            }
            Touches::Tags => {
                let count = now.tags.len();
                let ours = self.tags_of(&now.tags.keys().cloned().collect()).len();
                (count > MOST_TAGS).then(|| OverQuota::Tags { count, others: count - ours, quota: MOST_TAGS })
            }
            Touches::PolicyTags(arn) => {
                let count = now.managed.get(arn).map_or(0, |policy| policy.tags.len());
                (count > MOST_TAGS).then(|| OverQuota::PolicyTags {
                    policy: arn.clone(),
                    count,
                    quota: MOST_TAGS,
                })
            }
            Touches::Nothing => None,
        }
    }
}
