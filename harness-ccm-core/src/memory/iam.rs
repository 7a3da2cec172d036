//! IAM as it is: one write at a time, and with IAM's own rules and quotas.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::state::State;
use super::{Call, MemoryPolicy};
use crate::error::{Error, ErrorKind, Result};
use crate::id::{AccountId, Partition, PolicyArn, PolicyName, RoleArn, RoleName};
use crate::policy::{PolicyDocument, Principals};
use crate::role::{ManagedPolicy, ManagedState, Quotas, RoleState, check_tags};

/// Versions of one managed policy (IAM user guide, "IAM and AWS STS quotas").
pub(super) const VERSIONS: usize = 5;

/// Characters of a policy's description (IAM API reference, `CreatePolicy`).
const DESCRIPTION: usize = 1_000;

/// The maximum session duration of a role, in seconds (IAM API reference, `CreateRole`).
const MAX_SESSION: RangeInclusive<u32> = RoleState::DEFAULT_MAX_SESSION..=43_200;

fn refuse(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(kind, operation, message)
}

fn quota(operation: &'static str, what: &str, quota: usize) -> Error {
    refuse(ErrorKind::LimitExceeded, operation, format!("cannot exceed quota for {what}: {quota}"))
}

fn check_max_session(operation: &'static str, seconds: u32) -> Result<()> {
    if MAX_SESSION.contains(&seconds) {
        return Ok(());
    }
    let (least, most) = (MAX_SESSION.start(), MAX_SESSION.end());
    let message = format!("a MaxSessionDuration of {seconds} seconds is not between {least} and {most}");
    Err(refuse(ErrorKind::Invalid, operation, message))
}

type Key = (AccountId, RoleName);

fn key(arn: &RoleArn) -> Key {
    (arn.account().clone(), arn.name().clone())
}

impl State {
    /// One write reaches IAM, unless nothing does any more.
    fn write(&mut self, operation: &'static str, subject: impl Into<String>) -> Result<()> {
        match &mut self.iam_writes_left {
            Some(0) => return Err(refuse(ErrorKind::Unavailable, operation, "nothing reaches IAM any more")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.iam_writes.push(Call::new(operation, subject, true));
        Ok(())
    }

    pub(super) fn quotas(&self, account: &AccountId) -> Quotas {
        self.quotas.get(account).copied().unwrap_or_default()
    }

    fn role_mut(&mut self, operation: &'static str, arn: &RoleArn) -> Result<&mut RoleState> {
        let name = arn.name();
        self.roles.get_mut(&key(arn)).ok_or_else(|| {
            refuse(ErrorKind::NotFound, operation, format!("the role with name {name} cannot be found"))
        })
    }

    fn policy_mut(&mut self, operation: &'static str, arn: &PolicyArn) -> Result<&mut MemoryPolicy> {
        self.policies.get_mut(arn).ok_or_else(|| {
            refuse(
                ErrorKind::NotFound,
                operation,
                format!("policy {arn} does not exist or is not attachable"),
            )
        })
    }

    /// What the roles of `account` show of the policies there.
    pub(super) fn refresh(&mut self, account: &AccountId) {
        let Ok(first) = "+".parse::<RoleName>() else { return };
        let roles = self.roles.range_mut((account.clone(), first)..).take_while(|((of, _), _)| of == account);
        for (_, role) in roles {
            let shows_all = role.tags.contains_key(crate::owner::MANAGED_TAG);
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

    /// Takes a role as it stands, with the texts of the policies that are attached to it.
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
        self.roles.insert(key(&role.arn), role);
        self.refresh(&account);
    }

    pub(super) fn create_role(&mut self, role: RoleState) -> Result<()> {
        const OPERATION: &str = "iam:CreateRole";
        let (account, name) = key(&role.arn);
        let taken = |other: &RoleState| other.arn.name().as_str().eq_ignore_ascii_case(name.as_str());
        if self.roles.values().filter(|other| *other.arn.account() == account).any(taken) {
            let message = format!("role with name {name} already exists");
            return Err(refuse(ErrorKind::Conflict, OPERATION, message));
        }
        self.check_trust(OPERATION, &role.arn, &role.trust)?;
        check_max_session(OPERATION, role.max_session)?;
        check_tags(&role.tags).map_err(|error| refuse(ErrorKind::Invalid, OPERATION, error.to_string()))?;
        self.write(OPERATION, name.as_str())?;
        self.roles.insert((account, name), role);
        Ok(())
    }

    fn check_trust(&self, operation: &'static str, role: &RoleArn, trust: &PolicyDocument) -> Result<()> {
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

    pub(super) fn put_trust(&mut self, arn: &RoleArn, trust: &PolicyDocument) -> Result<()> {
        const OPERATION: &str = "iam:UpdateAssumeRolePolicy";
        self.role_mut(OPERATION, arn)?;
        self.check_trust(OPERATION, arn, trust)?;
        self.write(OPERATION, arn.name().as_str())?;
        self.role_mut(OPERATION, arn)?.trust = trust.clone();
        Ok(())
    }

    pub(super) fn put_boundary(&mut self, arn: &RoleArn, boundary: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:PutRolePermissionsBoundary";
        self.role_mut(OPERATION, arn)?;
        self.write(OPERATION, arn.name().as_str())?;
        self.role_mut(OPERATION, arn)?.boundary = Some(boundary.clone());
        Ok(())
    }

    pub(super) fn put_max_session(&mut self, arn: &RoleArn, seconds: u32) -> Result<()> {
        const OPERATION: &str = "iam:UpdateRole";
        self.role_mut(OPERATION, arn)?;
        check_max_session(OPERATION, seconds)?;
        self.write(OPERATION, arn.name().as_str())?;
        self.role_mut(OPERATION, arn)?.max_session = seconds;
        Ok(())
    }

    pub(super) fn tag_role(&mut self, arn: &RoleArn, tags: BTreeMap<String, String>) -> Result<()> {
        const OPERATION: &str = "iam:TagRole";
        let mut all = self.role_mut(OPERATION, arn)?.tags.clone();
        all.extend(tags);
        check_tags(&all).map_err(|error| refuse(ErrorKind::Invalid, OPERATION, error.to_string()))?;
        self.write(OPERATION, arn.name().as_str())?;
        self.role_mut(OPERATION, arn)?.tags = all;
        self.refresh(arn.account());
        Ok(())
    }

    pub(super) fn untag_role(&mut self, arn: &RoleArn, key: &str) -> Result<()> {
        const OPERATION: &str = "iam:UntagRole";
        self.role_mut(OPERATION, arn)?;
        self.write(OPERATION, arn.name().as_str())?;
        self.role_mut(OPERATION, arn)?.tags.remove(key);
        self.refresh(arn.account());
        Ok(())
    }

    pub(super) fn put_inline(
        &mut self,
        arn: &RoleArn,
        name: &PolicyName,
        document: &PolicyDocument,
    ) -> Result<()> {
        const OPERATION: &str = "iam:PutRolePolicy";
        let allowed = self.quotas(arn.account()).inline_size;
        let role = self.role_mut(OPERATION, arn)?;
        let others = role.inline.iter().filter(|(other, _)| *other != name);
        let size: usize = others.map(|(_, document)| document.size()).sum::<usize>() + document.size();
        if size > allowed {
            return Err(quota(OPERATION, "RolePolicySize", allowed));
        }
        self.write(OPERATION, name.as_str())?;
        self.role_mut(OPERATION, arn)?.inline.insert(name.clone(), document.clone());
        Ok(())
    }

    pub(super) fn delete_inline(&mut self, arn: &RoleArn, name: &PolicyName) -> Result<()> {
        const OPERATION: &str = "iam:DeleteRolePolicy";
        self.role_mut(OPERATION, arn)?;
        self.write(OPERATION, name.as_str())?;
        self.role_mut(OPERATION, arn)?.inline.remove(name);
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
            let message = format!("a policy called {} already exists", arn.name());
            return Err(refuse(ErrorKind::Conflict, OPERATION, message));
        }
        self.check_size(OPERATION, account, &policy.document)?;
        if policy.description.chars().count() > DESCRIPTION {
            let message = format!("the description has more than {DESCRIPTION} characters");
            return Err(refuse(ErrorKind::Invalid, OPERATION, message));
        }
        check_tags(&tags).map_err(|error| refuse(ErrorKind::Invalid, OPERATION, error.to_string()))?;
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

    /// A new default version.
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
        check_tags(&all).map_err(|error| refuse(ErrorKind::Invalid, OPERATION, error.to_string()))?;
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
                .with_remedy(format!("detach {arn} from what else it is attached to")));
        }
        self.write(OPERATION, arn.name())?;
        self.policies.remove(arn);
        self.refresh(account);
        Ok(())
    }

    pub(super) fn attach(&mut self, role: &RoleArn, policy: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:AttachRolePolicy";
        let allowed = self.quotas(role.account()).attached_policies;
        if !policy.can_be_attached_in(role.partition(), role.account())
            || !policy.is_aws_managed() && !self.policies.contains_key(policy)
        {
            let message = format!("policy {policy} does not exist or is not attachable");
            return Err(refuse(ErrorKind::Invalid, OPERATION, message)
                .with_remedy("create the managed policy in that account first, or correct its ARN"));
        }
        let attached = &self.role_mut(OPERATION, role)?.attached;
        if !attached.contains_key(policy) && attached.len() >= allowed {
            return Err(quota(OPERATION, "PoliciesPerRole", allowed));
        }
        self.write(OPERATION, policy.name())?;
        self.role_mut(OPERATION, role)?.attached.entry(policy.clone()).or_default();
        self.refresh(role.account());
        Ok(())
    }

    pub(super) fn detach(&mut self, role: &RoleArn, policy: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:DetachRolePolicy";
        self.role_mut(OPERATION, role)?;
        self.write(OPERATION, policy.name())?;
        self.role_mut(OPERATION, role)?.attached.remove(policy);
        self.refresh(role.account());
        Ok(())
    }

    pub(super) fn delete_role(&mut self, arn: &RoleArn) -> Result<()> {
        const OPERATION: &str = "iam:DeleteRole";
        let role = self.role_mut(OPERATION, arn)?;
        if !role.inline.is_empty() || !role.attached.is_empty() {
            let message = "cannot delete a role with policies";
            return Err(refuse(ErrorKind::Conflict, OPERATION, message));
        }
        self.write(OPERATION, arn.name().as_str())?;
        self.roles.remove(&key(arn));
        Ok(())
    }
}
