use std::collections::{BTreeMap, BTreeSet};

use super::connector::{ConnectorJudgement, Identifiers};
use super::role::{Beside, Judge, RoleJudgement};
use super::{
    AccountPlan, Action, Basis, Finding, FindingKind, Mode, Plan, PlanOptions, Reason, Step, UnlistedReason,
    Withheld, WithheldReason, connector, role,
};
use crate::account::AccountState;
use crate::connector::{ConnectorState, sort_by_claim};
use crate::id::{AccountId, OwnerId, RoleArn};
use crate::intent::{Choice, Desired, DesiredAccount, NamedAccount, SkipReason, Unlisted, Wanted};
use crate::observe::{Observed, Seen};
use crate::owner::{ADOPTED_TAG, Ownership};
use crate::policy::{Trusted, trusted};
use crate::predict;
use crate::resource::Resource;
use crate::role::Quotas;

/// Compares `desired` with `observed`.
///
/// Pure and total: it holds no backend, cannot wait and cannot fail. The same input in any order gives the same plan.
pub fn plan(desired: &Desired, observed: &Observed, options: PlanOptions) -> Plan {
    let mut by_account: BTreeMap<&AccountId, Vec<&ConnectorState>> = BTreeMap::new();
    let mut unassigned = Vec::new();
    for connector in &observed.connectors {
        match &connector.account {
            Some(account) => by_account.entry(account).or_default().push(connector),
            None => unassigned.push(connector.id.clone()),
        }
    }
    unassigned.sort();
    let proposed = desired.accounts.values().filter_map(|account| match &account.choice {
        Choice::Onboard(wanted) => Some(&wanted.connector.id),
        Choice::Skip(_) | Choice::Withhold(_) | Choice::Retire => None,
    });
    let ids = Identifiers {
        taken: observed.connectors.iter().map(|connector| &connector.id).collect(),
        proposed: proposed.collect(),
    };
    let mut users: BTreeMap<&str, Vec<&ConnectorState>> = BTreeMap::new();
    for connector in &observed.connectors {
        if let Some(arn) = &connector.role_arn {
            users.entry(arn).or_default().push(connector);
        }
    }
    let context = Context { owner: &desired.owner, observed, options, ids, users, quotas: Quotas::default() };
    let mut accounts = BTreeMap::new();
    for (id, account) in &desired.accounts {
        let connectors = by_account.remove(id).unwrap_or_default();
        accounts.insert(id.clone(), context.account(account, connectors));
    }
    for (id, named) in &desired.named {
        let connectors = by_account.remove(id).unwrap_or_default();
        if named.wanted || !connectors.is_empty() {
            accounts.insert(id.clone(), context.named(id, named, connectors));
        }
    }
    if desired.unlisted != Unlisted::Ignored {
        for (id, connectors) in by_account {
            accounts.insert(id.clone(), context.stranger(desired.unlisted, connectors));
        }
    }
    Plan {
        harness_account: desired.harness_account.clone(),
        owner: desired.owner.clone(),
        options,
        basis: Basis::of(desired, observed),
        accounts,
        unassigned,
        diagnostics: desired.diagnostics.clone(),
    }
}

struct Context<'a> {
    owner: &'a OwnerId,
    observed: &'a Observed,
    options: PlanOptions,
    ids: Identifiers<'a>,
    /// The connectors that name a role, by its ARN, whatever account they say they are of.
    users: BTreeMap<&'a str, Vec<&'a ConnectorState>>,
    quotas: Quotas,
}

impl Context<'_> {
    fn account(&self, account: &DesiredAccount, connectors: Vec<&ConnectorState>) -> AccountPlan {
        let mut plan = AccountPlan {
            name: account.account.name.clone(),
            rule: account.rule.clone(),
            ..AccountPlan::default()
        };
        let sync = self.options.mode == Mode::Sync;
        let served = connectors.iter().any(|connector| connector.ownership(self.owner) == Ownership::Ours);
        match &account.choice {
            Choice::Onboard(wanted) => match self.gap(account) {
                Some(unread) => self.unread(unread, Some(wanted), &connectors, &mut plan),
                None => self.onboard(account, wanted, connectors, &mut plan),
            },
            Choice::Skip(reason) => {
                plan.skipped = Some(reason.clone());
                match self.gap(account).or_else(|| self.not_observed(account)).filter(|_| sync) {
                    Some(unread) => self.unread(unread, None, &connectors, &mut plan),
                    None => self.leave(account, connectors, self.options.mode, &mut plan),
                }
            }
            Choice::Retire => match self.gap(account).or_else(|| self.not_observed(account)) {
                Some(unread) => self.unread(unread, None, &connectors, &mut plan),
                None => self.leave(account, connectors, Mode::Sync, &mut plan),
            },
            Choice::Withhold(hold) => {
                let what = Resource::Account(account.account.id.clone());
                let unread = Withheld::new(what, WithheldReason::Account(hold.clone()));
                self.unread(unread, None, &connectors, &mut plan);
            }
        }
        role::mark_unfinished(&mut plan.steps, served, self.owner);
        plan
    }

    /// What could not be read in the account; then all of it is withheld.
    fn gap(&self, account: &DesiredAccount) -> Option<Withheld> {
        account.addresses.iter().find_map(|address| match self.observed.roles.get(&address.arn) {
            Some(Seen::Gap(diagnosis)) => {
                let reason = WithheldReason::Gap(Box::new(diagnosis.clone()));
                Some(Withheld::new(address.arn.clone(), reason))
            }
            Some(Seen::Absent | Seen::Present(_)) | None => None,
        })
    }

    /// A role that would be removed if it were there, and that was not looked for in an account that lets anybody in.
    fn not_observed(&self, account: &DesiredAccount) -> Option<Withheld> {
        let state = &account.account.state;
        let lets_in =
            *state == AccountState::Active || account.choice == Choice::Retire && !state.is_out_of_reach();
        let missing =
            account.addresses.iter().find(|address| !self.observed.roles.contains_key(&address.arn));
        missing
            .filter(|_| lets_in)
            .map(|address| Withheld::new(address.arn.clone(), WithheldReason::NotObserved))
    }

    /// An account of which `unread` is not known: its own connectors, and the one that it shall have, wait for that.
    fn unread(
        &self,
        unread: Withheld,
        wanted: Option<&Wanted>,
        connectors: &[&ConnectorState],
        plan: &mut AccountPlan,
    ) {
        let own = connectors.iter().filter(|connector| connector.ownership(self.owner) == Ownership::Ours);
        let mut waiting: BTreeSet<_> = own.map(|connector| connector.id.clone()).collect();
        if connectors.is_empty() {
            waiting.extend(wanted.map(|wanted| wanted.connector.id.clone()));
        }
        let why = waits_for(&unread.resource, &unread.reason);
        plan.withheld.push(unread);
        plan.withheld.extend(waiting.into_iter().map(|connector| Withheld::new(connector, why.clone())));
    }

    fn onboard(
        &self,
        account: &DesiredAccount,
        wanted: &Wanted,
        mut connectors: Vec<&ConnectorState>,
        plan: &mut AccountPlan,
    ) {
        sort_by_claim(&mut connectors, self.owner, &wanted.connector.id);
        let mut connectors = connectors.into_iter();
        let chosen = connectors.next();
        for duplicate in connectors {
            plan.findings.push(Finding::new(duplicate.id.clone(), FindingKind::DuplicateConnector));
        }
        let connector =
            connector::judge(&wanted.connector, chosen, &self.ids, self.owner, self.options.adopt);
        // Written or withheld: until it is as wanted, it uses what it uses now.
        let own = chosen.filter(|_| !matches!(connector, ConnectorJudgement::InSync(_)));
        let others = self.others_that_differ(wanted, chosen);
        let differs = !matches!(connector, ConnectorJudgement::InSync(_)) || !others.is_empty();
        let presents_another = own.iter().chain(&others).any(|seen| {
            seen.external_id.as_deref().is_some_and(|id| id != wanted.connector.external_id.as_str())
        });
        let quotas = self.observed.quotas.get(&account.account.id).unwrap_or(&self.quotas);
        let judge = Judge { adopt: self.options.adopt, quotas, beside: Beside { differs, presents_another } };
        let idle = self.serves_nobody(&connector, chosen, wanted);
        let (mut before, mut after, mut blocked) = (Vec::new(), Vec::new(), None);
        let mut role = None;
        for spec in &wanted.roles {
            let target = Resource::Role(spec.address.arn.clone());
            let findings = match judge.role(spec, self.observed.roles.get(&spec.address.arn)) {
                RoleJudgement::Put(_) if idle.is_some() => {
                    plan.withheld.extend(idle.clone().map(|reason| Withheld::new(target, reason)));
                    continue;
                }
                RoleJudgement::Put(steps) => {
                    before.extend(steps.before);
                    after.extend(steps.after);
                    role = Some(steps.leaves);
                    steps.findings
                }
                RoleJudgement::InSync { state, findings } => {
                    plan.in_sync.push(target.clone());
                    role = Some(*state);
                    findings
                }
                RoleJudgement::Withhold(reason) => {
                    blocked = Some(waits_for(&target, &reason));
                    plan.withheld.push(Withheld::new(target, reason));
                    continue;
                }
            };
            plan.findings.extend(findings.into_iter().map(|kind| Finding::new(target.clone(), kind)));
        }
        // Granting goes before, withdrawing after: a connector must not promise what its role does not permit.
        plan.steps = before;
        let mut waiting = others.first().map(|other| WithheldReason::InUse { connector: other.id.clone() });
        match connector {
            ConnectorJudgement::InSync(id) => {
                let expected = chosen.map(|seen| predict::of_state(seen, role.as_ref()));
                plan.expect(id.clone(), expected.filter(|_| blocked.is_none()));
                plan.in_sync.push(id.into());
            }
            ConnectorJudgement::Withhold(id, reason) => {
                let target = Resource::Connector(id);
                waiting.get_or_insert_with(|| waits_for(&target, &reason));
                plan.withheld.push(Withheld::new(target, reason));
            }
            ConnectorJudgement::Put(step) => {
                if let Some(reason) = blocked {
                    let target = step.action.resource();
                    waiting.get_or_insert_with(|| waits_for(&target, &reason));
                    plan.withheld.push(Withheld::new(target, reason));
                } else {
                    if let Action::PutConnector { spec, .. } = &step.action {
                        let expected = predict::once_written(spec, chosen, role.as_ref());
                        plan.expect(spec.id.clone(), Some(expected));
                    }
                    plan.findings.extend(chosen.and_then(|seen| left_behind(account, seen)));
                    plan.steps.push(step);
                }
            }
        }
        let mut last = AccountPlan { steps: after, ..AccountPlan::default() };
        self.leftover_roles(account, wanted, &mut last);
        match &waiting {
            // A connector that stays as it is may still use what its role would lose.
            Some(why) => {
                let waiting = last.steps.iter().map(|step| step.action.resource());
                plan.withheld.extend(waiting.map(|role| Withheld::new(role, why.clone())));
            }
            None => plan.steps.extend(last.steps),
        }
        plan.withheld.extend(last.withheld);
        plan.findings.extend(last.findings);
    }

    /// Why roles are not written: the account's connector is withheld, and does not name the role that is desired, or presents an
    /// external id that a role which is made now would not trust.
    fn serves_nobody(
        &self,
        connector: &ConnectorJudgement,
        chosen: Option<&ConnectorState>,
        wanted: &Wanted,
    ) -> Option<WithheldReason> {
        let ConnectorJudgement::Withhold(id, _) = connector else { return None };
        let role = chosen.and_then(named_role);
        let presented = chosen.and_then(|seen| seen.external_id.as_deref());
        let shut_out = wanted.roles.last().zip(presented).is_some_and(|(spec, presented)| {
            matches!(self.observed.roles.get(&spec.address.arn), Some(Seen::Absent))
                && trusted(&spec.trust, presented) == Trusted::No
        });
        (role.as_ref() != Some(&wanted.connector.role) || shut_out)
            .then(|| WithheldReason::ServesNobody { connector: id.clone(), role })
    }

    /// Connectors that name the account's role, are not the one that is looked after, and want something else of it: they stay as
    /// they are, so the role keeps what they may use.
    fn others_that_differ(&self, wanted: &Wanted, chosen: Option<&ConnectorState>) -> Vec<&ConnectorState> {
        let users = self.users.get(wanted.connector.role.to_string().as_str());
        let others = users.into_iter().flatten().copied();
        others
            .filter(|other| chosen.is_none_or(|chosen| chosen.id != other.id))
            .filter(|other| connector::differs(&wanted.connector, other))
            .collect()
    }

    /// Roles of ours that this account no longer needs, such as the Lambda role once load balancers are off.
    fn leftover_roles(&self, account: &DesiredAccount, wanted: &Wanted, plan: &mut AccountPlan) {
        let kept: BTreeSet<_> = wanted.roles.iter().map(|role| &role.address.arn).collect();
        for address in account.addresses.iter().filter(|address| !kept.contains(&address.arn)) {
            self.leave_role(address, self.options.mode, plan);
        }
    }

    /// An account that nothing is wanted of: the connector goes first, then the roles, the cross-account one before its helper.
    fn leave(
        &self,
        account: &DesiredAccount,
        connectors: Vec<&ConnectorState>,
        mode: Mode,
        plan: &mut AccountPlan,
    ) {
        for connector in connectors {
            self.leave_connector(connector, mode, plan);
        }
        if account.account.state.is_out_of_reach() {
            if mode == Mode::Sync && (account.choice == Choice::Retire || !plan.steps.is_empty()) {
                plan.withheld.extend(out_of_reach(account, plan));
            }
            return;
        }
        let goes = |user: &ConnectorState| {
            plan.steps
                .iter()
                .any(|step| matches!(&step.action, Action::RemoveConnector { id, .. } if *id == user.id))
        };
        let stays = account.addresses.iter().find_map(|address| {
            // A role may lie under another path than the settings say; connectors name it where it is.
            let arn = match self.observed.roles.get(&address.arn) {
                Some(Seen::Present(state)) => &state.arn,
                Some(Seen::Absent | Seen::Gap(_)) | None => &address.arn,
            };
            let users = self.users.get(arn.to_string().as_str());
            users.into_iter().flatten().find(|user| !goes(user)).map(|user| user.id.clone())
        });
        let mut last = AccountPlan::default();
        for address in account.addresses.iter().rev() {
            self.leave_role(address, mode, &mut last);
        }
        match stays {
            // The cross-account role and its helper serve the same connector.
            Some(connector) => {
                let kept = last.steps.iter().map(|step| step.action.resource());
                let why = WithheldReason::InUse { connector };
                plan.withheld.extend(kept.map(|role| Withheld::new(role, why.clone())));
            }
            None => plan.steps.extend(last.steps),
        }
        plan.withheld.extend(last.withheld);
        plan.findings.extend(last.findings);
    }

    /// Connectors of an account that is not listed, though a rule names it.
    fn named(&self, id: &AccountId, named: &NamedAccount, connectors: Vec<&ConnectorState>) -> AccountPlan {
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
                Ownership::Unmarked | Ownership::Foreign(_) => plan.findings.push(not_ours(connector)),
            }
        }
        plan
    }

    /// Connectors of an account that is not listed. Its roles are out of reach.
    fn stranger(&self, unlisted: Unlisted, connectors: Vec<&ConnectorState>) -> AccountPlan {
        let mut plan = AccountPlan { skipped: Some(SkipReason::NotListed), ..AccountPlan::default() };
        let why = match unlisted {
            Unlisted::Offboarding => Some(UnlistedReason::Offboarding),
            Unlisted::NotPinned => Some(UnlistedReason::NotPinned),
            // The mark that everybody writes who does not choose one says nothing about whose account it is.
            Unlisted::Unwanted if *self.owner == OwnerId::default() => Some(UnlistedReason::DefaultOwner),
            Unlisted::Unwanted | Unlisted::Ignored => None,
        };
        for connector in connectors {
            if connector.ownership(self.owner) != Ownership::Ours {
                plan.findings.push(not_ours(connector));
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
            (Ownership::Ours, Mode::Upsert) => {
                plan.withheld.push(Withheld::new(connector.id.clone(), WithheldReason::Mode));
            }
            (Ownership::Unmarked | Ownership::Foreign(_), _) => plan.findings.push(not_ours(connector)),
        }
    }

    fn leave_role(&self, address: &crate::role::RoleAddress, mode: Mode, plan: &mut AccountPlan) {
        let Some(Seen::Present(state)) = self.observed.roles.get(&address.arn) else { return };
        let target = Resource::Role(state.arn.clone());
        match (state.ownership(self.owner), mode) {
            (Ownership::Ours, _) if state.tags.contains_key(ADOPTED_TAG) => {
                plan.withheld.push(Withheld::new(target, WithheldReason::Adopted));
            }
            (Ownership::Ours, Mode::Sync) => plan.steps.push(Step::new(
                Action::RemoveRole { address: Box::new(address.clone()), expected: state.clone() },
                Reason::Unwanted,
            )),
            (Ownership::Ours, Mode::Upsert) => {
                plan.withheld.push(Withheld::new(target, WithheldReason::Mode));
            }
            (Ownership::Unmarked | Ownership::Foreign(_), _) => {
                plan.findings.push(Finding::new(target, FindingKind::NotOurs));
            }
        }
    }
}

/// The role that a connector names, if what it names is one.
fn named_role(connector: &ConnectorState) -> Option<RoleArn> {
    connector.role_arn.as_deref()?.parse().ok()
}

/// The role that a connector names until now and that no setting leads to any more: nothing would ever speak of it again.
fn left_behind(account: &DesiredAccount, seen: &ConnectorState) -> Option<Finding> {
    let old = named_role(seen)?;
    let is_known = account.addresses.iter().any(|address| address.arn == old);
    (!is_known).then(|| Finding::new(old, FindingKind::LeftBehind))
}

/// The roles of an account that nobody can enter, by what is known of them from outside.
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

fn not_ours(connector: &ConnectorState) -> Finding {
    Finding::new(connector.id.clone(), FindingKind::NotOurs)
}

fn waits_for(resource: &Resource, reason: &WithheldReason) -> WithheldReason {
    WithheldReason::WaitsFor { resource: resource.clone(), incomplete: reason.is_incomplete() }
}
