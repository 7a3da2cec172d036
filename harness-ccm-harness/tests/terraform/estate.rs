//! An estate of forty accounts that the public guide's Terraform made: connectors as its provider sends them, roles as release
//! 0.1.4 of the module makes them.

use harness_ccm_core::account::Account;
use harness_ccm_core::apply::{ApplyOptions, apply_plan};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, GovernanceAccess, Optimization};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Diagnostic, Intent, LeftOut, RoleSettings, Rule};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, Step, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::testing::published::{Inputs, Maker};
use harness_ccm_simulator::RunningSimulator;
use serde_json::{Value, json};

use crate::provider::{Provider, Read, Resource};
use crate::{ACCOUNT, ours, start};

const MAKER: Maker = Maker::MODULE_0_1_4;
/// Accounts without any resource.
pub(crate) const BARE: [u64; 3] = [5, 17, 33];
/// Accounts whose connectors a person changed in the console.
pub(crate) const SWITCHED: [u64; 2] = [8, 21];

pub(crate) fn id(number: u64) -> AccountId {
    format!("1111222200{number:02}").parse().unwrap()
}

/// Realistic names: with `-`, spaces and upper case.
pub(crate) fn account(number: u64) -> Account {
    let name = match number % 4 {
        0 => format!("prod-data-{number}"),
        1 => format!(" Shared Services {number} "),
        2 => format!("SANDBOX-Anna {number}"),
        _ => format!("plain{number}"),
    };
    Account::new(id(number), name)
}

/// The guide's expression for identifier and name.
pub(crate) fn guide_name(name: &str) -> String {
    name.trim().replace(['-', ' '], "_")
}

pub(crate) fn external_id() -> String {
    format!("harness:891928451355:{ACCOUNT}")
}

fn features(optimization: Optimization) -> FeatureSet {
    let governance = Governance::new().with_access(GovernanceAccess::ViewOnly);
    FeatureSet::new().with_visibility().with_governance(governance).with_optimization(optimization)
}

pub(crate) fn intent(optimization: Optimization) -> Intent {
    let mut role = RoleSettings::default();
    role.release = Release::Module0_1_4.into();
    let cluster = Cluster::us().with_trusted(MAKER.principals());
    Intent::new(ACCOUNT.parse().unwrap(), cluster, external_id().parse().unwrap())
        .with_role(role)
        .with_rule(Rule::onboard("all", Selector::all(), features(optimization)))
}

/// Terraform's state of an account's connector.
pub(crate) fn resource(account: &Account) -> Resource {
    let name = guide_name(&account.name);
    Resource {
        identifier: name.clone(),
        name,
        account: account.id.to_string(),
        role: format!("arn:aws:iam::{}:role/HarnessCERole", account.id),
        external_id: external_id(),
        features: ["GOVERNANCE", "VISIBILITY", "OPTIMIZATION"].map(str::to_owned).into(),
        ..Resource::default()
    }
}

/// The forty accounts with the resources of the guide, except for [`BARE`] and [`SWITCHED`].
pub(crate) async fn estate(simulator: &RunningSimulator, terraform: &Provider) -> World {
    let mut world = World::new((1..=40).map(account));
    for account in (1..=40).filter(|number| !BARE.contains(number)).map(account) {
        let mut inputs = Inputs::of(account.id.clone());
        inputs.external_ids = vec![external_id().parse().unwrap()];
        inputs.switch_on(["enable_events", "enable_governance", "enable_optimization"]);
        let made = MAKER.make(&inputs);
        let mut role = made.cross_account.state;
        role.attached.insert("arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap(), None);
        world = world.with_role(role);
        if let Some(lambda) = made.lambda {
            world = world.with_role(lambda.state);
        }
        let wanted = resource(&account);
        assert_eq!(terraform.create(&wanted).await, Read::State(wanted));
    }
    let [without_a_feature, of_one_kind] = SWITCHED.map(|number| guide_name(&account(number).name));
    let narrowed = json!(["GOVERNANCE", "VISIBILITY"]);
    simulator.edit(&without_a_feature, |raw| raw["connector"]["spec"]["featuresEnabled"] = narrowed);
    let kinds = json!(["EC2", "ALB"]);
    simulator.edit(&of_one_kind, |raw| raw["connector"]["spec"]["autostoppingFeatures"] = kinds);
    simulator.forget_requests();
    world
}

pub(crate) async fn planned(
    simulator: &RunningSimulator,
    world: &World,
    intent: &Intent,
    options: PlanOptions,
) -> Plan {
    let desired = intent.resolve(Listing::complete((1..=40).map(account))).unwrap();
    let (roles, connectors) = (world.roles(), ours(simulator));
    let observed =
        observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await.unwrap();
    make_plan(&desired, &observed, options)
}

/// Returns the numbers of the accounts with steps or withheld resources.
pub(crate) fn concerned(plan: &Plan) -> Vec<u64> {
    let concerned = |number: &u64| {
        let account = &plan.accounts()[&id(*number)];
        !account.steps.is_empty() || !account.withheld.is_empty()
    };
    (1..=40).filter(concerned).collect()
}

#[tokio::test]
async fn in_an_estate_of_the_guide_a_plan_names_exactly_what_is_missing_and_what_was_switched() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let plan = planned(&simulator, &world, &intent(Optimization::default()), PlanOptions::default()).await;
    assert_eq!(concerned(&plan), [5, 8, 17, 21, 33], "{}", plan.render());
    let steps = |number: u64| plan.accounts()[&id(number)].steps.len();
    assert!(BARE.iter().all(|number| steps(*number) >= 2), "{}", plan.render());
    let counts = plan.counts();
    assert_eq!((counts.update, counts.adopt, counts.remove), (0, 0, 0));
    assert_eq!(counts.not_ours, counts.in_sync, "nothing is ours yet");
    let text = plan.render().to_string();
    let line = format!("In sync, but not ours: {}, left unchanged.", counts.not_ours);
    assert_eq!(text.lines().filter(|told| **told == line).count(), 1, "{text}");
    for number in SWITCHED {
        let reasons: Vec<_> =
            plan.accounts()[&id(number)].withheld.iter().map(|w| w.reason.to_string()).collect();
        assert!(reasons.iter().any(|reason| reason.contains("differs")), "{reasons:?}");
    }
    let reads = simulator.requests();
    assert!(reads.iter().all(|request| request.method == "GET" || request.path.contains("listV2")));
}

#[tokio::test]
async fn kinds_that_the_intent_sets_are_missing_where_terraform_cannot_express_them() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let set = Optimization::new().with_kinds(AutoStopping::ALL.iter().copied());
    let plan = planned(&simulator, &world, &intent(set), PlanOptions::default()).await;
    assert_eq!(concerned(&plan), (1..=40).collect::<Vec<_>>());
    let text = plan.render().to_string();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("autostoppingFeatures: (none) -> EC2, SPOT, ASG, ECS, RDS, ALB, PROXY"), "{text}");
}

#[tokio::test]
async fn a_connector_of_ours_that_terraform_wiped_differs_exactly_in_what_it_lost() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let intent = intent(Optimization::default());
    let owner = intent.owner.to_string();
    let ours = guide_name(&account(2).name);
    simulator.edit(&ours, |raw| raw["connector"]["tags"] = json!({"harness-ccm-owner": owner}));
    let plan = planned(&simulator, &world, &intent, PlanOptions::default()).await;
    let steps = &plan.accounts()[&id(2)].steps;
    let told: Vec<_> = steps.iter().flat_map(Step::describe).collect();
    assert_eq!(told, ["autostoppingFeatures: (none) -> EC2, SPOT, ASG, ECS, RDS, ALB, PROXY"]);
}

#[tokio::test]
async fn adopting_under_the_rule_of_the_guide_renames_nothing() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let mut intent = intent(Optimization::new().with_kinds(AutoStopping::ALL.iter().copied()));
    let adopt = PlanOptions::default().with_adopt();
    let is_name = |line: &String| line.starts_with("name: ");
    let renamed = |plan: &Plan| plan.steps().flat_map(|(_, step)| step.describe()).filter(is_name).count();
    let plan = planned(&simulator, &world, &intent, adopt).await;
    assert_eq!((plan.counts().adopt > 30, renamed(&plan)), (true, 0), "{}", plan.render());
    // The account's own name is a choice: three of four have another name than that of the guide.
    intent.display_name = harness_ccm_core::naming::DisplayName::OfAccount;
    let plan = planned(&simulator, &world, &intent, adopt).await;
    let another = (1..=40).filter(|number| !BARE.contains(number)).map(account);
    let another = another.filter(|account| account.name.trim() != guide_name(&account.name)).count();
    assert_eq!(renamed(&plan), another, "{}", plan.render());
}

#[tokio::test]
async fn marking_writes_the_mark_on_what_is_in_sync_and_nothing_else() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let mut intent = intent(Optimization::default());
    intent.tags = [("team".to_owned(), "finops".to_owned())].into();
    let before = simulator.connectors();
    let marking = PlanOptions::default().with_mode(Mode::Mark);
    let plan = planned(&simulator, &world, &intent, marking).await;
    // The connectors of 35 accounts, their roles and those of their Lambda functions; for the limits, a marking is neither an
    // update nor an adoption.
    let counts = plan.counts();
    assert_eq!((counts.mark, counts.create, counts.update, counts.adopt), (35 * 3, 0, 0, 0));
    assert_eq!(plan.basis(), planned(&simulator, &world, &intent, PlanOptions::default()).await.basis());
    let mut limits = Limits::default();
    (limits.max_updates, limits.max_adoptions, limits.always_allowed) = (Share::NONE, Share::NONE, 0);
    simulator.forget_requests();
    let approved = plan.check(&limits).unwrap();
    let report =
        apply_plan(&approved, &world.roles(), &ours(&simulator), &ApplyOptions::default(), &NoEvents).await;
    assert_eq!(report.failures().count(), 0, "{report:?}");
    let writes: Vec<_> = simulator.requests().into_iter().filter(|request| request.method != "GET").collect();
    assert_eq!(writes.iter().filter(|request| request.method == "PUT").count(), 35);
    assert_eq!(writes.len(), 35, "{writes:?}");
    let iam: Vec<_> = world.iam_writes().iter().map(|call| call.operation).collect();
    assert_eq!(iam, ["iam:TagRole"; 35 * 2]);
    // Everything except the tags is unchanged.
    let less_tags = |mut raw: Vec<Value>| {
        for raw in &mut raw {
            raw["connector"]["tags"] = Value::Null;
            raw["lastModifiedAt"] = Value::Null;
            raw["status"] = Value::Null;
        }
        raw.sort_by_key(|raw| raw["connector"]["identifier"].to_string());
        raw
    };
    assert_eq!(less_tags(simulator.connectors()), less_tags(before));
    // Marked resources stay in sync, and Terraform's next apply, which removes the mark, makes no difference either.
    let next = planned(&simulator, &world, &intent, PlanOptions::default()).await;
    assert_eq!(concerned(&next), [5, 8, 17, 21, 33], "{}", next.render());
    let again = planned(&simulator, &world, &intent, marking).await;
    assert!(!again.has_changes(), "{}", again.render());
    let wiped = resource(&account(1));
    assert_eq!(terraform.update(&wiped).await, Read::State(wiped));
    let next = planned(&simulator, &world, &intent, PlanOptions::default()).await;
    assert_eq!(concerned(&next), [5, 8, 17, 21, 33], "{}", next.render());
    let again = planned(&simulator, &world, &intent, marking).await;
    assert_eq!((again.counts().mark, again.steps().count()), (1, 1), "{}", again.render());
}

#[tokio::test]
async fn marked_resources_can_be_offboarded_and_are_compared_exactly_once_they_were_changed() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let wide = intent(Optimization::default());
    let marking = PlanOptions::default().with_mode(Mode::Mark);
    let done = async |plan: Plan| {
        let approved = plan.check(&Limits::none()).unwrap();
        let (roles, connectors) = (world.roles(), ours(&simulator));
        let report = apply_plan(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await;
        assert_eq!(report.failures().count(), 0, "{report:?}");
    };
    done(planned(&simulator, &world, &wide, marking).await).await;
    // Another feature is then a change of a resource of ours: it needs no adoption.
    let mut narrow = wide.clone();
    let features = FeatureSet::new().with_visibility().with_optimization(Optimization::default());
    narrow.rules = vec![Rule::onboard("all", Selector::all(), features)];
    let plan = planned(&simulator, &world, &narrow, PlanOptions::default()).await;
    let told: Vec<_> = plan.accounts()[&id(1)].steps.iter().flat_map(Step::describe).collect();
    assert!(told.iter().any(|told| told.starts_with("featuresEnabled: ")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("autostoppingFeatures: (none) -> EC2")), "{told:?}");
    done(plan).await;
    let connector = guide_name(&account(1).name);
    simulator.edit(&connector, |raw| raw["connector"]["spec"]["autostoppingFeatures"] = Value::Null);
    let after = planned(&simulator, &world, &narrow, PlanOptions::default()).await;
    let told: Vec<_> = after.accounts()[&id(1)].steps.iter().flat_map(Step::describe).collect();
    assert_eq!(told, ["autostoppingFeatures: (none) -> EC2, SPOT, ASG, ECS, RDS, ALB, PROXY"]);
    let desired = wide.resolve(Listing::complete((1..=40).map(account))).unwrap().retire();
    let (roles, connectors) = (world.roles(), ours(&simulator));
    let observed =
        observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await.unwrap();
    let leaving =
        harness_ccm_core::plan::make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert_eq!(
        leaving.accounts()[&id(2)].steps.len(),
        1,
        "the connector goes, the role that others made stays"
    );
}

#[tokio::test]
async fn fields_that_an_update_by_terraform_removes_are_one_finding_each_with_a_count() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let left_out = async || {
        let plan =
            planned(&simulator, &world, &intent(Optimization::default()), PlanOptions::default()).await;
        let fields = plan.diagnostics().iter().filter_map(|diagnostic| match diagnostic {
            Diagnostic::LeftOutByTerraform { field, connectors } => Some((*field, connectors.len())),
            _ => None,
        });
        // With its wrapped lines joined.
        let text = plan.render().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        (fields.collect::<Vec<_>>(), text)
    };
    let (fields, text) = left_out().await;
    assert_eq!(fields, [(LeftOut::AutoStopping, 35)]);
    let told = "35 connectors have no autostoppingFeatures, as after an update by the Terraform provider: ";
    assert_eq!(text.matches(told).count(), 1, "{text}");
    // Our own settings, which its next update removes: report and its type, the services of commitments, GovCloud.
    let mut bare = resource(&account(1));
    bare.features = ["BILLING", "COMMITMENT_ORCHESTRATOR"].map(str::to_owned).into();
    simulator.edit(&bare.identifier, |raw| {
        let spec = &mut raw["connector"]["spec"];
        spec["curAttributes"] = json!({"reportName": "cur", "s3BucketName": "costs", "reportType": "CUR2.0"});
        spec["commitmentFeatures"] = json!(["EC2"]);
        spec["featuresEnabled"] = json!(bare.features);
    });
    assert_eq!(left_out().await.0, [(LeftOut::AutoStopping, 34)], "what is there is no trace");
    assert_eq!(terraform.update(&bare).await, Read::State(bare.clone()));
    let gov = guide_name(&account(2).name);
    simulator.edit(&gov, |raw| {
        raw["connector"]["spec"]["crossAccountAccess"]["crossAccountRoleArn"] =
            json!(format!("arn:aws-us-gov:iam::{}:role/HarnessCERole", id(2)));
    });
    let one = |field| (field, 1);
    let [report, commitment] = [LeftOut::Report, LeftOut::Commitment].map(one);
    let [report_type, gov] = [LeftOut::ReportType, LeftOut::GovCloud].map(one);
    let expected = [report, (LeftOut::AutoStopping, 34), commitment, report_type, gov];
    assert_eq!(left_out().await.0, expected);
}
