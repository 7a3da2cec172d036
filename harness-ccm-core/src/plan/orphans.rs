//! Connectors that Harness cannot use, and roles that no connector uses.

use super::context::Context;
use super::{AccountPlan, Action, Finding, FindingKind};
use crate::connector::{ConnectorState, Health};
use crate::id::OwnerId;
use crate::intent::{Choice, DesiredAccount, Unlisted};
use crate::owner::Ownership;
use crate::role::{RoleSpec, RoleState};

/// Finds connectors of an account that cannot be accessed, unless the plan removes them.
pub(super) fn of_account(account: &DesiredAccount, connectors: &[&ConnectorState], plan: &mut AccountPlan) {
    let state = &account.account.state;
    if !state.is_out_of_reach() {
        return;
    }
    let kind = FindingKind::OrphanConnector { state: Some(state.clone()) };
    let orphans = connectors.iter().filter(|connector| !is_written(connector, plan));
    let found: Vec<_> = orphans.map(|orphan| Finding::new(orphan.id.clone(), kind.clone())).collect();
    plan.findings.extend(found);
}

/// Finds connectors that failed their last test, if the account has no steps: a step may fix the cause.
pub(super) fn failed_tests(connectors: &[&ConnectorState], plan: &mut AccountPlan) {
    if !plan.steps.is_empty() {
        return;
    }
    for connector in connectors {
        if let Health::Failure { message } = &connector.health {
            let kind = FindingKind::TestFailed { passed_at: connector.passed_at, summary: message.clone() };
            plan.findings.push(Finding::new(connector.id.clone(), kind));
        }
    }
}

impl Context<'_> {
    /// Finds roles in an account that are not desired and that no connector names, unless the plan removes them. Their mark
    /// decides, and for unmarked ones whether they accept our external id.
    pub(super) fn orphan_roles(&self, account: &DesiredAccount, plan: &mut AccountPlan) {
        // A connector that is not visible may name any of them.
        if self.unseen().is_some() || matches!(account.choice, Choice::Withhold(_)) {
            return;
        }
        let wanted: &[RoleSpec] = match &account.choice {
            Choice::Onboard(wanted) => &wanted.roles,
            Choice::Skip(_) | Choice::Withhold(_) | Choice::Retire => &[],
        };
        let is_wanted = |state: &RoleState| {
            wanted.iter().any(|spec| spec.address.name().is_same_to_iam(state.arn.name()))
        };
        let goes = |state: &RoleState| {
            plan.steps.iter().any(|step| match &step.action {
                Action::RemoveRole { expected, .. } => expected.arn == state.arn,
                _ => false,
            })
        };
        let orphan = |state: &&RoleState| {
            let ownership = state.ownership(self.owner);
            let is_left = match &ownership {
                Ownership::Ours => self.serves_others_too(state).is_none(),
                Ownership::Unmarked => self.accepts_us(state),
                Ownership::Foreign(_) => false,
            };
            let found =
                is_left && !is_wanted(state) && !goes(state) && self.user(&state.arn, |_| false).is_none();
            let ours = ownership == Ownership::Ours;
            found.then(|| Finding::new(state.arn.clone(), FindingKind::OrphanRole { ours }))
        };
        let found: Vec<_> = self.roles_in(&account.account.id).iter().filter_map(orphan).collect();
        plan.findings.extend(found);
    }

    /// Finds a connector of ours whose account is missing from a complete listing of its organization, unless the plan removes
    /// it.
    pub(super) fn orphan_of_unlisted(&self, connector: &ConnectorState, plan: &mut AccountPlan) {
        let is_lost = self.unlisted() == Unlisted::Unwanted && *self.owner != OwnerId::default();
        if is_lost && connector.ownership(self.owner) == Ownership::Ours && !is_written(connector, plan) {
            let kind = FindingKind::OrphanConnector { state: None };
            plan.findings.push(Finding::new(connector.id.clone(), kind));
        }
    }
}

fn is_written(connector: &ConnectorState, plan: &AccountPlan) -> bool {
    plan.steps.iter().any(|step| match &step.action {
        Action::RemoveConnector { id, .. } => *id == connector.id,
        Action::PutConnector { spec, .. } => spec.id == connector.id,
        Action::PutRole { .. } | Action::RemoveRole { .. } => false,
    })
}
