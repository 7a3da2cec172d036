//! Observing and planning call no write method: mocks that expect none would panic.

mod support;

use futures_executor::block_on;
use harness_ccm_core::backend::{
    AccountSource as _, ConnectorListing, ConnectorView, MockAccountSource, MockConnectorClient,
    MockRoleProvisioner,
};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::observe::{ObserveOptions, Scope, Seen, observe_accounts};
use harness_ccm_core::plan::{Mode, PlanOptions, make_plan};
use harness_ccm_core::{Error, ErrorKind};
use support::*;

#[test]
fn planning_and_observing_read_only() {
    let mut accounts = MockAccountSource::new();
    accounts.expect_list_accounts().once().returning(|_| Ok(listing(1..=5)));
    let mut roles = MockRoleProvisioner::new();
    // Role and helper role of five accounts; the first account cannot be accessed, which one response shows.
    roles.expect_find_role().times(9).returning(|address| {
        if *address.account() == id(1) {
            Err(Error::new(ErrorKind::Denied, "sts:AssumeRole", "no"))
        } else {
            Ok(None)
        }
    });
    roles.expect_put_role().never();
    roles.expect_remove_role().never();
    let mut connectors = MockConnectorClient::new();
    connectors.expect_list_connectors().once().returning(|| Ok(ConnectorListing::default()));
    connectors.expect_view().once().returning(|| Ok(ConnectorView::All));
    connectors.expect_put_connector().never();
    connectors.expect_remove_connector().never();
    connectors.expect_test_connector().never();

    let intent = intent(visibility());
    let listed = block_on(accounts.list_accounts(&intent.query())).unwrap();
    let desired = intent.resolve(listed.clone()).unwrap();
    let options = ObserveOptions::default().with_scope(Scope::Everywhere);
    let observed = block_on(observe_accounts(&desired, &roles, &connectors, options, &NoEvents)).unwrap();
    let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert_eq!(observed.roles.values().filter(|seen| matches!(seen, Seen::Gap(_))).count(), 1);
    assert_eq!(plan.counts().create, 8);
}

#[test]
fn connectors_that_cannot_be_listed_are_an_error() {
    let mut roles = MockRoleProvisioner::new();
    roles.expect_find_role().never();
    let mut connectors = MockConnectorClient::new();
    connectors
        .expect_list_connectors()
        .once()
        .returning(|| Err(Error::new(ErrorKind::Unavailable, "harness:listV2", "down")));
    let desired = desired(visibility(), [1]);
    let error =
        block_on(observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents))
            .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
