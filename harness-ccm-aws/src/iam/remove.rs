use harness_ccm_core::backend::Removed;
use harness_ccm_core::role::{RoleAddress, RoleState};
use harness_ccm_core::{Error, ErrorKind, Result};

use super::{IamRoles, conflict, in_part};
use crate::error::{Call, from_sdk};
use crate::session::Session;

impl IamRoles {
    pub(super) async fn remove(
        &self,
        session: &Session,
        address: &RoleAddress,
        expected: &RoleState,
    ) -> Result<Removed> {
        let Some(state) = self.read(session, address).await? else { return Ok(Removed::AlreadyGone) };
        if !is_rest_of(&state, expected) {
            return Err(conflict(address, "the role is not as it was observed"));
        }
        for name in state.inline.keys() {
            let answer = self
                .client
                .delete_role_policy()
                .role_name(address.name().as_str())
                .policy_name(name.as_str())
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk("iam:DeleteRolePolicy", Call::Write, error));
            gone(answer.map(drop)).map_err(in_part)?;
        }
        for policy in state.attached.keys() {
            let answer = self
                .client
                .detach_role_policy()
                .role_name(address.name().as_str())
                .policy_arn(policy.as_str())
                .customize()
                .config_override(session.config())
                .send()
                .await
                .map_err(|error| from_sdk("iam:DetachRolePolicy", Call::Write, error));
            gone(answer.map(drop)).map_err(in_part)?;
        }
        let answer = self
            .client
            .delete_role()
            .role_name(address.name().as_str())
            .customize()
            .config_override(session.config())
            .send()
            .await
            .map_err(|error| from_sdk("iam:DeleteRole", Call::Write, error));
        gone(answer.map(drop)).map_err(in_part)?;
        Ok(Removed::Removed)
    }
}

/// Whether `state` is `expected`, or what an interrupted removal left of it.
fn is_rest_of(state: &RoleState, expected: &RoleState) -> bool {
    let mut rest = expected.clone();
    rest.inline.retain(|name, _| state.inline.contains_key(name));
    rest.attached.retain(|policy, _| state.attached.contains_key(policy));
    state.same_as(&rest)
}

/// Removing what is gone is done.
fn gone(answer: Result<(), Error>) -> Result<()> {
    match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
