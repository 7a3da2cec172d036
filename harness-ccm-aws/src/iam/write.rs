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
                    let mut state = RoleState::new(address.arn.clone(), spec.trust.clone());
                    state.tags = spec.all_tags();
                    state.boundary.clone_from(&spec.boundary);
                    let differences = spec.differences(&state);
                    return self.bring_to(session, spec, state, &differences).await.map(Written::Created);
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
        let differences = spec.differences(&state);
        self.bring_to(session, spec, state, &differences).await.map(Written::Updated)
    }

    /// Creates the role with trust, boundary, tags and owner mark, all in one call.
    async fn create(&self, session: &Session, spec: &RoleSpec) -> Result<()> {
        const OPERATION: &str = "iam:CreateRole";
        let arn = &spec.address.arn;
        self.client
            .create_role()
            .role_name(arn.name().as_str())
            .path(arn.path().as_str())
            .assume_role_policy_document(spec.trust.to_json())
            .set_permissions_boundary(spec.boundary.as_ref().map(ToString::to_string))
            .set_tags(Some(tags(spec)?))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| not_shown(from_sdk(OPERATION, Call::Write, error)))?;
        Ok(())
    }

    /// Writes what differs, and gives the state that this leaves.
    async fn bring_to(
        &self,
        session: &Session,
        spec: &RoleSpec,
        mut state: RoleState,
        differences: &[RoleDifference],
    ) -> Result<RoleState> {
        let mut retag = false;
        for difference in differences {
            match difference {
                RoleDifference::Trust => {
                    patiently(|| self.put_trust(session, spec)).await.map_err(in_part)?;
                    state.trust = spec.trust.clone();
                }
                RoleDifference::Inline(name) => {
                    if let Some(document) = spec.inline.get(name) {
                        patiently(|| self.put_inline(session, spec, name, document))
                            .await
                            .map_err(in_part)?;
                        state.inline.insert(name.clone(), document.clone());
                    }
                }
                RoleDifference::Attachment(policy) => {
                    patiently(|| self.attach(session, spec, policy)).await.map_err(in_part)?;
                    state.attached.insert(policy.clone(), None);
                }
                RoleDifference::Boundary => {
                    if let Some(boundary) = &spec.boundary {
                        patiently(|| self.put_boundary(session, spec, boundary)).await.map_err(in_part)?;
                        state.boundary = Some(boundary.clone());
                    }
                }
                RoleDifference::Tag(_) => retag = true,
                // A path can not be changed; `put` refused it.
                _ => {}
            }
        }
        if retag {
            // Last: an adopted role carries our mark only once everything else is as wanted.
            patiently(|| self.put_tags(session, spec)).await.map_err(in_part)?;
            state.tags.extend(spec.all_tags());
        }
        Ok(state)
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
            .map_err(|error| from_sdk("iam:AttachRolePolicy", Call::Write, error))?;
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
            .map_err(|error| from_sdk("iam:PutRolePermissionsBoundary", Call::Write, error))?;
        Ok(())
    }

    async fn put_tags(&self, session: &Session, spec: &RoleSpec) -> Result<()> {
        self.client
            .tag_role()
            .role_name(spec.address.name().as_str())
            .set_tags(Some(tags(spec)?))
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:TagRole", Call::Write, error))?;
        Ok(())
    }
}

fn tags(spec: &RoleSpec) -> Result<Vec<Tag>> {
    spec.all_tags()
        .into_iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| {
                Error::new(ErrorKind::Invalid, "iam:TagRole", "a tag has no key or no value")
                    .with_source(error)
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

/// What "not found" means for a write to a role that is there: a managed policy that does not exist is named in IAM's message by
/// its ARN, and waiting does not help; otherwise it is the role that IAM does not show yet.
fn not_shown(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    let (operation, message) = (error.operation(), error.message().to_owned());
    if message.contains(":policy/") {
        Error::new(ErrorKind::Invalid, operation, message)
            .with_remedy("create the managed policy in that account first, or correct its ARN")
    } else {
        Error::new(ErrorKind::NotReady, operation, message)
    }
}
