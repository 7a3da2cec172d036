//! Roles in the IAM of moto: roles that others made, layouts that change, and the number of calls.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{MotoServer, skip};
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::RoleProvisioner as _;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, Optimization};
use harness_ccm_core::intent::{Choice, Desired, Intent, Layout, RoleSettings};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{Mode, Plan, WithheldReason};
use harness_ccm_core::policy::Grants;
use harness_ccm_core::role::RoleState;
use harness_ccm_core::testing::published::{Inputs, Made, MadeRole, Maker};
use harness_ccm_fixtures::Scenario;
use serde_json::{Value, json};

/// moto's own account, to which the fake credentials belong.
const CALLER: &str = "123456789012";

/// Makes roles from the JSON in the first argument.
const MAKE: &str = r"
import boto3, json, sys
iam = boto3.client('iam')
for role in json.loads(sys.argv[1]):
    iam.create_role(RoleName=role['name'], Path=role['path'], AssumeRolePolicyDocument=json.dumps(role['trust']))
    for policy in role['policies']:
        made = iam.create_policy(PolicyName=policy['name'], Description=policy['description'], PolicyDocument=json.dumps(policy['document']))
        iam.attach_role_policy(RoleName=role['name'], PolicyArn=made['Policy']['Arn'])
    for arn in role['attached']:
        iam.attach_role_policy(RoleName=role['name'], PolicyArn=arn)
";

/// Removes the action in the second argument from the policy in the first: a new default version.
const LOSE: &str = r"
import boto3, json, sys
iam = boto3.client('iam')
version = iam.get_policy(PolicyArn=sys.argv[1])['Policy']['DefaultVersionId']
document = iam.get_policy_version(PolicyArn=sys.argv[1], VersionId=version)['PolicyVersion']['Document']
for statement in document['Statement']:
    if isinstance(statement['Action'], list):
        statement['Action'] = [action for action in statement['Action'] if action != sys.argv[2]]
iam.create_policy_version(PolicyArn=sys.argv[1], PolicyDocument=json.dumps(document), SetAsDefault=True)
";

/// Every customer-managed policy, by its ARN.
const POLICIES: &str = r"
import boto3
for page in boto3.client('iam').get_paginator('list_policies').paginate(Scope='Local'):
    for policy in page['Policies']:
        print(policy['Arn'])
";

async fn backend(server: &MotoServer) -> AwsBackend {
    AwsBackend::from_sdk_config(&server.sdk_config().await)
}

fn account() -> Account {
    Account::new(CALLER.parse().unwrap(), "own").as_management()
}

fn intent(features: FeatureSet, settings: RoleSettings) -> Intent {
    harness_ccm_fixtures::intent(features).with_role(settings)
}

/// The connectors are in memory: this is about roles.
fn scenario(aws: &AwsBackend, world: &World, intent: &Intent) -> Scenario {
    Scenario::new(world, intent).with_roles(aws.roles()).with_mode(Mode::Sync)
}

async fn make_plan(aws: &AwsBackend, world: &World, intent: &Intent) -> (Desired, Plan) {
    let planned = scenario(aws, world, intent).plan_async().await;
    (planned.desired, planned.plan)
}

fn described(role: &MadeRole) -> Value {
    let json = |document: &harness_ccm_core::policy::PolicyDocument| -> Value {
        serde_json::from_str(&document.to_json()).unwrap()
    };
    let policies: Vec<_> = role
        .policies
        .iter()
        .map(|policy| {
            json!({
                "name": policy.name.as_str(),
                "description": policy.description,
                "document": json(&policy.document),
            })
        })
        .collect();
    let attached: Vec<_> =
        role.state.attached.keys().filter(|arn| arn.is_aws_managed()).map(ToString::to_string).collect();
    json!({
        "name": role.state.arn.name().as_str(),
        "path": role.state.arn.path().as_str(),
        "trust": json(&role.state.trust),
        "policies": policies,
        "attached": attached,
    })
}

fn gaps(plan: &Plan) -> Vec<String> {
    let withheld = plan.accounts().values().flat_map(|account| &account.withheld);
    withheld
        .filter_map(|withheld| match &withheld.reason {
            WithheldReason::Unowned(gaps) => Some(gaps.iter().map(ToString::to_string).collect::<Vec<_>>()),
            _ => None,
        })
        .flatten()
        .collect()
}

/// One role of each maker with all options that it supports and that can be expressed, and its own prefix.
fn sample(number: usize, maker: Maker) -> (Inputs, Made, Intent) {
    let mut inputs = Inputs::of(CALLER.parse().unwrap());
    // 0.1.8 has its own optimization, and is compared without it; the others are published releases or near them.
    let own = |switch: &String| {
        maker != Maker::MODULE_0_1_8
            || !["enable_optimization", "enable_cmk_ebs", "enable_governance"].contains(&switch.as_str())
    };
    inputs.switch_on(maker.switches().into_iter().filter(own));
    let mut settings = RoleSettings::default();
    if maker != Maker::TEMPLATE {
        inputs.prefix = format!("m{number}-");
        settings.prefix = inputs.prefix.parse().unwrap();
    }
    let early = [Maker::MODULE_0_1_4, Maker::MODULE_0_1_8, Maker::TEMPLATE].contains(&maker);
    settings.release = if early { Release::Module0_1_4 } else { Release::Module1_0_1 }.into();
    let mut intent = intent(inputs.features(), settings);
    intent.cluster = intent.cluster.with_trusted(maker.principals());
    let made = maker.make(&inputs);
    (inputs, made, intent)
}

#[tokio::test]
async fn roles_of_every_maker_are_in_sync_and_one_lost_action_is_named() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let aws = backend(&server).await;
    let samples: Vec<_> =
        Maker::ALL.into_iter().enumerate().map(|(number, maker)| (maker, sample(number, maker))).collect();
    let roles: Vec<_> = samples
        .iter()
        .flat_map(|(_, (_, made, _))| [Some(&made.cross_account), made.lambda.as_ref()])
        .flatten()
        .map(described)
        .collect();
    server.run_python(MAKE, &[&Value::from(roles).to_string()]);
    server.take_calls();
    let world = World::new([account()]);
    for (maker, (inputs, made, intent)) in &samples {
        let (desired, plan) = make_plan(&aws, &world, intent).await;
        assert_eq!(gaps(&plan), [""; 0], "{maker} with {:?}", inputs.on);
        let Choice::Onboard(wanted) = &desired.accounts()[&account().id].choice else { panic!() };
        let in_sync = &plan.accounts()[&account().id].in_sync;
        assert_eq!(in_sync.len(), wanted.roles.len(), "{maker}: {in_sync:?}");
        let writes: Vec<_> = server
            .take_calls()
            .into_iter()
            .filter(|call| !call.contains(":Get") && !call.contains(":List"))
            .collect();
        assert_eq!(writes, [""; 0], "{maker}");

        let events = made
            .cross_account
            .policies
            .iter()
            .find(|policy| policy.name.as_str().contains("EventsMonitoring"));
        server.run_python(LOSE, &[events.unwrap().arn.as_str(), "ce:GetRightsizingRecommendation"]);
        let (_, plan) = make_plan(&aws, &world, intent).await;
        let gaps = gaps(&plan);
        assert_eq!(gaps.len(), 1, "{maker}: {gaps:?}");
        // If ViewOnlyAccess is attached too, only AWS could decide.
        assert!(gaps[0].ends_with("grant 1 action (ce:GetRightsizingRecommendation)"), "{maker}: {gaps:?}");
        server.take_calls();
    }
}

fn settings(layout: Layout, prefix: &str) -> RoleSettings {
    let mut settings = RoleSettings::default();
    settings.layout = layout;
    settings.prefix = prefix.parse().unwrap();
    settings
}

async fn role(aws: &AwsBackend, desired: &Desired) -> RoleState {
    let address = &desired.accounts()[&account().id].addresses[1];
    aws.roles().find_role(address).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_layout_changes_one_write_at_a_time_and_nothing_is_missing_in_between() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let aws = backend(&server).await;
    let world = World::new([account()]);
    let features = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::default())
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]));
    let wanted = |layout| intent(features.clone(), settings(layout, "layout-"));
    let (_, plan) = make_plan(&aws, &world, &wanted(Layout::Inline)).await;
    scenario(&aws, &world, &wanted(Layout::Inline)).apply_whole_async(plan).await;
    for layout in [Layout::Managed, Layout::Inline, Layout::Managed] {
        let intent = wanted(layout);
        let mut runs = 0;
        loop {
            let (desired, plan) = make_plan(&aws, &world, &intent).await;
            if !plan.has_changes() {
                break;
            }
            runs += 1;
            assert!(runs < 20, "{layout:?}: it never ends");
            // Every run is interrupted after one write.
            server.interrupt_iam_after(Some(1));
            let _cut_off = scenario(&aws, &world, &intent).apply_async(plan).await;
            server.interrupt_iam_after(None);
            let role = role(&aws, &desired).await;
            let Choice::Onboard(wanted) = &desired.accounts()[&account().id].choice else { panic!() };
            for document in wanted.roles.iter().flat_map(harness_ccm_core::role::RoleSpec::documents) {
                let missing = Grants::of(role.documents()).cover(document);
                assert!(missing.is_complete(), "{layout:?} after {runs} writes: {missing:?}");
            }
            assert!(
                role.attached.keys().any(|arn| arn.name() == "ViewOnlyAccess"),
                "{layout:?} after {runs} writes"
            );
        }
        // Three policies are made and attached, or detached and deleted; the tag, and the inline policy.
        assert_eq!(runs, 8, "{layout:?}");
        let left = server.run_python(POLICIES, &[]);
        assert_eq!(left.lines().count(), if layout == Layout::Managed { 3 } else { 0 }, "{layout:?}: {left}");
    }
}

#[tokio::test]
async fn a_forecast_is_what_is_called() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let world = World::new([account()]);
    let more = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::default())
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Alb]));
    let less = FeatureSet::new().with_visibility();
    let mut steps = Vec::new();
    for (case, features, layout) in [
        ("created", Some(&more), Layout::Inline),
        ("other layout", Some(&more), Layout::Managed),
        ("less", Some(&less), Layout::Managed),
        ("back", Some(&less), Layout::Inline),
        ("managed again", Some(&more), Layout::Managed),
        ("longer sessions", Some(&more), Layout::Managed),
        ("removed", None, Layout::Managed),
    ] {
        let looking = backend(&server).await;
        let mut intent = intent(features.unwrap_or(&less).clone(), settings(layout, ""));
        intent.connector.session = (case == "longer sessions").then(|| 7_200.try_into().unwrap());
        let looking = scenario(&looking, &world, &intent);
        let looking = if features.is_none() { looking.retired() } else { looking };
        let plan = looking.plan_async().await.plan;
        server.take_calls();
        let forecast = plan.forecast().aws_calls;
        // A separate run, as with a plan file: it must find the route again.
        let fresh = backend(&server).await;
        let report = scenario(&fresh, &world, &intent).apply_async(plan).await;
        assert!(report.steps.iter().all(|step| step.outcome.is_done()), "{case}: {report}");
        let calls = server.take_calls();
        steps.push(format!("{case}: {forecast} expected, {} made", calls.len()));
        assert_eq!(forecast, calls.len(), "{case}: {calls:?}");
    }
    assert_eq!(server.run_python(POLICIES, &[]), "", "{steps:?}");
}

/// Makes the role from the JSON in the first argument, with a description and the maximum in the second.
const MAKE_DESCRIBED: &str = r"
import boto3, json, sys
role = json.loads(sys.argv[1])
boto3.client('iam').create_role(RoleName=role['name'], AssumeRolePolicyDocument=json.dumps(role['trust']), Description='by hand', MaxSessionDuration=int(sys.argv[2]))
";

/// Description and maximum of the role in the first argument.
const DESCRIBED: &str = r"
import boto3, sys
role = boto3.client('iam').get_role(RoleName=sys.argv[1])['Role']
print(role.get('Description'), role['MaxSessionDuration'])
";

#[tokio::test]
async fn an_adopted_role_allows_longer_sessions_and_keeps_its_description() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let aws = backend(&server).await;
    for (prefix, maximum, then) in [("low-", "3600", "7200"), ("high-", "43200", "43200")] {
        let world = World::new([account()]);
        let mut intent = intent(FeatureSet::new().with_visibility(), settings(Layout::Inline, prefix));
        intent.connector.session = Some(7_200.try_into().unwrap());
        let (desired, _) = make_plan(&aws, &world, &intent).await;
        let Choice::Onboard(wanted) = &desired.accounts()[&account().id].choice else { panic!() };
        let name = wanted.roles[0].address.name().as_str();
        let trust: Value = serde_json::from_str(&wanted.roles[0].trust.to_json()).unwrap();
        server.run_python(MAKE_DESCRIBED, &[&json!({"name": name, "trust": trust}).to_string(), maximum]);
        let (_, plan) = make_plan(&aws, &world, &intent).await;
        let gap = "allows sessions of at most 3600 seconds, the connector requests 7200";
        assert_eq!(gaps(&plan).iter().any(|told| told == gap), maximum == "3600", "{prefix}: {plan:?}");

        let adopting = scenario(&aws, &world, &intent).with_mode(Mode::Upsert).with_adopt();
        let plan = adopting.plan_async().await.plan;
        server.take_calls();
        let report = adopting.apply_async(plan).await;
        assert!(report.steps.iter().all(|step| step.outcome.is_done()), "{prefix}: {report}");
        let updates = server.take_calls().iter().filter(|call| *call == "iam:UpdateRole").count();
        assert_eq!(updates, usize::from(maximum != then), "{prefix}");
        assert_eq!(server.run_python(DESCRIBED, &[name]), format!("by hand {then}\n"));
        let (_, plan) = make_plan(&aws, &world, &intent).await;
        assert!(!plan.has_changes(), "{prefix}: {}", plan.render());
    }
}
