use async_trait::async_trait;

use super::role_writes::Writes;
use super::state::{Shared, State};
use crate::account::AccountState;
use crate::backend::{Expect, Removed, RoleProvisioner, Written, put_role_through, remove_role_through};
use crate::error::{Error, ErrorKind, Result};
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};
use crate::route::Route;
use crate::setting::Setting;

/// The IAM of the accounts of a [`World`](super::World).
#[derive(Clone, Debug)]
pub struct MemoryRoles(Shared);

impl MemoryRoles {
    pub(super) fn new(world: Shared) -> Self {
        Self(world)
    }
}

/// What stands between a caller and an account, as STS would tell it.
fn enter(state: &State, address: &RoleAddress, operation: &'static str) -> Result<()> {
    let id = address.account();
    let account = state.accounts.get(id);
    if address.route == Route::Direct && account.is_none_or(|account| account.management != Some(true)) {
        return Err(Error::new(
            ErrorKind::Invalid,
            operation,
            "the route is direct, but the credentials belong to another account",
        )
        .with_subject(address.to_string()));
    }
    if account.is_some_and(|account| account.state == AccountState::Active) && !state.unreachable.contains(id)
    {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Denied,
        operation,
        format!("not let into the account; tried {}", address.route),
    )
    .with_subject(address.to_string())
    .with_remedy(format!(
        "let one of these roles exist in the account and trust the caller, or name another in {}",
        Setting::BootstrapRoles
    )))
}

#[async_trait]
impl RoleProvisioner for MemoryRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        let mut state = self.0.lock();
        state.record("find_role", address.to_string(), false);
        enter(&state, address, "find_role")?;
        Ok(state.shown_role(address.account(), address.name()))
    }

    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        let mut state = self.0.lock();
        state.record("list_roles", address.account().to_string(), false);
        enter(&state, address, "list_roles")?;
        Ok(state.shown_roles(address.account()))
    }

    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        let mut state = self.0.lock();
        state.record("quotas", address.to_string(), false);
        enter(&state, address, "quotas")?;
        Ok(Some(state.quotas(address.account())))
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        const OPERATION: &str = "put_role";
        let address = &spec.address;
        let writes = Writes::new(&self.0, address);
        let entered = enter(&self.0.lock(), address, OPERATION);
        let done = match entered {
            Ok(()) => put_role_through(&writes, spec, &expect).await,
            Err(error) => Err(error),
        };
        writes.record(OPERATION, address);
        done.map_err(|error| error.with_subject(address.to_string()))
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        const OPERATION: &str = "remove_role";
        let writes = Writes::new(&self.0, address);
        let entered = enter(&self.0.lock(), address, OPERATION);
        let done = match entered {
            Ok(()) => remove_role_through(&writes, expected).await,
            Err(error) => Err(error),
        };
        writes.record(OPERATION, address);
        done.map_err(|error| error.with_subject(address.to_string()))
    }
}
