//! A small organization for the tests of the pure stages.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several test files, each of which uses a part"
)]

use harness_ccm_core::account::Account;
use harness_ccm_core::config::Config;
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Named, Optimization};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Choice, Desired, Intent, Pin, Wanted};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{RoleSpec, RoleState};
pub(crate) use harness_ccm_fixtures::{intent, nothing};

/// The organization that all accounts belong to.
pub(crate) const ORGANIZATION: &str = "o-a1b2c3d4e5";

pub(crate) fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

pub(crate) fn account(number: u64, name: &str) -> Account {
    Account::new(id(number), name).with_organization(ORGANIZATION.parse().unwrap())
}

/// The intent of a file.
pub(crate) fn load(text: &str) -> Intent {
    Config::from_toml(text, None).unwrap().intent
}

/// The notes about listing and rules, one per line.
pub(crate) fn shown(desired: &Desired) -> Vec<String> {
    desired.diagnostics.iter().map(ToString::to_string).collect()
}

/// An account with known unit and tags.
pub(crate) fn at(number: u64, name: &str, path: &[&str], tags: &[(&str, &str)]) -> Account {
    account(number, name).with_ou_path(path.iter().copied()).with_tags(tags.iter().copied())
}

/// A complete listing of these accounts.
pub(crate) fn listing(numbers: impl IntoIterator<Item = u64>) -> Listing {
    Listing::complete(numbers.into_iter().map(|number| account(number, &format!("team {number}"))))
}

/// The same with another account at this position.
pub(crate) fn listing_with(
    numbers: impl IntoIterator<Item = u64>,
    position: usize,
    edit: impl FnOnce(&mut Account),
) -> Listing {
    let mut accounts = listing(numbers).accounts().to_vec();
    edit(&mut accounts[position]);
    Listing::complete(accounts)
}

/// The same with its own owner and for one organization, which removing connectors of unlisted accounts requires.
pub(crate) fn owned(features: FeatureSet) -> Intent {
    let mut intent =
        intent(features).with_pin(Pin::default().with_organization(ORGANIZATION.parse().unwrap()));
    intent.owner = "finops".parse().unwrap();
    intent
}

pub(crate) fn visibility() -> FeatureSet {
    FeatureSet::new().with_visibility()
}

pub(crate) fn with_ec2() -> FeatureSet {
    visibility().with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]))
}

pub(crate) fn desired(features: FeatureSet, numbers: impl IntoIterator<Item = u64>) -> Desired {
    intent(features).resolve(listing(numbers)).unwrap()
}

pub(crate) fn wanted(desired: &Desired, number: u64) -> &Wanted {
    harness_ccm_fixtures::wanted(desired, &id(number))
}

/// The desired resources of an account, if it is onboarded.
pub(crate) fn onboarded(desired: &Desired, number: u64) -> Option<&Wanted> {
    match &desired.accounts()[&id(number)].choice {
        Choice::Onboard(wanted) => Some(wanted),
        _ => None,
    }
}

/// The role in the state that `put_role` leaves.
pub(crate) fn role_state(spec: &RoleSpec) -> RoleState {
    let mut state = RoleState::new(spec.address.arn.clone(), spec.trust.clone());
    state.inline.clone_from(&spec.inline);
    state.attached = spec.attached.iter().map(|policy| (policy.clone(), None)).collect();
    state.boundary.clone_from(&spec.boundary);
    state.max_session = spec.created().max_session;
    state.tags = spec.all_tags();
    state
}

/// The connector in the state that `put_connector` leaves.
pub(crate) fn connector_state(spec: &ConnectorSpec) -> ConnectorState {
    let mut state = ConnectorState::new(spec.id.clone());
    state.name = spec.name.as_str().into();
    state.account = Some(spec.account().clone());
    state.role_arn = Some(spec.role.to_string());
    state.external_id = Some(spec.external_id.to_string());
    state.features = spec.features.iter().map(|feature| Named::Known(*feature)).collect();
    state.settings = spec.settings.over(&state.settings);
    state.autostopping = spec.autostopping.iter().flatten().map(|kind| Named::Known(*kind)).collect();
    state.commitment = spec.commitment.iter().flatten().map(|service| Named::Known(*service)).collect();
    state.report = spec.report.as_ref().map(Into::into);
    state.tags = spec.all_tags();
    state
}

/// The world after everything in `desired` is applied.
pub(crate) fn applied(desired: &Desired) -> Observed {
    let mut observed = nothing(desired);
    for account in desired.accounts().values() {
        if let Choice::Onboard(wanted) = &account.choice {
            for role in &wanted.roles {
                observed.roles.insert(role.address.arn.clone(), Seen::Present(Box::new(role_state(role))));
            }
            observed.connectors.push(connector_state(&wanted.connector));
        }
    }
    observed
}

/// The observed cross-account role of an account.
pub(crate) fn seen_role<'a>(observed: &'a mut Observed, desired: &Desired, number: u64) -> &'a mut RoleState {
    let arn = &wanted(desired, number).connector.role;
    match observed.roles.get_mut(arn) {
        Some(Seen::Present(state)) => state,
        other => panic!("{other:?}"),
    }
}

/// The trust policy with one more account.
pub(crate) fn trusting_also(trust: &PolicyDocument, number: u64) -> PolicyDocument {
    let mut json: serde_json::Value = serde_json::from_str(&trust.to_json()).unwrap();
    let principals = json["Statement"][0]["Principal"]["AWS"].as_array_mut().unwrap();
    principals.push(format!("arn:aws:iam::{:012}:root", 900_000_000_000 + number).into());
    PolicyDocument::parse(&json.to_string()).unwrap()
}
