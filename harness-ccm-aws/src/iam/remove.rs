use harness_ccm_core::Result;
use harness_ccm_core::backend::Removed;
use harness_ccm_core::id::{PolicyArn, PolicyName};
use harness_ccm_core::role::{RoleAddress, RoleState};

use super::{IamRoles, conflict, gone, in_part};
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
        if !state.is_rest_of(expected) {
            return Err(conflict(address, "the role is not as it was observed"));
        }
        for name in state.inline.keys() {
            self.delete_inline(session, address, name).await.map_err(in_part)?;
        }
        for policy in state.attached.keys() {
            self.detach(session, address, policy).await.map_err(in_part)?;
        }
        if let Some(owner) = state.owner() {
            for policy in state.made_by(&owner) {
                self.delete_policy(session, policy).await.map_err(in_part)?;
            }
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

    pub(super) async fn delete_inline(
        &self,
        session: &Session,
        address: &RoleAddress,
        name: &PolicyName,
    ) -> Result<()> {
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
        gone(answer.map(drop))
    }

    pub(super) async fn detach(
        &self,
        session: &Session,
        address: &RoleAddress,
        policy: &PolicyArn,
    ) -> Result<()> {
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
        gone(answer.map(drop))
    }
}
