//! Responses of IAM that moto never returns.

use std::sync::Arc;

use aws_sdk_iam::Client;
use aws_sdk_iam::error::ErrorMetadata;
use aws_sdk_iam::operation::create_policy::CreatePolicyError;
use aws_sdk_iam::operation::create_policy_version::{CreatePolicyVersionError, CreatePolicyVersionOutput};
use aws_sdk_iam::operation::create_role::CreateRoleOutput;
use aws_sdk_iam::operation::delete_policy::{DeletePolicyError, DeletePolicyOutput};
use aws_sdk_iam::operation::delete_policy_version::{DeletePolicyVersionError, DeletePolicyVersionOutput};
use aws_sdk_iam::operation::delete_role::DeleteRoleOutput;
use aws_sdk_iam::operation::detach_role_policy::{DetachRolePolicyError, DetachRolePolicyOutput};
use aws_sdk_iam::operation::get_account_summary::GetAccountSummaryOutput;
use aws_sdk_iam::operation::get_policy::{GetPolicyError, GetPolicyOutput};
use aws_sdk_iam::operation::get_policy_version::GetPolicyVersionOutput;
use aws_sdk_iam::operation::get_role::GetRoleOutput;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::operation::list_policies::ListPoliciesOutput;
use aws_sdk_iam::operation::list_policy_versions::ListPolicyVersionsOutput;
use aws_sdk_iam::operation::list_role_policies::{ListRolePoliciesError, ListRolePoliciesOutput};
use aws_sdk_iam::operation::update_role::UpdateRoleOutput;
use aws_sdk_iam::types::{AttachedPolicy, Policy, PolicyVersion, Role, SummaryKeyType, Tag};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;
use harness_ccm_core::backend::{Expect, Removed, RoleProvisioner as _, Written};
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{RoleAddress, RoleSpec};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Effect, ErrorKind};

use super::IamRoles;
use crate::circumstances::Circumstances;
use crate::clock::Clock;
use crate::known::Known;
use crate::region::RegionInUse;
use crate::retry::Retrier;
use crate::run::Run;
use crate::sessions::Sessions;

const ACCOUNT: &str = "000000000001";
const POLICY: &str = "arn:aws:iam::000000000001:policy/harness-ccm/Made/Events";

fn document(action: &str) -> PolicyDocument {
    PolicyDocument::new([Statement::allow([action], ["*"]).unwrap()])
}

fn spec(action: &str) -> RoleSpec {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/Made").parse().unwrap();
    let who = Principals::aws(["arn:aws:iam::891928451355:root"]);
    let trust = PolicyDocument::new([Statement::trust(who, ["sts:AssumeRole"]).unwrap()]);
    RoleSpec::new(RoleAddress::new(arn, Route::Direct), trust, "suite".parse().unwrap()).with_managed(
        &"Events".parse().unwrap(),
        "made",
        document(action),
    )
}

fn roles(rules: &[&Rule]) -> IamRoles {
    let caller = mock!(aws_sdk_sts::Client::get_caller_identity)
        .then_output(|| GetCallerIdentityOutput::builder().account(ACCOUNT).build());
    let sts = mock_client!(aws_sdk_sts, RuleMode::MatchAny, &[&caller]);
    IamRoles::new(
        mock_client!(aws_sdk_iam, RuleMode::MatchAny, rules),
        Sessions::new(
            sts,
            Known::default(),
            super::ACTIONS,
            Circumstances::of_region(RegionInUse::given("us-east-1")),
            Arc::new(Run::begin()),
            Clock::default(),
        ),
        Retrier::that_does_not_wait(),
    )
}

fn code(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message("as IAM says it").build()
}

fn tags(spec: &RoleSpec) -> Vec<Tag> {
    spec.all_tags()
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build().unwrap())
        .collect()
}

/// The responses of all reads of a role that `spec("ec2:DescribeRegions")` made.
fn reading() -> Vec<Rule> {
    let spec = spec("ec2:DescribeRegions");
    let (trust, text) = (spec.trust.to_json(), document("ec2:DescribeRegions").to_json());
    let of_role = tags(&spec);
    let role = mock!(Client::get_role).then_output(move || {
        let role = Role::builder()
            .path("/")
            .role_name("Made")
            .role_id("x")
            .arn(format!("arn:aws:iam::{ACCOUNT}:role/Made"))
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document(&trust)
            .set_tags(Some(of_role.clone()))
            .build()
            .unwrap();
        GetRoleOutput::builder().role(role).build()
    });
    let attached = mock!(Client::list_attached_role_policies).then_output(|| {
        ListAttachedRolePoliciesOutput::builder()
            .attached_policies(AttachedPolicy::builder().policy_arn(POLICY).policy_name("Events").build())
            .build()
    });
    let inline = mock!(Client::list_role_policies).then_output(|| {
        ListRolePoliciesOutput::builder().set_policy_names(Some(Vec::new())).build().unwrap()
    });
    let mark = Tag::builder().key("harness-ccm-owner").value("suite").build().unwrap();
    let policy = mock!(Client::get_policy).then_output(move || {
        let policy = Policy::builder().arn(POLICY).default_version_id("v12").tags(mark.clone()).build();
        GetPolicyOutput::builder().policy(policy).build()
    });
    let version = mock!(Client::get_policy_version).then_output(move || {
        let version = PolicyVersion::builder().version_id("v12").document(&text).build();
        GetPolicyVersionOutput::builder().policy_version(version).build()
    });
    let made = mock!(Client::list_policies).then_output(|| ListPoliciesOutput::builder().build());
    vec![role, attached, inline, policy, version, made]
}

fn versions(numbers: &'static [u32]) -> Rule {
    mock!(Client::list_policy_versions).then_output(move || {
        let version = |number: &u32| {
            PolicyVersion::builder()
                .version_id(format!("v{number}"))
                .is_default_version(*number == 12)
                .build()
        };
        ListPolicyVersionsOutput::builder().set_versions(Some(numbers.iter().map(version).collect())).build()
    })
}

#[tokio::test]
async fn a_role_that_changes_while_it_is_read_is_read_again() {
    let address = spec("x").address;
    let gone = || ListRolePoliciesError::generic(code("NoSuchEntity"));
    // A policy was removed in between: the second read is complete. If the role keeps changing, that is reported.
    for (times, whole) in [(1, true), (5, true), (6, false)] {
        let mut reading = reading();
        reading[2] = mock!(Client::list_role_policies)
            .sequence()
            .error(gone)
            .times(times)
            .output(|| ListRolePoliciesOutput::builder().set_policy_names(Some(Vec::new())).build().unwrap())
            .repeatedly()
            .build();
        let found = roles(&reading.iter().collect::<Vec<_>>()).find_role(&address).await;
        assert_eq!(found.as_ref().is_ok_and(Option::is_some), whole, "{times}: {found:?}");
    }
}

#[tokio::test]
async fn the_oldest_versions_make_room_even_if_iam_counts_one_more_than_it_lists() {
    let reading = reading();
    let deleting = |version: &'static str| {
        mock!(Client::delete_policy_version)
            .match_requests(move |request| request.version_id() == Some(version))
    };
    // Not in the order of their names: v9 is older than v12.
    let listed = versions(&[12, 9, 11, 8, 10]);
    let oldest = deleting("v8")
        .sequence()
        .output(|| DeletePolicyVersionOutput::builder().build())
        .times(1)
        .error(|| DeletePolicyVersionError::generic(code("NoSuchEntity")))
        .repeatedly()
        .build();
    let next = deleting("v9").then_output(|| DeletePolicyVersionOutput::builder().build());
    let create = mock!(Client::create_policy_version)
        .match_requests(|request| request.set_as_default() == Some(true))
        .sequence()
        .error(|| CreatePolicyVersionError::generic(code("LimitExceeded")))
        .output(|| CreatePolicyVersionOutput::builder().build())
        .build();
    let mut rules: Vec<&Rule> = reading.iter().collect();
    rules.extend([&listed, &oldest, &next, &create]);
    let backend = roles(&rules);
    let seen = backend.find_role(&spec("x").address).await.unwrap().unwrap();
    let written = backend.put_role(&spec("ec2:DescribeVolumes"), Expect::same(seen)).await.unwrap();
    assert!(matches!(written, Written::Updated(_)), "{written:?}");
    assert_eq!((oldest.num_calls(), next.num_calls(), create.num_calls()), (2, 1, 2));
}

#[tokio::test]
async fn a_first_write_that_is_refused_has_no_effect_unless_a_version_made_room_for_it() {
    let cases: [(&[u32], Effect); 2] =
        [(&[10, 11, 12], Effect::None), (&[8, 9, 10, 11, 12], Effect::Unknown)];
    for (numbers, effect) in cases {
        let reading = reading();
        let listed = versions(numbers);
        let oldest =
            mock!(Client::delete_policy_version).then_output(|| DeletePolicyVersionOutput::builder().build());
        let create = mock!(Client::create_policy_version)
            .then_error(|| CreatePolicyVersionError::generic(code("AccessDenied")));
        let mut rules: Vec<&Rule> = reading.iter().collect();
        rules.extend([&listed, &oldest, &create]);
        let backend = roles(&rules);
        let seen = backend.find_role(&spec("x").address).await.unwrap().unwrap();
        let desired = spec("ec2:DescribeVolumes");
        let error = backend.put_role(&desired, Expect::same(seen)).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, effect), "{numbers:?}");
    }
}

#[tokio::test]
async fn a_removal_waits_for_a_concurrent_writer() {
    let reading = reading();
    let detach = mock!(Client::detach_role_policy)
        .sequence()
        .error(|| DetachRolePolicyError::generic(code("ConcurrentModification")))
        .output(|| DetachRolePolicyOutput::builder().build())
        .build();
    let listed = versions(&[12]);
    let policy = mock!(Client::delete_policy).then_output(|| DeletePolicyOutput::builder().build());
    let role = mock!(Client::delete_role).then_output(|| DeleteRoleOutput::builder().build());
    let mut rules: Vec<&Rule> = reading.iter().collect();
    rules.extend([&detach, &listed, &policy, &role]);
    let backend = roles(&rules);
    let address = spec("x").address;
    let seen = backend.find_role(&address).await.unwrap().unwrap();
    assert_eq!(backend.remove_role(&address, &seen).await.unwrap(), Removed::Removed);
    assert_eq!((detach.num_calls(), policy.num_calls(), role.num_calls()), (2, 1, 1));
}

#[tokio::test]
async fn a_name_that_another_path_or_another_case_has_is_a_conflict_with_a_remedy() {
    let role = mock!(Client::create_role).then_output(|| CreateRoleOutput::builder().build());
    let taken =
        mock!(Client::create_policy).then_error(|| CreatePolicyError::generic(code("EntityAlreadyExists")));
    let absent = mock!(Client::get_policy).then_error(|| GetPolicyError::generic(code("NoSuchEntity")));
    let error = roles(&[&role, &taken, &absent]).put_role(&spec("x:Y"), Expect::Absent).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{}", error.report());
    assert!(error.message().contains("Events already exists"), "{}", error.report());
    assert!(error.remedy().unwrap().contains("the setting `role-prefix`"));
}

#[tokio::test]
async fn a_policy_that_is_attached_elsewhere_is_waited_for_and_then_named() {
    let reading = reading();
    let gone =
        mock!(Client::detach_role_policy).then_error(|| DetachRolePolicyError::generic(code("NoSuchEntity")));
    let listed = versions(&[12]);
    let held = mock!(Client::delete_policy).then_error(|| DeletePolicyError::generic(code("DeleteConflict")));
    let mut rules: Vec<&Rule> = reading.iter().collect();
    rules.extend([&gone, &listed, &held]);
    let backend = roles(&rules);
    let mut wanted = spec("x");
    let seen = backend.find_role(&wanted.address).await.unwrap().unwrap();
    wanted.managed.clear();
    wanted.retired.policies = true;
    let error = backend.put_role(&wanted, Expect::same(seen)).await.unwrap_err();
    assert_eq!((error.kind(), held.num_calls(), gone.num_calls()), (ErrorKind::Conflict, 6, 1));
    assert!(error.remedy().unwrap().contains(POLICY), "{}", error.report());
}

#[tokio::test]
async fn a_longer_session_is_asked_for_in_the_call_that_creates_the_role_and_an_hour_is_not() {
    for (least, sent) in [(None, None), (Some(900), None), (Some(3_600), None), (Some(7_200), Some(7_200))] {
        let create = mock!(Client::create_role)
            .match_requests(move |request| request.max_session_duration() == sent)
            .then_output(|| CreateRoleOutput::builder().build());
        let mut spec = spec("x").with_max_session(least.map(|seconds: u32| seconds.try_into().unwrap()));
        spec.managed.clear();
        // Any other call has no response.
        let created = roles(&[&create]).put_role(&spec, Expect::Absent).await.unwrap().into_state();
        assert_eq!(create.num_calls(), 1, "{least:?}");
        assert_eq!(created.max_session, if least == Some(7_200) { 7_200 } else { 3_600 });
    }
}

#[tokio::test]
async fn a_maximum_is_raised_in_one_call_that_leaves_the_description_out() {
    let reading = reading();
    let update = mock!(Client::update_role)
        .match_requests(|request| {
            request.max_session_duration() == Some(7_200) && request.description().is_none()
        })
        .then_output(|| UpdateRoleOutput::builder().build());
    let mut rules: Vec<&Rule> = reading.iter().collect();
    rules.push(&update);
    let backend = roles(&rules);
    let wanted = spec("ec2:DescribeRegions").with_max_session(Some(7_200.try_into().unwrap()));
    let seen = backend.find_role(&wanted.address).await.unwrap().unwrap();
    assert_eq!(seen.max_session, 3_600, "what IAM does not tell is its default");
    let written = backend.put_role(&wanted, Expect::same(seen)).await.unwrap();
    assert_eq!((written.into_state().max_session, update.num_calls()), (7_200, 1));
}

#[tokio::test]
async fn the_quotas_of_an_account_are_read() {
    let summary = mock!(Client::get_account_summary).then_output(|| {
        GetAccountSummaryOutput::builder()
            .summary_map(SummaryKeyType::from("AttachedPoliciesPerRoleQuota"), 20)
            .summary_map(SummaryKeyType::from("AssumeRolePolicySizeQuota"), 4_096)
            .build()
    });
    let quotas = roles(&[&summary]).quotas(&spec("x").address).await.unwrap().unwrap();
    assert_eq!((quotas.attached_policies, quotas.trust_size), (20, 4_096));
    assert_eq!(
        (quotas.policy_size, quotas.inline_size),
        (6_144, 10_240),
        "what it does not tell is as usual"
    );
}
