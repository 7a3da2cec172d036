//! Missing managed policies of others, in an IAM that reports them.

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, CloudPolicy, Denier, MotoServer, skip};
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{Expect, RoleProvisioner as _};
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::intent::{Choice, Intent};
use harness_ccm_core::memory::World;
use harness_ccm_fixtures::Scenario;

use crate::support::{Site, account, intent, withheld};

const MISSPELLED: &str = "arn:aws:iam::aws:policy/ReadonlyAcces";
const EVERYWHERE: &str = "arn:${partition}:iam::${account}:policy/Boundary";
const TEXT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn enforcing(policy: &str) -> Intent {
    let governance = Governance::new().with_enforcement_policies([policy.parse().unwrap()]);
    harness_ccm_fixtures::intent(FeatureSet::new().with_governance(governance))
}

fn bounded() -> Intent {
    intent(|role| role.boundary = Some(EVERYWHERE.parse().unwrap()))
}

#[tokio::test]
async fn a_policy_that_aws_does_not_have_is_in_the_plan_of_all_accounts_after_one_call() {
    let site = Site::with_members(40);
    let plan = site.scenario(&enforcing(MISSPELLED)).await.plan_async().await.plan;
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    assert_eq!(site.aws.take_counts().get("iam:GetPolicy"), Some(&1));
    for number in [2, 40] {
        let told = withheld(&plan, number).join("\n");
        assert!(told.contains(MISSPELLED) && told.contains("`enforcement-policies`"), "{told}");
    }
}

#[tokio::test]
async fn a_boundary_that_one_account_lacks_is_in_its_plan_and_the_others_continue() {
    let site = Site::with_members(3);
    site.aws.edit(2, |account| account.iam.put_policy(CloudPolicy::new("Boundary", "/", TEXT)));
    let scenario = site.scenario(&bounded()).await;
    let planned = scenario.plan_async().await;
    assert_eq!(site.aws.take_counts().get("iam:GetPolicy"), Some(&2), "once an account");
    let told = withheld(&planned.plan, 3).join("\n");
    assert!(told.contains("Boundary does not exist") && told.contains("`role-boundary`"), "{told}");
    scenario.apply_whole_async(planned.plan).await;
    assert_eq!(site.aws.take_counts().get("iam:GetPolicy"), None, "writing asks for nothing");
    let again = scenario.plan_async().await.plan;
    assert_eq!(withheld(&again, 2), [""; 0]);
    assert_eq!(site.aws.take_counts().get("iam:GetPolicy"), Some(&1), "what is attached is not looked for");
}

#[tokio::test]
async fn a_denied_read_of_a_policy_stops_nothing() {
    let site = Site::with_members(2);
    site.aws.edit(2, |account| account.iam.put_policy(CloudPolicy::new("Boundary", "/", TEXT)));
    site.aws.fail(AwsFault::not_allowed_by(Denier::IdentityPolicy).on("iam:GetPolicy"));
    let scenario = site.scenario(&bounded()).await;
    let plan = scenario.plan_async().await.plan;
    // Lines are wrapped at the width of a terminal.
    let text = plan.render().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plan.is_complete() && text.contains("is unknown, so the write may fail"), "{text}");
    assert!(text.contains("iam:GetPolicy: access denied"), "{text}");
    scenario.apply_whole_async(plan).await;
}

#[tokio::test]
async fn a_policy_that_was_removed_after_the_plan_is_reported_with_the_setting_that_names_it() {
    for (intent, setting) in
        [(enforcing(MISSPELLED), "`enforcement-policies`"), (bounded(), "`role-boundary`")]
    {
        let site = Site::with_members(2);
        let desired = site.scenario(&intent).await.plan_async().await.desired;
        let Choice::Onboard(wanted) = &desired.accounts()[&account(2)].choice else { panic!() };
        let roles = site.backend().await.roles();
        let error = roles.put_role(&wanted.roles[0], Expect::Absent).await.unwrap_err();
        assert!(error.remedy().unwrap().contains(setting), "{}", error.report());
    }
}

#[tokio::test]
async fn moto_lacks_the_same_policies() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let aws = AwsBackend::from_sdk_config(&server.sdk_config().await);
    let world = World::new([Account::new("123456789012".parse().unwrap(), "own").as_management()]);
    for (intent, complete) in [
        (enforcing(MISSPELLED), false),
        (bounded(), false),
        (enforcing("arn:aws:iam::aws:policy/SecurityAudit"), true),
    ] {
        let plan = Scenario::new(&world, &intent).with_roles(aws.roles()).plan_async().await.plan;
        assert_eq!((plan.is_complete(), plan.has_changes()), (complete, complete), "{}", plan.render());
    }
}
