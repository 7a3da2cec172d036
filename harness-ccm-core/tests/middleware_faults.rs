//! The wrappers: the refusals of read-only, and the state after a failed write.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery};
use harness_ccm_core::backend::{
    AccountSource as _, ConnectorClient, Expect, PolicyPresence, RoleProvisioner,
};
use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::event::StepOutcome;
use harness_ccm_core::feature::Feature;
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, OnWrite, ReadOnly, Write, WriteFault};
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{RoleAddress, RoleSpec};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Effect, ErrorKind};

fn world() -> World {
    World::new([Account::new("000000000002".parse().unwrap(), "member")])
}

fn role() -> RoleSpec {
    let arn = "arn:aws:iam::000000000002:role/HarnessCERole".parse().unwrap();
    let who = Principals::aws(["arn:aws:iam::891928451355:root"]);
    let trust = PolicyDocument::new([Statement::trust(who, ["sts:AssumeRole"]).unwrap()]);
    RoleSpec::new(RoleAddress::new(arn, Route::default()), trust, "suite".parse().unwrap())
}

fn connector() -> ConnectorSpec {
    ConnectorSpec::new(
        "member".parse().unwrap(),
        "member".parse().unwrap(),
        role().address.arn,
        "one".parse().unwrap(),
        [Feature::Visibility].into(),
        "suite".parse().unwrap(),
    )
}

#[test]
fn read_only_refuses_all_four_writes_and_lets_every_read_through() {
    let world = world();
    let role_there = block_on(world.roles().put_role(&role(), Expect::Absent)).unwrap().into_state();
    let there =
        block_on(world.connectors().put_connector(&connector(), Expect::Absent)).unwrap().into_state();
    world.clear_journal();

    let (roles, connectors) = (ReadOnly::new(world.roles()), ReadOnly::new(world.connectors()));
    let refusals = [
        block_on(roles.put_role(&role(), Expect::Absent)).map(drop).unwrap_err(),
        block_on(roles.remove_role(&role().address, &role_there)).map(drop).unwrap_err(),
        block_on(connectors.put_connector(&connector(), Expect::Absent)).map(drop).unwrap_err(),
        block_on(connectors.remove_connector(&there.id, &there)).map(drop).unwrap_err(),
    ];
    for error in refusals {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::ReadOnly, Effect::None), "{error}");
    }
    assert!(world.journal().is_empty(), "no write reached the backend, not even to be refused there");

    let accounts = ReadOnly::new(world.accounts());
    assert_eq!(block_on(accounts.list_accounts(&AccountQuery::new())).unwrap().accounts().len(), 1);
    assert_eq!(block_on(roles.find_role(&role().address)).unwrap(), Some(role_there));
    assert_eq!(block_on(connectors.list_connectors()).unwrap().connectors, [there]);
}

#[test]
fn a_write_fails_before_or_after_its_effect_and_only_that_one() {
    for (when, effect, there) in
        [(FaultTiming::Before, Effect::None, false), (FaultTiming::After, Effect::Unknown, true)]
    {
        let world = world();
        let roles = Faulty::new(world.roles(), WriteFault::new(1, when));
        let connectors = roles.and(world.connectors());
        block_on(roles.put_role(&role(), Expect::Absent)).unwrap();
        let error = block_on(connectors.put_connector(&connector(), Expect::Absent)).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, effect), "{when:?}");
        assert_eq!(world.connector(&connector().id).is_some(), there, "{when:?}");
        block_on(connectors.put_connector(&connector(), Expect::Absent)).unwrap();
        assert_eq!(roles.writes(), 3, "{when:?}: both count together");
    }
}

#[test]
fn after_a_crash_no_write_works_any_more() {
    let world = world();
    let roles = Faulty::new(world.roles(), WriteFault::new(0, FaultTiming::Crash));
    let connectors = roles.and(world.connectors());
    assert!(block_on(roles.put_role(&role(), Expect::Absent)).is_err());
    assert!(block_on(connectors.put_connector(&connector(), Expect::Absent)).is_err());
    assert!(world.journal().is_empty());
    let accounts = roles.and(world.accounts());
    assert_eq!(block_on(accounts.list_accounts(&AccountQuery::new())).unwrap().accounts().len(), 1);
}

#[test]
fn wrappers_pass_on_the_reads_that_a_backend_need_not_have() {
    let world = world();
    block_on(world.roles().put_role(&role(), Expect::Absent)).unwrap();
    let never = WriteFault::new(usize::MAX, FaultTiming::Before);
    let wrappers: [Box<dyn RoleProvisioner>; 3] = [
        Box::new(ReadOnly::new(world.roles())),
        Box::new(Faulty::new(world.roles(), never)),
        Box::new(OnWrite::new(world.roles(), |_: &Write<'_>, _: &StepOutcome| {})),
    ];
    let policy = "arn:aws:iam::aws:policy/SecurityAudit".parse().unwrap();
    for wrapper in wrappers {
        let address = &role().address;
        assert_eq!(block_on(wrapper.find_policy(address, &policy)).unwrap(), PolicyPresence::Present);
        assert_eq!(block_on(wrapper.list_roles(address)).unwrap().len(), 1, "{wrapper:?}");
    }
}
