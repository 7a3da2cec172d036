use std::collections::BTreeSet;

use async_trait::async_trait;

use super::World;
use super::iam::VERSIONS;
use super::world::State;
use crate::account::AccountState;
use crate::backend::{Expect, Removed, RoleProvisioner, Written};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::id::{AccountId, PolicyArn, RoleName};
use crate::owner::Ownership;
use crate::role::{Quotas, RoleAddress, RoleDifference, RoleSpec, RoleState};
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
    Err(Error::new(ErrorKind::Denied, operation, format!("not let into the account; tried {}", address.route))
        .with_subject(address.to_string())
        .with_remedy("let one of these roles exist in the account and trust the caller, or name another in reach.bootstrap-roles"))
}

fn conflict(operation: &'static str, address: &RoleAddress, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, operation, message)
        .with_subject(address.to_string())
        .with_remedy("somebody else changed it in the meantime: make a new plan")
}

impl State {
    /// Writes what `spec` differs in from what is there, one write after the other; those before one that fails stay.
    fn bring_to(&mut self, spec: &RoleSpec) -> Result<()> {
        let Some(seen) = self.roles.get(&key(&spec.address)).cloned() else { return Ok(()) };
        spec.differences(&seen).iter().try_for_each(|difference| self.mend(spec, &seen, difference))
    }

    fn mend(&mut self, spec: &RoleSpec, seen: &RoleState, difference: &RoleDifference) -> Result<()> {
        use RoleDifference as D;
        let (role, account) = (&spec.address.arn, spec.address.account());
        match difference {
            D::Path => Ok(()),
            D::Trust => self.put_trust(role, &spec.trust),
            D::Boundary => spec.boundary.iter().try_for_each(|boundary| self.put_boundary(role, boundary)),
            D::MaxSession => {
                spec.max_session.iter().try_for_each(|seconds| self.put_max_session(role, seconds.get()))
            }
            D::Policy(arn) => match spec.managed.get(arn) {
                Some(_) if seen.attached.contains_key(arn) => self.put_version(spec, arn),
                Some(policy) => match self.create_policy(account, arn, policy, spec.policy_tags()) {
                    Err(error) if error.kind() == ErrorKind::Conflict => self.complete(spec, arn, error),
                    other => other,
                },
                None => Ok(()),
            },
            D::Attachment(arn) => self.attach(role, arn),
            D::Inline(name) => spec
                .inline
                .get(name)
                .into_iter()
                .try_for_each(|document| self.put_inline(role, name, document)),
            D::PolicyTags(arn) => self.tag_policy(account, arn, spec.policy_tags()),
            D::Tags(keys) => self.tag_role(role, spec.tags_of(keys)),
            D::ExcessInline(name) => self.delete_inline(role, name),
            D::ExcessAttachment(arn) => self.detach(role, arn),
            D::ExcessPolicy(arn) => self.remove_policy(account, arn),
            D::ExcessTag(key) => self.untag_role(role, key),
        }
    }

    /// A policy of that name is there: it is completed if an interrupted run of ours left it.
    fn complete(&mut self, spec: &RoleSpec, arn: &PolicyArn, error: Error) -> Result<()> {
        match self.policies.get(arn).map(|policy| Ownership::read(&policy.tags, &spec.owner)) {
            Some(Ownership::Ours) => self.put_version(spec, arn),
            Some(Ownership::Unmarked | Ownership::Foreign(_)) | None => {
                Err(error.with_remedy("it is not ours: delete it, set role.prefix, or use the layout inline"))
            }
        }
    }

    /// Gives a policy the text that is wanted, unless it has it.
    fn put_version(&mut self, spec: &RoleSpec, arn: &PolicyArn) -> Result<()> {
        let (Some(wanted), Some(policy)) = (spec.managed.get(arn), self.policies.get(arn)) else {
            return Ok(());
        };
        if policy.document().is_some_and(|seen| seen.equivalent(&wanted.document)) {
            return Ok(());
        }
        let excess = (policy.versions.len() + 1).saturating_sub(VERSIONS);
        let oldest = policy.versions.keys().filter(|number| **number != policy.default).take(excess);
        for number in oldest.copied().collect::<Vec<_>>() {
            self.delete_version(arn, number)?;
        }
        self.create_version(spec.address.account(), arn, &wanted.document)
    }

    fn remove_policy(&mut self, account: &AccountId, arn: &PolicyArn) -> Result<()> {
        let Some(policy) = self.policies.get(arn) else { return Ok(()) };
        let others = policy.versions.keys().filter(|number| **number != policy.default);
        for number in others.copied().collect::<Vec<_>>() {
            self.delete_version(arn, number)?;
        }
        self.delete_policy(account, arn)
    }

    fn remove_role(&mut self, seen: &RoleState) -> Result<()> {
        let (arn, owner) = (&seen.arn, seen.owner());
        for name in seen.inline.keys() {
            self.delete_inline(arn, name)?;
        }
        let ours: BTreeSet<_> = owner.iter().flat_map(|owner| seen.made_by(owner)).collect();
        for policy in seen.attached.keys() {
            self.detach(arn, policy)?;
        }
        for policy in ours {
            self.remove_policy(arn.account(), policy)?;
        }
        self.delete_role(arn)
    }
}

/// Once a write was sent, a failure leaves the role in part as it was.
fn in_part(error: Error, written: bool) -> Error {
    if written { error.with_effect(Effect::Unknown) } else { error }
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
            Ok(Some(seen.is_none()))
        });
        state.record(OPERATION, address.to_string(), matches!(judged, Ok(Some(_))));
        let created = judged?;
        let before = state.iam_writes.len();
        let done = match created {
            Some(true) => state.create_role(spec.created()).and_then(|()| state.bring_to(spec)),
            Some(false) => state.bring_to(spec),
            None => Ok(()),
        };
        let written = state.iam_writes.len() > before;
        done.map_err(|error| in_part(error, written).with_subject(address.to_string()))?;
        let Some(role) = state.roles.get(&key(address)).cloned() else {
            return Err(conflict(OPERATION, address, "the role that was observed is gone"));
        };
        Ok(match created {
            Some(true) => Written::Created(role),
            Some(false) => Written::Updated(role),
            None => Written::Unchanged(role),
        })
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        const OPERATION: &str = "remove_role";
        let mut state = self.0.lock();
        let judged = enter(&state, address, OPERATION).and_then(|()| match state.roles.get(&key(address)) {
            None => Ok(None),
            Some(seen) if seen.is_rest_of(expected) => Ok(Some(seen.clone())),
            Some(_) => Err(conflict(OPERATION, address, "the role is not as it was observed")),
        });
        state.record(OPERATION, address.to_string(), matches!(judged, Ok(Some(_))));
        let Some(seen) = judged? else { return Ok(Removed::AlreadyGone) };
        let before = state.iam_writes.len();
        let done = state.remove_role(&seen);
        let written = state.iam_writes.len() > before;
        done.map_err(|error| in_part(error, written).with_subject(address.to_string()))?;
        Ok(Removed::Removed)
    }
}
