//! The managed policies that we make for a role.

use aws_sdk_iam::types::PolicyVersion;
use harness_ccm_core::id::PolicyArn;
use harness_ccm_core::owner::Ownership;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{ManagedPolicy, RoleSpec};
use harness_ccm_core::{Error, ErrorKind, Result};

use super::write::tags;
use super::{IamRoles, gone};
use crate::error::{Call, from_sdk};
use crate::session::Session;

/// Versions of one managed policy (IAM user guide, "IAM and AWS STS quotas").
const VERSIONS: usize = 5;

impl IamRoles {
    /// Makes the policy, or completes what an interrupted run of ours left.
    pub(super) async fn create_policy(
        &self,
        session: &Session,
        spec: &RoleSpec,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
    ) -> Result<()> {
        const OPERATION: &str = "iam:CreatePolicy";
        let answer = self
            .client
            .create_policy()
            .policy_name(arn.name())
            .path(arn.path())
            .description(&policy.description)
            .policy_document(policy.document.to_json())
            .set_tags(Some(tags(OPERATION, spec.policy_tags())?))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, Call::Write, error));
        match answer {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Conflict => {
                self.complete_policy(session, spec, arn, policy).await
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a policy that is there and not attached what is wanted of it, if an interrupted run of ours left it.
    pub(super) async fn complete_policy(
        &self,
        session: &Session,
        spec: &RoleSpec,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
    ) -> Result<()> {
        let message = format!("a policy called {} exists, and it is not ours", arn.name());
        let taken = Error::new(ErrorKind::Conflict, "iam:CreatePolicy", message)
            .with_remedy("delete it, set role.prefix, or use the layout inline");
        let (known, version) = match self.read_policy(session, arn).await {
            Ok(found) => found,
            // The name is unique in the account whatever its path and case: it is another policy that has it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(taken),
            Err(error) => return Err(error),
        };
        if known.ownership(&spec.owner) != Ownership::Ours {
            return Err(taken);
        }
        if !self.read_version(session, arn, &version).await?.equivalent(&policy.document) {
            self.put_version(session, arn, &policy.document).await?;
        }
        let tagged = spec.policy_tags().iter().all(|(key, value)| known.tags.get(key) == Some(value));
        if tagged { Ok(()) } else { self.tag_policy(session, spec, arn).await }
    }

    /// Gives the policy a new text: another version, which becomes the default in the same call. Where there is no room for one,
    /// the oldest goes first; the one that was the default until now is kept.
    pub(super) async fn put_version(
        &self,
        session: &Session,
        arn: &PolicyArn,
        document: &PolicyDocument,
    ) -> Result<()> {
        const OPERATION: &str = "iam:CreatePolicyVersion";
        let mut room = VERSIONS - 1;
        loop {
            self.prune(session, arn, room).await?;
            let answer = self
                .client
                .create_policy_version()
                .policy_arn(arn.as_str())
                .policy_document(document.to_json())
                .set_as_default(true)
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk(OPERATION, Call::Write, error));
            match answer {
                Ok(_) => return Ok(()),
                // IAM counted one that the list did not show yet: make more room, as long as one previous version is kept.
                Err(error) if error.kind() == ErrorKind::LimitExceeded && room > 1 => room -= 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Deletes the oldest versions until `left` are left, never the default one.
    async fn prune(&self, session: &Session, arn: &PolicyArn, left: usize) -> Result<()> {
        let versions = self.list_versions(session, arn).await?;
        let excess = versions.len().saturating_sub(left);
        let mut old: Vec<_> = versions.into_iter().filter(|version| !version.is_default_version).collect();
        old.sort_by_key(number);
        for version in old.iter().take(excess) {
            self.delete_version(session, arn, version).await?;
        }
        Ok(())
    }

    /// Deletes the policy with all its versions. It is detached already.
    pub(super) async fn delete_policy(&self, session: &Session, arn: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:DeletePolicy";
        let mut again = true;
        loop {
            gone(self.prune(session, arn, 1).await)?;
            let answer = self
                .client
                .delete_policy()
                .policy_arn(arn.as_str())
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk(OPERATION, Call::Write, error));
            match gone(answer.map(drop)) {
                // A version that the list did not show yet, or something else that the policy is attached to.
                Err(error) if error.kind() == ErrorKind::Conflict && again => again = false,
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    return Err(error.with_remedy(format!("detach {arn} from what else it is attached to")));
                }
                other => return other,
            }
        }
    }

    async fn list_versions(&self, session: &Session, arn: &PolicyArn) -> Result<Vec<PolicyVersion>> {
        // Five at the most: one page.
        let answer = self
            .client
            .list_policy_versions()
            .policy_arn(arn.as_str())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:ListPolicyVersions", Call::Read, error))?;
        Ok(answer.versions.unwrap_or_default())
    }

    async fn delete_version(
        &self,
        session: &Session,
        arn: &PolicyArn,
        version: &PolicyVersion,
    ) -> Result<()> {
        let answer = self
            .client
            .delete_policy_version()
            .policy_arn(arn.as_str())
            .set_version_id(version.version_id.clone())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:DeletePolicyVersion", Call::Write, error));
        gone(answer.map(drop))
    }

    pub(super) async fn tag_policy(&self, session: &Session, spec: &RoleSpec, arn: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:TagPolicy";
        self.client
            .tag_policy()
            .policy_arn(arn.as_str())
            .set_tags(Some(tags(OPERATION, spec.policy_tags())?))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, Call::Write, error))?;
        Ok(())
    }
}

/// Versions are called `v1`, `v2` and so on, in the order in which they were made.
fn number(version: &PolicyVersion) -> u64 {
    let digits = version.version_id.as_deref().unwrap_or_default().trim_start_matches('v');
    digits.parse().unwrap_or_default()
}
