use std::collections::BTreeSet;

use super::{Action, Obstacle, Reason, Shortfall, Step, WithheldReason};
use crate::backend::Expect;
use crate::connector::{ConnectorDifference, ConnectorSpec, ConnectorState};
use crate::id::{ConnectorId, OwnerId};
use crate::intent::Wanted;
use crate::naming::settle_beside;
use crate::owner::{ADOPTED_TAG, ADOPTED_WITH_ALL, Ownership};

/// The decision about an account's connector.
pub(super) enum ConnectorJudgement {
    /// A step writes it.
    Put(Step),
    /// It is in sync.
    InSync(ConnectorId),
    /// It is left unchanged.
    Withhold(ConnectorId, WithheldReason),
}

/// The identifiers that are not available to an account for a new connector.
pub(super) struct Identifiers<'a> {
    /// Those of the existing connectors.
    pub(super) taken: BTreeSet<&'a ConnectorId>,
    /// Those that the accounts of this plan will have.
    pub(super) proposed: BTreeSet<&'a ConnectorId>,
}

impl Identifiers<'_> {
    fn is_claimed(&self, id: &ConnectorId) -> bool {
        self.taken.contains(id) || self.proposed.contains(id)
    }
}

pub(super) fn judge(
    wanted: &Wanted,
    seen: Option<&ConnectorState>,
    ids: &Identifiers<'_>,
    owner: &OwnerId,
    adopt: bool,
) -> ConnectorJudgement {
    let mut spec = wanted.connector.clone();
    let Some(state) = seen else {
        if ids.taken.contains(&spec.id) {
            // Another account's connector has the name: handled like a collision of two names.
            match settle_beside(&spec.id, spec.account(), |id| ids.is_claimed(id)) {
                Ok(id) if !ids.is_claimed(&id) => spec.id = id,
                _ => {
                    return ConnectorJudgement::Withhold(
                        spec.id,
                        WithheldReason::Impossible(Obstacle::IdentifierTaken),
                    );
                }
            }
        }
        let action = Action::PutConnector { spec: Box::new(spec), expect: Expect::Absent };
        return ConnectorJudgement::Put(Step::new(action, Reason::Missing));
    };
    // Identifiers are immutable: an existing connector keeps its own.
    spec.id = state.id.clone();
    let differences = spec.differences(state);
    match state.ownership(owner) {
        Ownership::Foreign(other) => {
            ConnectorJudgement::Withhold(spec.id, WithheldReason::Foreign { name: other })
        }
        Ownership::Ours if state.is_adopted_as_it_is() => {
            if shortfalls(wanted, state).is_empty() {
                return ConnectorJudgement::InSync(spec.id);
            }
            // It is changed now, and compared exactly in later runs.
            spec.tags.insert(ADOPTED_TAG.into(), ADOPTED_WITH_ALL.into());
            put(spec, state, Reason::Drift)
        }
        Ownership::Ours if differences.is_empty() => ConnectorJudgement::InSync(spec.id),
        Ownership::Ours => put(spec, state, Reason::Drift),
        Ownership::Unmarked => {
            let real = shortfalls(wanted, state);
            if real.is_empty() {
                ConnectorJudgement::InSync(spec.id)
            } else if adopt {
                put(spec, state, Reason::Adopt)
            } else {
                let shortfalls = real.into_iter().map(Shortfall::Connector).collect();
                ConnectorJudgement::Withhold(spec.id, WithheldReason::Unowned(shortfalls))
            }
        }
    }
}

/// Whether a connector works differently than desired, whatever its name is.
pub(super) fn differs(wanted: &Wanted, state: &ConnectorState, owner: &OwnerId) -> bool {
    match state.ownership(owner) {
        Ownership::Ours if !state.is_adopted_as_it_is() => {
            wanted.connector.differences(state).iter().any(|difference| !difference.is_label())
        }
        Ownership::Ours | Ownership::Unmarked | Ownership::Foreign(_) => {
            !shortfalls(wanted, state).is_empty()
        }
    }
}

/// The differences in effect between the desired connector and one that another tool or a person made. A field that its creator
/// left out, because Terraform's provider does not know it, counts only if the intent sets it.
fn shortfalls(wanted: &Wanted, state: &ConnectorState) -> Vec<ConnectorDifference> {
    let set = wanted.features.optimization.as_ref().is_some_and(|optimization| optimization.kinds.is_some());
    let counts = |difference: &ConnectorDifference| match difference {
        ConnectorDifference::AutoStopping { observed, desired: _ } => set || !observed.is_empty(),
        other => !other.is_label(),
    };
    wanted.connector.differences(state).into_iter().filter(counts).collect()
}

fn put(spec: ConnectorSpec, state: &ConnectorState, reason: Reason) -> ConnectorJudgement {
    let action = Action::PutConnector { spec: Box::new(spec), expect: Expect::same(state.clone()) };
    ConnectorJudgement::Put(Step::new(action, reason))
}
