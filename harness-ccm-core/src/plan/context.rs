use std::borrow::Cow;
use std::collections::BTreeMap;

use super::connector::Identifiers;
use super::{PlanOptions, Withheld, WithheldReason, role};
use crate::account::{Account, AccountState};
use crate::catalog::{Release, lambda_role_prefix};
use crate::connector::{ConnectorState, UnreadableConnector};
use crate::feature::{Feature, Named};
use crate::id::{AccountId, ConnectorId, OwnerId, RoleArn};
use crate::intent::{Choice, Desired, DesiredAccount, Unlisted, Wanted};
use crate::observe::{Observed, RoleSearch, Searched, Seen};
use crate::owner::Ownership;
use crate::resource::Resource;
use crate::role::{Quotas, RoleAddress, RoleState};

/// The input of a plan, arranged for lookup.
pub(super) struct Context<'a> {
    desired: &'a Desired,
    pub(super) owner: &'a OwnerId,
    pub(super) observed: &'a Observed,
    pub(super) options: PlanOptions,
    /// The connectors that name a role, by the role's ARN, whatever account they name.
    pub(super) users: BTreeMap<&'a str, Vec<&'a ConnectorState>>,
    /// The connectors with AutoStopping, by account: they may use the role of the Lambda function.
    optimizing: BTreeMap<AccountId, Vec<&'a ConnectorState>>,
    pub(super) ids: Identifiers<'a>,
    /// The connectors that name no account, by identifier.
    nameless: BTreeMap<&'a ConnectorId, Cow<'a, UnreadableConnector>>,
    pub(super) quotas: Quotas,
    /// The roles that were read, by account, each once.
    roles: BTreeMap<&'a AccountId, Vec<&'a RoleState>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(desired: &'a Desired, observed: &'a Observed, options: PlanOptions) -> Self {
        let mut users: BTreeMap<&str, Vec<&ConnectorState>> = BTreeMap::new();
        let mut optimizing: BTreeMap<AccountId, Vec<&ConnectorState>> = BTreeMap::new();
        for connector in &observed.connectors {
            if let Some(arn) = &connector.role_arn {
                users.entry(arn).or_default().push(connector);
            }
            if connector.features.contains(&Named::Known(Feature::Optimization)) {
                // Account and role belong to one account, unless a person wrote it otherwise.
                let role = named_role(connector).map(|role| role.account().clone());
                let other = connector.account.clone().filter(|account| Some(account) != role.as_ref());
                for account in role.into_iter().chain(other) {
                    optimizing.entry(account).or_default().push(connector);
                }
            }
        }
        let proposed = desired.accounts.values().filter_map(|account| match &account.choice {
            Choice::Onboard(wanted) => Some(&wanted.connector.id),
            Choice::Skip(_) | Choice::Withhold(_) | Choice::Retire => None,
        });
        let connectors = observed.connectors.iter().map(|connector| &connector.id);
        let unreadable = observed.unreadable.iter().filter_map(|connector| connector.id.as_ref());
        let ids = Identifiers { taken: connectors.chain(unreadable).collect(), proposed: proposed.collect() };
        let nameless =
            observed.connectors.iter().filter(|connector| connector.account.is_none()).map(|connector| {
                let odd = UnreadableConnector::new(connector.id.as_str(), "it names no AWS account");
                (&connector.id, Cow::Owned(odd))
            });
        let odd = observed.unreadable.iter().filter(|odd| odd.account.is_none());
        let odd = odd.filter_map(|odd| Some((odd.id.as_ref()?, Cow::Borrowed(odd))));
        let nameless = nameless.chain(odd).collect();
        let (owner, quotas) = (&desired.owner, Quotas::default());
        let mut roles: BTreeMap<&AccountId, Vec<&RoleState>> = BTreeMap::new();
        for seen in observed.roles.values() {
            let Seen::Present(state) = seen else { continue };
            let here = roles.entry(state.arn.account()).or_default();
            // IAM may treat the names of two addresses as one.
            if !here.iter().any(|other| other.arn == state.arn) {
                here.push(state);
            }
        }
        Self { desired, owner, observed, options, users, optimizing, ids, nameless, quotas, roles }
    }

    /// The roles that were read in an account.
    pub(super) fn roles_in(&self, account: &AccountId) -> &[&'a RoleState] {
        self.roles.get(account).map(Vec::as_slice).unwrap_or_default()
    }

    /// The requested release.
    pub(super) fn release(&self) -> Release {
        self.desired.release
    }

    /// The release that a role matches. A role in sync grants what the desired release does, for any creator.
    pub(super) fn release_of(&self, wanted: &Wanted, state: &RoleState, is_in_sync: bool) -> Option<Release> {
        if is_in_sync { Some(self.release()) } else { self.desired.release_matched_by(wanted, state) }
    }

    /// Whether a role accepts an external id of this Harness account.
    pub(super) fn accepts_us(&self, state: &RoleState) -> bool {
        self.desired.is_accepted_by(&state.trust)
    }

    /// The roles of ours that only the search found, the helper before the cross-account role. With the default owner, a role
    /// that does not accept our external id may belong to another Harness account.
    pub(super) fn found_roles(&self, account: &DesiredAccount) -> Vec<RoleAddress> {
        let Some(Searched::Done { found, .. }) = self.observed.searched.get(&account.account.id) else {
            return Vec::new();
        };
        let is_known = |state: &RoleState| {
            let known = account.addresses.iter().map(|address| &address.arn).chain(&account.former);
            known.into_iter().any(|arn| arn.name().is_same_to_iam(state.arn.name()))
        };
        let mut ours: Vec<_> = self
            .roles_in(&account.account.id)
            .iter()
            .filter(|state| found.contains(&state.arn) && !is_known(state))
            .filter(|state| state.ownership(self.owner) == Ownership::Ours)
            .filter(|state| *self.owner != OwnerId::default() || self.accepts_us(state))
            .collect();
        ours.sort_by_key(|state| lambda_role_prefix(state.arn.name()).is_none());
        ours.into_iter().filter_map(|state| account.place_of(state.arn.clone())).collect()
    }

    /// The account as withheld, if its roles were to be searched and the search did not run or failed.
    pub(super) fn not_searched(&self, account: &DesiredAccount) -> Option<Withheld> {
        let Account { id, state, .. } = &account.account;
        let is_asked = self.options.search == RoleSearch::Deep
            && match &account.choice {
                Choice::Onboard(_) => true,
                Choice::Skip(_) => *state == AccountState::Active,
                Choice::Retire => !state.is_out_of_reach(),
                Choice::Withhold(_) => false,
            };
        let diagnosis = match self.observed.searched.get(id) {
            Some(Searched::Done { .. }) => return None,
            Some(Searched::Gap(diagnosis)) => Some(Box::new(diagnosis.clone())),
            None => None,
        };
        is_asked
            .then(|| Withheld::new(Resource::Account(id.clone()), WithheldReason::NotSearched { diagnosis }))
    }

    /// A connector that may use a role, except those for which `goes` returns true.
    pub(super) fn user(&self, role: &RoleArn, goes: impl Fn(&ConnectorState) -> bool) -> Option<ConnectorId> {
        let by_name = self.users.get(&*role.to_string()).into_iter().flatten();
        let by_feature =
            self.optimizing.get(role.account()).filter(|_| lambda_role_prefix(role.name()).is_some());
        let mut users = by_name.chain(by_feature.into_iter().flatten());
        users.find(|user| !goes(user)).map(|user| user.id.clone())
    }

    /// The decisions about connectors of accounts that are not listed.
    pub(super) fn unlisted(&self) -> Unlisted {
        self.desired.unlisted
    }

    /// The reason that no role of ours may lose anything, if connectors with too little known about them may use it: connectors
    /// that are not visible, and unreadable ones whose account is unknown.
    pub(super) fn unseen(&self) -> Option<WithheldReason> {
        let view = self.observed.view;
        let not_seen = (!view.is_all()).then_some(WithheldReason::UnseenConnectors(view));
        not_seen.or_else(|| self.observed.unreadable.iter().find(|odd| odd.account.is_none()).map(unreadable))
    }

    /// The reason that nothing is done in an account: an unreadable connector may be the account's own.
    pub(super) fn unreadable(&self, id: &AccountId) -> Option<Withheld> {
        let odd = self.observed.unreadable.iter().find(|odd| odd.concerns(id))?;
        Some(Withheld::new(Resource::Account(id.clone()), unreadable(odd)))
    }

    /// The reason that nothing is done in an account without a connector: one with the identifier that is desired there names no
    /// account, so it may be the account's own.
    pub(super) fn nameless(&self, wanted: &Wanted) -> Option<Withheld> {
        let account = Resource::Account(wanted.connector.account().clone());
        self.nameless.get(&wanted.connector.id).map(|odd| Withheld::new(account, unreadable(odd)))
    }

    /// The reason that a role of ours is not removed, although nothing here needs it: its trust policy names other Harness
    /// accounts.
    pub(super) fn serves_others_too(&self, state: &RoleState) -> Option<WithheldReason> {
        let Desired { external_id, harness_account, .. } = self.desired;
        let external_ids = role::of_others_too(state, external_id.as_str(), harness_account)?;
        Some(WithheldReason::ServesAnother { external_ids }).filter(|_| !state.has_no_policy())
    }

    /// The reason that the roles of an account are left alone: the cross-account role is ours, but another Harness account uses
    /// it.
    pub(super) fn serves_another(&self, account: &DesiredAccount) -> Option<WithheldReason> {
        let arn = &account.addresses.last()?.arn;
        let Some(Seen::Present(state)) = self.observed.roles.get(arn) else { return None };
        let is_used = self.users.contains_key(&*state.arn.to_string());
        // A role without permissions is not in use: its creation never finished.
        if state.ownership(self.owner) != Ownership::Ours || is_used || state.has_no_policy() {
            return None;
        }
        let Desired { external_id, harness_account, .. } = self.desired;
        let external_ids = role::of_another_harness(state, external_id.as_str(), harness_account)?;
        Some(WithheldReason::ServesAnother { external_ids })
    }
}

fn unreadable(odd: &UnreadableConnector) -> WithheldReason {
    WithheldReason::UnreadableConnector(Box::new(odd.clone()))
}

/// The role that a connector names, if its value is a role ARN.
pub(super) fn named_role(connector: &ConnectorState) -> Option<RoleArn> {
    connector.role_arn.as_deref()?.parse().ok()
}

pub(super) fn waits_for(resource: &Resource, reason: &WithheldReason) -> WithheldReason {
    WithheldReason::WaitsFor { resource: resource.clone(), incomplete: reason.is_incomplete() }
}
