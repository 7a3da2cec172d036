//! What every [`RoleProvisioner`] has to do.

use super::{fails, ok};
use crate::backend::{Expect, Removed, RoleProvisioner, Written};
use crate::error::ErrorKind;
use crate::id::{AccountId, OwnerId, Partition, RoleArn, RolePath};
use crate::owner::Ownership;
use crate::policy::{PolicyDocument, Principals, Statement};
use crate::role::{RoleAddress, RoleSpec, RoleState};
use crate::route::Route;

/// Where the suite works.
#[derive(Clone, Debug)]
pub struct Place {
    /// The partition.
    pub partition: Partition,
    /// An account that can be entered.
    pub account: AccountId,
    /// The way into it.
    pub route: Route,
    /// What the names of roles begin with.
    pub prefix: String,
}

impl Place {
    fn address(&self, name: &str) -> RoleAddress {
        let name = format!("{}{name}", self.prefix).parse().unwrap();
        let arn = RoleArn::new(self.partition, self.account.clone(), RolePath::root(), name);
        RoleAddress::new(arn, self.route.clone())
    }

    fn spec(&self, name: &str, owner: &str) -> RoleSpec {
        let principals = Principals::aws([format!("arn:{}:iam::{}:root", self.partition, self.account)]);
        let trust = Statement::trust(principals, ["sts:AssumeRole"]).unwrap().with_condition(
            "StringEquals",
            "sts:ExternalId",
            ["one"],
        );
        RoleSpec::new(self.address(name), PolicyDocument::new([trust]), owner.parse::<OwnerId>().unwrap())
            .with_inline("Own".parse().unwrap(), allow(["ec2:DescribeRegions"]))
    }
}

fn allow<const N: usize>(actions: [&str; N]) -> PolicyDocument {
    PolicyDocument::new([Statement::allow(actions, ["*"]).unwrap()])
}

/// Runs all cases.
pub async fn suite(roles: &dyn RoleProvisioner, place: &Place) {
    absent_is_none(roles, place).await;
    a_role_is_made_found_and_left_alone(roles, place).await;
    every_field_can_be_changed(roles, place).await;
    an_expectation_that_does_not_hold_changes_nothing(roles, place).await;
    what_somebody_else_made_is_not_overwritten(roles, place).await;
    our_own_half_made_role_is_completed(roles, place).await;
    what_is_beside_is_kept(roles, place).await;
    removing_is_exact_and_repeatable(roles, place).await;
    what_an_interrupted_removal_left_is_removed(roles, place).await;
}

async fn seen(case: &str, roles: &dyn RoleProvisioner, address: &RoleAddress) -> RoleState {
    match ok(case, roles.find_role(address).await) {
        Some(state) => state,
        None => panic!("{case}: the role is not there"),
    }
}

async fn create(case: &str, roles: &dyn RoleProvisioner, spec: &RoleSpec) -> RoleState {
    match ok(case, roles.put_role(spec, Expect::Absent).await) {
        Written::Created(state) => state,
        other => panic!("{case}: expected Created, got {other:?}"),
    }
}

async fn remove(case: &str, roles: &dyn RoleProvisioner, address: &RoleAddress) {
    let state = seen(case, roles, address).await;
    assert_eq!(ok(case, roles.remove_role(address, &state).await), Removed::Removed, "{case}");
    assert_eq!(ok(case, roles.find_role(address).await), None, "{case}: gone after removal");
}

/// A role that is not there is `None`, not an error.
pub async fn absent_is_none(roles: &dyn RoleProvisioner, place: &Place) {
    assert_eq!(ok("absent", roles.find_role(&place.address("Absent")).await), None, "absent is None");
}

/// Made, found as it was answered, and unchanged by a second put.
pub async fn a_role_is_made_found_and_left_alone(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "make";
    let spec = place.spec("Made", "suite");
    let answered = create(case, roles, &spec).await;
    let found = seen(case, roles, &spec.address).await;
    assert!(found.same_as(&answered), "{case}: answered {answered:?}, found {found:?}");
    assert!(spec.differences(&found).is_empty(), "{case}: {:?}", spec.differences(&found));
    assert_eq!(found.ownership(&spec.owner), Ownership::Ours, "{case}: the mark is there");
    for expect in [Expect::Absent, Expect::same(found)] {
        let again = ok("put again", roles.put_role(&spec, expect).await);
        assert!(matches!(again, Written::Unchanged(_)), "put again: {again:?}");
    }
    remove(case, roles, &spec.address).await;
}

/// Trust, policy and tags follow the spec.
pub async fn every_field_can_be_changed(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "change";
    let spec = place.spec("Changed", "suite");
    create(case, roles, &spec).await;
    let mut wanted = spec.clone().with_inline("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    wanted.trust = PolicyDocument::new([Statement::trust(
        Principals::aws([place.account.as_str()]),
        ["sts:AssumeRole"],
    )
    .unwrap()
    .with_condition("StringEquals", "sts:ExternalId", ["two"])]);
    wanted.tags.insert("team".into(), "finops".into());
    let before = seen(case, roles, &spec.address).await;
    let written = ok(case, roles.put_role(&wanted, Expect::same(before)).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, roles, &spec.address).await;
    assert!(wanted.differences(&found).is_empty(), "{case}: {:?}", wanted.differences(&found));
    assert!(found.same_as(&written.into_state()), "{case}: the answer is what is there");
    remove(case, roles, &spec.address).await;
}

/// A stale expectation is a conflict, and nothing is written.
pub async fn an_expectation_that_does_not_hold_changes_nothing(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "stale";
    let spec = place.spec("Stale", "suite");
    let mut stale = create(case, roles, &spec).await;
    stale.inline.insert("Own".parse().unwrap(), allow(["ec2:Other"]));
    let before = seen(case, roles, &spec.address).await;
    let wanted = spec.clone().with_inline("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    fails(case, roles.put_role(&wanted, Expect::same(stale.clone())).await, ErrorKind::Conflict);
    fails(case, roles.remove_role(&spec.address, &stale).await, ErrorKind::Conflict);
    assert!(seen(case, roles, &spec.address).await.same_as(&before), "{case}: nothing was written");
    remove(case, roles, &spec.address).await;
    fails("expected but gone", roles.put_role(&wanted, Expect::same(before)).await, ErrorKind::Conflict);
    assert_eq!(ok(case, roles.find_role(&spec.address).await), None, "{case}: nothing was made");
}

/// A role without our mark is not taken for ours.
pub async fn what_somebody_else_made_is_not_overwritten(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "foreign";
    let theirs = place.spec("Foreign", "somebody");
    let before = create(case, roles, &theirs).await;
    let ours = place.spec("Foreign", "suite").with_inline("Own".parse().unwrap(), allow(["ec2:Other"]));
    fails(case, roles.put_role(&ours, Expect::Absent).await, ErrorKind::Conflict);
    assert!(seen(case, roles, &theirs.address).await.same_as(&before), "{case}: nothing was written");
    remove(case, roles, &theirs.address).await;
}

/// What an interrupted put left is completed by the next.
pub async fn our_own_half_made_role_is_completed(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "half-made";
    let whole = place.spec("Half", "suite");
    let mut half = whole.clone();
    half.inline.clear();
    create(case, roles, &half).await;
    let written = ok(case, roles.put_role(&whole, Expect::Absent).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, roles, &whole.address).await;
    assert!(whole.differences(&found).is_empty(), "{case}: {:?}", whole.differences(&found));
    remove(case, roles, &whole.address).await;
}

/// Policies and tags that the spec does not name stay.
pub async fn what_is_beside_is_kept(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "beside";
    let mut more =
        place.spec("Beside", "suite").with_inline("Extra".parse().unwrap(), allow(["s3:ListBucket"]));
    more.tags.insert("extra".into(), "kept".into());
    let before = create(case, roles, &more).await;
    let less =
        place.spec("Beside", "suite").with_inline("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    ok(case, roles.put_role(&less, Expect::same(before)).await);
    let found = seen(case, roles, &less.address).await;
    assert!(found.inline.contains_key(&"Extra".parse().unwrap()), "{case}: the other policy is gone");
    assert_eq!(found.tags.get("extra").map(String::as_str), Some("kept"), "{case}: the other tag is gone");
    remove(case, roles, &less.address).await;
}

/// Removing what is gone is no error.
pub async fn removing_is_exact_and_repeatable(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "remove";
    let spec = place.spec("Removed", "suite");
    let state = create(case, roles, &spec).await;
    assert_eq!(ok(case, roles.remove_role(&spec.address, &state).await), Removed::Removed, "{case}");
    assert_eq!(
        ok(case, roles.remove_role(&spec.address, &state).await),
        Removed::AlreadyGone,
        "{case} again"
    );
    create("make again", roles, &spec).await;
    remove("make again", roles, &spec.address).await;
}

/// A role that lacks a part of what was observed is removed; one that got something more in the meantime is not.
pub async fn what_an_interrupted_removal_left_is_removed(roles: &dyn RoleProvisioner, place: &Place) {
    let case = "half-removed";
    let spec = place.spec("HalfGone", "suite");
    let left = create(case, roles, &spec).await;
    let mut less = left.clone();
    less.inline.clear();
    fails("more than observed", roles.remove_role(&spec.address, &less).await, ErrorKind::Conflict);
    assert!(seen(case, roles, &spec.address).await.same_as(&left), "{case}: nothing was removed");
    let mut whole = left;
    whole.inline.insert("AlreadyGone".parse().unwrap(), allow(["s3:ListBucket"]));
    assert_eq!(ok(case, roles.remove_role(&spec.address, &whole).await), Removed::Removed, "{case}");
    assert_eq!(ok(case, roles.find_role(&spec.address).await), None, "{case}: gone after removal");
}
