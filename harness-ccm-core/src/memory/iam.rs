//! IAM with one write at a time, and with its own rules and quotas.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::state::{State, key};
use super::{Call, MemoryPolicy};
use crate::error::{Error, ErrorKind, Result};
use crate::id::{AccountId, Partition, PolicyArn, RoleArn};
use crate::policy::{PolicyDocument, Principals};
use crate::role::{InvalidTags, ManagedPolicy, ManagedState, PolicyUse, Quotas, RoleState, check_tags};

/// Versions of one managed policy (IAM user guide, "IAM and AWS STS quotas").
pub(super) const VERSIONS: usize = 5;

/// Characters of a policy's description (IAM API reference, `CreatePolicy`).
const DESCRIPTION: usize = 1_000;

/// The maximum session duration of a role, in seconds (IAM API reference, `CreateRole`).
const MAX_SESSION: RangeInclusive<u32> = RoleState::DEFAULT_MAX_SESSION..=43_200;

pub(super) fn refuse(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(kind, operation, message)
}

pub(super) fn quota(operation: &'static str, what: &str, quota: usize) -> Error {
    refuse(ErrorKind::LimitExceeded, operation, format!("cannot exceed quota for {what}: {quota}"))
}

pub(super) fn refuse_tags(operation: &'static str) -> impl Fn(InvalidTags) -> Error {
    move |error| {
        let kind = match error {
            InvalidTags::TooMany { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::Invalid,
        };
        refuse(kind, operation, error.to_string())
    }
}

pub(super) fn check_max_session(operation: &'static str, seconds: u32) -> Result<()> {
    if MAX_SESSION.contains(&seconds) {
        return Ok(());
    }
    let (least, most) = (MAX_SESSION.start(), MAX_SESSION.end());
    let message = format!("a MaxSessionDuration of {seconds} seconds is not between {least} and {most}");
    Err(refuse(ErrorKind::Invalid, operation, message))
}

impl State {
    /// Counts one write, unless IAM is unreachable.
    pub(super) fn write(&mut self, operation: &'static str, subject: impl Into<String>) -> Result<()> {
        match &mut self.iam_writes_left {
            Some(0) => {
                return Err(refuse(ErrorKind::Unavailable, operation, "IAM cannot be reached any more"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        self.iam_writes.push(Call::new(operation, subject, true));
        self.keep_past();
        Ok(())
    }

    pub(super) fn quotas(&self, account: &AccountId) -> Quotas {
        self.quotas.get(account).copied().unwrap_or_default()
    }

    pub(super) fn role_mut(&mut self, operation: &'static str, arn: &RoleArn) -> Result<&mut RoleState> {
        let name = arn.name();
        self.role_entry_mut(arn.account(), arn.name()).ok_or_else(|| {
            refuse(ErrorKind::NotFound, operation, format!("the role with name {name} cannot be found"))
        })
    }

    pub(super) fn policy_mut(
        &mut self,
        operation: &'static str,
        arn: &PolicyArn,
    ) -> Result<&mut MemoryPolicy> {
        self.policies.get_mut(arn).ok_or_else(|| {
            refuse(
                ErrorKind::NotFound,
                operation,
                format!("policy {arn} does not exist or is not attachable"),
            )
        })
    }

    /// Whether a role of `account` can have this managed policy.
    pub(super) fn has_policy(&self, partition: Partition, account: &AccountId, arn: &PolicyArn) -> bool {
        let exists = if arn.is_aws_managed() {
            !self.aws_lacks.contains(arn)
        } else {
            self.policies.contains_key(arn)
        };
        exists && !arn.is_for_services_only() && arn.can_be_attached_in(partition, account)
    }

    /// Refuses a managed policy that a role of `account` cannot have, as IAM does for an attachment or a boundary.
    pub(super) fn check_policy(
        &self,
        operation: &'static str,
        role: &RoleArn,
        arn: &PolicyArn,
        used: PolicyUse,
    ) -> Result<()> {
        if self.has_policy(role.partition(), role.account(), arn) {
            return Ok(());
        }
        let message = format!("policy {arn} does not exist or is not attachable");
        Err(refuse(ErrorKind::Invalid, operation, message).with_remedy(format!(
            "create the managed policy in that account first, or correct {}",
            used.setting()
        )))
    }

    /// Updates the policies that the roles of `account` show.
    pub(super) fn refresh(&mut self, account: &AccountId) {
        let first = (account.clone(), String::new());
        let roles = self.roles.range_mut(first..).take_while(|((of, _), _)| of == account);
        for (_, role) in roles {
            let shows_all = role.tag(crate::owner::MANAGED_TAG).is_some();
            role.managed.clear();
            for (arn, policy) in &self.policies {
                let text = role.attached.get_mut(arn);
                if text.is_some() || shows_all && role.arn.holds(arn) {
                    role.managed.insert(arn.clone(), policy.known());
                }
                if let Some(text) = text {
                    *text = policy.document().cloned();
                }
            }
        }
    }

    /// Adds a role unchanged, with the texts of its attached policies.
    pub(super) fn place(&mut self, role: RoleState) {
        for (arn, text) in &role.attached {
            let (Some(text), false) = (text, arn.is_aws_managed()) else { continue };
            let known = role.managed.get(arn).cloned();
            if let Some(policy) = self.policies.get_mut(arn) {
                policy.versions.insert(policy.default, text.clone());
                policy.tags = known.map_or_else(|| policy.tags.clone(), |known| known.tags);
            } else {
                let ManagedState { description, tags } = known.unwrap_or_default();
                let policy = ManagedPolicy { description, document: text.clone() };
                self.policies.insert(arn.clone(), MemoryPolicy::new(policy, tags));
            }
        }
        let account = role.arn.account().clone();
        self.roles.insert(key(role.arn.account(), role.arn.name()), role);
        self.refresh(&account);
    }

    pub(super) fn check_trust(
        &self,
        operation: &'static str,
        role: &RoleArn,
        trust: &PolicyDocument,
    ) -> Result<()> {
        let allowed = self.quotas(role.account()).trust_size;
        if trust.size() > allowed {
            return Err(quota(operation, "ACLSizePerRole", allowed));
        }
        let principals = trust.statements().iter().filter_map(|statement| statement.principals());
        for principal in principals.flat_map(Principals::iter) {
            let partition = principal.as_str().strip_prefix("arn:").and_then(|rest| rest.split(':').next());
            let foreign =
                partition.is_some_and(|name| name.parse::<Partition>().ok() != Some(role.partition()));
            if foreign || principal.is_orphaned() {
                let message = format!("invalid principal in policy: {principal}");
                return Err(refuse(ErrorKind::Invalid, operation, message));
            }
        }
        Ok(())
    }

    pub(super) fn create_policy(
        &mut self,
        account: &AccountId,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
        tags: BTreeMap<String, String>,
    ) -> Result<()> {
        const OPERATION: &str = "iam:CreatePolicy";
        let taken = |other: &PolicyArn| {
            other.account().as_ref() == Some(account) && other.name().eq_ignore_ascii_case(arn.name())
        };
        if self.policies.keys().any(taken) {
            let message = format!("a policy with the name {} already exists", arn.name());
            return Err(refuse(ErrorKind::Conflict, OPERATION, message));
        }
        self.check_size(OPERATION, account, &policy.document)?;
        if policy.description.chars().count() > DESCRIPTION {
            let message = format!("the description has more than {DESCRIPTION} characters");
            return Err(refuse(ErrorKind::Invalid, OPERATION, message));
        }
        check_tags(&tags).map_err(refuse_tags(OPERATION))?;
        self.write(OPERATION, arn.name())?;
        self.policies.insert(arn.clone(), MemoryPolicy::new(policy.clone(), tags));
        self.refresh(account);
        Ok(())
    }

    fn check_size(
        &self,
        operation: &'static str,
        account: &AccountId,
        document: &PolicyDocument,
    ) -> Result<()> {
        let allowed = self.quotas(account).policy_size;
        if document.size() > allowed { Err(quota(operation, "PolicySize", allowed)) } else { Ok(()) }
    }

    /// Creates a new default version.
    pub(super) fn create_version(
        &mut self,
        account: &AccountId,
        arn: &PolicyArn,
        document: &PolicyDocument,
    ) -> Result<()> {
        const OPERATION: &str = "iam:CreatePolicyVersion";
        if self.policy_mut(OPERATION, arn)?.versions.len() >= VERSIONS {
            return Err(quota(OPERATION, "VersionsPerPolicy", VERSIONS));
        }
        self.check_size(OPERATION, account, document)?;
        self.write(OPERATION, arn.name())?;
        let policy = self.policy_mut(OPERATION, arn)?;
        let number = policy.versions.last_key_value().map_or(0, |(number, _)| *number) + 1;
        policy.versions.insert(number, document.clone());
        policy.default = number;
        self.refresh(account);
        Ok(())
    }

    pub(super) fn delete_version(&mut self, arn: &PolicyArn, number: u32) -> Result<()> {
        const OPERATION: &str = "iam:DeletePolicyVersion";
        if self.policy_mut(OPERATION, arn)?.default == number {
            let message = "the default version of a policy cannot be deleted";
            return Err(refuse(ErrorKind::Conflict, OPERATION, message));
        }
        self.write(OPERATION, arn.name())?;
        self.policy_mut(OPERATION, arn)?.versions.remove(&number);
        Ok(())
    }

    pub(super) fn tag_policy(
        &mut self,
        account: &AccountId,
        arn: &PolicyArn,
        tags: BTreeMap<String, String>,
    ) -> Result<()> {
        const OPERATION: &str = "iam:TagPolicy";
        let mut all = self.policy_mut(OPERATION, arn)?.tags.clone();
        all.extend(tags);
        check_tags(&all).map_err(refuse_tags(OPERATION))?;
        self.write(OPERATION, arn.name())?;
        self.policy_mut(OPERATION, arn)?.tags = all;
        self.refresh(account);
        Ok(())
    }

    pub(super) fn delete_policy(&mut self, account: &AccountId, arn: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:DeletePolicy";
        if self.policy_mut(OPERATION, arn)?.versions.len() > 1 {
            let message = "the policy still has versions other than the default one";
            return Err(refuse(ErrorKind::Conflict, OPERATION, message));
        }
        if self.roles.values().any(|role| role.attached.contains_key(arn)) {
            return Err(refuse(ErrorKind::Conflict, OPERATION, "the policy is attached to something")
                .with_remedy(format!("detach {arn} from all other roles, users and groups")));
        }
        self.write(OPERATION, arn.name())?;
        self.policies.remove(arn);
        self.refresh(account);
        Ok(())
    }
}
