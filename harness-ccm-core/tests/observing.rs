//! Which roles are looked for: by the scope of the observation, and by the decision about the account.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use futures_executor::block_on;
use harness_ccm_core::account::AccountState;
use harness_ccm_core::backend::{Expect, Removed, RoleProvisioner, Written};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::MemoryRoles;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Scope, Seen, observe_accounts};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::role::{QuotaSource, Quotas, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::{Error, ErrorKind, Result};
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

/// Counts the reads of roles that are in progress at the same time.
#[derive(Debug)]
struct Counting {
    roles: MemoryRoles,
    now: AtomicUsize,
    most: Arc<AtomicUsize>,
}

#[async_trait]
impl RoleProvisioner for Counting {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        for _ in 0..10 {
            pending_once().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.roles.find_role(address).await
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        self.roles.put_role(spec, expect).await
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        self.roles.remove_role(address, expected).await
    }
}

/// Lets the other futures of the same task continue.
async fn pending_once() {
    let mut is_first = true;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

#[test]
fn as_many_accounts_are_read_at_the_same_time_as_the_options_allow() {
    let desired = owned(visibility()).resolve(listing(1..=50)).unwrap();
    let world = World::new((1..=50).map(|number| account(number, "x")));
    for (options, expected) in [
        (ObserveOptions::default(), 32),
        (ObserveOptions::default().with_concurrency(5), 5),
        (ObserveOptions::default().with_concurrency(0), 1),
    ] {
        let most = Arc::new(AtomicUsize::new(0));
        let roles = Counting { roles: world.roles(), now: AtomicUsize::new(0), most: Arc::clone(&most) };
        block_on(observe_accounts(&desired, &roles, &world.connectors(), options, &NoEvents)).unwrap();
        assert_eq!(most.load(Ordering::SeqCst), expected);
    }
}

#[test]
fn a_skipped_account_is_searched_if_it_has_our_connector() {
    let desired = desired();
    for (owner, expected) in [(Some("finops"), true), (Some("others"), false), (None, false)] {
        let mut connector = ConnectorState::new("old".parse().unwrap());
        connector.account = Some(id(2));
        connector.tags = owner.iter().map(|owner| (OWNER_TAG.to_owned(), (*owner).to_owned())).collect();
        let accounts = desired.accounts().values().map(|account| account.account.clone());
        let world = World::new(accounts).with_connector(connector);
        let options = ObserveOptions::default();
        let observed =
            block_on(observe_accounts(&desired, &world.roles(), &world.connectors(), options, &NoEvents))
                .unwrap();
        assert_eq!(observed.roles.keys().any(|arn| *arn.account() == id(2)), expected, "{owner:?}");
    }
}

/// A backend that may not read quotas.
#[derive(Debug)]
struct WithoutQuotas(MemoryRoles);

#[async_trait]
impl RoleProvisioner for WithoutQuotas {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.0.find_role(address).await
    }

    async fn quotas(&self, _: &RoleAddress) -> Result<Option<Quotas>> {
        Err(Error::new(ErrorKind::Denied, "iam:GetAccountSummary", "no"))
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        self.0.put_role(spec, expect).await
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        self.0.remove_role(address, expected).await
    }
}

#[test]
fn requested_quotas_that_cannot_be_read_are_a_gap() {
    for (quotas, gaps) in [(QuotaSource::Account, 1), (QuotaSource::Usual, 0)] {
        let mut intent = owned(visibility());
        intent.role.quotas = quotas;
        let desired = intent.resolve(listing([1])).unwrap();
        let world = World::new([account(1, "x")]);
        let (roles, connectors) = (WithoutQuotas(world.roles()), world.connectors());
        let observed =
            block_on(observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents))
                .unwrap();
        let is_gap = |seen: &&Seen| matches!(seen, Seen::Gap(_));
        assert_eq!(observed.roles.values().filter(is_gap).count(), gaps, "{quotas:?}");
    }
}
