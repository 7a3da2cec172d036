use super::ConnectorState;
use crate::id::{ConnectorId, OwnerId};
use crate::owner::Ownership;

/// Sorts by priority as the account's connector: first ours, then the one with the proposed identifier, then the oldest.
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
