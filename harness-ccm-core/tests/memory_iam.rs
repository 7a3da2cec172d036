//! The IAM in memory refuses what IAM refuses.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use futures_executor::block_on;
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{Expect, RoleProvisioner as _};
use harness_ccm_core::id::{AccountId, PolicyArn, PolicyName};
use harness_ccm_core::memory::World;
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{ManagedPolicy, Quotas, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Effect, Error, ErrorKind};

fn account() -> AccountId {
    "000000000002".parse().unwrap()
}

fn world() -> World {
    World::new([Account::new(account(), "member")])
}

fn trust(principal: &str) -> PolicyDocument {
    PolicyDocument::new([Statement::trust(Principals::aws([principal]), ["sts:AssumeRole"]).unwrap()])
}

fn spec(name: &str) -> RoleSpec {
    let arn = format!("arn:aws:iam::{}:role/{name}", account()).parse().unwrap();
    let root = "arn:aws:iam::891928451355:root";
    RoleSpec::new(RoleAddress::new(arn, Route::default()), trust(root), "suite".parse().unwrap())
}

/// A document of exactly this size.
fn sized(size: usize) -> PolicyDocument {
    let of = |length: usize| {
        PolicyDocument::new([Statement::allow(
            ["s3:GetObject"],
            [format!("arn:aws:s3:::{}", "x".repeat(length))],
        )
        .unwrap()])
    };
    of(size - of(0).size())
}

fn policy(number: usize) -> PolicyArn {
    format!("arn:aws:iam::{}:policy/Other{number}", account()).parse().unwrap()
}

fn name(text: &str) -> PolicyName {
    text.parse().unwrap()
}

fn put(world: &World, spec: &RoleSpec) -> Result<RoleState, Error> {
    let seen = world.role(&account(), spec.address.name());
    let expect = seen.map_or(Expect::Absent, Expect::same);
    block_on(world.roles().put_role(spec, expect)).map(harness_ccm_core::backend::Written::into_state)
}

#[track_caller]
fn refused(result: Result<RoleState, Error>, kind: ErrorKind, effect: Effect, part: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (kind, effect), "{}", error.report());
    assert!(error.message().contains(part), "{part} is not in {}", error.report());
}

#[test]
fn ten_policies_may_be_attached_or_as_many_as_the_account_allows() {
    let document = sized(200);
    let world = (0..12).fold(world(), |world, number| {
        world.with_policy(policy(number), ManagedPolicy::new("", document.clone()))
    });
    let with =
        |count: usize| (0..count).fold(spec("Many"), |spec, number| spec.with_attached(policy(number)));
    put(&world, &with(10)).unwrap();
    refused(put(&world, &with(11)), ErrorKind::LimitExceeded, Effect::None, "PoliciesPerRole: 10");
    world.set_quotas(&account(), Quotas::default().with_attached_policies(12));
    assert_eq!(put(&world, &with(12)).unwrap().attached.len(), 12);
}

#[test]
fn sizes_are_limited() {
    let inline = |sizes: &[usize]| {
        sizes.iter().enumerate().fold(spec("Inline"), |spec, (number, size)| {
            spec.with_inline(name(&format!("P{number}")), sized(*size))
        })
    };
    put(&world(), &inline(&[6_000, 4_240])).unwrap();
    refused(
        put(&world(), &inline(&[6_000, 4_241])),
        ErrorKind::LimitExceeded,
        Effect::Unknown,
        "RolePolicySize: 10240",
    );
    let managed = |size| spec("Managed").with_managed(&name("P"), "", sized(size));
    put(&world(), &managed(6_144)).unwrap();
    refused(put(&world(), &managed(6_145)), ErrorKind::LimitExceeded, Effect::Unknown, "PolicySize: 6144");
    let mut large = spec("Trust");
    large.trust = trust(&format!("arn:aws:iam::891928451355:user/{}", "x".repeat(2_048)));
    refused(put(&world(), &large), ErrorKind::LimitExceeded, Effect::None, "ACLSizePerRole: 2048");
    let described = spec("Described").with_managed(&name("P"), "x".repeat(1_001), sized(200));
    refused(put(&world(), &described), ErrorKind::Invalid, Effect::Unknown, "description");
}

#[test]
fn names_are_unique_without_regard_to_case_and_path() {
    let world = world();
    put(&world, &spec("HarnessCERole").with_managed(&name("Taken"), "", sized(200))).unwrap();
    refused(
        put(&world, &spec("harnesscerole")),
        ErrorKind::Conflict,
        Effect::None,
        "a role with the name HarnessCERole exists",
    );
    let other = spec("Other").with_managed(&name("TAKEN"), "", sized(200));
    refused(put(&world, &other), ErrorKind::Conflict, Effect::Unknown, "with the name TAKEN already exists");
}

#[test]
fn principals_that_do_not_exist_cannot_be_trusted() {
    for principal in ["AIDACKCEVSQ6C2EXAMPLE", "arn:aws-us-gov:iam::891928451355:root"] {
        let mut spec = spec("Trust");
        spec.trust = trust(principal);
        refused(put(&world(), &spec), ErrorKind::Invalid, Effect::None, "invalid principal in policy");
    }
}

#[test]
fn policies_must_exist_to_be_attached_and_be_free_to_be_deleted() {
    let world = world();
    let attaching = spec("Attaching").with_attached(policy(1));
    refused(
        put(&world, &attaching),
        ErrorKind::Invalid,
        Effect::Unknown,
        "does not exist or is not attachable",
    );
    let mut ours = spec("Ours").with_managed(&name("Shared"), "", sized(200));
    put(&world, &ours).unwrap();
    let shared = ours.address.policy(&name("Shared"));
    put(&world, &spec("Attaching").with_attached(shared.clone())).unwrap();
    ours.managed.clear();
    ours.retired.policies = true;
    refused(put(&world, &ours), ErrorKind::Conflict, Effect::Unknown, "attached to something");
    assert!(world.policy(&shared).is_some());
}

#[test]
fn five_versions_are_kept_and_the_one_before_is_among_them() {
    let world = world();
    let of = |size| spec("Versions").with_managed(&name("P"), "", sized(size));
    for size in 200..210 {
        put(&world, &of(size)).unwrap();
    }
    let policy = world.policy(&of(200).address.policy(&name("P"))).unwrap();
    let sizes: Vec<_> = policy.versions.values().map(PolicyDocument::size).collect();
    assert_eq!(sizes, [205, 206, 207, 208, 209]);
    assert_eq!(policy.document().map(PolicyDocument::size), Some(209));
}

#[test]
fn a_maximum_of_sessions_has_bounds() {
    let world = world();
    put(&world, &spec("Long").with_max_session(Some(43_200.try_into().unwrap()))).unwrap();
    // IAM has no roles with such a low maximum; the message can only be seen on such a role.
    let low = spec("Low");
    put(&world, &low).unwrap();
    world.edit_role(&account(), low.address.name(), |role| role.max_session = 0);
    let raised = low.with_max_session(Some(900.try_into().unwrap()));
    refused(put(&world, &raised), ErrorKind::Invalid, Effect::None, "MaxSessionDuration of 900 seconds");
}

#[test]
fn tags_are_checked() {
    let mut spec = spec("Tagged");
    spec.tags.insert("aws:team".into(), "x".into());
    refused(put(&world(), &spec), ErrorKind::Invalid, Effect::None, "AWS reserves");
}
