//! Which roles are looked for: by the scope of the observation, and by the decision about the account.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::account::AccountState;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Scope, observe_accounts};
use harness_ccm_core::selector::Selector;
use support::*;

/// The number of roles looked for in each account.
fn looked_for(desired: &Desired, scope: Scope) -> Vec<(u64, usize)> {
    let world = World::new(desired.accounts().values().map(|account| account.account.clone()));
    let options = ObserveOptions::default().with_scope(scope);
    let observed =
        block_on(observe_accounts(desired, &world.roles(), &world.connectors(), options, &NoEvents)).unwrap();
    assert_eq!(observed.scope, scope);
    let count = |number| observed.roles.keys().filter(|arn| *arn.account() == id(number)).count();
    (1..=5).map(|number| (number, count(number))).filter(|(_, count)| *count > 0).collect()
}

/// 1 is chosen, 2 is skipped, 3 is skipped and closed, 4 is withheld, 5 is chosen and suspended.
fn desired() -> Desired {
    let mut intent = owned(visibility());
    intent.rules = vec![
        Rule::skip("no", Selector::all().with_accounts([id(2), id(3)]), "no"),
        Rule::onboard("all", Selector::all(), visibility()),
    ];
    let accounts = [
        account(1, "a"),
        account(2, "b"),
        account(3, "c").with_state(AccountState::Closed),
        account(4, "d").with_doubt("two sources disagree"),
        account(5, "e").with_state(AccountState::Suspended),
    ];
    intent.resolve(Listing::complete(accounts)).unwrap()
}

#[test]
fn chosen_accounts_are_searched_for_their_desired_roles() {
    assert_eq!(looked_for(&desired(), Scope::Chosen), [(1, 1)]);
}

#[test]
fn everywhere_includes_accessible_skipped_accounts_and_all_our_roles() {
    assert_eq!(looked_for(&desired(), Scope::Everywhere), [(1, 2), (2, 2)]);
}

#[test]
fn offboarding_searches_every_accessible_account() {
    for scope in [Scope::Chosen, Scope::Everywhere] {
        assert_eq!(looked_for(&desired().retire(), scope), [(1, 2), (2, 2), (4, 2)]);
    }
}
