use async_trait::async_trait;

use super::World;
use super::world::State;
use crate::account::AccountState;
use crate::backend::{Expect, Removed, RoleProvisioner, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::id::{AccountId, RoleName};
use crate::owner::Ownership;
use crate::role::{RoleAddress, RoleSpec, RoleState};
use crate::route::Route;

/// The IAM of the accounts of a [`World`].
#[derive(Clone, Debug)]
pub struct MemoryRoles(World);

impl MemoryRoles {
    pub(super) fn new(world: World) -> Self {
        Self(world)
    }
}

fn key(address: &RoleAddress) -> (AccountId, RoleName) {
    (address.account().clone(), address.name().clone())
}

/// What stands between a caller and an account, as STS would tell it.
fn enter(state: &State, address: &RoleAddress, operation: &'static str) -> Result<()> {
    let id = address.account();
    let account = state.accounts.get(id);
    if address.route == Route::Direct && !account.is_some_and(|account| account.management) {
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
    let roles = match &address.route {
        Route::Direct => "the caller's own credentials".to_owned(),
        Route::Assume(roles) => roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", "),
    };
    Err(Error::new(ErrorKind::Denied, operation, format!("not let into the account; tried {roles}"))
        .with_subject(address.to_string())
        .with_remedy("let one of these roles exist in the account and trust the caller, or name another in reach.bootstrap-roles"))
}

fn conflict(operation: &'static str, address: &RoleAddress, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, operation, message)
        .with_subject(address.to_string())
        .with_remedy("somebody else changed it in the meantime: make a new plan")
}

/// The role that a put leaves, given what was there.
fn written(spec: &RoleSpec, seen: Option<&RoleState>) -> RoleState {
    let mut role =
        seen.cloned().unwrap_or_else(|| RoleState::new(spec.address.arn.clone(), spec.trust.clone()));
    role.trust.clone_from(&spec.trust);
    role.inline.extend(spec.inline.iter().map(|(name, document)| (name.clone(), document.clone())));
    for policy in &spec.attached {
        role.attached.entry(policy.clone()).or_default();
    }
    if spec.boundary.is_some() {
        role.boundary.clone_from(&spec.boundary);
    }
    role.tags.extend(spec.all_tags());
    role
}

/// Whether `seen` is `expected`, or what an interrupted removal left of it.
fn is_rest_of(seen: &RoleState, expected: &RoleState) -> bool {
    let mut rest = expected.clone();
    rest.inline.retain(|name, _| seen.inline.contains_key(name));
    rest.attached.retain(|policy, _| seen.attached.contains_key(policy));
    seen.same_as(&rest)
}

#[async_trait]
impl RoleProvisioner for MemoryRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        let mut state = self.0.lock();
        state.record("find_role", address.to_string(), false);
        enter(&state, address, "find_role")?;
        Ok(state.roles.get(&key(address)).cloned())
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        const OPERATION: &str = "put_role";
        let address = &spec.address;
        let mut state = self.0.lock();
        let judged = enter(&state, address, OPERATION).and_then(|()| {
            let seen = state.roles.get(&key(address));
            match (seen, expect) {
                (None, Expect::Same(_)) => {
                    return Err(conflict(OPERATION, address, "the role that was observed is gone"));
                }
                (Some(seen), _) if seen.arn.path() != address.arn.path() => {
                    let path = seen.arn.path();
                    return Err(conflict(
                        OPERATION,
                        address,
                        format!("a role of that name exists under the path {path}"),
                    ));
                }
                (Some(seen), _) if spec.differences(seen).is_empty() => return Ok(None),
                (Some(seen), Expect::Absent) if seen.ownership(&spec.owner) != Ownership::Ours => {
                    return Err(conflict(
                        OPERATION,
                        address,
                        "a role of that name exists, and it is not ours",
                    ));
                }
                (Some(seen), Expect::Same(expected)) if !seen.same_as(&expected) => {
                    return Err(conflict(OPERATION, address, "the role is not as it was observed"));
                }
                (None, Expect::Absent) | (Some(_), _) => {}
            }
            Ok(Some((seen.is_none(), written(spec, seen))))
        });
        state.record(OPERATION, address.to_string(), matches!(judged, Ok(Some(_))));
        match judged? {
            Some((created, role)) => {
                state.roles.insert(key(address), role.clone());
                Ok(if created { Written::Created(role) } else { Written::Updated(role) })
            }
            None => match state.roles.get(&key(address)) {
                Some(role) => Ok(Written::Unchanged(role.clone())),
                None => Err(conflict(OPERATION, address, "the role that was observed is gone")),
            },
        }
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        const OPERATION: &str = "remove_role";
        let mut state = self.0.lock();
        let judged = enter(&state, address, OPERATION).and_then(|()| match state.roles.get(&key(address)) {
            None => Ok(Removed::AlreadyGone),
            Some(seen) if is_rest_of(seen, expected) => Ok(Removed::Removed),
            Some(_) => Err(conflict(OPERATION, address, "the role is not as it was observed")),
        });
        state.record(OPERATION, address.to_string(), matches!(judged, Ok(Removed::Removed)));
        let removed = judged?;
        state.roles.remove(&key(address));
        Ok(removed)
    }
}
