//! The intent that is drafted from the guide's estate.

use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::Optimization;
use harness_ccm_core::init::{ExceptionKind, draft_intent};
use harness_ccm_core::intent::Intent;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::ObserveOptions;
use harness_ccm_core::plan::PlanOptions;
use harness_ccm_core::selector::Selector;

use crate::estate::{BARE, SWITCHED, account, concerned, estate, external_id, id, intent, planned};
use crate::{ACCOUNT, ours, start};

#[tokio::test]
async fn the_intent_of_an_estate_of_the_guide_names_exactly_what_is_missing_and_what_was_switched() {
    let (simulator, terraform) = start().await;
    let world = estate(&simulator, &terraform).await;
    // Only the Harness account is known before.
    let nothing = Intent::new(ACCOUNT.parse().unwrap(), Cluster::us(), "unknown".parse().unwrap());
    let listing = Listing::complete((1..=40).map(account));
    let (roles, connectors) = (world.roles(), ours(&simulator));
    let options = ObserveOptions::default();
    let draft = draft_intent(&nothing, listing, &roles, &connectors, options, &NoEvents).await.unwrap();
    assert_eq!(draft.intent.external_id.as_str(), external_id());
    let [rule] = &draft.intent.rules[..] else { panic!("{:?}", draft.intent.rules) };
    assert_eq!(rule.selector, Selector::all());
    assert_eq!(draft.intent.role.release, Release::Module0_1_4.into());
    assert_eq!(draft.fitting, 35);
    let exceptions: Vec<_> = draft.exceptions.keys().cloned().collect();
    assert_eq!(exceptions, [5, 8, 17, 21, 33].map(id));
    for number in BARE {
        assert_eq!(draft.exceptions[&id(number)].kind, ExceptionKind::NoConnector);
    }
    for number in SWITCHED {
        assert!(matches!(draft.exceptions[&id(number)].kind, ExceptionKind::Differs { .. }));
    }
    // As with an intent that a person wrote.
    let by_hand = intent(Optimization::default());
    for intent in [&draft.intent, &by_hand] {
        let plan = planned(&simulator, &world, intent, PlanOptions::default()).await;
        assert_eq!(concerned(&plan), [5, 8, 17, 21, 33], "{}", plan.render());
    }
    let reads = simulator.requests();
    assert!(reads.iter().all(|request| request.method == "GET" || request.path.contains("listV2")));
}
