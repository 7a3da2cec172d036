//! Roles in a custom backend, and the test suite that checks its contract.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use harness_ccm::backend::{
    Admission, Conflict, Expect, RemovalAdmission, Removed, Written, admit_role, admit_role_removal,
};
use harness_ccm::prelude::*;
use harness_ccm::role::{RoleAddress, RoleSpec, RoleState};
use harness_ccm::route::Route;
use harness_ccm::testing::roles::{RoleSite, suite};

type Roles = BTreeMap<(AccountId, String), RoleState>;

/// Roles in a map, and the account to which the credentials belong.
#[derive(Debug)]
struct MapRoles(Mutex<Roles>, AccountId);

impl MapRoles {
    fn with<T>(&self, work: impl FnOnce(&mut Roles) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// IAM ignores case in names, and so does the key.
fn key(address: &RoleAddress) -> (AccountId, String) {
    (address.account().clone(), address.name().as_str().to_lowercase())
}

#[async_trait]
impl RoleProvisioner for MapRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>, Error> {
        if address.route == Route::Direct && *address.account() != self.1 {
            return Err(Error::new(ErrorKind::Invalid, "find_role", "the direct route does not lead there"));
        }
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
    let roles = MapRoles(Mutex::default(), "999988887777".parse()?);
    suite(&roles, &RoleSite::new("111122223333".parse()?, "Suite")).await;
    Ok(())
}
