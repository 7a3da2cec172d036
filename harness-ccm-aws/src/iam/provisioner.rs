use async_trait::async_trait;
use harness_ccm_core::Result;
use harness_ccm_core::backend::{
    Expect, Removed, RoleProvisioner, Written, put_role_through, remove_role_through,
};
use harness_ccm_core::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::setting::Setting;

use super::IamRoles;
use super::write::Writes;

#[async_trait]
impl RoleProvisioner for IamRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        let session = self.sessions.enter(address).await?;
        self.read(&session, address).await.map_err(|error| error.with_subject(address.to_string()))
    }

    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        let session = self.sessions.enter(address).await?;
        self.list(&session, |_| false).await.map_err(|error| {
            error.with_subject(format!("the roles of account {}", address.account())).with_remedy(format!(
                "allow the bootstrap role iam:ListRoles, or plan without {}",
                Setting::Deep
            ))
        })
    }

    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        let session = self.sessions.enter(address).await?;
        self.read_quotas(&session).await.map(Some).map_err(|error| {
            error.with_subject(address.to_string()).with_remedy(format!(
                "allow the bootstrap role iam:GetAccountSummary, or leave {} out for the usual ones",
                Setting::RoleQuotas
            ))
        })
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        let session = self.sessions.enter(&spec.address).await?;
        let address = &spec.address;
        put_role_through(&Writes::new(self, &session, address), spec, &expect)
            .await
            .map_err(|error| error.with_subject(address.to_string()))
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        let session = self.sessions.enter(address).await?;
        remove_role_through(&Writes::new(self, &session, address), expected)
            .await
            .map_err(|error| error.with_subject(address.to_string()))
    }
}
