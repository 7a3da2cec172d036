//! The conformance suite against an AWS in this process, which is as strict as AWS where moto is not.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeSet;

use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{CloudRole, LocalAws, MANAGEMENT, id};
use harness_ccm_core::backend::{Expect, Removed, RoleProvisioner as _, Written};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{RoleAddress, RoleSpec};
use harness_ccm_core::route::{Assume, Hop, Route, SessionScope};
use harness_ccm_core::testing;
use harness_ccm_core::testing::roles::RoleSite;

async fn backend(aws: &LocalAws) -> AwsBackend {
    AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited)
}

#[tokio::test]
async fn accounts_pass_the_suite() {
    let aws = LocalAws::start().with_members(45);
    aws.with(|cloud| cloud.organization.empty_pages = true);
    let expected: BTreeSet<AccountId> = (1..=45).map(|number| id(number).parse().unwrap()).collect();
    testing::accounts::suite(&backend(&aws).await.accounts(), &expected).await;
}

#[tokio::test]
async fn roles_pass_the_suite_on_every_way_into_an_account() {
    let aws = LocalAws::start().with_members(4);
    aws.edit(3, |account| {
        account.iam.put_role(CloudRole::bootstrap_with_external_id("Hub", MANAGEMENT, "hub-id"));
    });
    aws.edit(4, |account| account.iam.put_role(CloudRole::bootstrap("ops/Way", &id(3))));
    let hub = Hop::new(format!("arn:aws:iam::{}:role/Hub", id(3)).parse().unwrap());
    let through = Assume::new(["arn:${partition}:iam::${account}:role/ops/Way".parse().unwrap()])
        .with_through(hub.with_external_id("hub-id".parse().unwrap()));
    let roles = backend(&aws).await.roles();
    for (number, route) in [(1, Route::Direct), (2, Route::default()), (4, Route::from(through))] {
        let account = id(number).parse().unwrap();
        let site = RoleSite::new(account, "Suite").with_route(route);
        testing::roles::suite(&roles, &site).await;
        // Neither a role nor a policy is left.
        let left: Vec<_> = aws.edit(number, |account| {
            let roles = account.iam.all_roles().map(|role| role.name.clone());
            roles.chain(account.iam.all_policies().map(|policy| policy.name.clone())).collect()
        });
        assert!(left.iter().all(|name| !name.starts_with("Suite")), "{left:?}");
    }
}

/// A role with an inline and a managed policy, in an account that a restricted session enters.
fn spec(action: &str) -> RoleSpec {
    let arn = format!("arn:aws:iam::{}:role/ours/Made", id(2)).parse().unwrap();
    let scope = SessionScope::new(["Made".parse().unwrap()]).with_policies("Made*");
    let address = RoleAddress::new(arn, Route::from(Assume::default().with_scope(scope)));
    let trust = Statement::trust(Principals::aws([MANAGEMENT]), ["sts:AssumeRole"]).unwrap();
    let document = || PolicyDocument::new([Statement::allow([action], ["*"]).unwrap()]);
    RoleSpec::new(address, PolicyDocument::new([trust]), "suite".parse().unwrap())
        .with_inline("Own".parse().unwrap(), document())
        .with_managed(&"MadePolicy".parse().unwrap(), "made", document())
}

#[tokio::test]
async fn a_restricted_session_is_enough_to_make_change_and_remove_a_role_and_for_nothing_else() {
    let aws = LocalAws::start().with_members(2);
    let roles = backend(&aws).await.roles();
    let first = spec("ec2:DescribeRegions");
    let made = roles.put_role(&first, Expect::Absent).await.unwrap().into_state();
    let changed = roles.put_role(&spec("ec2:DescribeVolumes"), Expect::same(made)).await.unwrap();
    assert!(matches!(changed, Written::Updated(_)), "{changed:?}");
    let seen = roles.find_role(&first.address).await.unwrap().unwrap();
    assert_eq!(roles.remove_role(&first.address, &seen).await.unwrap(), Removed::Removed);
    assert!(aws.calls().iter().all(|logged| logged.code.as_deref() != Some("AccessDenied")));

    let other = format!("arn:aws:iam::{}:role/Other", id(2)).parse().unwrap();
    let error = roles.find_role(&RoleAddress::new(other, first.address.route.clone())).await.unwrap_err();
    assert!(error.message().contains("no session policy allows iam:GetRole"), "{}", error.report());
}
