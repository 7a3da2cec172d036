//! Connectors that Harness cannot use as they are.

use super::context::Context;
use super::{AccountPlan, Action, Finding, FindingKind};
use crate::connector::{ConnectorState, Health};
use crate::id::OwnerId;
use crate::intent::{DesiredAccount, Unlisted};
use crate::owner::Ownership;

/// Connectors of an account that nobody can enter, unless the plan removes them.
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

/// Connectors that failed their last test, if nothing is done in the account: what is written may be what they lack.
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
    /// A connector of ours whose account a complete listing of its organization lacks, unless the plan removes it.
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
