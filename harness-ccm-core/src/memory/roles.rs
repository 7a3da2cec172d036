use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use async_trait::async_trait;

use super::iam::VERSIONS;
use super::state::{Shared, State};
use crate::account::AccountState;
use crate::backend::{
    Expect, Removed, RoleProvisioner, RoleWrites, Written, put_role_through, remove_role_through,
};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::id::{AccountId, PolicyArn, PolicyName, RoleArn, RoleName};
use crate::policy::PolicyDocument;
use crate::role::{ManagedPolicy, ManagedState, Quotas, RoleAddress, RoleSpec, RoleState};
use crate::route::Route;

/// The IAM of the accounts of a [`World`](super::World).
#[derive(Clone, Debug)]
pub struct MemoryRoles(Shared);

impl MemoryRoles {
    pub(super) fn new(world: Shared) -> Self {
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
    Err(Error::new(ErrorKind::Denied, operation, format!("not let into the account; tried {}", address.route))
        .with_subject(address.to_string())
        .with_remedy("let one of these roles exist in the account and trust the caller, or name another in reach.bootstrap-roles"))
}

/// One role of a world: each write takes the lock for itself, as each is a request of its own to IAM.
struct Writes<'a> {
    world: &'a Shared,
    role: &'a RoleArn,
    /// Whether IAM received one.
    written: AtomicBool,
}

impl<'a> Writes<'a> {
    fn new(world: &'a Shared, address: &'a RoleAddress) -> Self {
        Self { world, role: &address.arn, written: AtomicBool::new(false) }
    }

    fn write(&self, write: impl FnOnce(&mut State) -> Result<()>) -> Result<()> {
        let mut state = self.world.lock();
        let before = state.iam_writes.len();
        let done = write(&mut state);
        let written = state.iam_writes.len() > before;
        self.written.fetch_or(written, Relaxed);
        // Several writes may be needed for a policy; those before one that fails stay.
        done.map_err(|error| if written { error.with_effect(Effect::Unknown) } else { error })
    }

    /// Notes the whole call in the journal.
    fn record(&self, operation: &'static str, address: &RoleAddress) {
        self.world.lock().record(operation, address.to_string(), self.written.load(Relaxed));
    }
}

#[async_trait]
impl RoleWrites for Writes<'_> {
    async fn find(&self) -> Result<Option<RoleState>> {
        let key = (self.role.account().clone(), self.role.name().clone());
        Ok(self.world.lock().roles.get(&key).cloned())
    }

    async fn create_role(&self, role: &RoleState) -> Result<()> {
        self.write(|state| state.create_role(role.clone()))
    }

    async fn put_trust(&self, trust: &PolicyDocument) -> Result<()> {
        self.write(|state| state.put_trust(self.role, trust))
    }

    async fn put_boundary(&self, boundary: &PolicyArn) -> Result<()> {
        self.write(|state| state.put_boundary(self.role, boundary))
    }

    async fn put_max_session(&self, seconds: u32) -> Result<()> {
        self.write(|state| state.put_max_session(self.role, seconds))
    }

    async fn put_inline(&self, name: &PolicyName, document: &PolicyDocument) -> Result<()> {
        self.write(|state| state.put_inline(self.role, name, document))
    }

    async fn tag_role(&self, tags: &BTreeMap<String, String>) -> Result<()> {
        self.write(|state| state.tag_role(self.role, tags.clone()))
    }

    async fn untag_role(&self, key: &str) -> Result<()> {
        self.write(|state| state.untag_role(self.role, key))
    }

    async fn delete_inline(&self, name: &PolicyName) -> Result<()> {
        self.write(|state| state.delete_inline(self.role, name))
    }

    async fn attach(&self, policy: &PolicyArn) -> Result<()> {
        self.write(|state| state.attach(self.role, policy))
    }

    async fn detach(&self, policy: &PolicyArn) -> Result<()> {
        self.write(|state| state.detach(self.role, policy))
    }

    async fn find_policy(&self, arn: &PolicyArn) -> Result<Option<(ManagedState, PolicyDocument)>> {
        let state = self.world.lock();
        Ok(state.policies.get(arn).and_then(|policy| Some((policy.known(), policy.document()?.clone()))))
    }

    async fn create_policy(
        &self,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
        tags: &BTreeMap<String, String>,
    ) -> Result<()> {
        self.write(|state| state.create_policy(self.role.account(), arn, policy, tags.clone()))
    }

    async fn put_version(&self, arn: &PolicyArn, document: &PolicyDocument) -> Result<()> {
        self.write(|state| {
            let excess = |versions: usize| (versions + 1).saturating_sub(VERSIONS);
            for number in state.old_versions(arn, excess) {
                state.delete_version(arn, number)?;
            }
            state.create_version(self.role.account(), arn, document)
        })
    }

    async fn tag_policy(&self, arn: &PolicyArn, tags: &BTreeMap<String, String>) -> Result<()> {
        self.write(|state| state.tag_policy(self.role.account(), arn, tags.clone()))
    }

    async fn delete_policy(&self, arn: &PolicyArn) -> Result<()> {
        self.write(|state| {
            if !state.policies.contains_key(arn) {
                return Ok(());
            }
            for number in state.old_versions(arn, |versions| versions) {
                state.delete_version(arn, number)?;
            }
            state.delete_policy(self.role.account(), arn)
        })
    }

    async fn delete_role(&self) -> Result<()> {
        self.write(|state| state.delete_role(self.role))
    }
}

impl State {
    /// So many of the versions of a policy that do not count, the oldest first, as `excess` makes of the number of all.
    fn old_versions(&self, arn: &PolicyArn, excess: impl Fn(usize) -> usize) -> Vec<u32> {
        let Some(policy) = self.policies.get(arn) else { return Vec::new() };
        let old = policy.versions.keys().filter(|number| **number != policy.default);
        old.take(excess(policy.versions.len())).copied().collect()
    }
}

#[async_trait]
impl RoleProvisioner for MemoryRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        let mut state = self.0.lock();
        state.record("find_role", address.to_string(), false);
        enter(&state, address, "find_role")?;
        Ok(state.roles.get(&key(address)).cloned())
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
