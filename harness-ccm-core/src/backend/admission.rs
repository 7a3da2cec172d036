use std::borrow::Borrow;

use super::{Conflict, Expect};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::owner::{OWNER_TAG, Ownership};
use crate::role::{RoleDifference, RoleSpec, RoleState};

/// How a write goes ahead, given what was read right before it.
///
/// `S` is what was read, by value or by reference: it is handed back where it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission<S> {
    /// Nothing is there: it is created.
    Create,
    /// It is there already as desired: nothing is sent.
    Unchanged(S),
    /// Nothing was expected, and a role is there as the call that creates it leaves it ([`RoleSpec::created`]), under our own mark: an
    /// interrupted run left it. It is completed, and that counts as [created](super::Written::Created). A connector is created
    /// whole, so it never is.
    Finish(S),
    /// It is there as expected: it is changed.
    Update(S),
}

/// How a removal goes ahead, given what was read right before it.
///
/// `S` is what was read, by value or by reference: it is handed back where it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalAdmission<S> {
    /// Nothing is there any more: nothing is sent.
    AlreadyGone,
    /// It is there as expected: it is removed.
    Remove(S),
}

/// Decides whether a role may be written: what [`put_role`](super::RoleProvisioner::put_role) does about `observed`, which was
/// read right before.
///
/// [`Expect::Same`] admits the observed role whosever it is: whether a role is adopted is the planner's decision.
///
/// # Errors
/// [`Conflict::OtherCase`] if the role spells the name in another case and [`Conflict::OtherPath`] under another path, whatever was
/// expected; [`Conflict::Gone`] and [`Conflict::NotAsObserved`] for
/// [`Expect::Same`]; [`Conflict::Taken`] for [`Expect::Absent`], unless the role carries the mark of the spec's owner;
/// [`Conflict::PolicyTaken`] if a managed policy that would be written is among [`RoleState::managed`] and is not ours.
pub fn admit_role<S: Borrow<RoleState>>(
    spec: &RoleSpec,
    observed: Option<S>,
    expect: &Expect<RoleState>,
) -> Result<Admission<S>, Conflict> {
    let Some(observed) = observed else { return admit_absent(expect) };
    let state = observed.borrow();
    if state.arn.name() != spec.address.name() {
        return Err(Conflict::OtherCase { name: state.arn.name().clone() });
    }
    if state.arn.path() != spec.address.arn.path() {
        return Err(Conflict::OtherPath { path: state.arn.path().clone() });
    }
    let differences = spec.differences(state);
    if differences.is_empty() {
        return Ok(Admission::Unchanged(observed));
    }
    match expect {
        Expect::Absent => {
            admit_half_made(state.ownership(&spec.owner))?;
            admit_policies(spec, state, &differences)?;
            if state.same_as(&spec.created()) {
                return Ok(Admission::Finish(observed));
            }
        }
        Expect::Same(expected) if state.same_as(expected) => admit_policies(spec, state, &differences)?,
        Expect::Same(_) => return Err(Conflict::NotAsObserved),
    }
    Ok(Admission::Update(observed))
}

/// A managed policy that is written is ours, or not there.
fn admit_policies(
    spec: &RoleSpec,
    state: &RoleState,
    differences: &[RoleDifference],
) -> Result<(), Conflict> {
    for difference in differences {
        if let RoleDifference::Policy(arn) = difference
            && let Some(known) = state.managed.get(arn)
            && known.ownership(&spec.owner) != Ownership::Ours
        {
            return Err(Conflict::PolicyTaken { name: arn.name().to_owned() });
        }
    }
    Ok(())
}

/// Decides whether a connector may be written: what [`put_connector`](super::ConnectorClient::put_connector) does about
/// `observed`, which was read right before.
///
/// [`Expect::Same`] admits the observed connector whosever it is: whether a connector is adopted is the planner's decision.
///
/// # Errors
/// [`Conflict::Gone`] and [`Conflict::NotAsObserved`] for [`Expect::Same`]; [`Conflict::Taken`] for [`Expect::Absent`], unless the
/// connector carries the mark of the spec's owner, and [`Conflict::OtherAccount`] if it does and belongs to another AWS account.
pub fn admit_connector<S: Borrow<ConnectorState>>(
    spec: &ConnectorSpec,
    observed: Option<S>,
    expect: &Expect<ConnectorState>,
) -> Result<Admission<S>, Conflict> {
    let Some(observed) = observed else { return admit_absent(expect) };
    let state = observed.borrow();
    if spec.differences(state).is_empty() {
        return Ok(Admission::Unchanged(observed));
    }
    match expect {
        Expect::Absent => {
            admit_half_made(state.ownership(&spec.owner))?;
            if state.account.as_ref() != Some(spec.account()) {
                return Err(Conflict::OtherAccount { account: state.account.clone() });
            }
        }
        Expect::Same(expected) if state.same_as(expected) => {}
        Expect::Same(_) => return Err(Conflict::NotAsObserved),
    }
    Ok(Admission::Update(observed))
}

/// Decides whether a role may be removed: what [`remove_role`](super::RoleProvisioner::remove_role) does about `observed`, which
/// was read right before. A part of `expected` may be removed already.
///
/// # Errors
/// [`Conflict::OtherPath`] under another path than `expected`, [`Conflict::MarkLost`] if the role does not carry the mark that it
/// has in `expected`, [`Conflict::NotAsObserved`] for every other change.
pub fn admit_role_removal<S: Borrow<RoleState>>(
    expected: &RoleState,
    observed: Option<S>,
) -> Result<RemovalAdmission<S>, Conflict> {
    let Some(observed) = observed else { return Ok(RemovalAdmission::AlreadyGone) };
    let state = observed.borrow();
    if state.arn.path() != expected.arn.path() {
        return Err(Conflict::OtherPath { path: state.arn.path().clone() });
    }
    admit_mark(expected.tag(OWNER_TAG), state.tag(OWNER_TAG))?;
    if state.is_rest_of(expected) {
        Ok(RemovalAdmission::Remove(observed))
    } else {
        Err(Conflict::NotAsObserved)
    }
}

/// Decides whether a connector may be removed: what [`remove_connector`](super::ConnectorClient::remove_connector) does about
/// `observed`, which was read right before.
///
/// # Errors
/// [`Conflict::MarkLost`] if the connector does not carry the mark that it has in `expected`, [`Conflict::NotAsObserved`] for every
/// other change.
pub fn admit_connector_removal<S: Borrow<ConnectorState>>(
    expected: &ConnectorState,
    observed: Option<S>,
) -> Result<RemovalAdmission<S>, Conflict> {
    let Some(observed) = observed else { return Ok(RemovalAdmission::AlreadyGone) };
    let state = observed.borrow();
    admit_mark(expected.tags.get(OWNER_TAG), state.tags.get(OWNER_TAG))?;
    if state.same_as(expected) {
        Ok(RemovalAdmission::Remove(observed))
    } else {
        Err(Conflict::NotAsObserved)
    }
}

fn admit_absent<S, T>(expect: &Expect<T>) -> Result<Admission<S>, Conflict> {
    match expect {
        Expect::Absent => Ok(Admission::Create),
        Expect::Same(_) => Err(Conflict::Gone),
    }
}

/// The call that creates a thing writes our mark: what carries it where nothing was expected is what an interrupted run left.
fn admit_half_made(ownership: Ownership) -> Result<(), Conflict> {
    match ownership {
        Ownership::Ours => Ok(()),
        Ownership::Unmarked | Ownership::Foreign(_) => Err(Conflict::Taken { ownership }),
    }
}

fn admit_mark(expected: Option<&String>, found: Option<&String>) -> Result<(), Conflict> {
    match expected {
        Some(mark) if found != Some(mark) => {
            Err(Conflict::MarkLost { expected: mark.clone(), found: found.cloned() })
        }
        _ => Ok(()),
    }
}
