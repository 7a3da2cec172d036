//! The managed policies that we make for a role.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use aws_sdk_iam::types::PolicyVersion;
use harness_ccm_core::id::PolicyArn;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::ManagedPolicy;
use harness_ccm_core::{Effect, Error, ErrorKind, Result};

use super::IamRoles;
use super::roles::gone;
use super::write::tags;
use crate::call::call;
use crate::retry::CallKind;
use crate::session::Session;

/// Versions of one managed policy (IAM user guide, "IAM and AWS STS quotas").
const VERSIONS: usize = 5;

impl IamRoles {
    pub(super) async fn create_policy(
        &self,
        session: &Session,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
        new: &BTreeMap<String, String>,
    ) -> Result<()> {
        const OPERATION: &str = "iam:CreatePolicy";
        let request = self
            .client
            .create_policy()
            .policy_name(arn.name())
            .path(arn.path())
            .description(&policy.description)
            .policy_document(policy.document.to_json())
            .set_tags(Some(tags(OPERATION, new)?));
        call!(request, session, Write, OPERATION).map(drop)
    }

    /// Gives the policy a new text: another version, which becomes the default in the same call. If there is no room for it,
    /// the oldest version is deleted first; the previous default is kept.
    pub(super) async fn put_version(
        &self,
        session: &Session,
        arn: &PolicyArn,
        document: &PolicyDocument,
    ) -> Result<()> {
        const OPERATION: &str = "iam:CreatePolicyVersion";
        let mut room = VERSIONS - 1;
        let mut pruned = false;
        loop {
            pruned |= self.prune(session, arn, room).await.map_err(|error| in_part_if(pruned, error))?;
            let request = self
                .client
                .create_policy_version()
                .policy_arn(arn.as_str())
                .policy_document(document.to_json())
                .set_as_default(true);
            match call!(request, session, Write, OPERATION) {
                Ok(_) => return Ok(()),
                // IAM counted a version that the list did not show yet: make more room, as long as one previous version is
                // kept.
                Err(error) if error.kind() == ErrorKind::LimitExceeded && room > 1 => room -= 1,
                Err(error) => return Err(in_part_if(pruned, error)),
            }
        }
    }

    /// Deletes the oldest versions until `left` are left, never the default one. Returns whether any was deleted.
    async fn prune(&self, session: &Session, arn: &PolicyArn, left: usize) -> Result<bool> {
        let versions = self.list_versions(session, arn).await?;
        let excess = versions.len().saturating_sub(left);
        let mut old: Vec<_> = versions.into_iter().filter(|version| !version.is_default_version).collect();
        old.sort_by_key(number);
        let mut pruned = false;
        for version in old.iter().take(excess) {
            let deleted = self.delete_version(session, arn, version).await;
            deleted.map_err(|error| in_part_if(pruned, error))?;
            pruned = true;
        }
        Ok(pruned)
    }

    /// Deletes the policy with all its versions. It is detached already.
    pub(super) async fn delete_policy(&self, session: &Session, arn: &PolicyArn) -> Result<()> {
        const OPERATION: &str = "iam:DeletePolicy";
        let pruned = AtomicBool::new(false);
        let in_part = |error| in_part_if(pruned.load(Relaxed), error);
        let call = || async {
            match self.prune(session, arn, 1).await {
                Ok(some) => _ = pruned.fetch_or(some, Relaxed),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // A conflict of this call does not come from the deletion.
                Err(error) => return Ok(Err(error)),
            }
            let request = self.client.delete_policy().policy_arn(arn.as_str());
            // A conflict is a version that the list did not show yet, a role from which the policy was detached, or another
            // user of it.
            gone(call!(request, session, Write, OPERATION).map(drop)).map(Ok)
        };
        match self.retrier.run(CallKind::Deletion, call).await {
            Ok(answer) => answer.map_err(in_part),
            Err(error) if error.kind() == ErrorKind::Conflict => {
                Err(in_part(error)
                    .with_remedy(format!("detach {arn} from all other roles, users and groups")))
            }
            Err(error) => Err(in_part(error)),
        }
    }

    async fn list_versions(&self, session: &Session, arn: &PolicyArn) -> Result<Vec<PolicyVersion>> {
        // At most five: one page.
        let request = self.client.list_policy_versions().policy_arn(arn.as_str());
        let answer = call!(request, session, Read, "iam:ListPolicyVersions")?;
        Ok(answer.versions.unwrap_or_default())
    }

    async fn delete_version(
        &self,
        session: &Session,
        arn: &PolicyArn,
        version: &PolicyVersion,
    ) -> Result<()> {
        let request = self
            .client
            .delete_policy_version()
            .policy_arn(arn.as_str())
            .set_version_id(version.version_id.clone());
        gone(call!(request, session, Write, "iam:DeletePolicyVersion").map(drop))
    }

    pub(super) async fn tag_policy(
        &self,
        session: &Session,
        arn: &PolicyArn,
        new: &BTreeMap<String, String>,
    ) -> Result<()> {
        const OPERATION: &str = "iam:TagPolicy";
        let request = self.client.tag_policy().policy_arn(arn.as_str()).set_tags(Some(tags(OPERATION, new)?));
        call!(request, session, Write, OPERATION).map(drop)
    }
}

/// After a version was deleted, a failure leaves the policy partly changed.
fn in_part_if(pruned: bool, error: Error) -> Error {
    if pruned { error.with_effect(Effect::Unknown) } else { error }
}

/// Versions have the names `v1`, `v2` and so on, in the order of their creation.
fn number(version: &PolicyVersion) -> u64 {
    let digits = version.version_id.as_deref().unwrap_or_default().trim_start_matches('v');
    digits.parse().unwrap_or_default()
}
