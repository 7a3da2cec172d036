//! The requirements for every [`RoleProvisioner`].

use super::role_site::{allow, create, put, remove, seen};
use super::{fails, ok, out_of_date, same};
use crate::backend::{Expect, Removed, RoleProvisioner, Written};
use crate::error::ErrorKind;
use crate::id::{RoleArn, RolePath};
use crate::owner::{BOUNDARY_TAG, Ownership};
use crate::policy::{PolicyDocument, Principals, Statement};
use crate::role::{ListedRole, RetiredBoundary, RoleAddress, RoleSpec, RoleState};
use crate::route::Route;

pub use super::role_policies::{
    a_missing_policy_is_absent, a_policy_may_change_more_often_than_it_has_versions,
    a_policy_name_that_is_taken_is_a_conflict, an_unattached_policy_of_ours_is_completed,
    changing_the_layout_leaves_no_old_policies, managed_policies_are_made_changed_and_removed,
    only_retired_policies_are_removed, removing_a_role_takes_only_our_policies,
};
pub use super::role_site::RoleSite;

/// Generates one test for each requirement on a [`RoleProvisioner`](crate::backend::RoleProvisioner).
///
/// `$block_on` runs a future to completion on the runtime that the backend needs. `$start` is a future that
/// returns the backend, the [`RoleSite`](crate::testing::roles::RoleSite) to work in, and any value that must live
/// as long.
///
/// ```
/// use harness_ccm_core::prelude::*;
/// use harness_ccm_core::testing::roles::RoleSite;
///
/// async fn start() -> (impl RoleProvisioner, RoleSite, World) {
///     let member: AccountId = "111122223333".parse().unwrap();
///     let world = World::new([Account::new(member.clone(), "member")]);
///     (world.roles(), RoleSite::new(member, "Suite"), world)
/// }
///
/// mod keeps_the_contract {
///     harness_ccm_core::role_provisioner_tests!(futures_executor::block_on, super::start());
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! role_provisioner_tests {
    ($block_on:expr, $start:expr) => {
        $crate::__role_cases! { tests ($block_on, $start) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __role_cases {
    ($mode:ident $arguments:tt) => {
        $crate::__conformance! { $mode roles $arguments;
            absent_is_none "`None` is proof of absence, not a failure to look.";
            every_role_of_the_account_is_listed "All roles of the account are listed with their trust policies, or `Unsupported`.";
            a_role_is_made_found_and_left_alone "After `Ok` the role is what the spec says, with the owner mark; the same spec again returns `Unchanged`.";
            every_field_can_be_changed "After `Ok` the role has the trust, the policies, the tags and the owner mark of the spec.";
            the_maximum_of_sessions_is_set_raised_and_never_lowered "The maximum of sessions is a floor: it is raised, and never lowered.";
            a_boundary_is_set_remembered_and_removed "Our boundary is removed once none is desired; another one only if the spec removes any boundary.";
            an_expectation_that_does_not_hold_changes_nothing "`Expect::Same`: the role is as it was observed, otherwise `Conflict`, before the first write.";
            roles_of_others_are_not_overwritten "`Expect::Absent`: there is no role of that name, or one with our own mark.";
            our_own_half_made_role_is_completed "A role with the owner mark of the spec counts as the result of an interrupted call, and is completed.";
            additional_policies_and_tags_are_kept "Policies and tags that the spec does not name do not change.";
            removing_is_exact_and_repeatable "Removing a missing role returns `AlreadyGone`.";
            a_role_that_lost_our_mark_is_not_removed "`Conflict`, before the first write, if the owner mark in `expected` is not on the role any more.";
            the_rest_of_an_interrupted_removal_is_removed "The role is as it was observed, or a part of it is already removed.";
            managed_policies_are_made_changed_and_removed "Managed policies have the description, tags and mark of the spec, and are removed with the role.";
            a_policy_may_change_more_often_than_it_has_versions "A new text is a new default version; the oldest versions are removed if there is no room.";
            an_unattached_policy_of_ours_is_completed "Unattached policies that were created for the role are listed too, and completed.";
            a_policy_name_that_is_taken_is_a_conflict "`Conflict` for a managed policy with a desired name that is not ours.";
            only_retired_policies_are_removed "After `Ok` the role has no policy that the spec retires.";
            changing_the_layout_leaves_no_old_policies "After `Ok` the role has no policy of another layout.";
            removing_a_role_takes_only_our_policies "The managed policies created for the role under its mark are removed with it; others stay.";
            a_missing_policy_is_absent "`Absent` is proof that a managed policy does not exist; a backend that does not know returns `Unknown`.";
            a_role_under_another_path_is_found_and_stays "A role of that name under another path is returned, with its actual path; writing it is a `Conflict`.";
            a_name_that_differs_in_case_only_is_taken "Role names are not case-sensitive: a name that differs only in case is taken.";
            a_direct_route_enters_no_other_account "`Invalid` if the route is direct and the credentials belong to another account.";
        }
    };
}

/// The names of all cases.
pub const CASES: &[&str] = &__role_cases! { names () };

/// Runs all cases.
pub async fn suite(roles: &dyn RoleProvisioner, place: &RoleSite) {
    __role_cases! { suite (roles, place) }
}

/// Checks that our boundary is removed once none is desired, and another one only if the spec removes any
/// boundary.
pub async fn a_boundary_is_set_remembered_and_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "boundary";
    let mut bounded = place.spec("Bounded", "suite").with_boundary(Some(place.view_only()));
    bounded.retired.boundary = RetiredBoundary::Ours;
    create(case, roles, &bounded).await;
    let made = seen(case, roles, &bounded.address).await;
    assert_eq!(made.own_boundary(), Some(&place.view_only()), "{case}: {made:?}");
    let free = bounded.clone().with_boundary(None);
    let freed = put(case, roles, &free).await;
    assert_eq!(freed.boundary, None, "{case}: {freed:?}");
    assert!(!freed.tags.contains_key(BOUNDARY_TAG), "{case}: nothing is remembered: {freed:?}");

    // Set by another tool, which leaves no tag of ours.
    put(case, roles, &bounded).await;
    let mut theirs = seen(case, roles, &bounded.address).await;
    theirs.tags.remove(BOUNDARY_TAG);
    assert!(free.differences(&theirs).is_empty(), "{case}: {:?}", free.differences(&theirs));
    let mut none = free.clone();
    none.retired.boundary = RetiredBoundary::Any;
    assert_eq!(put(case, roles, &none).await.boundary, None, "{case}");
    remove(case, roles, &free.address).await;
}

/// Checks that a missing role is `None`, not an error.
pub async fn absent_is_none(roles: &dyn RoleProvisioner, place: &RoleSite) {
    assert_eq!(ok("absent", roles.find_role(&place.address("Absent")).await), None, "absent is None");
}

/// Checks that a created role is listed with its path and trust policy, and a removed one is not.
pub async fn every_role_of_the_account_is_listed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "list";
    let listed = roles.list_roles(&place.address("Absent")).await;
    if listed.is_err_and(|error| error.kind() == ErrorKind::Unsupported) {
        return;
    }
    let specs = ["ListedA", "ListedB", "ListedC"].map(|name| place.spec(name, "suite"));
    for spec in &specs {
        create(case, roles, spec).await;
    }
    let listed = ok(case, roles.list_roles(&place.address("Absent")).await);
    for spec in &specs {
        let found = listed.iter().filter(|role| role.arn == spec.address.arn).collect::<Vec<_>>();
        let [ListedRole { trust: Some(trust), .. }] = &found[..] else {
            panic!("{case}: {} is to be there once, with its trust policy: {found:?}", spec.address);
        };
        assert!(trust.equivalent(&spec.trust), "{case}: {trust:?}");
    }
    for spec in &specs {
        remove(case, roles, &spec.address).await;
    }
    let left = ok(case, roles.list_roles(&place.address("Absent")).await);
    let stays = left.iter().find(|role| specs.iter().any(|spec| spec.address.arn == role.arn));
    assert_eq!(stays, None, "{case}: removed roles are not listed");
}

/// Checks that a role is created, found in the returned state, and unchanged by a second put.
pub async fn a_role_is_made_found_and_left_alone(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "make";
    let spec = place.spec("Made", "suite");
    let answered = create(case, roles, &spec).await;
    let found = seen(case, roles, &spec.address).await;
    same(case, found.same_as(&answered), &answered, &found);
    assert!(spec.differences(&found).is_empty(), "{case}: {:?}", spec.differences(&found));
    assert_eq!(found.ownership(&spec.owner), Ownership::Ours, "{case}: the mark is there");
    for expect in [Expect::Absent, Expect::same(found)] {
        let again = ok("put again", roles.put_role(&spec, expect).await);
        assert!(matches!(again, Written::Unchanged(_)), "put again: {again:?}");
    }
    remove(case, roles, &spec.address).await;
}

/// Checks that trust, policy and tags follow the spec.
pub async fn every_field_can_be_changed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "change";
    let spec = place.spec("Changed", "suite");
    create(case, roles, &spec).await;
    let mut wanted = spec.clone();
    // Every field by name: a new one does not compile until it is changed here or in a case of its own, as those with `_` are.
    let RoleSpec {
        trust,
        inline,
        tags,
        address: _,
        managed: _,
        attached: _,
        retired: _,
        boundary: _,
        max_session: _,
        adopted: _,
        owner: _,
    } = &mut wanted;
    inline.insert("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    *trust = PolicyDocument::new([Statement::trust(
        Principals::aws([place.account.as_str()]),
        ["sts:AssumeRole"],
    )
    .unwrap()
    .with_condition("StringEquals", "sts:ExternalId", ["two"])]);
    tags.insert("team".into(), "finops".into());
    let before = seen(case, roles, &spec.address).await;
    let written = ok(case, roles.put_role(&wanted, Expect::same(before)).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, roles, &spec.address).await;
    assert!(wanted.differences(&found).is_empty(), "{case}: {:?}", wanted.differences(&found));
    let answered = written.into_state();
    same(case, found.same_as(&answered), &answered, &found);
    remove(case, roles, &spec.address).await;
}

/// Checks that a role is created with the desired maximum, raised if it is lower, and left if it is higher.
pub async fn the_maximum_of_sessions_is_set_raised_and_never_lowered(
    roles: &dyn RoleProvisioner,
    place: &RoleSite,
) {
    let case = "max session";
    let of = |name: &str, seconds: u32| {
        place.spec(name, "suite").with_max_session(Some(seconds.try_into().unwrap()))
    };
    let spec = of("Session", 7_200);
    assert_eq!(create(case, roles, &spec).await.max_session, 7_200, "{case}: answered");
    assert_eq!(seen(case, roles, &spec.address).await.max_session, 7_200, "{case}: found");
    let raised = of("Session", 43_200);
    assert_eq!(put(case, roles, &raised).await.max_session, 43_200, "{case}: raised");
    for less in [raised, of("Session", 7_200), of("Session", 900), place.spec("Session", "suite")] {
        let before = seen(case, roles, &less.address).await;
        let written = ok(case, roles.put_role(&less, Expect::same(before)).await);
        assert!(matches!(written, Written::Unchanged(_)), "{case}: {:?}: {written:?}", less.max_session);
        assert_eq!(written.into_state().max_session, 43_200, "{case}: {:?} lowers nothing", less.max_session);
    }
    let mut stale = seen(case, roles, &spec.address).await;
    stale.max_session = 3_600;
    let wanted = spec.clone().with_inline("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    out_of_date(case, roles.put_role(&wanted, Expect::same(stale)).await);
    remove(case, roles, &spec.address).await;

    // IAM sets an hour by default, and accepts no shorter maximum.
    for spec in [place.spec("Hour", "suite"), of("Hour", 900)] {
        assert_eq!(create("an hour", roles, &spec).await.max_session, 3_600, "an hour: answered");
        assert_eq!(seen("an hour", roles, &spec.address).await.max_session, 3_600, "an hour: found");
        remove("an hour", roles, &spec.address).await;
    }
    let mut hour = place.spec("Hour", "suite");
    create("an hour", roles, &hour).await;
    hour.max_session = Some(7_200.try_into().unwrap());
    assert_eq!(put("an hour is raised", roles, &hour).await.max_session, 7_200, "an hour is raised");
    remove("an hour is raised", roles, &hour.address).await;
}

/// Checks that a stale expectation is a conflict, and that nothing is written.
pub async fn an_expectation_that_does_not_hold_changes_nothing(
    roles: &dyn RoleProvisioner,
    place: &RoleSite,
) {
    let case = "stale";
    let spec = place.spec("Stale", "suite");
    let mut stale = create(case, roles, &spec).await;
    stale.inline.insert("Own".parse().unwrap(), allow(["ec2:Other"]));
    let before = seen(case, roles, &spec.address).await;
    let wanted = spec.clone().with_inline("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    out_of_date(case, roles.put_role(&wanted, Expect::same(stale.clone())).await);
    out_of_date(case, roles.remove_role(&spec.address, &stale).await);
    let found = seen(case, roles, &spec.address).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, roles, &spec.address).await;
    out_of_date("expected but missing", roles.put_role(&wanted, Expect::same(before)).await);
    assert_eq!(ok(case, roles.find_role(&spec.address).await), None, "{case}: nothing was created");
}

/// Checks that a role without our mark is not overwritten.
pub async fn roles_of_others_are_not_overwritten(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "foreign";
    let theirs = place.spec("Foreign", "somebody");
    let before = create(case, roles, &theirs).await;
    let ours = place.spec("Foreign", "suite").with_inline("Own".parse().unwrap(), allow(["ec2:Other"]));
    out_of_date(case, roles.put_role(&ours, Expect::Absent).await);
    let found = seen(case, roles, &theirs.address).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, roles, &theirs.address).await;
}

/// Checks that a put completes what an interrupted put left. A role in the state right after its creation counts as created,
/// because the response of that call may have been lost. A role with more counts as updated.
pub async fn our_own_half_made_role_is_completed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    for created in [true, false] {
        let case = "half-made";
        let whole = place.spec("Half", "suite");
        let mut half = whole.clone();
        half.inline.clear();
        if !created {
            half = half.with_inline("Other".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
        }
        create(case, roles, &half).await;
        let written = ok(case, roles.put_role(&whole, Expect::Absent).await);
        assert_eq!(matches!(written, Written::Created(_)), created, "{case}: {written:?}");
        assert_eq!(matches!(written, Written::Updated(_)), !created, "{case}: {written:?}");
        let found = seen(case, roles, &whole.address).await;
        assert!(whole.differences(&found).is_empty(), "{case}: {:?}", whole.differences(&found));
        remove(case, roles, &whole.address).await;
    }
}

/// Checks that policies and tags that the spec does not name stay.
pub async fn additional_policies_and_tags_are_kept(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "beside";
    let mut more =
        place.spec("Beside", "suite").with_inline("Extra".parse().unwrap(), allow(["s3:ListBucket"]));
    more.tags.insert("extra".into(), "kept".into());
    let before = create(case, roles, &more).await;
    let less =
        place.spec("Beside", "suite").with_inline("Own".parse().unwrap(), allow(["ec2:DescribeVolumes"]));
    ok(case, roles.put_role(&less, Expect::same(before)).await);
    let found = seen(case, roles, &less.address).await;
    assert!(found.inline.contains_key(&"Extra".parse().unwrap()), "{case}: the other policy is missing");
    assert_eq!(found.tags.get("extra").map(String::as_str), Some("kept"), "{case}: the other tag is missing");
    remove(case, roles, &less.address).await;
}

/// Checks that removing a missing role is not an error.
pub async fn removing_is_exact_and_repeatable(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "remove";
    let spec = place.spec("Removed", "suite");
    let state = create(case, roles, &spec).await;
    assert_eq!(ok(case, roles.remove_role(&spec.address, &state).await), Removed::Removed, "{case}");
    assert_eq!(
        ok(case, roles.remove_role(&spec.address, &state).await),
        Removed::AlreadyGone,
        "{case} again"
    );
    create("create again", roles, &spec).await;
    remove("create again", roles, &spec.address).await;
}

/// Checks that a role which lost its observed mark is not removed.
pub async fn a_role_that_lost_our_mark_is_not_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "mark lost";
    let ours = place.spec("Lost", "suite");
    let before = create(case, roles, &ours).await;
    let theirs = place.spec("Lost", "somebody");
    ok(case, roles.put_role(&theirs, Expect::same(before.clone())).await);
    let taken = seen(case, roles, &ours.address).await;
    out_of_date(case, roles.remove_role(&ours.address, &before).await);
    let found = seen(case, roles, &ours.address).await;
    same("nothing was written", found.same_as(&taken), &taken, &found);
    remove(case, roles, &ours.address).await;
}

/// Checks that a role from which a part of the observed state is missing is removed, and that one with more is not.
pub async fn the_rest_of_an_interrupted_removal_is_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "half-removed";
    let spec = place.spec("HalfGone", "suite");
    let left = create(case, roles, &spec).await;
    let mut less = left.clone();
    less.inline.clear();
    out_of_date("more than observed", roles.remove_role(&spec.address, &less).await);
    let found = seen(case, roles, &spec.address).await;
    same("nothing was written", found.same_as(&left), &left, &found);
    let mut whole = left;
    whole.inline.insert("AlreadyGone".parse().unwrap(), allow(["s3:ListBucket"]));
    assert_eq!(ok(case, roles.remove_role(&spec.address, &whole).await), Removed::Removed, "{case}");
    assert_eq!(ok(case, roles.find_role(&spec.address).await), None, "{case}: missing after removal");
}

/// Checks that a role of that name under another path is found, and neither written nor treated as absent.
pub async fn a_role_under_another_path_is_found_and_stays(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "another path";
    let mut there = place.spec("Path", "suite");
    let name = there.address.name().clone();
    let arn = RoleArn::new(place.partition, place.account.clone(), "/suite/".parse().unwrap(), name);
    there.address = RoleAddress::new(arn.clone(), place.route.clone());
    let before = create(case, roles, &there).await;
    let wanted = place.spec("Path", "suite");
    let found = seen(case, roles, &wanted.address).await;
    assert_eq!(found.arn, arn, "{case}: it is found under its actual path");
    for expect in [Expect::Absent, Expect::same(found)] {
        fails(case, roles.put_role(&wanted, expect).await, ErrorKind::Conflict);
    }
    let found = seen(case, roles, &there.address).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, roles, &there.address).await;
}

/// Checks that IAM names are not case-sensitive (IAM user guide, "IAM names").
pub async fn a_name_that_differs_in_case_only_is_taken(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "another case";
    let there = place.spec("CaseOfName", "somebody");
    let before = create(case, roles, &there).await;
    let wanted = place.spec("caseofname", "suite");
    fails(case, roles.put_role(&wanted, Expect::Absent).await, ErrorKind::Conflict);
    let found = seen(case, roles, &there.address).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, roles, &there.address).await;
}

/// Checks that a direct route enters only the account of the credentials: otherwise the same role would be created
/// there for every account.
pub async fn a_direct_route_enters_no_other_account(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "direct";
    // A directly accessed account is that of the credentials; any other is not.
    let stranger = match place.route {
        Route::Direct => "999999999999".parse().unwrap(),
        _ => place.account.clone(),
    };
    let mut wanted = place.spec("Direct", "suite");
    let name = wanted.address.name().clone();
    let arn = RoleArn::new(place.partition, stranger, RolePath::root(), name);
    let state = RoleState::new(arn.clone(), wanted.trust.clone());
    wanted.address = RoleAddress::new(arn, Route::Direct);
    fails(case, roles.find_role(&wanted.address).await, ErrorKind::Invalid);
    fails(case, roles.put_role(&wanted, Expect::Absent).await, ErrorKind::Invalid);
    fails(case, roles.remove_role(&wanted.address, &state).await, ErrorKind::Invalid);
}
