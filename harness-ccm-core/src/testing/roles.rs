//! What every [`RoleProvisioner`] has to do.

use super::{fails, ok, out_of_date};
use crate::backend::{Expect, Removed, RoleProvisioner, Written};
use crate::error::ErrorKind;
use crate::id::{AccountId, OwnerId, Partition, PolicyArn, PolicyName, RoleArn, RolePath};
use crate::owner::{BOUNDARY_TAG, MANAGED_TAG, Ownership};
use crate::policy::{PolicyDocument, Principals, Statement};
use crate::role::{RetiredBoundary, RoleAddress, RoleSpec, RoleState};
use crate::route::Route;

/// Where the suite works.
#[derive(Clone, Debug)]
pub struct RoleSite {
    /// The partition.
    pub partition: Partition,
    /// An account that can be entered.
    pub account: AccountId,
    /// The way into it.
    pub route: Route,
    /// What the names of roles begin with.
    pub prefix: String,
}

impl RoleSite {
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

/// A role that has one managed policy of ours in place of the inline one.
impl RoleSite {
    fn managed(&self, name: &str, action: &str) -> RoleSpec {
        let mut spec = self.spec(name, "suite");
        spec.inline.clear();
        spec.retired.policies = true;
        spec.with_managed(&self.policy_name(name), "made by the suite", allow([action]))
    }

    fn policy_name(&self, name: &str) -> PolicyName {
        format!("{}{name}Policy", self.prefix).parse().unwrap()
    }

    fn view_only(&self) -> PolicyArn {
        format!("arn:{}:iam::aws:policy/job-function/ViewOnlyAccess", self.partition).parse().unwrap()
    }
}

fn allow<const N: usize>(actions: [&str; N]) -> PolicyDocument {
    PolicyDocument::new([Statement::allow(actions, ["*"]).unwrap()])
}

/// A boundary of ours goes once none is wanted, one that somebody else put only where none shall be.
pub async fn a_boundary_is_put_remembered_and_taken_away(roles: &dyn RoleProvisioner, place: &RoleSite) {
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

    // Put by somebody who leaves no tag of ours.
    put(case, roles, &bounded).await;
    let mut theirs = seen(case, roles, &bounded.address).await;
    theirs.tags.remove(BOUNDARY_TAG);
    assert!(free.differences(&theirs).is_empty(), "{case}: {:?}", free.differences(&theirs));
    let mut none = free.clone();
    none.retired.boundary = RetiredBoundary::Any;
    assert_eq!(put(case, roles, &none).await.boundary, None, "{case}");
    remove(case, roles, &free.address).await;
}

/// Runs all cases.
pub async fn suite(roles: &dyn RoleProvisioner, place: &RoleSite) {
    absent_is_none(roles, place).await;
    a_role_is_made_found_and_left_alone(roles, place).await;
    every_field_can_be_changed(roles, place).await;
    the_maximum_of_sessions_is_set_raised_and_never_lowered(roles, place).await;
    a_boundary_is_put_remembered_and_taken_away(roles, place).await;
    an_expectation_that_does_not_hold_changes_nothing(roles, place).await;
    what_somebody_else_made_is_not_overwritten(roles, place).await;
    our_own_half_made_role_is_completed(roles, place).await;
    what_is_beside_is_kept(roles, place).await;
    removing_is_exact_and_repeatable(roles, place).await;
    a_role_that_lost_our_mark_is_not_removed(roles, place).await;
    what_an_interrupted_removal_left_is_removed(roles, place).await;
    managed_policies_are_made_changed_and_removed(roles, place).await;
    a_policy_may_change_more_often_than_it_has_versions(roles, place).await;
    an_unattached_policy_of_ours_is_completed(roles, place).await;
    a_policy_name_that_is_taken_is_a_conflict(roles, place).await;
    what_is_retired_goes_and_nothing_else(roles, place).await;
    changing_the_layout_leaves_nothing_behind(roles, place).await;
    removing_a_role_takes_only_our_policies(roles, place).await;
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
pub async fn absent_is_none(roles: &dyn RoleProvisioner, place: &RoleSite) {
    assert_eq!(ok("absent", roles.find_role(&place.address("Absent")).await), None, "absent is None");
}

/// Made, found as it was answered, and unchanged by a second put.
pub async fn a_role_is_made_found_and_left_alone(roles: &dyn RoleProvisioner, place: &RoleSite) {
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
pub async fn every_field_can_be_changed(roles: &dyn RoleProvisioner, place: &RoleSite) {
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

/// Made with the maximum that is wanted, raised where it is lower, left where it is higher.
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

    // IAM gives an hour to who asks for nothing, and takes nothing shorter.
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

/// A stale expectation is a conflict, and nothing is written.
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
    assert!(seen(case, roles, &spec.address).await.same_as(&before), "{case}: nothing was written");
    remove(case, roles, &spec.address).await;
    out_of_date("expected but gone", roles.put_role(&wanted, Expect::same(before)).await);
    assert_eq!(ok(case, roles.find_role(&spec.address).await), None, "{case}: nothing was made");
}

/// A role without our mark is not taken for ours.
pub async fn what_somebody_else_made_is_not_overwritten(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "foreign";
    let theirs = place.spec("Foreign", "somebody");
    let before = create(case, roles, &theirs).await;
    let ours = place.spec("Foreign", "suite").with_inline("Own".parse().unwrap(), allow(["ec2:Other"]));
    out_of_date(case, roles.put_role(&ours, Expect::Absent).await);
    assert!(seen(case, roles, &theirs.address).await.same_as(&before), "{case}: nothing was written");
    remove(case, roles, &theirs.address).await;
}

/// What an interrupted put left is completed by the next. Just as the creation makes it, it counts as created: the answer of that call may
/// have been lost. What has more is changed.
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

/// Policies and tags that the spec does not name stay.
pub async fn what_is_beside_is_kept(roles: &dyn RoleProvisioner, place: &RoleSite) {
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
    create("make again", roles, &spec).await;
    remove("make again", roles, &spec.address).await;
}

/// What does not carry the mark any more under which it was observed stays.
pub async fn a_role_that_lost_our_mark_is_not_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "mark lost";
    let ours = place.spec("Lost", "suite");
    let before = create(case, roles, &ours).await;
    let theirs = place.spec("Lost", "somebody");
    ok(case, roles.put_role(&theirs, Expect::same(before.clone())).await);
    let taken = seen(case, roles, &ours.address).await;
    out_of_date(case, roles.remove_role(&ours.address, &before).await);
    assert!(seen(case, roles, &ours.address).await.same_as(&taken), "{case}: nothing was written");
    remove(case, roles, &ours.address).await;
}

/// A role that lacks a part of what was observed is removed; one that got something more in the meantime is not.
pub async fn what_an_interrupted_removal_left_is_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "half-removed";
    let spec = place.spec("HalfGone", "suite");
    let left = create(case, roles, &spec).await;
    let mut less = left.clone();
    less.inline.clear();
    out_of_date("more than observed", roles.remove_role(&spec.address, &less).await);
    assert!(seen(case, roles, &spec.address).await.same_as(&left), "{case}: nothing was removed");
    let mut whole = left;
    whole.inline.insert("AlreadyGone".parse().unwrap(), allow(["s3:ListBucket"]));
    assert_eq!(ok(case, roles.remove_role(&spec.address, &whole).await), Removed::Removed, "{case}");
    assert_eq!(ok(case, roles.find_role(&spec.address).await), None, "{case}: gone after removal");
}

async fn put(case: &str, roles: &dyn RoleProvisioner, spec: &RoleSpec) -> RoleState {
    let before = seen(case, roles, &spec.address).await;
    let written = ok(case, roles.put_role(spec, Expect::same(before)).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, roles, &spec.address).await;
    assert!(spec.differences(&found).is_empty(), "{case}: {:?}", spec.differences(&found));
    assert!(found.same_as(&written.into_state()), "{case}: the answer is what is there");
    found
}

/// A managed policy of ours is made with description, tags and mark, follows the spec, and goes with the role.
pub async fn managed_policies_are_made_changed_and_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "managed";
    let spec = place.managed("Managed", "ec2:DescribeRegions");
    let answered = create(case, roles, &spec).await;
    let found = seen(case, roles, &spec.address).await;
    assert!(found.same_as(&answered), "{case}: answered {answered:?}, found {found:?}");
    assert!(spec.differences(&found).is_empty(), "{case}: {:?}", spec.differences(&found));
    let arn = spec.address.policy(&place.policy_name("Managed"));
    assert_eq!(found.managed[&arn].description, "made by the suite", "{case}");
    assert_eq!(
        found.managed[&arn].ownership(&spec.owner),
        Ownership::Ours,
        "{case}: the mark is on the policy"
    );
    let again = ok(case, roles.put_role(&spec, Expect::same(found)).await);
    assert!(matches!(again, Written::Unchanged(_)), "{case}: {again:?}");

    let mut wanted = place.managed("Managed", "ec2:DescribeVolumes");
    wanted.tags.insert("team".into(), "finops".into());
    let found = put(case, roles, &wanted).await;
    assert_eq!(found.managed[&arn].tags.get("team").map(String::as_str), Some("finops"), "{case}");
    remove(case, roles, &spec.address).await;
    // The name is free again, so the policy is gone with the role.
    create(case, roles, &place.managed("Managed", "ec2:DescribeImages")).await;
    remove(case, roles, &spec.address).await;
}

/// IAM keeps five versions of a policy: the oldest make room.
pub async fn a_policy_may_change_more_often_than_it_has_versions(
    roles: &dyn RoleProvisioner,
    place: &RoleSite,
) {
    let case = "versions";
    let actions: Vec<_> = (0..7).map(|number| format!("ec2:Describe{number}")).collect();
    create(case, roles, &place.managed("Versions", &actions[0])).await;
    for action in &actions[1..] {
        put(case, roles, &place.managed("Versions", action)).await;
    }
    remove(case, roles, &place.address("Versions")).await;
}

/// A policy that was made and not attached, or that lost its attachment, is found and completed.
pub async fn an_unattached_policy_of_ours_is_completed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "unattached";
    let spec = place.managed("Unattached", "ec2:DescribeRegions");
    create(case, roles, &spec).await;
    let arn = spec.address.policy(&place.policy_name("Unattached"));
    let mut less = spec.clone();
    less.managed.clear();
    less.retired.policies = false;
    less.retired.attached.insert(arn.clone());
    let found = put(case, roles, &less).await;
    assert!(!found.attached.contains_key(&arn) && found.tags.contains_key(MANAGED_TAG), "{case}: {found:?}");
    assert!(found.managed.contains_key(&arn), "{case}: what is not attached is told: {found:?}");

    put(case, roles, &place.managed("Unattached", "ec2:DescribeVolumes")).await;
    put("unattached again", roles, &less).await;
    let mut none = less.clone();
    none.retired.policies = true;
    let found = put("unattached is deleted", roles, &none).await;
    assert!(found.managed.is_empty() && !found.tags.contains_key(MANAGED_TAG), "{case}: {found:?}");
    remove(case, roles, &spec.address).await;
}

/// A policy of another mark under the name that we want stays as it is.
pub async fn a_policy_name_that_is_taken_is_a_conflict(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "taken";
    let mut theirs = place.managed("Taken", "ec2:DescribeRegions");
    theirs.owner = "somebody".parse().unwrap();
    create(case, roles, &theirs).await;
    let arn = theirs.address.policy(&place.policy_name("Taken"));
    let mut bare = place.spec("Taken", "suite");
    bare.retired.attached.insert(arn.clone());
    let before = put("detached", roles, &bare).await;
    let known = &before.managed[&arn];
    assert_eq!(known.ownership(&bare.owner), Ownership::Foreign("somebody".into()), "{case}");

    let ours = place.managed("Taken", "ec2:Other");
    fails(case, roles.put_role(&ours, Expect::same(before.clone())).await, ErrorKind::Conflict);
    let after = seen(case, roles, &ours.address).await;
    assert_eq!(&after.managed[&arn], known, "{case}: theirs is as it was");
    assert!(!after.attached.contains_key(&arn), "{case}: and not attached");
    // A retired policy is deleted only if it is ours.
    let mut retiring = bare.clone();
    retiring.retired.policies = true;
    ok(case, roles.put_role(&retiring, Expect::same(after)).await);
    let after = seen(case, roles, &ours.address).await;
    put("theirs again", roles, &theirs).await;
    remove(case, roles, &theirs.address).await;
    assert!(after.attached.is_empty(), "{case}: {after:?}");
}

/// What the spec retires goes; other policies of the same kind stay.
pub async fn what_is_retired_goes_and_nothing_else(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "retired";
    let audit: PolicyArn = format!("arn:{}:iam::aws:policy/SecurityAudit", place.partition).parse().unwrap();
    let spec = place
        .spec("Retired", "suite")
        .with_inline("Old".parse().unwrap(), allow(["s3:ListBucket"]))
        .with_inline("Theirs".parse().unwrap(), allow(["s3:GetObject"]))
        .with_attached(place.view_only())
        .with_attached(audit.clone());
    create(case, roles, &spec).await;
    let mut wanted = place.spec("Retired", "suite");
    wanted.retired.inline.insert("Old".parse().unwrap());
    wanted.retired.attached.insert(place.view_only());
    let found = put(case, roles, &wanted).await;
    let names: Vec<_> = found.inline.keys().map(PolicyName::as_str).collect();
    assert_eq!(names, ["Own", "Theirs"], "{case}");
    assert_eq!(found.attached.keys().collect::<Vec<_>>(), [&audit], "{case}");
    // What is wanted is not retired, even where both are said.
    let both = wanted
        .clone()
        .with_attached(place.view_only())
        .with_inline("Old".parse().unwrap(), allow(["s3:Get*"]));
    let found = put("wanted and retired", roles, &both).await;
    assert_eq!((found.inline.len(), found.attached.len()), (3, 2), "wanted and retired");
    remove(case, roles, &spec.address).await;
}

/// From the inline policy to managed ones and back.
pub async fn changing_the_layout_leaves_nothing_behind(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "layout";
    let mut inline = place.spec("Layout", "suite");
    inline.retired.policies = true;
    let mut managed = place.managed("Layout", "ec2:DescribeRegions");
    managed.retired.inline.insert("Own".parse().unwrap());
    create(case, roles, &inline).await;
    let found = put("inline to managed", roles, &managed).await;
    assert_eq!((found.inline.len(), found.attached.len()), (0, 1), "inline to managed: {found:?}");
    let found = put("managed to inline", roles, &inline).await;
    assert_eq!((found.inline.len(), found.attached.len(), found.managed.len()), (1, 0, 0), "back: {found:?}");
    assert!(!found.tags.contains_key(MANAGED_TAG), "{case}: nothing is remembered: {found:?}");
    put("and again", roles, &managed).await;
    remove(case, roles, &inline.address).await;
}

/// A role goes with the policies that were made for it; policies of others are detached and stay.
pub async fn removing_a_role_takes_only_our_policies(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "policies of others";
    let theirs = place.managed("Theirs", "s3:ListBucket");
    create(case, roles, &theirs).await;
    let arn = theirs.address.policy(&place.policy_name("Theirs"));
    let ours = place
        .managed("Ours", "ec2:DescribeRegions")
        .with_attached(arn.clone())
        .with_attached(place.view_only());
    create(case, roles, &ours).await;
    remove(case, roles, &ours.address).await;
    let found = seen(case, roles, &theirs.address).await;
    assert!(theirs.differences(&found).is_empty(), "{case}: {:?}", theirs.differences(&found));
    remove(case, roles, &theirs.address).await;
}
