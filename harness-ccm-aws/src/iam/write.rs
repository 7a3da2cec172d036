use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_iam::types::Tag;
use harness_ccm_core::backend::RoleWrites;
use harness_ccm_core::id::{PolicyArn, PolicyName, RoleName};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{ManagedPolicy, ManagedState, PolicyUse, RoleAddress, RoleState};
use harness_ccm_core::{Error, ErrorKind, Result};

use super::IamRoles;
use super::roles::gone;
use crate::call::call;
use crate::retry::{CallKind, Tries};
use crate::session::Session;
use crate::session_policy::SessionActions;

/// All actions that are called in `iam/`: restricted sessions may do only these.
pub(crate) const ACTIONS: SessionActions = SessionActions {
    roles: &[
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ],
    policies: &[
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:TagPolicy",
    ],
    reads: &[
        "iam:GetAccountSummary",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:ListPolicies",
        "iam:ListPolicyVersions",
        "iam:ListRoles",
    ],
};

/// One role, in a session in its account.
pub(super) struct Writes<'a> {
    pub(super) roles: &'a IamRoles,
    pub(super) session: &'a Session,
    pub(super) address: &'a RoleAddress,
    /// The tries of reading back a write.
    reads_back: Tries,
}

impl<'a> Writes<'a> {
    pub(super) fn new(roles: &'a IamRoles, session: &'a Session, address: &'a RoleAddress) -> Self {
        Self { roles, session, address, reads_back: Tries::of(CallKind::ReadBack) }
    }

    fn role_name(&self) -> &str {
        self.address.name().as_str()
    }

    /// A write to an existing resource, so that "not found" can only mean that IAM does not show it yet.
    async fn to_existing<F: Future<Output = Result<()>>>(&self, call: impl Fn() -> F) -> Result<()> {
        self.roles.recent.note(&self.address.arn);
        let call = || async { call().await.map_err(not_shown) };
        self.roles.retrier.run(CallKind::WriteToExisting, call).await
    }
}

#[async_trait]
impl RoleWrites for Writes<'_> {
    async fn find(&self) -> Result<Option<RoleState>> {
        self.roles.read(self.session, self.address).await
    }

    fn wrote_lately(&self) -> bool {
        self.roles.recent.has(&self.address.arn)
    }

    async fn catch_up(&self) -> bool {
        self.roles.retrier.another(&self.reads_back).await
    }

    async fn find_other_case(&self) -> Result<Option<RoleName>> {
        let name = self.address.name();
        let listed = self.roles.list(self.session, |other| other.is_same_to_iam(name)).await?;
        let mut names = listed.iter().map(|role| role.arn.name());
        Ok(names.find(|other| other.is_same_to_iam(name) && *other != name).cloned())
    }

    async fn create_role(&self, role: &RoleState) -> Result<()> {
        const OPERATION: &str = "iam:CreateRole";
        self.roles.recent.note(&role.arn);
        let request = self
            .roles
            .client
            .create_role()
            .role_name(role.arn.name().as_str())
            .path(role.arn.path().as_str())
            .assume_role_policy_document(role.trust.to_json())
            .set_permissions_boundary(role.boundary.as_ref().map(ToString::to_string))
            .set_max_session_duration(max_session(role))
            .set_tags(Some(tags(OPERATION, &role.tags)?));
        call!(request, self.session, Write, OPERATION).map_err(absent_policy(PolicyUse::Boundary))?;
        Ok(())
    }

    async fn put_trust(&self, trust: &PolicyDocument) -> Result<()> {
        self.to_existing(|| async {
            let request = self
                .roles
                .client
                .update_assume_role_policy()
                .role_name(self.role_name())
                .policy_document(trust.to_json());
            call!(request, self.session, Write, "iam:UpdateAssumeRolePolicy").map(drop)
        })
        .await
    }

    async fn put_boundary(&self, boundary: &PolicyArn) -> Result<()> {
        self.to_existing(|| async {
            let request = self
                .roles
                .client
                .put_role_permissions_boundary()
                .role_name(self.role_name())
                .permissions_boundary(boundary.as_str());
            let answer = call!(request, self.session, Write, "iam:PutRolePermissionsBoundary");
            answer.map(drop).map_err(absent_policy(PolicyUse::Boundary))
        })
        .await
    }

    async fn delete_boundary(&self) -> Result<()> {
        self.to_existing(|| async {
            let request = self.roles.client.delete_role_permissions_boundary().role_name(self.role_name());
            gone(call!(request, self.session, Write, "iam:DeleteRolePermissionsBoundary").map(drop))
        })
        .await
    }

    /// The call has no description: a value that it leaves out does not change.
    async fn put_max_session(&self, seconds: u32) -> Result<()> {
        self.to_existing(|| async {
            let request = self
                .roles
                .client
                .update_role()
                .role_name(self.role_name())
                .set_max_session_duration(i32::try_from(seconds).ok());
            call!(request, self.session, Write, "iam:UpdateRole").map(drop)
        })
        .await
    }

    async fn put_inline(&self, name: &PolicyName, document: &PolicyDocument) -> Result<()> {
        self.to_existing(|| async {
            let request = self
                .roles
                .client
                .put_role_policy()
                .role_name(self.role_name())
                .policy_name(name.as_str())
                .policy_document(document.to_json());
            call!(request, self.session, Write, "iam:PutRolePolicy").map(drop)
        })
        .await
    }

    async fn tag_role(&self, new: &BTreeMap<String, String>) -> Result<()> {
        const OPERATION: &str = "iam:TagRole";
        let new = tags(OPERATION, new)?;
        self.to_existing(|| async {
            let request =
                self.roles.client.tag_role().role_name(self.role_name()).set_tags(Some(new.clone()));
            call!(request, self.session, Write, OPERATION).map(drop)
        })
        .await
    }

    async fn untag_role(&self, key: &str) -> Result<()> {
        self.to_existing(|| async {
            let request = self.roles.client.untag_role().role_name(self.role_name()).tag_keys(key);
            call!(request, self.session, Write, "iam:UntagRole").map(drop)
        })
        .await
    }

    async fn delete_inline(&self, name: &PolicyName) -> Result<()> {
        self.to_existing(|| async {
            let request =
                self.roles.client.delete_role_policy().role_name(self.role_name()).policy_name(name.as_str());
            gone(call!(request, self.session, Write, "iam:DeleteRolePolicy").map(drop))
        })
        .await
    }

    async fn attach(&self, policy: &PolicyArn) -> Result<()> {
        self.to_existing(|| async {
            let request = self
                .roles
                .client
                .attach_role_policy()
                .role_name(self.role_name())
                .policy_arn(policy.as_str());
            let answer = call!(request, self.session, Write, "iam:AttachRolePolicy").map(drop);
            // A new resource exists, but IAM does not show it yet; any other policy does not exist.
            if self.address.arn.holds(policy) {
                answer
            } else {
                answer.map_err(absent_policy(PolicyUse::Attachment))
            }
        })
        .await
    }

    async fn detach(&self, policy: &PolicyArn) -> Result<()> {
        self.to_existing(|| async {
            let request = self
                .roles
                .client
                .detach_role_policy()
                .role_name(self.role_name())
                .policy_arn(policy.as_str());
            gone(call!(request, self.session, Write, "iam:DetachRolePolicy").map(drop))
        })
        .await
    }

    async fn find_policy(&self, arn: &PolicyArn) -> Result<Option<(ManagedState, PolicyDocument)>> {
        match self.roles.read_policy(self.session, arn).await {
            Ok((known, version)) => {
                let text = self.roles.read_version(self.session, arn, &version).await?;
                Ok(Some((known, text)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create_policy(
        &self,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
        tags: &BTreeMap<String, String>,
    ) -> Result<()> {
        self.to_existing(|| self.roles.create_policy(self.session, arn, policy, tags)).await
    }

    async fn put_version(&self, arn: &PolicyArn, document: &PolicyDocument) -> Result<()> {
        self.to_existing(|| self.roles.put_version(self.session, arn, document)).await
    }

    async fn tag_policy(&self, arn: &PolicyArn, tags: &BTreeMap<String, String>) -> Result<()> {
        self.to_existing(|| self.roles.tag_policy(self.session, arn, tags)).await
    }

    async fn delete_policy(&self, arn: &PolicyArn) -> Result<()> {
        self.to_existing(|| self.roles.delete_policy(self.session, arn)).await
    }

    async fn delete_role(&self) -> Result<()> {
        self.to_existing(|| async {
            let request = self.roles.client.delete_role().role_name(self.role_name());
            gone(call!(request, self.session, Write, "iam:DeleteRole").map(drop)).map_err(not_detached)
        })
        .await
    }
}

/// The maximum session duration to write; `None` if IAM's default, which is also the minimum, is long enough.
fn max_session(role: &RoleState) -> Option<i32> {
    if role.max_session > RoleState::DEFAULT_MAX_SESSION {
        i32::try_from(role.max_session).ok()
    } else {
        None
    }
}

pub(super) fn tags(operation: &'static str, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| {
                Error::new(ErrorKind::Invalid, operation, "a tag has no key or no value").with_source(error)
            })
        })
        .collect()
}

/// Interprets "not found" for a write to an existing resource: IAM does not show it yet.
fn not_shown(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::new(ErrorKind::NotReady, error.operation(), error.message()).with_effect(error.effect())
}

/// Interprets a conflict about the policies of a role to remove: all were removed, but IAM does not count that yet.
fn not_detached(error: Error) -> Error {
    let of_policies = ["must detach all policies", "must delete policies"];
    if error.kind() != ErrorKind::Conflict || !of_policies.iter().any(|says| error.message().contains(says)) {
        return error;
    }
    Error::new(ErrorKind::NotReady, error.operation(), error.message())
        .with_effect(error.effect())
        .with_remedy("run again later; if this continues, another client adds policies to the role")
}

/// IAM's message contains the ARN of a managed policy that should be attached and does not exist: waiting does not help.
fn absent_policy(used: PolicyUse) -> impl Fn(Error) -> Error {
    move |error| {
        if error.kind() != ErrorKind::NotFound || !error.message().contains(":policy/") {
            return error;
        }
        Error::new(ErrorKind::Invalid, error.operation(), error.message()).with_remedy(format!(
            "create the managed policy in that account first, or correct {}",
            used.setting()
        ))
    }
}
