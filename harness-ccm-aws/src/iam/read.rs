use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use aws_sdk_iam::types::{AttachedPolicy, Policy, PolicyScopeType, Role, SummaryKeyType};
use harness_ccm_core::id::{InvalidId, PolicyArn, PolicyName, RoleArn, RoleName, RolePath};
use harness_ccm_core::owner::MANAGED_TAG;
use harness_ccm_core::policy::{InvalidPolicy, PolicyDocument};
use harness_ccm_core::role::{ListedRole, ManagedState, Quotas, RoleAddress, RoleState};
use harness_ccm_core::{Error, ErrorKind, Result};

use super::IamRoles;
use crate::call::call;
use crate::pages::pages;
use crate::retry::CallKind;
use crate::session::Session;

/// The maximum number of roles in one page (IAM API reference, `ListRoles`).
const ROLES_A_PAGE: i32 = 1_000;

fn unexpected_id(operation: &'static str) -> impl Fn(InvalidId) -> Error {
    move |error| {
        Error::new(ErrorKind::Protocol, operation, "the answer contains an invalid name").with_source(error)
    }
}

fn unexpected_policy(operation: &'static str) -> impl Fn(InvalidPolicy) -> Error {
    move |error| {
        Error::new(ErrorKind::Protocol, operation, "the answer holds a policy that cannot be read")
            .with_source(error)
    }
}

impl IamRoles {
    /// Reads the role with its policies, as they are at one moment: a role that changes during the read, or that IAM shows only
    /// in part yet, is read again.
    pub(super) async fn read(&self, session: &Session, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.retrier.run(CallKind::ReadInParts, || self.read_once(session, address)).await
    }

    /// 3 calls, one more for each inline policy and two for each customer-managed one. One more, and
    /// one for each policy that is not attached, if managed policies were made for it.
    async fn read_once(&self, session: &Session, address: &RoleAddress) -> Result<Option<RoleState>> {
        const OPERATION: &str = "iam:GetRole";
        let answer =
            call!(self.client.get_role().role_name(address.name().as_str()), session, Read, OPERATION);
        let role = match answer {
            Ok(answer) => answer.role,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(role) = role else {
            return Err(Error::new(ErrorKind::Protocol, OPERATION, "the answer holds no role"));
        };
        let arn: RoleArn = role.arn.parse().map_err(unexpected_id(OPERATION))?;
        if arn.account() != address.account() || !arn.name().is_same_to_iam(address.name()) {
            return Err(Error::new(
                ErrorKind::Protocol,
                OPERATION,
                format!("the answer is about another role: {arn}"),
            ));
        }
        let trust = PolicyDocument::parse(role.assume_role_policy_document.as_deref().unwrap_or_default())
            .map_err(unexpected_policy(OPERATION))?;
        let mut state = RoleState::new(arn, trust);
        state.boundary = role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn)
            .map(|arn| arn.parse().map_err(unexpected_id(OPERATION)))
            .transpose()?;
        let seconds = role.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        state.max_session = seconds.unwrap_or(RoleState::DEFAULT_MAX_SESSION);
        state.tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
        for arn in self.list_attached(session, address).await? {
            // Policies of AWS are known by their name; reading them would cost two calls each, in every account.
            let text = if arn.is_aws_managed() {
                None
            } else {
                let (known, version) = self.read_policy(session, &arn).await?;
                state.managed.insert(arn.clone(), known);
                Some(self.read_version(session, &arn, &version).await?)
            };
            state.attached.insert(arn, text);
        }
        if state.tag(MANAGED_TAG).is_some() {
            for arn in self.list_made(session, address).await? {
                if let Entry::Vacant(place) = state.managed.entry(arn) {
                    let (known, _) = self.read_policy(session, place.key()).await?;
                    place.insert(known);
                }
            }
        }
        state.inline = self.read_inline(session, address).await?;
        Ok(Some(state))
    }

    /// Lists the account's roles, up to the first that is `enough`.
    pub(super) async fn list(
        &self,
        session: &Session,
        enough: impl Fn(&RoleName) -> bool,
    ) -> Result<Vec<ListedRole>> {
        const LIST: &str = "iam:ListRoles";
        let page = |marker| async move {
            let request = self.client.list_roles().set_marker(marker).max_items(ROLES_A_PAGE);
            let page = call!(request, session, Read, LIST)?;
            let role = |role: Role| {
                let trust = PolicyDocument::parse(role.assume_role_policy_document.as_deref()?);
                // AWS may have roles with names that customers cannot choose: they are not ours.
                Some(ListedRole::new(role.arn.parse().ok()?, trust.ok()))
            };
            let roles = page.roles.into_iter().filter_map(role).collect();
            Ok((Some(roles), page.marker.filter(|_| page.is_truncated)))
        };
        pages(LIST, page, |roles: &[ListedRole]| roles.iter().any(|role| enough(role.arn.name()))).await
    }

    async fn read_inline(
        &self,
        session: &Session,
        address: &RoleAddress,
    ) -> Result<BTreeMap<PolicyName, PolicyDocument>> {
        const LIST: &str = "iam:ListRolePolicies";
        const GET: &str = "iam:GetRolePolicy";
        let page = |marker| async move {
            let request = self.client.list_role_policies().role_name(address.name().as_str());
            let page = call!(request.set_marker(marker), session, Read, LIST)?;
            Ok((Some(page.policy_names), page.marker.filter(|_| page.is_truncated)))
        };
        let names: Vec<String> = pages(LIST, page, |_| false).await?;
        let mut policies = BTreeMap::new();
        for name in names {
            let answer = call!(
                self.client.get_role_policy().role_name(address.name().as_str()).policy_name(&name),
                session,
                Read,
                GET
            )?;
            let document = PolicyDocument::parse(&answer.policy_document).map_err(unexpected_policy(GET))?;
            policies.insert(name.parse().map_err(unexpected_id(LIST))?, document);
        }
        Ok(policies)
    }

    async fn list_attached(&self, session: &Session, address: &RoleAddress) -> Result<Vec<PolicyArn>> {
        const LIST: &str = "iam:ListAttachedRolePolicies";
        let page = |marker| async move {
            let request = self.client.list_attached_role_policies().role_name(address.name().as_str());
            let page = call!(request.set_marker(marker), session, Read, LIST)?;
            Ok((page.attached_policies, page.marker.filter(|_| page.is_truncated)))
        };
        let arn = |policy: AttachedPolicy| {
            policy.policy_arn.unwrap_or_default().parse().map_err(unexpected_id(LIST))
        };
        pages(LIST, page, |_| false).await?.into_iter().map(arn).collect()
    }

    /// The managed policies that were made for the role, attached or not.
    async fn list_made(&self, session: &Session, address: &RoleAddress) -> Result<Vec<PolicyArn>> {
        const LIST: &str = "iam:ListPolicies";
        let path = RolePath::of_policies(address.name());
        let path = path.as_str();
        let page = |marker| async move {
            let request = self.client.list_policies().scope(PolicyScopeType::Local).path_prefix(path);
            let page = call!(request.set_marker(marker), session, Read, LIST)?;
            Ok((page.policies, page.marker.filter(|_| page.is_truncated)))
        };
        let arn = |policy: Policy| policy.arn.unwrap_or_default().parse().map_err(unexpected_id(LIST));
        pages(LIST, page, |_| false).await?.into_iter().map(arn).collect()
    }

    /// Returns the state of a managed policy, with its default version.
    pub(super) async fn read_policy(
        &self,
        session: &Session,
        arn: &PolicyArn,
    ) -> Result<(ManagedState, String)> {
        const GET: &str = "iam:GetPolicy";
        let answer = call!(self.client.get_policy().policy_arn(arn.as_str()), session, Read, GET)?;
        let Some(policy) = answer.policy else {
            return Err(Error::new(ErrorKind::Protocol, GET, "the answer holds no policy"));
        };
        let tags = policy.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        let known = ManagedState::new(policy.description.unwrap_or_default(), tags);
        Ok((known, policy.default_version_id.unwrap_or_default()))
    }

    pub(super) async fn read_version(
        &self,
        session: &Session,
        arn: &PolicyArn,
        version: &str,
    ) -> Result<PolicyDocument> {
        const GET: &str = "iam:GetPolicyVersion";
        let answer = call!(
            self.client.get_policy_version().policy_arn(arn.as_str()).version_id(version),
            session,
            Read,
            GET
        )?;
        let text = answer.policy_version.and_then(|version| version.document).unwrap_or_default();
        PolicyDocument::parse(&text).map_err(unexpected_policy(GET))
    }

    /// Returns the limits of IAM in the account; limits that it does not return have their default values.
    pub(super) async fn read_quotas(&self, session: &Session) -> Result<Quotas> {
        const GET: &str = "iam:GetAccountSummary";
        let answer = call!(self.client.get_account_summary(), session, Read, GET)?;
        let summary = answer.summary_map.unwrap_or_default();
        let quota = |key: &str| {
            summary.get(&SummaryKeyType::from(key)).and_then(|value| usize::try_from(*value).ok())
        };
        let mut quotas = Quotas::default();
        for (key, field) in [
            ("AttachedPoliciesPerRoleQuota", &mut quotas.attached_policies),
            ("AssumeRolePolicySizeQuota", &mut quotas.trust_size),
            ("RolePolicySizeQuota", &mut quotas.inline_size),
            ("PolicySizeQuota", &mut quotas.policy_size),
        ] {
            *field = quota(key).unwrap_or(*field);
        }
        Ok(quotas)
    }
}
