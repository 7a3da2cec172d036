use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};

use async_trait::async_trait;

use super::iam::{VERSIONS, check_max_session, quota, refuse, refuse_tags};
use super::state::{Shared, State, key};
use crate::backend::RoleWrites;
use crate::error::{Effect, ErrorKind, Result};
use crate::id::{PolicyArn, PolicyName, RoleArn, RoleName};
use crate::policy::PolicyDocument;
use crate::role::{
    ManagedPolicy, ManagedState, PolicyUse, RoleAddress, RoleState, check_tags, put_tag, remove_tag,
};

/// Writes to one role of a world. Each write takes the lock separately, because each is a separate request to
/// IAM.
pub(super) struct Writes<'a> {
    world: &'a Shared,
    role: &'a RoleArn,
    /// Whether IAM received a write.
    written: AtomicBool,
    /// How often the role was read again because IAM may have been behind.
    waits: AtomicU32,
}

/// How often a role is read again while IAM may be behind.
const WAITS: u32 = 5;

impl<'a> Writes<'a> {
    pub(super) fn new(world: &'a Shared, address: &'a RoleAddress) -> Self {
        Self { world, role: &address.arn, written: AtomicBool::new(false), waits: AtomicU32::new(0) }
    }

    fn write(&self, write: impl FnOnce(&mut State) -> Result<()>) -> Result<()> {
        let mut state = self.world.lock();
        let before = state.iam_writes.len();
        let done = write(&mut state);
        let written = state.iam_writes.len() > before;
        self.written.fetch_or(written, Relaxed);
        // A policy may need several writes; the writes before a failing one stay.
        done.map_err(|error| if written { error.with_effect(Effect::Unknown) } else { error })
    }

    /// Records the whole call in the journal.
    pub(super) fn record(&self, operation: &'static str, address: &RoleAddress) {
        self.world.lock().record(operation, address.to_string(), self.written.load(Relaxed));
    }
}

#[async_trait]
impl RoleWrites for Writes<'_> {
    async fn find(&self) -> Result<Option<RoleState>> {
        Ok(self.world.lock().shown_role(self.role.account(), self.role.name()))
    }

    fn wrote_lately(&self) -> bool {
        self.world.lock().lag > 0
    }

    /// Returns at once: lag is counted in requests.
    async fn catch_up(&self) -> bool {
        self.world.lock().lag > 0 && self.waits.fetch_add(1, Relaxed) < WAITS
    }

    async fn find_other_case(&self) -> Result<Option<RoleName>> {
        let (account, name) = (self.role.account(), self.role.name());
        let state = self.world.lock();
        let there = state.roles.get(&key(account, name)).map(|role| role.arn.name().clone());
        Ok(there.filter(|there| there != name))
    }

    async fn create_role(&self, role: &RoleState) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:CreateRole";
            let name = role.arn.name();
            let key = key(role.arn.account(), name);
            if state.roles.contains_key(&key) {
                let message = format!("role with name {name} already exists");
                return Err(refuse(ErrorKind::Conflict, OPERATION, message));
            }
            state.check_trust(OPERATION, &role.arn, &role.trust)?;
            check_max_session(OPERATION, role.max_session)?;
            check_tags(&role.tags).map_err(refuse_tags(OPERATION))?;
            if let Some(boundary) = &role.boundary {
                state.check_policy(OPERATION, &role.arn, boundary, PolicyUse::Boundary)?;
            }
            state.write(OPERATION, name.as_str())?;
            state.roles.insert(key, role.clone());
            Ok(())
        })
    }

    async fn put_trust(&self, trust: &PolicyDocument) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:UpdateAssumeRolePolicy";
            state.role_mut(OPERATION, self.role)?;
            state.check_trust(OPERATION, self.role, trust)?;
            state.write(OPERATION, self.role.name().as_str())?;
            state.role_mut(OPERATION, self.role)?.trust = trust.clone();
            Ok(())
        })
    }

    async fn put_boundary(&self, boundary: &PolicyArn) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:PutRolePermissionsBoundary";
            state.role_mut(OPERATION, self.role)?;
            state.check_policy(OPERATION, self.role, boundary, PolicyUse::Boundary)?;
            state.write(OPERATION, self.role.name().as_str())?;
            state.role_mut(OPERATION, self.role)?.boundary = Some(boundary.clone());
            Ok(())
        })
    }

    async fn delete_boundary(&self) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:DeleteRolePermissionsBoundary";
            state.role_mut(OPERATION, self.role)?;
            state.write(OPERATION, self.role.name().as_str())?;
            state.role_mut(OPERATION, self.role)?.boundary = None;
            Ok(())
        })
    }

    async fn put_max_session(&self, seconds: u32) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:UpdateRole";
            state.role_mut(OPERATION, self.role)?;
            check_max_session(OPERATION, seconds)?;
            state.write(OPERATION, self.role.name().as_str())?;
            state.role_mut(OPERATION, self.role)?.max_session = seconds;
            Ok(())
        })
    }

    async fn put_inline(&self, name: &PolicyName, document: &PolicyDocument) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:PutRolePolicy";
            let allowed = state.quotas(self.role.account()).inline_size;
            let role = state.role_mut(OPERATION, self.role)?;
            let others = role.inline.iter().filter(|(other, _)| *other != name);
            let size: usize = others.map(|(_, document)| document.size()).sum::<usize>() + document.size();
            if size > allowed {
                return Err(quota(OPERATION, "RolePolicySize", allowed));
            }
            state.write(OPERATION, name.as_str())?;
            state.role_mut(OPERATION, self.role)?.inline.insert(name.clone(), document.clone());
            Ok(())
        })
    }

    async fn tag_role(&self, tags: &BTreeMap<String, String>) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:TagRole";
            let mut all = state.role_mut(OPERATION, self.role)?.tags.clone();
            for (key, value) in tags {
                put_tag(&mut all, key.clone(), value.clone());
            }
            check_tags(&all).map_err(refuse_tags(OPERATION))?;
            state.write(OPERATION, self.role.name().as_str())?;
            state.role_mut(OPERATION, self.role)?.tags = all;
            state.refresh(self.role.account());
            Ok(())
        })
    }

    async fn untag_role(&self, key: &str) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:UntagRole";
            state.role_mut(OPERATION, self.role)?;
            state.write(OPERATION, self.role.name().as_str())?;
            remove_tag(&mut state.role_mut(OPERATION, self.role)?.tags, key);
            state.refresh(self.role.account());
            Ok(())
        })
    }

    async fn delete_inline(&self, name: &PolicyName) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:DeleteRolePolicy";
            state.role_mut(OPERATION, self.role)?;
            state.write(OPERATION, name.as_str())?;
            state.role_mut(OPERATION, self.role)?.inline.remove(name);
            Ok(())
        })
    }

    async fn attach(&self, policy: &PolicyArn) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:AttachRolePolicy";
            let allowed = state.quotas(self.role.account()).attached_policies;
            state.check_policy(OPERATION, self.role, policy, PolicyUse::Attachment)?;
            let attached = &state.role_mut(OPERATION, self.role)?.attached;
            if !attached.contains_key(policy) && attached.len() >= allowed {
                return Err(quota(OPERATION, "PoliciesPerRole", allowed));
            }
            state.write(OPERATION, policy.name())?;
            state.role_mut(OPERATION, self.role)?.attached.entry(policy.clone()).or_default();
            state.refresh(self.role.account());
            Ok(())
        })
    }

    async fn detach(&self, policy: &PolicyArn) -> Result<()> {
        self.write(|state| {
            const OPERATION: &str = "iam:DetachRolePolicy";
            state.role_mut(OPERATION, self.role)?;
            state.write(OPERATION, policy.name())?;
            state.role_mut(OPERATION, self.role)?.attached.remove(policy);
            state.refresh(self.role.account());
            Ok(())
        })
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
        self.write(|state| {
            const OPERATION: &str = "iam:DeleteRole";
            let role = state.role_mut(OPERATION, self.role)?;
            if !role.inline.is_empty() || !role.attached.is_empty() {
                let message = "cannot delete a role with policies";
                return Err(refuse(ErrorKind::Conflict, OPERATION, message));
            }
            state.write(OPERATION, self.role.name().as_str())?;
            state.roles.remove(&key(self.role.account(), self.role.name()));
            Ok(())
        })
    }
}

impl State {
    /// The oldest of a policy's other versions; `excess` computes their number from the number of all versions.
    fn old_versions(&self, arn: &PolicyArn, excess: impl Fn(usize) -> usize) -> Vec<u32> {
        let Some(policy) = self.policies.get(arn) else { return Vec::new() };
        let old = policy.versions.keys().filter(|number| **number != policy.default);
        old.take(excess(policy.versions.len())).copied().collect()
    }
}
