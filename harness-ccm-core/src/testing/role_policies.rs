//! The requirements for every [`RoleProvisioner`] about managed policies and retired ones.

use super::role_site::{RoleSite, allow, create, put, remove, seen};
use super::{fails, ok, same};
use crate::backend::{Expect, PolicyPresence, RoleProvisioner, Written};
use crate::error::ErrorKind;
use crate::id::{PolicyArn, PolicyName};
use crate::owner::{MANAGED_TAG, Ownership};

/// Checks that our managed policy is created with description, tags and mark, follows the spec, and is removed
/// with the role.
pub async fn managed_policies_are_made_changed_and_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "managed";
    let spec = place.managed("Managed", "ec2:DescribeRegions");
    let answered = create(case, roles, &spec).await;
    let found = seen(case, roles, &spec.address).await;
    same(case, found.same_as(&answered), &answered, &found);
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
    // The name is free again, so the policy was removed with the role.
    create(case, roles, &place.managed("Managed", "ec2:DescribeImages")).await;
    remove(case, roles, &spec.address).await;
}

/// Checks updates beyond the five versions that IAM keeps of a policy: the oldest are removed.
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

/// Checks that a policy that was created and not attached, or that lost its attachment, is found and
/// completed.
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
    assert!(found.managed.contains_key(&arn), "{case}: an unattached policy is listed: {found:?}");

    put(case, roles, &place.managed("Unattached", "ec2:DescribeVolumes")).await;
    put("unattached again", roles, &less).await;
    let mut none = less.clone();
    none.retired.policies = true;
    let found = put("unattached is deleted", roles, &none).await;
    assert!(found.managed.is_empty() && !found.tags.contains_key(MANAGED_TAG), "{case}: {found:?}");
    remove(case, roles, &spec.address).await;
}

/// Checks that a policy with another mark under a desired name stays as it is.
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

/// Checks that what the spec retires is removed, and that other policies of the same kind stay.
pub async fn only_retired_policies_are_removed(roles: &dyn RoleProvisioner, place: &RoleSite) {
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
    // A desired policy is not retired, even if the spec retires it too.
    let both = wanted
        .clone()
        .with_attached(place.view_only())
        .with_inline("Old".parse().unwrap(), allow(["s3:Get*"]));
    let found = put("desired and retired", roles, &both).await;
    assert_eq!((found.inline.len(), found.attached.len()), (3, 2), "desired and retired");
    remove(case, roles, &spec.address).await;
}

/// Checks the change from the inline policy to managed ones and back.
pub async fn changing_the_layout_leaves_no_old_policies(roles: &dyn RoleProvisioner, place: &RoleSite) {
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

/// Checks that a role is removed with the policies created for it; policies of others are detached and stay.
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

/// Checks that existing policies are found, and that others are absent, or unknown to a backend that never knows. Reading changes
/// nothing.
pub async fn a_missing_policy_is_absent(roles: &dyn RoleProvisioner, place: &RoleSite) {
    let case = "presence";
    let spec = place.managed("Presence", "ec2:DescribeRegions");
    let theirs = spec.address.policy(&place.policy_name("Presence"));
    let look = async |policy: &PolicyArn| ok(case, roles.find_policy(&spec.address, policy).await);
    let before = look(&theirs).await;
    if before == PolicyPresence::Unknown(None) {
        return;
    }
    assert_eq!(before, PolicyPresence::Absent, "{case}: before it is created");
    let made = create(case, roles, &spec).await;
    assert_eq!(look(&theirs).await, PolicyPresence::Present, "{case}: after its creation");
    assert_eq!(look(&place.view_only()).await, PolicyPresence::Present, "{case}: one of AWS");
    let found = seen(case, roles, &spec.address).await;
    same(case, found.same_as(&made), &made, &found);
    remove(case, roles, &spec.address).await;
    assert_eq!(look(&theirs).await, PolicyPresence::Absent, "{case}: after its removal");
}
