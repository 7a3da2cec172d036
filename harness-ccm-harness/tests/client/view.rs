//! A key whose resource group has only some connectors of the account.

use std::time::Duration;

use harness_ccm_core::account::Account;
use harness_ccm_core::apply::{ApplyOptions, apply_plan};
use harness_ccm_core::backend::{ConnectorClient, ConnectorView, Expect};
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::intent::{Desired, Intent, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Scope, observe_accounts};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, WithheldReason, make_plan};
use harness_ccm_core::secret::Secret;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::{ErrorKind, Retry};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{Era, Fault, KeyPermissions, KeyReach, RunningSimulator, Simulator};

use crate::support::{create, spec};

const ALL: &str = "sat.acct.uuid.all";
const SOME: &str = "sat.acct.uuid.some";

/// A server with a key that sees all connectors, and one that sees only these.
async fn served(sees: &[&str], era: Era) -> RunningSimulator {
    let some = KeyPermissions::all().view(KeyReach::only(sees.iter().copied()));
    let simulator = Simulator::builder()
        .account("acct".parse().unwrap())
        .settings(|settings| settings.era = era)
        .api_key(Secret::new(ALL))
        .limited_key(Secret::new(SOME), some);
    simulator.start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

fn client(simulator: &RunningSimulator, key: &str) -> HarnessConnectors {
    let builder = HarnessConnectors::builder("acct".parse().unwrap(), Secret::new(key));
    let builder = builder.endpoint(simulator.endpoint()).retries(2);
    builder.retry_delay(Duration::from_millis(1)).build().unwrap()
}

#[tokio::test]
async fn a_key_learns_whether_it_sees_all_connectors() {
    for era in [Era::Today, Era::Y2023, Era::NotFoundEverywhere] {
        let simulator = served(&["aws1"], era).await;
        assert_eq!(client(&simulator, ALL).view().await.unwrap(), ConnectorView::All, "{era:?}");
        assert_eq!(client(&simulator, SOME).view().await.unwrap(), ConnectorView::Some, "{era:?}");
        assert_eq!(simulator.requests().len(), 2, "one request each");
    }
}

#[tokio::test]
async fn a_server_that_does_not_report_visibility_makes_the_view_unknown() {
    let simulator = served(&[], Era::Today).await;
    let error = client(&simulator, "sat.acct.uuid.wrong").view().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    // Like reads of missing entities of CCM.
    simulator.fail_matching(Fault::unknown_error().matching("GET", "/connectors/").always());
    assert_eq!(client(&simulator, ALL).view().await.unwrap(), ConnectorView::Unknown);
}

#[tokio::test]
async fn a_taken_identifier_that_may_not_be_viewed_is_a_connector_that_the_key_does_not_see() {
    let simulator = served(&["aws1"], Era::Today).await;
    create(&client(&simulator, ALL), &spec("aws2")).await;
    let error = client(&simulator, SOME).put_connector(&spec("aws2"), Expect::Absent).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::Never), "{error}");
    assert!(error.message().contains("this API key does not see the connector"), "{error}");
    assert!(error.remedy().unwrap().contains("view all connectors"), "{error}");
}

fn desired(accounts: &[Account], features: FeatureSet) -> Desired {
    let external_id = "harness:891928451355:acct".parse().unwrap();
    let intent = Intent::new("acct".parse().unwrap(), Cluster::us(), external_id);
    let intent = intent.with_rule(Rule::onboard("all", Selector::all(), features));
    intent.resolve(Listing::complete(accounts.to_vec())).unwrap()
}

async fn planned(client: &HarnessConnectors, world: &World, desired: &Desired) -> Plan {
    let options = ObserveOptions::default().with_scope(Scope::Everywhere);
    let observed = observe_accounts(desired, &world.roles(), client, options, &NoEvents).await.unwrap();
    make_plan(desired, &observed, PlanOptions::default().with_mode(Mode::Sync))
}

async fn done(client: &HarnessConnectors, world: &World, plan: Plan) {
    let plan = plan.check(&Limits::none()).unwrap();
    let report = apply_plan(&plan, &world.roles(), client, &ApplyOptions::default(), &NoEvents).await;
    assert_eq!(report.failures().count(), 0, "{report:?}");
}

#[tokio::test]
async fn a_role_under_a_connector_that_the_key_does_not_see_stays_as_it_is() {
    let accounts = [Account::new("111122223333".parse().unwrap(), "hidden")];
    let world = World::new(accounts.clone());
    let simulator = served(&["other"], Era::Today).await;
    let (all, some) = (client(&simulator, ALL), client(&simulator, SOME));
    let wide = desired(&accounts, FeatureSet::new().with_visibility().with_governance(Governance::default()));
    let first = planned(&all, &world, &wide).await;
    done(&all, &world, first).await;
    world.clear_journal();
    let writes = |simulator: &RunningSimulator| {
        simulator.requests().iter().filter(|request| ["PUT", "DELETE"].contains(&&*request.method)).count()
    };
    let narrow = desired(&accounts, FeatureSet::new().with_visibility());
    for unwanted in [narrow.clone(), narrow.retire()] {
        let plan = planned(&some, &world, &unwanted).await;
        let withheld: Vec<_> = plan.accounts().values().flat_map(|account| &account.withheld).collect();
        let unseen = WithheldReason::UnseenConnectors(ConnectorView::Some);
        assert!(withheld.iter().any(|withheld| withheld.reason == unseen), "{}", plan.render());
        assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
        done(&some, &world, plan).await;
        assert_eq!((world.writes().len(), writes(&simulator)), (0, 0));
    }
    assert_eq!(all.list_connectors().await.unwrap().connectors.len(), 1, "no second one");
}
