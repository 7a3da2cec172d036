//! The rules of `docs/terraform.md` for working together with Terraform.

use harness_ccm_core::apply::{ApplyOptions, apply_plan};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{AutoStopping, Optimization};
use harness_ccm_core::intent::Intent;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{Mode, Plan, PlanOptions};
use harness_ccm_simulator::RunningSimulator;

use crate::estate::{account, concerned, estate, guide_name, id, intent, planned, resource};
use crate::provider::Read;
use crate::{ours, start};

const EXCEPTIONS: [u64; 5] = [5, 8, 17, 21, 33];

async fn done(simulator: &RunningSimulator, world: &World, plan: Plan) {
    let approved = plan.check(&Limits::none()).unwrap();
    let (roles, connectors) = (world.roles(), ours(simulator));
    let report = apply_plan(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await;
    assert_eq!(report.failures().count(), 0, "{report}");
}

async fn marked(simulator: &RunningSimulator, world: &World, intent: &Intent) {
    let plan = planned(simulator, world, intent, PlanOptions::default().with_mode(Mode::Mark)).await;
    done(simulator, world, plan).await;
}

/// Returns the withheld resources of an account, in words.
fn withheld(plan: &Plan, number: u64) -> String {
    let reasons = plan.accounts()[&id(number)].withheld.iter();
    reasons.map(|withheld| withheld.reason.to_string()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn after_an_update_by_terraform_the_next_plan_shows_what_the_documentation_says() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let open = intent(Optimization::default());
    marked(&simulator, &world, &open).await;
    let plan = async |intent: &Intent| planned(&simulator, &world, intent, PlanOptions::default()).await;
    assert_eq!(concerned(&plan(&open).await), EXCEPTIONS);

    // A connector that was only marked, updated and renamed.
    let mut renamed = resource(&account(1));
    renamed.name = "another name".into();
    assert_eq!(terraform.update(&renamed).await, Read::State(renamed));
    assert_eq!(concerned(&plan(&open).await), EXCEPTIONS, "the mark is gone, and it is in sync");

    // A connector of ours with kinds.
    let connector = guide_name(&account(2).name);
    let set = intent(Optimization::new().with_kinds(AutoStopping::ALL.iter().copied()));
    let narrowed = planned(&simulator, &world, &set, PlanOptions::default()).await;
    assert!(!narrowed.accounts()[&id(2)].steps.is_empty(), "it is ours, so it is changed without adoption");
    done(&simulator, &world, narrowed).await;
    let stored = |name: &str| {
        let records = simulator.connectors().into_iter();
        let mut found = records.filter(|record| record["connector"]["identifier"] == name);
        found.next().unwrap()["connector"].clone()
    };
    assert_eq!(stored(&connector)["spec"]["autostoppingFeatures"].as_array().unwrap().len(), 7);
    assert_eq!(terraform.update(&resource(&account(2))).await, Read::State(resource(&account(2))));
    let wiped = plan(&set).await;
    assert!(wiped.accounts()[&id(2)].steps.is_empty());
    let told = withheld(&wiped, 2);
    assert!(told.contains("autostoppingFeatures: (none) -> EC2"), "{told}");
    let adopting = planned(&simulator, &world, &set, PlanOptions::default().with_adopt()).await;
    done(&simulator, &world, adopting).await;
    assert_eq!(stored(&connector)["spec"]["autostoppingFeatures"].as_array().unwrap().len(), 7);

    // A connector that it removed.
    terraform.delete(&guide_name(&account(3).name)).await.unwrap();
    let missing = plan(&open).await;
    assert_eq!(missing.accounts()[&id(3)].steps.len(), 1, "{}", missing.render());
}

#[tokio::test]
async fn our_connectors_are_imported_without_a_change() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    let set = intent(Optimization::new().with_kinds(AutoStopping::ALL.iter().copied()));
    done(&simulator, &world, planned(&simulator, &world, &set, PlanOptions::default().with_adopt()).await)
        .await;
    for number in [1, 2, 5, 40] {
        let mut expected = resource(&account(number));
        // Lists are compared as sets; the mark is among the tags that are generated with the configuration.
        let Read::State(mut imported) = terraform.import(&expected.identifier).await else {
            panic!("{number}")
        };
        expected.features.sort();
        imported.features.sort();
        assert!(imported.tags.iter().any(|tag| tag.starts_with("harness-ccm-owner")), "{:?}", imported.tags);
        imported.tags.clear();
        assert_eq!(imported, expected);
    }
}
