use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_iam::types::Tag;
use harness_ccm_core::backend::{Expect, Written};
use harness_ccm_core::id::{PolicyArn, PolicyName};
use harness_ccm_core::owner::Ownership;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{RoleDifference, RoleSpec, RoleState};
use harness_ccm_core::{Error, ErrorKind, Result};

use super::{IamRoles, conflict, in_part};
use crate::error::{Call, from_sdk};
use crate::session::Session;

/// How often a write is tried while IAM does not show the role yet, or says that somebody writes at the same time.
const ATTEMPTS: u32 = 6;

impl IamRoles {
    pub(super) async fn put(
        &self,
        session: &Session,
        spec: &RoleSpec,
        expect: Expect<RoleState>,
    ) -> Result<Written<RoleState>> {
        let address = &spec.address;
        if expect == Expect::Absent {
            match self.create(session, spec).await {
                Ok(()) => {
                    return self.bring_to(session, spec, spec.created()).await.map(Written::Created);
                }
                // Read what is there: it may be our own, left by a call whose answer was lost.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        let seen = self.read(session, address).await?;
        let state = match (seen, expect) {
            (None, _) => return Err(conflict(address, "the role that was observed is gone")),
            (Some(state), _) if state.arn.path() != address.arn.path() => {
                let path = state.arn.path();
                return Err(conflict(address, format!("a role of that name exists under the path {path}")));
            }
            (Some(state), _) if spec.differences(&state).is_empty() => return Ok(Written::Unchanged(state)),
            (Some(state), Expect::Absent) if state.ownership(&spec.owner) != Ownership::Ours => {
                return Err(conflict(address, "a role of that name exists, and it is not ours"));
            }
            (Some(state), Expect::Same(expected)) if !state.same_as(&expected) => {
                return Err(conflict(address, "the role is not as it was observed"));
            }
            (Some(state), _) => state,
        };
        self.bring_to(session, spec, state).await.map(Written::Updated)
    }

    /// Creates the role with trust, boundary, maximum session duration, tags and owner mark, all in one call.
    async fn create(&self, session: &Session, spec: &RoleSpec) -> Result<()> {
        const OPERATION: &str = "iam:CreateRole";
        let arn = &spec.address.arn;
        self.client
            .create_role()
            .role_name(arn.name().as_str())
            .path(arn.path().as_str())
            .assume_role_policy_document(spec.trust.to_json())
            .set_permissions_boundary(spec.boundary.as_ref().map(ToString::to_string))
            .set_max_session_duration(max_session(spec))
            .set_tags(Some(tags(OPERATION, spec.all_tags())?))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| absent_policy(from_sdk(OPERATION, Call::Write, error)))?;
        Ok(())
    }

    /// Mends what differs, in the order in which that is told, and gives the state that this leaves.
    async fn bring_to(&self, session: &Session, spec: &RoleSpec, mut state: RoleState) -> Result<RoleState> {
        for difference in spec.differences(&state) {
            let state_now = &state;
            patiently(|| self.mend(session, spec, state_now, &difference)).await.map_err(in_part)?;
            spec.mend(&difference, &mut state);
        }
        Ok(state)
    }

    /// One write; listing, making room and completing come with those to managed policies.
    async fn mend(
        &self,
        session: &Session,
        spec: &RoleSpec,
        state: &RoleState,
        difference: &RoleDifference,
    ) -> Result<()> {
        use RoleDifference as D;
        let address = &spec.address;
        match difference {
            D::Trust => self.put_trust(session, spec).await,
            D::Boundary => match &spec.boundary {
                Some(boundary) => self.put_boundary(session, spec, boundary).await,
                None => Ok(()),
            },
            D::Policy(arn) => match spec.managed.get(arn) {
                Some(policy) if state.attached.contains_key(arn) => {
                    self.put_version(session, arn, &policy.document).await
                }
                Some(policy) if state.managed.contains_key(arn) => {
                    self.complete_policy(session, spec, arn, policy).await
                }
                Some(policy) => self.create_policy(session, spec, arn, policy).await,
                None => Ok(()),
            },
            D::MaxSession => self.put_max_session(session, spec).await,
            D::Attachment(arn) => self.attach(session, spec, arn).await,
            D::Inline(name) => match spec.inline.get(name) {
                Some(document) => self.put_inline(session, spec, name, document).await,
                None => Ok(()),
            },
            D::PolicyTags(arn) => self.tag_policy(session, spec, arn).await,
            D::Tags(keys) => self.put_tags(session, spec, keys).await,
            D::ExcessInline(name) => self.delete_inline(session, address, name).await,
            D::ExcessAttachment(arn) => self.detach(session, address, arn).await,
            D::ExcessPolicy(arn) => self.delete_policy(session, arn).await,
            D::ExcessTag(key) => self.untag(session, spec, key).await,
            // A path can not be changed; `put` refused it.
            D::Path => Ok(()),
        }
    }

    async fn put_trust(&self, session: &Session, spec: &RoleSpec) -> Result<()> {
        self.client
            .update_assume_role_policy()
            .role_name(spec.address.name().as_str())
            .policy_document(spec.trust.to_json())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:UpdateAssumeRolePolicy", Call::Write, error))?;
        Ok(())
    }

    /// The call has no description: what it leaves out stays as it is.
    async fn put_max_session(&self, session: &Session, spec: &RoleSpec) -> Result<()> {
        self.client
            .update_role()
            .role_name(spec.address.name().as_str())
            .set_max_session_duration(max_session(spec))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:UpdateRole", Call::Write, error))?;
        Ok(())
    }

    async fn put_inline(
        &self,
        session: &Session,
        spec: &RoleSpec,
        name: &PolicyName,
        document: &PolicyDocument,
    ) -> Result<()> {
        self.client
            .put_role_policy()
            .role_name(spec.address.name().as_str())
            .policy_name(name.as_str())
            .policy_document(document.to_json())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:PutRolePolicy", Call::Write, error))?;
        Ok(())
    }

    async fn attach(&self, session: &Session, spec: &RoleSpec, policy: &PolicyArn) -> Result<()> {
        self.client
            .attach_role_policy()
            .role_name(spec.address.name().as_str())
            .policy_arn(policy.as_str())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| {
                let error = from_sdk("iam:AttachRolePolicy", Call::Write, error);
                // What was made a moment ago is there, and IAM does not show it yet; any other policy is not there.
                if spec.managed.contains_key(policy) { error } else { absent_policy(error) }
            })?;
        Ok(())
    }

    async fn put_boundary(&self, session: &Session, spec: &RoleSpec, boundary: &PolicyArn) -> Result<()> {
        self.client
            .put_role_permissions_boundary()
            .role_name(spec.address.name().as_str())
            .permissions_boundary(boundary.as_str())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| absent_policy(from_sdk("iam:PutRolePermissionsBoundary", Call::Write, error)))?;
        Ok(())
    }

    async fn put_tags(&self, session: &Session, spec: &RoleSpec, keys: &BTreeSet<String>) -> Result<()> {
        const OPERATION: &str = "iam:TagRole";
        self.client
            .tag_role()
            .role_name(spec.address.name().as_str())
            .set_tags(Some(tags(OPERATION, spec.tags_of(keys))?))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, Call::Write, error))?;
        Ok(())
    }

    async fn untag(&self, session: &Session, spec: &RoleSpec, key: &str) -> Result<()> {
        self.client
            .untag_role()
            .role_name(spec.address.name().as_str())
            .tag_keys(key)
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:UntagRole", Call::Write, error))?;
        Ok(())
    }
}

/// The maximum session duration to write; none where IAM's own is long enough, which is also the least that it takes.
fn max_session(spec: &RoleSpec) -> Option<i32> {
    let seconds = spec.max_session?.get();
    if seconds > RoleState::DEFAULT_MAX_SESSION { i32::try_from(seconds).ok() } else { None }
}

pub(super) fn tags(operation: &'static str, tags: BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.into_iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| {
                Error::new(ErrorKind::Invalid, operation, "a tag has no key or no value").with_source(error)
            })
        })
        .collect()
}

/// Tries again while IAM is behind: it is eventually consistent, and a role that was just made may not be there for the next
/// call. The role is known to be there, so that it is not found can only mean that.
async fn patiently<F: Future<Output = Result<()>>>(call: impl Fn() -> F) -> Result<()> {
    let mut delay = Duration::from_millis(500);
    for _ in 1..ATTEMPTS {
        match call().await.map_err(not_shown) {
            Err(error) if error.kind() == ErrorKind::NotReady => {}
            other => return other,
        }
        tokio::time::sleep(delay).await;
        delay *= 2;
    }
    call().await.map_err(not_shown)
}

/// What "not found" means for a write to something that is known to be there: IAM does not show it yet.
fn not_shown(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::new(ErrorKind::NotReady, error.operation(), error.message())
}

/// A managed policy that is to be attached and does not exist is named in IAM's message by its ARN: waiting does not help.
fn absent_policy(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound || !error.message().contains(":policy/") {
        return error;
    }
    Error::new(ErrorKind::Invalid, error.operation(), error.message())
        .with_remedy("create the managed policy in that account first, or correct its ARN")
}
