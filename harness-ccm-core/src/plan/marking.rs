//! Adds only the mark, to resources in sync that another tool or a person made.

use std::collections::BTreeSet;

use super::context::Context;
use super::{AccountPlan, Action, FindingKind, Obstacle, Reason, Step, Withheld, WithheldReason};
use crate::backend::Expect;
use crate::connector::{ConnectorDifference, ConnectorSpec, ConnectorState};
use crate::id::OwnerId;
use crate::intent::{Choice, DesiredAccount, Wanted};
use crate::observe::Seen;
use crate::owner::{ADOPTED_AS_IT_IS, ADOPTED_TAG, OWNER_TAG, Ownership};
use crate::resource::Resource;
use crate::role::{OverQuota, RoleDifference, RoleSpec, RoleState};

impl Context<'_> {
    /// Reduces an account's plan to marks: on every resource that is not ours, if the whole account is in sync. All other
    /// changes are withheld.
    pub(super) fn only_mark(&self, account: &DesiredAccount, plan: &mut AccountPlan) {
        let wanted = match &account.choice {
            Choice::Onboard(wanted) if plan.steps.is_empty() && plan.withheld.is_empty() => wanted,
            _ => {
                let due = std::mem::take(&mut plan.steps);
                let due: BTreeSet<Resource> = due.iter().map(|step| step.action.resource()).collect();
                if !due.is_empty() {
                    plan.connection_test = None;
                    plan.findings.retain(|finding| {
                        !matches!(finding.kind, FindingKind::TestFails(_) | FindingKind::TestUnknown { .. })
                    });
                }
                plan.withheld
                    .extend(due.into_iter().map(|what| Withheld::new(what, WithheldReason::OnlyMarking)));
                return;
            }
        };
        for what in std::mem::take(&mut plan.not_ours) {
            match self.mark(wanted, &what) {
                Some(action) if self.over_quota(&action).is_some() => {
                    let over =
                        self.over_quota(&action).map(Obstacle::OverQuota).map(WithheldReason::Impossible);
                    plan.in_sync.retain(|other| *other != what);
                    plan.withheld.extend(over.map(|reason| Withheld::new(what, reason)));
                }
                Some(action) => {
                    plan.in_sync.retain(|other| *other != what);
                    plan.steps.push(Step::new(action, Reason::Mark));
                }
                None => plan.not_ours.push(what),
            }
        }
    }

    /// The quota that a mark would exceed: the number of tags of a role is limited.
    fn over_quota(&self, action: &Action) -> Option<OverQuota> {
        let Action::PutRole { spec, expect: Expect::Same(state) } = action else { return None };
        spec.over_quota(Some(state), &self.quotas)
    }

    fn mark(&self, wanted: &Wanted, what: &Resource) -> Option<Action> {
        let action = match what {
            Resource::Role(arn) => {
                let spec = wanted.roles.iter().find(|spec| spec.address.arn == *arn)?;
                let Some(Seen::Present(state)) = self.observed.roles.get(arn) else { return None };
                Action::PutRole {
                    spec: Box::new(marked_role(spec, state)),
                    expect: Expect::same(RoleState::clone(state)),
                }
            }
            Resource::Connector(id) => {
                let state = self.observed.connectors.iter().find(|state| state.id == *id)?;
                Action::PutConnector {
                    spec: Box::new(marked_connector(&wanted.connector, state)?),
                    expect: Expect::same(state.clone()),
                }
            }
            _ => return None,
        };
        is_mark(&action, self.owner).then_some(action)
    }
}

/// Whether a write changes nothing except that it marks an unmarked resource. The write decides, not its stated reason.
pub(super) fn is_mark(action: &Action, owner: &OwnerId) -> bool {
    let is_ours = |key: &String| key == OWNER_TAG || key == ADOPTED_TAG;
    match action {
        Action::PutRole { spec, expect: Expect::Same(state) } => {
            state.ownership(owner) == Ownership::Unmarked
                && spec.differences(state).iter().all(|difference| match difference {
                    RoleDifference::Tags(keys) => keys.iter().all(is_ours),
                    _ => false,
                })
        }
        Action::PutConnector { spec, expect: Expect::Same(state) } => {
            state.ownership(owner) == Ownership::Unmarked
                && spec.differences(state).iter().all(|difference| match difference {
                    ConnectorDifference::Tag { key, .. } => is_ours(key),
                    _ => false,
                })
        }
        _ => false,
    }
}

/// The observed role with the mark.
fn marked_role(spec: &RoleSpec, state: &RoleState) -> RoleSpec {
    let mut marked = RoleSpec::new(spec.address.clone(), state.trust.clone(), spec.owner.clone());
    marked.adopted = Some(ADOPTED_AS_IT_IS.into());
    marked
}

/// The observed connector with the mark; `None` if it has a name that cannot be written.
fn marked_connector(wanted: &ConnectorSpec, state: &ConnectorState) -> Option<ConnectorSpec> {
    let mut marked = wanted.clone();
    marked.id = state.id.clone();
    marked.name = state.name.parse().ok()?;
    (marked.autostopping, marked.commitment) = (None, None);
    marked.tags = [(ADOPTED_TAG.to_owned(), ADOPTED_AS_IT_IS.to_owned())].into();
    Some(marked)
}
