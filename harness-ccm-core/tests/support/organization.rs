//! An organization in every state, with connectors in every health.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test files, each of which uses a part")]

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::backend::ConnectorListing;
use harness_ccm_core::connector::{ConnectorState, Health};
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::intent::{Intent, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::report::Coverage;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::timestamp::Timestamp;

use super::support::*;

/// The desired features of an account: governance in production, nothing in sandboxes, visibility elsewhere.
pub(crate) fn rules() -> Intent {
    let mut intent = owned(visibility());
    let governed = || visibility().with_governance(Governance::default());
    let production = Selector::all().with_ou_path("Workloads/Prod/**".parse().unwrap());
    intent.rules.insert(0, Rule::onboard("production", production, governed()));
    let sandboxes = Selector::all().with_ou_path("Sandbox/**".parse().unwrap());
    intent.rules.insert(0, Rule::skip("sandboxes", sandboxes, "no spend"));
    intent
}

/// The connectors of these accounts in any state: a suspended account may have one from before.
fn connectors(of: &[Account], features: FeatureSet) -> Vec<ConnectorState> {
    let usable = of.iter().cloned().map(|mut account| {
        account.state = AccountState::Active;
        account
    });
    let desired = owned(features).resolve(Listing::complete(usable)).unwrap();
    of.iter()
        .map(|account| connector_state(&harness_ccm_fixtures::wanted(&desired, &account.id).connector))
        .collect()
}

/// Harness' result for a connector. `last` is the second at which a test last passed.
fn tested(mut state: ConnectorState, health: Health, last: Option<i64>) -> ConnectorState {
    state.health = health;
    state.passed_at = last.map(|at| Timestamp::from_unix_seconds(at).unwrap());
    state
}

/// The connector of an account, with Harness' result for it.
pub(crate) fn connector(
    of: &Account,
    features: FeatureSet,
    health: Health,
    last: Option<i64>,
) -> ConnectorState {
    tested(connectors(std::slice::from_ref(of), features).remove(0), health, last)
}

pub(crate) fn fails(message: &str) -> Health {
    Health::Failure { message: message.into() }
}

/// This many accounts: a tenth suspended, closed or unknown, and every health among the rest.
pub(crate) fn coverage(count: u64) -> Coverage {
    let states = [
        AccountState::Suspended,
        AccountState::PendingClosure,
        AccountState::Closed,
        AccountState::PendingActivation,
        AccountState::Unknown("FROZEN".into()),
    ];
    let paths: [&[&str]; 5] =
        [&["Workloads", "Prod"], &["Workloads", "Dev"], &["Sandbox"], &["Security"], &[]];
    let accounts = (1..=count).map(|number| {
        let path = paths[usize::try_from(number % 5).unwrap()];
        let mut account = account(number, &format!("team {number}")).with_ou_path(path.iter().copied());
        if number.is_multiple_of(10) {
            account.state = states[usize::try_from(number / 10 % 5).unwrap()].clone();
        }
        account
    });
    let accounts: Vec<_> = accounts.collect();
    let made = (1..).zip(connectors(&accounts, visibility())).filter_map(|(number, state)| {
        let at = 1_700_000_000 + number * 86_400;
        let (health, last) = match number % 7 {
            0 => return None,
            1 => (fails("AWS: AccessDenied: the role cannot be assumed"), Some(at)),
            2 => (fails("AWS: AccessDenied: the external id differs"), None),
            3 => (Health::Pending, None),
            4 => (Health::Unknown, None),
            _ => (Health::Success, Some(at)),
        };
        Some(tested(state, health, last))
    });
    let made: Vec<_> = made.collect();
    Coverage::new(&rules().resolve(Listing::complete(accounts)).unwrap(), &ConnectorListing::new(made))
}
