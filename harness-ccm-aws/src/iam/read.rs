use std::collections::BTreeMap;

use harness_ccm_core::id::{InvalidId, PolicyArn, PolicyName, RoleArn};
use harness_ccm_core::policy::{InvalidPolicy, PolicyDocument};
use harness_ccm_core::role::{RoleAddress, RoleState};
use harness_ccm_core::{Error, ErrorKind, Result};

use super::IamRoles;
use crate::error::{Call, from_sdk};
use crate::session::Session;

fn unexpected_id(operation: &'static str) -> impl Fn(InvalidId) -> Error {
    move |error| {
        Error::new(ErrorKind::Protocol, operation, "the answer holds a name that is none").with_source(error)
    }
}

fn unexpected_policy(operation: &'static str) -> impl Fn(InvalidPolicy) -> Error {
    move |error| {
        Error::new(ErrorKind::Protocol, operation, "the answer holds a policy that can not be read")
            .with_source(error)
    }
}

impl IamRoles {
    /// The role with its policies; 3 calls, one more for each inline policy and two for each customer-managed one.
    pub(super) async fn read(&self, session: &Session, address: &RoleAddress) -> Result<Option<RoleState>> {
        const OPERATION: &str = "iam:GetRole";
        let answer = self
            .client
            .get_role()
            .role_name(address.name().as_str())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, Call::Read, error));
        let role = match answer {
            Ok(answer) => answer.role,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(role) = role else {
            return Err(Error::new(ErrorKind::Protocol, OPERATION, "the answer holds no role"));
        };
        let arn: RoleArn = role.arn.parse().map_err(unexpected_id(OPERATION))?;
        if arn.account() != address.account() {
            return Err(Error::new(
                ErrorKind::Protocol,
                OPERATION,
                format!("the answer is about another account: {arn}"),
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
        state.tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
        state.attached = self.read_attached(session, address).await?;
        state.inline = self.read_inline(session, address).await?;
        Ok(Some(state))
    }

    async fn read_inline(
        &self,
        session: &Session,
        address: &RoleAddress,
    ) -> Result<BTreeMap<PolicyName, PolicyDocument>> {
        const LIST: &str = "iam:ListRolePolicies";
        const GET: &str = "iam:GetRolePolicy";
        let mut names = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let page = self
                .client
                .list_role_policies()
                .role_name(address.name().as_str())
                .set_marker(marker.take())
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk(LIST, Call::Read, error))?;
            names.extend(page.policy_names);
            match page.marker.filter(|_| page.is_truncated) {
                None => break,
                next => marker = next,
            }
        }
        let mut policies = BTreeMap::new();
        for name in names {
            let answer = self
                .client
                .get_role_policy()
                .role_name(address.name().as_str())
                .policy_name(&name)
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk(GET, Call::Read, error))?;
            let document = PolicyDocument::parse(&answer.policy_document).map_err(unexpected_policy(GET))?;
            policies.insert(name.parse().map_err(unexpected_id(LIST))?, document);
        }
        Ok(policies)
    }

    async fn read_attached(
        &self,
        session: &Session,
        address: &RoleAddress,
    ) -> Result<BTreeMap<PolicyArn, Option<PolicyDocument>>> {
        const LIST: &str = "iam:ListAttachedRolePolicies";
        let mut attached = BTreeMap::new();
        let mut marker: Option<String> = None;
        loop {
            let page = self
                .client
                .list_attached_role_policies()
                .role_name(address.name().as_str())
                .set_marker(marker.take())
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk(LIST, Call::Read, error))?;
            for policy in page.attached_policies.unwrap_or_default() {
                let arn: PolicyArn =
                    policy.policy_arn.unwrap_or_default().parse().map_err(unexpected_id(LIST))?;
                // AWS' own are known by their name; reading them would cost two calls each, in every account.
                let text =
                    if arn.is_aws_managed() { None } else { Some(self.read_managed(session, &arn).await?) };
                attached.insert(arn, text);
            }
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(attached),
                next => marker = next,
            }
        }
    }

    async fn read_managed(&self, session: &Session, arn: &PolicyArn) -> Result<PolicyDocument> {
        const GET: &str = "iam:GetPolicy";
        const VERSION: &str = "iam:GetPolicyVersion";
        let policy = self
            .client
            .get_policy()
            .policy_arn(arn.as_str())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk(GET, Call::Read, error))?;
        let version = policy.policy.and_then(|policy| policy.default_version_id).unwrap_or_default();
        let answer = self
            .client
            .get_policy_version()
            .policy_arn(arn.as_str())
            .version_id(version)
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk(VERSION, Call::Read, error))?;
        let text = answer.policy_version.and_then(|version| version.document).unwrap_or_default();
        PolicyDocument::parse(&text).map_err(unexpected_policy(VERSION))
    }
}
