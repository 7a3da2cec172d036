use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MOST_TAGS, RoleSpec, RoleState, Touches};
use crate::id::PolicyArn;
use crate::policy::PolicyDocument;
use crate::setting::Setting;

/// What IAM allows in one account. Sizes in characters without white space.
///
/// From the IAM user guide, "IAM and AWS STS quotas". The first two can be raised, account by account.
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
    /// What an account has unless somebody asked AWS for more.
    fn default() -> Self {
        Self { attached_policies: 10, trust_size: 2_048, inline_size: 10_240, policy_size: 6_144 }
    }
}

impl Quotas {
    /// The most that AWS grants anybody who asks.
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

/// Where it is known from what IAM allows in an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum QuotaSource {
    /// The usual quotas, [`Quotas::default`]: what goes beyond them is refused before anything is called.
    #[default]
    Usual,
    /// Each account is asked, with one more call: for organizations that had their quotas raised.
    Account,
}

impl QuotaSource {
    /// The quotas that hold as long as the account was not asked.
    pub fn ceiling(self) -> Quotas {
        match self {
            Self::Usual => Quotas::default(),
            Self::Account => Quotas::highest(),
        }
    }
}

/// What of a role goes beyond a quota, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OverQuota {
    /// Too many managed policies are attached.
    Attachments {
        /// How many there would be, at the most at the same time.
        count: usize,
        /// How many of them others attached.
        others: usize,
        /// How many of them we make ourselves, as the layout asks.
        made: usize,
        /// How many are allowed.
        quota: usize,
    },
    /// The trust policy is too large.
    Trust {
        /// Its size.
        size: usize,
        /// The size that is allowed.
        quota: usize,
    },
    /// The inline policies are too large.
    Inline {
        /// Their size, those of others included.
        size: usize,
        /// The size that is allowed.
        quota: usize,
    },
    /// The role would have too many tags.
    Tags {
        /// How many there would be, at the most at the same time.
        count: usize,
        /// How many of them others gave it.
        others: usize,
        /// How many are allowed.
        quota: usize,
    },
    /// A managed policy would have too many tags.
    PolicyTags {
        /// Which.
        policy: PolicyArn,
        /// How many there would be.
        count: usize,
        /// How many are allowed.
        quota: usize,
    },
    /// A managed policy is too large.
    Policy {
        /// Which.
        policy: PolicyArn,
        /// Its size.
        size: usize,
        /// The size that is allowed.
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
                "the role would have {count} tags, {others} of them given by others, {quota} are allowed: give fewer in {}, or remove some from the role",
                Setting::Tags
            ),
            Self::PolicyTags { policy, count, quota } => write!(
                f,
                "the managed policy {} would have {count} tags, {quota} are allowed: give fewer in {}, or remove some from the policy",
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
    /// What of bringing `state` to what is wanted goes beyond `quotas`, at its end or at any moment on the way. `None` for a role
    /// that is not there yet.
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

    /// Whether `difference` went beyond a quota when it was corrected; a role that is over it already is not refused what is
    /// unrelated.
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
