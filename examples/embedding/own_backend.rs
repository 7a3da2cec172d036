//! Roles in a backend of one's own, and the suite that shows that it keeps the contract.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use harness_ccm::backend::{
    Admission, Conflict, Expect, RemovalAdmission, Removed, Written, admit_role, admit_role_removal,
};
use harness_ccm::prelude::*;
use harness_ccm::role::{RoleAddress, RoleSpec, RoleState};
use harness_ccm::testing::roles::{RoleSite, suite};

/// Roles in a map. IAM does not tell names apart by case, so neither does the key.
#[derive(Clone, Debug, Default)]
struct MapRoles(Arc<Mutex<BTreeMap<(AccountId, String), RoleState>>>);

impl MapRoles {
    fn with<T>(&self, read: impl FnOnce(&mut BTreeMap<(AccountId, String), RoleState>) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn key(address: &RoleAddress) -> (AccountId, String) {
    (address.account().clone(), address.name().as_str().to_lowercase())
}

#[async_trait]
impl RoleProvisioner for MapRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>, Error> {
        Ok(self.with(|roles| roles.get(&key(address)).cloned()))
    }

    async fn put_role(
        &self,
        spec: &RoleSpec,
        expect: Expect<RoleState>,
    ) -> Result<Written<RoleState>, Error> {
        let observed = self.find_role(&spec.address).await?;
        let conflict = |conflict: Conflict| conflict.into_error("put_role", spec.address.arn.to_string());
        let written = match admit_role(spec, observed, &expect).map_err(conflict)? {
            Admission::Create => Written::Created(spec.result_on(&spec.created())),
            Admission::Unchanged(state) => Written::Unchanged(state),
            Admission::Finish(state) => Written::Created(spec.result_on(&state)),
            Admission::Update(state) => Written::Updated(spec.result_on(&state)),
        };
        self.with(|roles| roles.insert(key(&spec.address), written.clone().into_state()));
        Ok(written)
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed, Error> {
        let observed = self.find_role(address).await?;
        let conflict = |conflict: Conflict| conflict.into_error("remove_role", address.arn.to_string());
        match admit_role_removal(expected, observed).map_err(conflict)? {
            RemovalAdmission::AlreadyGone => Ok(Removed::AlreadyGone),
            RemovalAdmission::Remove(_) => {
                self.with(|roles| roles.remove(&key(address)));
                Ok(Removed::Removed)
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = RoleSite::new("111122223333".parse()?, "Suite");
    suite(&MapRoles::default(), &site).await;
    Ok(())
}
