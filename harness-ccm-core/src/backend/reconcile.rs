use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Admission, Conflict, Expect, RemovalAdmission, Removed, Written};
use super::{admit_role, admit_role_removal};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::id::{PolicyArn, PolicyName, RoleName};
use crate::owner::Ownership;
use crate::policy::PolicyDocument;
use crate::role::{ManagedPolicy, ManagedState, RoleDifference, RoleSpec, RoleState};

const PUT: &str = "put_role";
const REMOVE: &str = "remove_role";

/// The single reads and writes about one role, from which [`put_role_through`](super::put_role_through) and
/// [`remove_role_through`](super::remove_role_through) make what [`RoleProvisioner`](super::RoleProvisioner) promises.
///
/// The implementor knows the role: its address, and the session in its account. Nothing has a default: a backend that leaves one
/// out does not compile. A new kind of [`RoleDifference`](crate::role::RoleDifference) stops [`reconcile`](super::reconcile) from
/// compiling until there is a write for it, and then every backend.
///
/// **Effect.** An error's effect is [`Unknown`](crate::Effect::Unknown) if the call may have changed something: its answer was
/// lost, or it takes several requests and one of them was carried out. Waiting until IAM takes a write to what was made a moment ago
/// is part of the call; waiting until reads show it is [asked for](Self::catch_up).
///
/// **Idempotency.** Deleting a policy or boundary, detaching and untagging what is not there is done, not an error.
#[async_trait]
pub trait RoleWrites: Send + Sync {
    /// Reads the role, as [`find_role`](super::RoleProvisioner::find_role) does.
    async fn find(&self) -> Result<Option<RoleState>>;

    /// Whether this backend wrote the role lately: then a read that shows something else may show the past.
    fn wrote_lately(&self) -> bool;

    /// Waits a moment until IAM may show what was written. `false`, without waiting, once that was done so often in this call that
    /// being behind does not explain any more what is seen.
    async fn catch_up(&self) -> bool;

    /// The name, as it is spelled, of a role that has the name of this one in another case. Asked where a role could not be created
    /// and is not found: IAM takes both for one name, and may show the role only to who spells it as it is.
    async fn find_other_case(&self) -> Result<Option<RoleName>>;

    /// Creates `role` with trust, boundary, maximum session duration and tags, in one call. Its policies come after it.
    ///
    /// **Errors.** `Conflict` if the name is taken.
    async fn create_role(&self, role: &RoleState) -> Result<()>;

    /// Writes the trust policy.
    async fn put_trust(&self, trust: &PolicyDocument) -> Result<()>;

    /// Sets the permissions boundary.
    async fn put_boundary(&self, boundary: &PolicyArn) -> Result<()>;

    /// Takes the permissions boundary away.
    async fn delete_boundary(&self) -> Result<()>;

    /// Sets the maximum session duration, in seconds.
    async fn put_max_session(&self, seconds: u32) -> Result<()>;

    /// Writes one inline policy.
    async fn put_inline(&self, name: &PolicyName, document: &PolicyDocument) -> Result<()>;

    /// Writes these tags of the role; others stay.
    async fn tag_role(&self, tags: &BTreeMap<String, String>) -> Result<()>;

    /// Removes one tag of the role.
    async fn untag_role(&self, key: &str) -> Result<()>;

    /// Removes one inline policy.
    async fn delete_inline(&self, name: &PolicyName) -> Result<()>;

    /// Attaches a managed policy. One in the [path of the role](crate::id::RoleArn::holds) was made a moment ago.
    ///
    /// **Errors.** `Invalid` if there is no such policy.
    async fn attach(&self, policy: &PolicyArn) -> Result<()>;

    /// Detaches a managed policy.
    async fn detach(&self, policy: &PolicyArn) -> Result<()>;

    /// Reads a customer-managed policy and its text; `None` if there is none of that ARN.
    async fn find_policy(&self, arn: &PolicyArn) -> Result<Option<(ManagedState, PolicyDocument)>>;

    /// Creates a managed policy with its description, text and tags, in one call.
    ///
    /// **Errors.** `Conflict` if the name is taken.
    async fn create_policy(
        &self,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
        tags: &BTreeMap<String, String>,
    ) -> Result<()>;

    /// Gives a managed policy a new text: a new default version. The one before it is kept, and the oldest go where there is no
    /// room.
    async fn put_version(&self, arn: &PolicyArn, document: &PolicyDocument) -> Result<()>;

    /// Writes these tags of a managed policy; others stay.
    async fn tag_policy(&self, arn: &PolicyArn, tags: &BTreeMap<String, String>) -> Result<()>;

    /// Deletes a managed policy with all its versions. It is detached from the role already.
    ///
    /// **Errors.** `Conflict` if something else holds it.
    async fn delete_policy(&self, arn: &PolicyArn) -> Result<()>;

    /// Deletes the role, which has no policies any more.
    async fn delete_role(&self) -> Result<()>;
}

/// All of [`put_role`](super::RoleProvisioner::put_role) for a backend that has the single writes: reads, decides by
/// [`admit_role`], creates, and writes what differs.
///
/// Where nothing is expected, it creates without reading first: IAM itself refuses a name that is taken.
///
/// # Errors
/// As for [`put_role`](super::RoleProvisioner::put_role). The effect is [`Effect::Unknown`] once one write has succeeded; before
/// that it is the effect of the failed call.
pub async fn put_role_through<W: RoleWrites + ?Sized>(
    writes: &W,
    spec: &RoleSpec,
    expect: &Expect<RoleState>,
) -> Result<Written<RoleState>> {
    let mut observed = match expect {
        Expect::Absent => None,
        Expect::Same(_) => writes.find().await?,
    };
    loop {
        match admit_role(spec, observed, expect) {
            Ok(Admission::Unchanged(state)) => return Ok(Written::Unchanged(state)),
            Ok(Admission::Finish(mut state)) => {
                reconcile(writes, spec, &mut state).await?;
                return Ok(Written::Created(state));
            }
            Ok(Admission::Update(mut state)) => {
                reconcile(writes, spec, &mut state).await?;
                return Ok(Written::Updated(state));
            }
            Ok(Admission::Create) => return create(writes, spec).await,
            Err(conflict) => {
                if !may_be_past(writes, &conflict) || !writes.catch_up().await {
                    return Err(conflict.into_error(PUT, spec.address.to_string()));
                }
                observed = writes.find().await?;
            }
        }
    }
}

/// Whether a read that shows the past explains the conflict.
fn may_be_past<W: RoleWrites + ?Sized>(writes: &W, conflict: &Conflict) -> bool {
    matches!(conflict, Conflict::Gone | Conflict::NotAsObserved) && writes.wrote_lately()
}

/// Creates the role with all that belongs to it.
async fn create<W: RoleWrites + ?Sized>(writes: &W, spec: &RoleSpec) -> Result<Written<RoleState>> {
    let mut state = spec.created();
    match writes.create_role(&state).await {
        Ok(()) => {
            reconcile(writes, spec, &mut state).await.map_err(in_part)?;
            Ok(Written::Created(state))
        }
        // What is there may be our own, left by a call whose answer was lost.
        Err(error) if error.kind() == ErrorKind::Conflict || error.effect() == Effect::Unknown => {
            settle(writes, spec, &state, error).await
        }
        Err(error) => Err(error),
    }
}

/// Finds out what a creation that ended in `error` left, and completes it if it is ours.
async fn settle<W: RoleWrites + ?Sized>(
    writes: &W,
    spec: &RoleSpec,
    created: &RoleState,
    error: Error,
) -> Result<Written<RoleState>> {
    let taken = error.kind() == ErrorKind::Conflict;
    let mut asked = false;
    loop {
        let observed = match writes.find().await {
            Ok(observed) => observed,
            // That the answer was lost says more.
            Err(_) if !taken => return Err(error),
            Err(unread) => return Err(unread),
        };
        let Some(observed) = observed else {
            // There, and not shown: under another spelling, or not yet.
            if taken && !asked {
                asked = true;
                if let Some(name) = writes.find_other_case().await? {
                    return Err(Conflict::OtherCase { name }.into_error(PUT, spec.address.to_string()));
                }
            }
            if writes.catch_up().await {
                continue;
            }
            return Err(error);
        };
        // Just as the call makes it: it took effect.
        let took_effect = observed.same_as(created);
        return match admit_role(spec, Some(observed), &Expect::Absent) {
            Ok(Admission::Unchanged(state)) if took_effect => Ok(Written::Created(state)),
            Ok(Admission::Unchanged(state)) => Ok(Written::Unchanged(state)),
            Ok(Admission::Finish(mut state)) => {
                reconcile(writes, spec, &mut state).await?;
                Ok(Written::Created(state))
            }
            Ok(Admission::Update(mut state)) => {
                reconcile(writes, spec, &mut state).await?;
                Ok(Written::Updated(state))
            }
            Ok(Admission::Create) => Err(error),
            Err(conflict) => Err(conflict.into_error(PUT, spec.address.to_string())),
        };
    }
}

/// All of [`remove_role`](super::RoleProvisioner::remove_role) for a backend that has the single writes: reads, decides by
/// [`admit_role_removal`], then removes the inline policies, the attachments, the managed policies that were
/// [made for the role](RoleState::made_by) under its mark, and the role.
///
/// # Errors
/// As for [`remove_role`](super::RoleProvisioner::remove_role). The effect is [`Effect::Unknown`] once one write has succeeded;
/// before that it is the effect of the failed call.
pub async fn remove_role_through<W: RoleWrites + ?Sized>(
    writes: &W,
    expected: &RoleState,
) -> Result<Removed> {
    let role = loop {
        match admit_role_removal(expected, writes.find().await?) {
            Ok(RemovalAdmission::Remove(role)) => break role,
            Ok(RemovalAdmission::AlreadyGone) => return Ok(Removed::AlreadyGone),
            Err(conflict) => {
                if !may_be_past(writes, &conflict) || !writes.catch_up().await {
                    return Err(conflict.into_error(REMOVE, format!("role {}", expected.arn)));
                }
            }
        }
    };
    let mut progress = Progress::default();
    for name in role.inline.keys() {
        progress.note(writes.delete_inline(name).await)?;
    }
    for policy in role.attached.keys() {
        progress.note(writes.detach(policy).await)?;
    }
    if let Some(owner) = role.owner() {
        for policy in role.made_by(&owner) {
            progress.note(writes.delete_policy(policy).await)?;
        }
    }
    progress.note(writes.delete_role().await)?;
    Ok(Removed::Removed)
}

/// Writes what `state` differs in from `spec`, one difference after the other in the order of [`RoleSpec::differences`]. This is the
/// one walk over differences that writes.
///
/// `state` is at every moment what has been reached: after an error it holds what was written before it.
///
/// # Errors
/// Those of the failed write. The effect is [`Effect::Unknown`] once one write has succeeded; before that it is the effect of the
/// failed call. `Conflict` for a role under another path, and for a managed policy of a desired name that is not ours.
pub async fn reconcile<W: RoleWrites + ?Sized>(
    writes: &W,
    spec: &RoleSpec,
    state: &mut RoleState,
) -> Result<()> {
    let mut progress = Progress::default();
    for difference in spec.differences(state) {
        let before = &*state;
        progress.note(write(writes, spec, before, &difference).await)?;
        spec.apply_difference(&difference, state);
    }
    Ok(())
}

async fn write<W: RoleWrites + ?Sized>(
    writes: &W,
    spec: &RoleSpec,
    state: &RoleState,
    difference: &RoleDifference,
) -> Result<()> {
    use RoleDifference as D;
    match difference {
        D::Path => {
            let conflict = Conflict::OtherPath { path: state.arn.path().clone() };
            Err(conflict.into_error(PUT, spec.address.to_string()))
        }
        D::Trust => writes.put_trust(&spec.trust).await,
        D::Boundary => match &spec.boundary {
            Some(boundary) => writes.put_boundary(boundary).await,
            None => Ok(()),
        },
        D::MaxSession => match spec.max_session {
            Some(seconds) => writes.put_max_session(seconds.get()).await,
            None => Ok(()),
        },
        D::Policy(arn) => match spec.managed.get(arn) {
            Some(policy) if state.attached.contains_key(arn) => {
                writes.put_version(arn, &policy.document).await
            }
            Some(policy) => make_policy(writes, spec, state, arn, policy).await,
            None => Ok(()),
        },
        D::Attachment(arn) => writes.attach(arn).await,
        D::Inline(name) => match spec.inline.get(name) {
            Some(document) => writes.put_inline(name, document).await,
            None => Ok(()),
        },
        D::PolicyTags(arn) => writes.tag_policy(arn, &spec.policy_tags()).await,
        D::Tags(keys) => writes.tag_role(&spec.tags_of(keys)).await,
        D::ExcessInline(name) => writes.delete_inline(name).await,
        D::ExcessAttachment(arn) => writes.detach(arn).await,
        D::ExcessPolicy(arn) => writes.delete_policy(arn).await,
        D::ExcessBoundary => writes.delete_boundary().await,
        D::ExcessTag(key) => writes.untag_role(key).await,
    }
}

/// Creates a managed policy, or completes what an interrupted run of ours left under its name.
async fn make_policy<W: RoleWrites + ?Sized>(
    writes: &W,
    spec: &RoleSpec,
    state: &RoleState,
    arn: &PolicyArn,
    policy: &ManagedPolicy,
) -> Result<()> {
    let known = state.managed.contains_key(arn);
    if !known {
        match writes.create_policy(arn, policy, &spec.policy_tags()).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            other => return other,
        }
    }
    // The name is unique in the account whatever its path and case: where none is found for long, another policy has it.
    let mut found = writes.find_policy(arn).await?;
    while found.is_none() && writes.catch_up().await {
        found = writes.find_policy(arn).await?;
    }
    let Some((found, text)) = found.filter(|(found, _)| found.ownership(&spec.owner) == Ownership::Ours)
    else {
        let conflict = Conflict::PolicyTaken { name: arn.name().to_owned() };
        return Err(conflict.into_error(PUT, spec.address.to_string()));
    };
    let mut progress = Progress::default();
    if !text.equivalent(&policy.document) {
        progress.note(writes.put_version(arn, &policy.document).await)?;
    }
    // Where the policy was known, its tags are a difference of their own.
    let tags = spec.policy_tags();
    if !known && tags.iter().any(|(key, value)| found.tags.get(key) != Some(value)) {
        progress.note(writes.tag_policy(arn, &tags).await)?;
    }
    Ok(())
}

/// Whether a write has succeeded: a failure after it leaves the role in part as it was.
#[derive(Default)]
struct Progress {
    written: bool,
}

impl Progress {
    fn note(&mut self, written: Result<()>) -> Result<()> {
        match written {
            Ok(()) => self.written = true,
            Err(error) if self.written => return Err(in_part(error)),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn in_part(error: Error) -> Error {
    error.with_effect(Effect::Unknown)
}
