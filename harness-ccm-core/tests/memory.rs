//! The backends in memory pass the conformance suite behind wrappers too.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::sync::Arc;

use futures_executor::block_on;
use harness_ccm_core::ErrorKind;
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{ConnectorClient, Expect, RoleProvisioner};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, ReadOnly, WriteFault};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Route;
use harness_ccm_core::testing;

fn account(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn world() -> World {
    World::new([Account::new(account(1), "payer").as_management(), Account::new(account(2), "member")])
}

fn place() -> testing::roles::RoleSite {
    testing::roles::RoleSite::new(account(2), "Suite")
}

fn connector_place() -> testing::connectors::ConnectorSite {
    testing::connectors::ConnectorSite::new(account(2), "suite_")
}

#[test]
fn wrappers_and_pointers_pass_the_suite() {
    let world = world();
    let never = WriteFault::new(usize::MAX, FaultTiming::Before);
    let roles: Arc<dyn RoleProvisioner> = Arc::new(Faulty::new(Box::new(world.roles()), never));
    block_on(testing::roles::suite(&roles, &place()));
    let connectors: Box<dyn ConnectorClient> = Box::new(Faulty::new(Arc::new(world.connectors()), never));
    block_on(testing::connectors::suite(&connectors, &connector_place()));
}

#[test]
fn read_only_refuses_every_write() {
    let world = world();
    let roles = ReadOnly::new(world.roles());
    let address = RoleAddress::new("arn:aws:iam::000000000002:role/X".parse().unwrap(), Route::default());
    assert_eq!(block_on(roles.find_role(&address)).unwrap(), None);
    let trust = harness_ccm_core::policy::PolicyDocument::new([]);
    let spec = harness_ccm_core::role::RoleSpec::new(address, trust, "suite".parse().unwrap());
    let error = block_on(roles.put_role(&spec, Expect::Absent)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    assert!(world.writes().is_empty());
}
