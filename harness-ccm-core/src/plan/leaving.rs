//! Accounts in which nothing is desired.

use std::collections::BTreeSet;

use super::context::{Context, named_role};
use super::{
    AccountPlan, Action, Finding, FindingKind, Mode, Reason, Step, UnlistedReason, Withheld, WithheldReason,
};
use crate::connector::ConnectorState;
use crate::id::{AccountId, OwnerId, RoleArn};
use crate::intent::{Choice, DesiredAccount, NamedAccount, SkipReason, Unlisted};
use crate::observe::Seen;
use crate::owner::{ADOPTED_TAG, Ownership};
use crate::resource::Resource;
use crate::role::RoleAddress;

impl Context<'_> {
    /// Plans an account in which nothing is desired: first the connector, then the roles, the cross-account role before its
    /// helper.
    pub(super) fn leave(
        &self,
        account: &DesiredAccount,
        places: &[&RoleAddress],
        connectors: Vec<&ConnectorState>,
        mode: Mode,
        plan: &mut AccountPlan,
    ) {
        for connector in connectors {
            self.leave_connector(connector, mode, plan);
        }
        if account.account.state.is_out_of_reach() {
            if account.choice == Choice::Retire || !plan.steps.is_empty() {
                plan.withheld.extend(out_of_reach(account, plan));
            }
            return;
        }
        let going: BTreeSet<_> = plan
            .steps
            .iter()
            .filter_map(|step| match &step.action {
                Action::RemoveConnector { id, .. } => Some(id.clone()),
                _ => None,
            })
            .collect();
        let mut last = AccountPlan::default();
        let mut told = BTreeSet::new();
        for address in places.iter().rev() {
            // IAM may treat the names of two addresses as one.
            let Some(Seen::Present(state)) = self.observed.roles.get(&address.arn) else { continue };
            if told.insert(&state.arn) {
                self.leave_role(address, mode, |user| going.contains(&user.id), &mut last);
            }
        }
        let elsewhere = self.serves_another(account);
        for step in last.steps {
            match &elsewhere {
                Some(why) => plan.withheld.push(Withheld::new(step.action.resource(), why.clone())),
                None => plan.steps.push(step),
            }
        }
        plan.withheld.extend(last.withheld);
        plan.findings.extend(last.findings);
    }

    /// Withholds connectors of an account that is not listed, although a rule names it.
    pub(super) fn named(
        &self,
        id: &AccountId,
        named: &NamedAccount,
        connectors: Vec<&ConnectorState>,
    ) -> AccountPlan {
        let mut plan = AccountPlan { rule: Some(named.rule.clone()), ..AccountPlan::default() };
        let why = WithheldReason::NotListed { rule: named.rule.clone() };
        if named.wanted {
            plan.withheld.push(Withheld::new(Resource::Account(id.clone()), why.clone()));
        }
        for connector in connectors {
            match connector.ownership(self.owner) {
                Ownership::Ours => {
                    plan.withheld.push(Withheld::new(connector.id.clone(), why.clone()));
                }
                other => plan.findings.push(not_ours(connector.id.clone(), other)),
            }
        }
        plan
    }

    /// Plans connectors of an account that is not listed. Its roles cannot be reached.
    pub(super) fn stranger(
        &self,
        id: &AccountId,
        unlisted: Unlisted,
        connectors: Vec<&ConnectorState>,
    ) -> AccountPlan {
        let mut plan = AccountPlan { skipped: Some(SkipReason::NotListed), ..AccountPlan::default() };
        if self.options.mode == Mode::Sync && unlisted == Unlisted::Unwanted {
            // It may be ours, and would then be removed.
            plan.withheld.extend(self.unreadable(id));
        }
        let why = match unlisted {
            Unlisted::Offboarding => Some(UnlistedReason::Offboarding),
            Unlisted::NotPinned => Some(UnlistedReason::NotPinned),
            // The default mark does not show to which organization an account belongs.
            Unlisted::Unwanted if *self.owner == OwnerId::default() => Some(UnlistedReason::DefaultOwner),
            Unlisted::Unwanted | Unlisted::Ignored => None,
        };
        for connector in connectors {
            let ownership = connector.ownership(self.owner);
            if ownership != Ownership::Ours {
                plan.findings.push(not_ours(connector.id.clone(), ownership));
                continue;
            }
            let role = named_role(connector).map(Resource::Role);
            if let Some(why) = why {
                let stay = std::iter::once(Resource::Connector(connector.id.clone())).chain(role);
                plan.withheld.extend(stay.map(|what| Withheld::new(what, WithheldReason::Unlisted(why))));
            } else {
                self.leave_connector(connector, self.options.mode, &mut plan);
                if self.options.mode == Mode::Sync {
                    let stays = role.map(|role| Finding::new(role, FindingKind::OfUnlistedAccount));
                    plan.findings.extend(stays);
                }
                self.orphan_of_unlisted(connector, &mut plan);
            }
        }
        plan
    }

    fn leave_connector(&self, connector: &ConnectorState, mode: Mode, plan: &mut AccountPlan) {
        match (connector.ownership(self.owner), mode) {
            (Ownership::Ours, Mode::Sync) => plan.steps.push(Step::new(
                Action::RemoveConnector { id: connector.id.clone(), expected: Box::new(connector.clone()) },
                Reason::Unwanted,
            )),
            (Ownership::Ours, Mode::Upsert | Mode::Mark) => {
                plan.withheld.push(Withheld::new(connector.id.clone(), WithheldReason::Mode));
            }
            (other, _) => plan.findings.push(not_ours(connector.id.clone(), other)),
        }
    }

    /// Plans a role that is not desired, after the connectors are removed for which `goes` returns true.
    pub(super) fn leave_role(
        &self,
        address: &RoleAddress,
        mode: Mode,
        goes: impl Fn(&ConnectorState) -> bool,
        plan: &mut AccountPlan,
    ) {
        // Its path may differ from the settings; connectors name it by its actual ARN.
        let Some(Seen::Present(state)) = self.observed.roles.get(&address.arn) else { return };
        let target = Resource::Role(state.arn.clone());
        let reason = match state.ownership(self.owner) {
            other @ (Ownership::Unmarked | Ownership::Foreign(_)) => {
                plan.findings.push(not_ours(target, other));
                return;
            }
            Ownership::Ours if state.tag(ADOPTED_TAG).is_some() => WithheldReason::Adopted,
            Ownership::Ours => match (mode, self.user(&state.arn, goes), self.unseen()) {
                (Mode::Upsert | Mode::Mark, ..) => WithheldReason::Mode,
                (Mode::Sync, Some(connector), _) => WithheldReason::InUse { connector },
                (Mode::Sync, None, Some(unseen)) => unseen,
                (Mode::Sync, None, None) if let Some(serves) = self.serves_others_too(state) => serves,
                (Mode::Sync, None, None) => {
                    let action =
                        Action::RemoveRole { address: Box::new(address.clone()), expected: state.clone() };
                    plan.steps.push(Step::new(action, Reason::Unwanted));
                    return;
                }
            },
        };
        plan.withheld.push(Withheld::new(target, reason));
    }
}

/// The roles of an account that cannot be accessed, as far as they are known from outside.
fn out_of_reach(account: &DesiredAccount, plan: &AccountPlan) -> Vec<Withheld> {
    let removed = plan.steps.iter().filter_map(|step| match &step.action {
        Action::RemoveConnector { expected, .. } => named_role(expected),
        _ => None,
    });
    // The last address is that of the cross-account role.
    let own = account.addresses.last().map(|address| address.arn.clone());
    let roles: BTreeSet<RoleArn> = own.into_iter().chain(removed).collect();
    let why = WithheldReason::OutOfReach(account.account.state.clone());
    roles.into_iter().map(|arn| Withheld::new(arn, why.clone())).collect()
}

fn not_ours(what: impl Into<Resource>, ownership: Ownership) -> Finding {
    let owner = match ownership {
        Ownership::Foreign(owner) => Some(owner),
        Ownership::Ours | Ownership::Unmarked => None,
    };
    Finding::new(what, FindingKind::NotOurs { owner })
}
