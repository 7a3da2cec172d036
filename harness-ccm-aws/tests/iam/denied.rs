use harness_ccm_aws_servers::{AwsFault, Denier};
use harness_ccm_core::backend::{Expect, RoleProvisioner as _};
use harness_ccm_core::intent::Choice;
use harness_ccm_core::{Error, ErrorKind};

use crate::support::{Site, account, intent};

/// The result of the creation of the role in account 2.
async fn refused(fault: AwsFault) -> Error {
    let site = Site::with_members(2);
    let planned = site.scenario(&intent(|_| {})).await.plan_async().await;
    let Choice::Onboard(wanted) = &planned.desired.accounts()[&account(2)].choice else { panic!() };
    site.aws.fail(fault);
    site.backend().await.roles().put_role(&wanted.roles[0], Expect::Absent).await.unwrap_err()
}

#[tokio::test]
async fn a_denial_names_the_action_and_the_kind_of_policy_and_the_usual_conditions_first() {
    let mut told = Vec::new();
    for fault in [
        AwsFault::denied_by(Denier::ServiceControlPolicy).on("iam:TagRole"),
        AwsFault::denied_by(Denier::ServiceControlPolicy).on("iam:CreateRole"),
        AwsFault::not_allowed_by(Denier::PermissionsBoundary).on("iam:PutRolePolicy"),
        AwsFault::not_allowed_by(Denier::IdentityPolicy).on("iam:PutRolePolicy"),
        AwsFault::denied_by(Denier::ResourceControlPolicy).on("iam:CreateRole"),
        AwsFault::not_allowed_by(Denier::SessionPolicy).on("iam:TagRole"),
        AwsFault::denied_saying("").on("iam:PutRolePolicy"),
    ] {
        let error = refused(fault).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{}", error.report());
        told.push(format!("{}: {}\n  {}", error.operation(), error.message(), error.remedy().unwrap()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn the_same_refusal_in_many_accounts_is_reported_once() {
    let site = Site::with_members(30);
    site.aws.fail(AwsFault::denied_by(Denier::ServiceControlPolicy).on("iam:TagRole"));
    let scenario = site.scenario(&intent(|_| {})).await;
    let text = scenario.apply_async(scenario.plan_async().await.plan).await.to_string();
    assert_eq!(text.matches("iam:TagRole is denied").count(), 1, "{text}");
    assert!(text.contains("29 accounts: ") && text.contains("and 19 more"), "{text}");
}
