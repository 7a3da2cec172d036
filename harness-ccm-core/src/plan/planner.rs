use std::collections::{BTreeMap, BTreeSet};

use super::connector::ConnectorJudgement;
use super::context::{Context, named_role, waits_for};
use super::oddities::{empty_lists, oddities};
use super::policies::KnownPolicies;
use super::role::{Beside, Judge, RoleJudgement};
use super::{
    AccountPlan, Action, Basis, Finding, FindingKind, Mode, Plan, PlanOptions, SeenRole, Step, Withheld,
    WithheldReason, connector, flags, oddities, orphans, pairs, role, terraform, unmanaged,
};
use crate::account::AccountState;
use crate::connector::{ConnectorState, sort_by_claim};
use crate::id::AccountId;
use crate::intent::{Choice, Desired, DesiredAccount, Diagnostic, Unlisted, Wanted};
use crate::observe::{Observed, Scope, Seen};
use crate::owner::Ownership;
use crate::policy::{Trusted, trusted};
use crate::predict;
use crate::resource::Resource;
use crate::role::{RoleAddress, RoleSpec, RoleState};

/// Compares `desired` with `observed`, and returns the steps that remove the differences.
///
/// This function is pure and total. It has no backend, and can neither wait nor fail. The same input in any order gives the same
/// plan.
///
/// ```
/// use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
/// use harness_ccm_core::plan::make_plan;
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let (roles, connectors) = (world.roles(), world.connectors());
/// let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await?)?;
/// let observed = observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await?;
/// let plan = make_plan(&desired, &observed, PlanOptions::default());
/// assert!(plan.has_changes() && world.writes().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub fn make_plan(desired: &Desired, observed: &Observed, options: PlanOptions) -> Plan {
    let mut by_account: BTreeMap<&AccountId, Vec<&ConnectorState>> = BTreeMap::new();
    let mut unassigned = Vec::new();
    for connector in &observed.connectors {
        match &connector.account {
            Some(account) => by_account.entry(account).or_default().push(connector),
            None => unassigned.push(connector.id.clone()),
        }
    }
    unassigned.sort();
    let context = Context::new(desired, observed, options);
    let mut accounts = BTreeMap::new();
    for (id, account) in &desired.accounts {
        let connectors = by_account.remove(id).unwrap_or_default();
        let account = desired.beside(account, &connectors);
        accounts.insert(id.clone(), context.account(&account, connectors));
    }
    for (id, named) in &desired.named {
        let connectors = by_account.remove(id).unwrap_or_default();
        if named.wanted || !connectors.is_empty() {
            accounts.insert(id.clone(), context.named(id, named, connectors));
        }
    }
    if desired.unlisted != Unlisted::Ignored {
        for (id, connectors) in by_account {
            accounts.insert(id.clone(), context.stranger(id, desired.unlisted, connectors));
        }
        for id in observed.unreadable.iter().filter_map(|odd| odd.account.as_ref()) {
            let stranger = context.stranger(id, desired.unlisted, Vec::new());
            if !stranger.withheld.is_empty() && !desired.named.contains_key(id) {
                accounts.entry(id.clone()).or_insert(stranger);
            }
        }
    }
    let flags = flags::needed(accounts.values());
    let unreadable = Diagnostic::of_unreadable(&observed.unreadable);
    let left_out = terraform::left_out(desired, &observed.connectors);
    let view = observed.view;
    let unseen = (!view.is_all()).then_some(Diagnostic::UnseenConnectors { view });
    Plan {
        harness_account: desired.harness_account.clone(),
        owner: desired.owner.clone(),
        options,
        basis: Basis::of(desired, observed),
        accounts,
        unassigned,
        diagnostics: desired
            .diagnostics
            .iter()
            .cloned()
            .chain(unseen)
            .chain(unreadable)
            .chain(flags)
            .chain(left_out)
            .collect(),
    }
}

/// The decisions about the roles of an account.
struct JudgedRoles {
    /// The steps before the connector.
    before: Vec<Step>,
    /// The steps after it.
    after: Vec<Step>,
    /// The role that the connector names after all steps.
    role: Option<RoleState>,
    /// The reason that the connector is not written.
    blocked: Option<WithheldReason>,
}

impl Context<'_> {
    fn account(&self, account: &DesiredAccount, connectors: Vec<&ConnectorState>) -> AccountPlan {
        let mut plan = AccountPlan {
            account: Some(account.account.clone()),
            rule: account.rule.clone(),
            features: match &account.choice {
                Choice::Onboard(wanted) => wanted.connector.features.clone(),
                Choice::Skip(_) | Choice::Withhold(_) | Choice::Retire => BTreeSet::new(),
            },
            ..AccountPlan::default()
        };
        let looked_for = self.options.scope() == Scope::Everywhere;
        let former = account.former_addresses(connectors.iter().copied(), self.owner);
        let mut found = self.found_roles(account);
        found.retain(|address| !former.iter().any(|other| other.arn == address.arn));
        let places: Vec<&RoleAddress> = found.iter().chain(&former).chain(&account.addresses).collect();
        let all = connectors.clone();
        let served = connectors.iter().any(|connector| connector.ownership(self.owner) == Ownership::Ours);
        let unreadable = self.unreadable(&account.account.id);
        match &account.choice {
            Choice::Onboard(wanted) => match unreadable
                .or_else(|| self.nameless(wanted).filter(|_| connectors.is_empty()))
                .or_else(|| self.gap(account.addresses.iter()))
            {
                Some(unread) => self.unread(unread, Some(wanted), &connectors, &mut plan),
                None => self.onboard(account, wanted, connectors, &mut plan),
            },
            Choice::Skip(reason) => {
                plan.skipped = Some(reason.clone());
                match unreadable.or_else(|| self.unknown(account, &places)).filter(|_| looked_for) {
                    Some(unread) => self.unread(unread, None, &connectors, &mut plan),
                    None => self.leave(account, &places, connectors, self.options.mode, &mut plan),
                }
            }
            Choice::Retire => match unreadable.or_else(|| self.unknown(account, &places)) {
                Some(unread) => self.unread(unread, None, &connectors, &mut plan),
                None => self.leave(account, &places, connectors, Mode::Sync, &mut plan),
            },
            Choice::Withhold(hold) => {
                let what = Resource::Account(account.account.id.clone());
                let unread = Withheld::new(what, WithheldReason::Account(hold.clone()));
                self.unread(unread, None, &connectors, &mut plan);
            }
        }
        role::mark_unfinished(&mut plan.steps, served, self.owner);
        orphans::of_account(account, &all, &mut plan);
        orphans::failed_tests(&all, &mut plan);
        self.orphan_roles(account, &mut plan);
        if self.options.mode == Mode::Mark {
            self.only_mark(account, &mut plan);
        }
        // Risks come first in every output.
        plan.findings.sort_by_key(|finding| finding.severity);
        if !plan.withheld.iter().any(|withheld| matches!(withheld.reason, WithheldReason::Gap(_))) {
            plan.withheld.extend(self.not_searched(account));
        }
        plan
    }

    /// Returns the unreadable resources of the account; they withhold the whole account.
    fn gap<'b>(&self, mut places: impl Iterator<Item = &'b RoleAddress>) -> Option<Withheld> {
        places.find_map(|address| match self.observed.roles.get(&address.arn) {
            Some(Seen::Gap(diagnosis)) => {
                let reason = WithheldReason::Gap(Box::new(diagnosis.clone()));
                Some(Withheld::new(address.arn.clone(), reason))
            }
            Some(Seen::Absent | Seen::Present(_)) | None => None,
        })
    }

    /// Returns the unknown resources of an account to leave: a role that could not be read, or one that would be removed if it
    /// existed and was not looked for although the account is accessible.
    fn unknown(&self, account: &DesiredAccount, places: &[&RoleAddress]) -> Option<Withheld> {
        if let Some(gap) = self.gap(places.iter().copied()) {
            return Some(gap);
        }
        let state = &account.account.state;
        let lets_in =
            *state == AccountState::Active || account.choice == Choice::Retire && !state.is_out_of_reach();
        let missing = places.iter().find(|address| !self.observed.roles.contains_key(&address.arn));
        missing
            .filter(|_| lets_in)
            .map(|address| Withheld::new(address.arn.clone(), WithheldReason::NotObserved))
    }

    /// Plans an account for which `unread` is unknown: its own connectors, and the desired one, wait for that.
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
        let connector = match self.perhaps_there(wanted).filter(|_| chosen.is_none()) {
            Some(reason) => ConnectorJudgement::Withhold(wanted.connector.id.clone(), reason),
            None => connector::judge(wanted, chosen, &self.ids, self.owner, self.options.adopt),
        };
        let stays = chosen.filter(|_| !matches!(connector, ConnectorJudgement::Put(_)));
        plan.findings.extend(self.unsound(account, wanted, chosen, stays));
        plan.findings.extend(chosen.and_then(|seen| unmanaged::finding(wanted, seen)));
        // Written or withheld: until it is in sync, it uses the features and role that it has now.
        let own = chosen.filter(|_| !matches!(connector, ConnectorJudgement::InSync(_)));
        let others = self.others_that_differ(wanted, chosen);
        let unseen = self.unseen();
        let differs =
            !matches!(connector, ConnectorJudgement::InSync(_)) || !others.is_empty() || unseen.is_some();
        let presents_another = unseen.is_some()
            || own.iter().chain(&others).any(|seen| {
                seen.external_id.as_deref().is_some_and(|id| id != wanted.connector.external_id.as_str())
            });
        let quotas = self.observed.quotas.get(&account.account.id).unwrap_or(&self.quotas);
        let elsewhere = self.serves_another(account);
        let beside = Beside { differs, presents_another, unseen: unseen.is_some() };
        let judge = Judge {
            adopt: self.options.adopt,
            elsewhere: elsewhere.is_some(),
            quotas,
            policies: KnownPolicies(&self.observed.policies),
            beside,
        };
        let elsewhere = elsewhere.filter(|_| !self.options.adopt);
        let blocked = elsewhere
            .as_ref()
            .map(|reason| waits_for(&Resource::Role(wanted.connector.role.clone()), reason));
        let idle = self.serves_nobody(&connector, chosen, wanted).or(elsewhere);
        let JudgedRoles { before, after, role, blocked } =
            self.roles(wanted, &judge, idle.as_ref(), blocked, plan);
        // Permissions are granted before and withdrawn after: a connector must not enable a feature that its role does not
        // permit.
        plan.steps = before;
        let in_use = others.first().map(|other| WithheldReason::InUse { connector: other.id.clone() });
        let mut waiting = in_use.or(unseen);
        let mut left = None;
        match connector {
            ConnectorJudgement::InSync(id) => {
                let expected = chosen.map(|seen| predict::of_state(seen, role.as_ref()));
                plan.expect(id.clone(), expected.filter(|_| blocked.is_none()));
                let ownership = chosen.map_or(Ownership::Ours, |seen| seen.ownership(self.owner));
                plan.note_in_sync(id, &ownership);
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
                    left = chosen.and_then(|seen| left_behind(account, seen));
                    plan.steps.push(step);
                }
            }
        }
        self.see_release(wanted, plan);
        let mut last = AccountPlan { steps: after, ..AccountPlan::default() };
        self.leftover_roles(account, wanted, chosen, &mut last);
        match &waiting {
            // A connector that stays unchanged may still use the permissions that its role would lose.
            Some(why) => {
                let waiting = last.steps.iter().map(|step| step.action.resource());
                plan.withheld.extend(waiting.map(|role| Withheld::new(role, why.clone())));
            }
            None => plan.steps.extend(last.steps),
        }
        plan.withheld.extend(last.withheld);
        plan.findings.extend(last.findings);
        // A search may have found it: then the plan removes or withholds it.
        plan.findings.extend(left.filter(|left: &Finding| !plan.decides_about(&left.resource)));
    }

    /// Records the release that the account's role matches, and reports one that is older than requested if no step changes the
    /// role.
    fn see_release(&self, wanted: &Wanted, plan: &mut AccountPlan) {
        let Some(spec) = wanted.roles.last() else { return };
        let Some(Seen::Present(state)) = self.observed.roles.get(&spec.address.arn) else { return };
        let target = Resource::Role(spec.address.arn.clone());
        let matched = self.release_of(wanted, state, plan.in_sync.contains(&target));
        plan.role = Some(SeenRole { release: matched });
        let older = matched.filter(|release| *release < self.release());
        if let Some(matches) = older.filter(|_| plan.withheld.iter().any(|held| held.resource == target)) {
            let kind = FindingKind::OlderRelease { matches, wanted: self.release() };
            plan.findings.push(Finding::new(target, kind));
        }
    }

    /// Plans the roles of an account. `idle` is the reason that none is written, `blocked` the reason that its connector is
    /// not.
    fn roles(
        &self,
        wanted: &Wanted,
        judge: &Judge<'_>,
        idle: Option<&WithheldReason>,
        mut blocked: Option<WithheldReason>,
        plan: &mut AccountPlan,
    ) -> JudgedRoles {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut role = None;
        for spec in &wanted.roles {
            let target = Resource::Role(spec.address.arn.clone());
            let empty = empty_lists(self.observed.roles.get(&spec.address.arn));
            plan.findings.extend(empty.map(|kind| Finding::new(target.clone(), kind)));
            let findings = match judge.role(spec, self.observed.roles.get(&spec.address.arn)) {
                RoleJudgement::Put(_) if idle.is_some() => {
                    plan.withheld.extend(idle.map(|reason| Withheld::new(target.clone(), reason.clone())));
                    self.observed_oddities(spec)
                }
                RoleJudgement::Put(steps) => {
                    before.extend(steps.before);
                    after.extend(steps.after);
                    role = Some(steps.leaves);
                    steps.findings
                }
                RoleJudgement::InSync { state, findings } => {
                    plan.note_in_sync(target.clone(), &state.ownership(self.owner));
                    role = Some(*state);
                    findings
                }
                RoleJudgement::Withhold(reason) => {
                    blocked = Some(waits_for(&target, &reason));
                    plan.withheld.push(Withheld::new(target.clone(), reason));
                    self.observed_oddities(spec)
                }
            };
            plan.findings.extend(findings.into_iter().map(|kind| Finding::new(target.clone(), kind)));
        }
        JudgedRoles { before, after, role, blocked }
    }

    /// The excess of a role that stays unchanged over the desired state. Its shortfall is in the reason why it is withheld.
    fn observed_oddities(&self, spec: &RoleSpec) -> Vec<FindingKind> {
        let Some(Seen::Present(state)) = self.observed.roles.get(&spec.address.arn) else {
            return Vec::new();
        };
        let lacks = |kind: &FindingKind| matches!(kind, FindingKind::Trust(finding) if !finding.is_wider());
        oddities(spec, state).into_iter().filter(|kind| !lacks(kind)).collect()
    }

    /// Reports what is wrong whatever the plan does: options without an effect, and roles that trust principals that they
    /// should not. `stays` is the connector if it is not written.
    fn unsound(
        &self,
        account: &DesiredAccount,
        wanted: &Wanted,
        chosen: Option<&ConnectorState>,
        stays: Option<&ConnectorState>,
    ) -> Vec<Finding> {
        let id = chosen.map_or(&wanted.connector.id, |chosen| &chosen.id);
        let mut findings = pairs::findings(&account.account, wanted, id, stays);
        for spec in &wanted.roles {
            let arn = &spec.address.arn;
            if let Some(Seen::Present(state)) = self.observed.roles.get(arn) {
                let found = oddities::non_production(state);
                findings.extend(found.map(|kind| Finding::new(arn.clone(), kind)));
            }
        }
        findings
    }

    /// The reason that no connector is created: the account's role is ours and complete, so a connector that is not visible may
    /// exist.
    fn perhaps_there(&self, wanted: &Wanted) -> Option<WithheldReason> {
        let spec = wanted.roles.last()?;
        let Some(Seen::Present(state)) = self.observed.roles.get(&spec.address.arn) else { return None };
        let complete =
            state.ownership(self.owner) == Ownership::Ours && !role::is_without_permissions(spec, state);
        self.unseen().filter(|_| complete)
    }

    /// The reason that roles are not written: the account's connector is withheld, and does not name the desired role, or
    /// presents an external id that a role created now would not trust.
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

    /// Connectors that name the account's role, are not its managed connector, and need other permissions or trust of it: they
    /// stay unchanged, so the role keeps whatever they may use.
    fn others_that_differ(&self, wanted: &Wanted, chosen: Option<&ConnectorState>) -> Vec<&ConnectorState> {
        let users = self.users.get(wanted.connector.role.to_string().as_str());
        let others = users.into_iter().flatten().copied();
        others
            .filter(|other| chosen.is_none_or(|chosen| chosen.id != other.id))
            .filter(|other| connector::differs(wanted, other, self.owner))
            .collect()
    }

    /// Roles of ours that this account no longer needs, such as the Lambda role after load balancers were disabled.
    fn leftover_roles(
        &self,
        account: &DesiredAccount,
        wanted: &Wanted,
        chosen: Option<&ConnectorState>,
        plan: &mut AccountPlan,
    ) {
        let kept: BTreeSet<_> = wanted.roles.iter().map(|role| &role.address.arn).collect();
        // The account's own connector is in sync by then.
        let goes = |user: &ConnectorState| chosen.is_some_and(|chosen| chosen.id == user.id);
        let former = account.former_addresses([], self.owner);
        let found = self.found_roles(account);
        let places = account.addresses.iter().chain(&former).chain(found.iter().rev());
        for address in places.filter(|address| !kept.contains(&address.arn)) {
            if let Some(Seen::Gap(diagnosis)) = self.observed.roles.get(&address.arn) {
                let reason = WithheldReason::Gap(Box::new(diagnosis.clone()));
                plan.withheld.push(Withheld::new(address.arn.clone(), reason));
            }
            self.leave_role(address, self.options.mode, goes, plan);
        }
    }
}

/// The role that a connector names until now and that no setting leads to any more: later runs would not report it.
fn left_behind(account: &DesiredAccount, seen: &ConnectorState) -> Option<Finding> {
    let old = named_role(seen)?;
    let is_known =
        account.addresses.iter().any(|address| address.arn == old) || account.former.contains(&old);
    (!is_known).then(|| Finding::new(old, FindingKind::LeftBehind))
}
