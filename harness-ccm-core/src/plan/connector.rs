use std::collections::BTreeSet;

use super::{Action, Reason, Step, WithheldReason, describe};
use crate::backend::Expect;
use crate::connector::{ConnectorSpec, ConnectorState, FieldDifference};
use crate::id::{ConnectorId, OwnerId};
use crate::intent::settle_beside;
use crate::owner::Ownership;

/// What is to become of an account's connector.
pub(super) enum ConnectorJudgement {
    /// It is written.
    Put(Step),
    /// It is as wanted.
    InSync(ConnectorId),
    /// It is left as it is.
    Withhold(ConnectorId, WithheldReason),
}

/// The identifiers that an account can not have for a connector that is not there yet.
pub(super) struct Identifiers<'a> {
    /// Those of the connectors that are there.
    pub(super) taken: BTreeSet<&'a ConnectorId>,
    /// Those that the accounts of this plan shall have.
    pub(super) proposed: BTreeSet<&'a ConnectorId>,
}

impl Identifiers<'_> {
    fn is_claimed(&self, id: &ConnectorId) -> bool {
        self.taken.contains(id) || self.proposed.contains(id)
    }
}

/// Puts the connector with the best claim to be the account's first: ours, then the one of the proposed identifier, then the
/// oldest.
pub(crate) fn sort_by_claim(connectors: &mut [&ConnectorState], owner: &OwnerId, proposed: &ConnectorId) {
    connectors.sort_by_key(|connector| {
        (
            connector.ownership(owner) != Ownership::Ours,
            connector.id != *proposed,
            connector.created_at,
            connector.id.clone(),
        )
    });
}

pub(super) fn judge(
    proposal: &ConnectorSpec,
    seen: Option<&ConnectorState>,
    ids: &Identifiers<'_>,
    owner: &OwnerId,
    adopt: bool,
) -> ConnectorJudgement {
    let mut spec = proposal.clone();
    let Some(state) = seen else {
        if ids.taken.contains(&spec.id) {
            // Another account's connector has the name: settled as a collision among the names is.
            match settle_beside(&spec.id, spec.account(), |id| ids.is_claimed(id)) {
                Ok(id) if !ids.is_claimed(&id) => spec.id = id,
                _ => {
                    let reason = "its identifier is taken by another account's connector: give that one another, or change naming.rule";
                    return ConnectorJudgement::Withhold(spec.id, WithheldReason::Impossible(reason.into()));
                }
            }
        }
        let changes = describe::new_connector(&spec);
        let action = Action::PutConnector { spec: Box::new(spec), expect: Expect::Absent };
        return ConnectorJudgement::Put(Step::new(action, Reason::Missing, changes));
    };
    // Identifiers are immutable: what is there keeps its own.
    spec.id = state.id.clone();
    let differences = spec.differences(state);
    match state.ownership(owner) {
        Ownership::Foreign(other) => ConnectorJudgement::Withhold(spec.id, WithheldReason::Foreign(other)),
        Ownership::Ours if differences.is_empty() => ConnectorJudgement::InSync(spec.id),
        Ownership::Ours => put(spec, state, Reason::Drift, &differences),
        Ownership::Unmarked => {
            let real: Vec<_> = differences.iter().filter(|d| !is_ours_alone(d)).collect();
            if real.is_empty() {
                ConnectorJudgement::InSync(spec.id)
            } else if adopt {
                put(spec, state, Reason::Adopt, &differences)
            } else {
                let changes = real.into_iter().map(describe::field).collect();
                ConnectorJudgement::Withhold(spec.id, WithheldReason::Unowned(changes))
            }
        }
    }
}

/// Whether a connector does something else than `wanted`, whatever it is called.
pub(super) fn differs(wanted: &ConnectorSpec, state: &ConnectorState) -> bool {
    wanted.differences(state).iter().any(|difference| !is_ours_alone(difference))
}

/// Whether a difference says nothing about what the connector does: somebody else's connector need not have our tags.
fn is_ours_alone(difference: &FieldDifference) -> bool {
    difference.field.starts_with("tags.") || difference.field == "name"
}

fn put(
    spec: ConnectorSpec,
    state: &ConnectorState,
    reason: Reason,
    differences: &[FieldDifference],
) -> ConnectorJudgement {
    let changes = differences.iter().map(describe::field).collect();
    let action = Action::PutConnector { spec: Box::new(spec), expect: Expect::same(state.clone()) };
    ConnectorJudgement::Put(Step::new(action, reason, changes))
}
