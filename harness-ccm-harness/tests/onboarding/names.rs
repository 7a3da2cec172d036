//! Roles with a name per account, as Harness' console proposes and Terraform's `name_prefix` makes them.

use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::config::Config;
use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Optimization};
use harness_ccm_core::id::RoleArn;
use harness_ccm_core::intent::{Intent, Layout, RoleNaming};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::Mode;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleState;
use harness_ccm_core::testing::published::{Inputs, Maker};
use harness_ccm_fixtures::{EXTERNAL_ID, intent};
use serde_json::json;

use crate::support::{Site, id, steps};

fn arn(number: u64) -> RoleArn {
    let letters = ["", "Ab3dEf6hIj9l", "zY8xWv5uTs2r"][usize::try_from(number).unwrap()];
    format!("arn:aws:iam::{}:role/HarnessCERole-{letters}", id(number)).parse().unwrap()
}

fn named(features: FeatureSet) -> Intent {
    let mut wanted = intent(features);
    wanted.role.name = RoleNaming::from_connector();
    wanted.role.release = Release::Module1_0_1.into();
    wanted
}

/// The role of the module with the name that the console proposed.
fn role(number: u64) -> RoleState {
    let mut inputs = Inputs::of(id(number));
    inputs.external_ids = vec![EXTERNAL_ID.parse().unwrap()];
    inputs.switch_on(["enable_events"]);
    let mut role = Maker::MODULE_1_0_1.make(&inputs).cross_account.state;
    let own = role.arn.to_string();
    for policy in role.attached.values_mut().flatten() {
        let text = policy.to_json().replace(&own, &arn(number).to_string());
        *policy = PolicyDocument::parse(&text).unwrap();
    }
    role.arn = arn(number);
    role
}

/// Two accounts that a person set up in the console, and a new one.
async fn site() -> Site {
    let accounts =
        [(1, "one"), (2, "two"), (3, "fresh")].map(|(number, name)| Account::new(id(number), name));
    let site = Site::of(World::new(accounts).with_role(role(1)).with_role(role(2))).await;
    for (number, name) in [(1, "one"), (2, "two")] {
        let spec = ConnectorSpec::new(
            name.parse().unwrap(),
            name.parse().unwrap(),
            arn(number),
            EXTERNAL_ID.parse().unwrap(),
            FeatureSet::new().with_visibility().names(),
            "somebody".parse().unwrap(),
        );
        site.connectors.put_connector(&spec, Expect::Absent).await.unwrap();
        site.simulator.edit(name, |record| record["connector"]["tags"] = json!({}));
    }
    site.simulator.forget_requests();
    site
}

fn find(site: &Site, arn: &RoleArn) -> Option<RoleState> {
    site.world.role(arn.account(), arn.name())
}

fn usual(number: u64) -> RoleArn {
    format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap()
}

#[tokio::test]
async fn roles_under_the_names_of_their_connectors_are_in_sync_and_new_accounts_get_the_name_of_the_intent() {
    let site = site().await;
    let scenario = site.scenario(&named(FeatureSet::new().with_visibility()));
    let plan = scenario.plan_async().await.plan;
    for number in [1, 2] {
        let account = &plan.accounts()[&id(number)];
        assert!(account.steps.is_empty() && account.withheld.is_empty(), "{}", plan.render());
        assert_eq!(account.in_sync.len(), 2);
    }
    assert_eq!(plan.steps().count(), 2, "{:?}", steps(&plan));
    scenario.apply_whole_async(plan).await;
    assert!(find(&site, &usual(3)).is_some());
    assert_eq!((find(&site, &usual(1)), find(&site, &usual(2))), (None, None), "no second role");
    for connector in ["one", "two", "fresh"] {
        assert_eq!(site.test(connector).await, ConnectionTest::Passed, "{connector}");
    }
    assert!(!scenario.plan_async().await.plan.has_changes());
    // With its own name, the intent would give every account a second role.
    let fixed = site.with(&FeatureSet::new().with_visibility()).plan_async().await.plan;
    assert!(!fixed.accounts()[&id(1)].withheld.is_empty());
}

#[tokio::test]
async fn such_roles_are_adopted_changed_and_verified_under_their_names() {
    for layout in [Layout::Inline, Layout::Managed] {
        let site = site().await;
        let kinds = Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]);
        let mut wanted = named(FeatureSet::new().with_visibility().with_optimization(kinds));
        wanted.role.layout = layout;
        if layout == Layout::Managed {
            // The module's own policies have the names.
            wanted.role.prefix = "acme-".parse().unwrap();
        }
        let scenario = site.scenario(&wanted).with_adopt();
        scenario.converge_async().await;
        for number in [1, 2] {
            let adopted = find(&site, &arn(number)).unwrap();
            assert!(adopted.tags.contains_key("harness-ccm-owner"), "{adopted:?}");
            let texts: Vec<_> = adopted
                .inline
                .values()
                .chain(adopted.attached.values().flatten())
                .map(PolicyDocument::to_json)
                .collect();
            let own = arn(number).to_string();
            assert!(texts.iter().any(|text| text.contains(&own)), "it may simulate itself: {texts:?}");
            assert_eq!(find(&site, &usual(number)), None);
        }
        for connector in ["one", "two", "fresh"] {
            assert_eq!(site.test(connector).await, ConnectionTest::Passed, "{connector}");
        }
        assert_eq!(
            site.stored("one")["spec"]["crossAccountAccess"]["crossAccountRoleArn"],
            arn(1).to_string()
        );
    }
}

#[tokio::test]
async fn such_roles_are_marked_and_offboarding_them_finds_them() {
    let site = site().await;
    let wanted = named(FeatureSet::new().with_visibility());
    let marking = site.scenario(&wanted).with_mode(Mode::Mark);
    marking.apply_whole_async(marking.plan_async().await.plan).await;
    assert!(find(&site, &arn(1)).unwrap().tags.contains_key("harness-ccm-owner"));
    let leaving = site.scenario(&wanted).with_mode(Mode::Sync).retired();
    let plan = leaving.plan_async().await.plan;
    let text = plan.render().full().to_string();
    assert!(text.contains("HarnessCERole-Ab3dEf6hIj9l"), "{text}");
}

#[tokio::test]
async fn a_connector_that_names_no_role_of_its_account_does_not_decide() {
    let site = site().await;
    let others = [
        "arn:aws:iam::000000000009:role/Elsewhere",
        "no role",
        "arn:aws:iam::000000000001:role/ce-optimization-service-role/HarnessCELambdaExecutionRole",
    ];
    for other in others {
        site.edit("one", |spec| spec["crossAccountAccess"]["crossAccountRoleArn"] = json!(other));
        let plan =
            site.scenario(&named(FeatureSet::new().with_visibility())).with_adopt().plan_async().await.plan;
        let told = steps(&plan).join("\n");
        assert!(told.contains(&usual(1).to_string()), "{other}: {told}");
    }
}

#[test]
fn an_intent_file_says_that_connectors_decide_and_how_new_roles_are_called() {
    let load = |name: &str| {
        let text = format!("[harness]\naccount-id = \"acct\"\n[role]\nprefix = \"acme-\"\nname = {name}");
        Config::from_toml(&text, None).unwrap().intent
    };
    let plain = load("\"from-connector\"");
    assert!(plain.role.name.is_from_connector());
    assert_eq!(plain.role_name().unwrap().as_str(), "acme-HarnessCERole");
    let other = load("{ from-connector = { new = \"CCM\" } }");
    assert!(other.role.name.is_from_connector());
    assert_eq!(other.role_name().unwrap().as_str(), "acme-CCM");
    assert!(!load("\"CCM\"").role.name.is_from_connector());
}
