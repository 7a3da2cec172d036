//! Managed policies of others that a role would newly have, and that must exist before.

use std::collections::BTreeMap;

use super::{FindingKind, Obstacle};
use crate::backend::PolicyPresence;
use crate::id::PolicyArn;
use crate::role::{RoleSpec, RoleState};

/// The result of looking for managed policies.
#[derive(Clone, Copy)]
pub(super) struct KnownPolicies<'a>(pub(super) &'a BTreeMap<PolicyArn, PolicyPresence>);

impl KnownPolicies<'_> {
    /// The reason that the role cannot have a policy.
    pub(super) fn obstacle(self, spec: &RoleSpec, state: Option<&RoleState>) -> Option<Obstacle> {
        spec.newly_used(state).find_map(|(used, policy)| {
            let policy = policy.clone();
            match self.0.get(&policy) {
                _ if policy.is_for_services_only() => Some(Obstacle::NotAttachable { policy, used }),
                Some(PolicyPresence::Absent) => Some(Obstacle::NoSuchPolicy { policy, used }),
                Some(PolicyPresence::Present | PolicyPresence::Unknown(_)) | None => None,
            }
        })
    }

    /// Policies whose existence is unknown. The write decides.
    pub(super) fn unknown(self, spec: &RoleSpec, state: Option<&RoleState>) -> Vec<FindingKind> {
        let unknown = spec.newly_used(state).filter_map(|(used, policy)| match self.0.get(policy)? {
            PolicyPresence::Unknown(Some(failure)) => Some(FindingKind::PolicyUnknown {
                policy: policy.clone(),
                used,
                note: format!("{}: {}", failure.operation, failure.kind),
            }),
            PolicyPresence::Present | PolicyPresence::Absent | PolicyPresence::Unknown(None) => None,
        });
        unknown.collect()
    }
}
