//! A connector from its creation to its removal.

use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect, Removed, Written};
use harness_ccm_core::connector::Health;
use harness_ccm_core::feature::Feature;
use harness_ccm_core::{Effect, ErrorKind, Retry};
use serde_json::json;

use crate::support::{both, count, create, spec};

#[tokio::test]
async fn the_life_of_a_connector() {
    let (simulator, client) = both().await;
    let mut spec = spec("aws1");
    let state = create(&client, &spec).await;
    assert_eq!(count(&simulator, "POST"), 1, "a create is one call");
    assert!(state.created_at > 0);
    assert!(matches!(client.put_connector(&spec, Expect::Absent).await.unwrap(), Written::Unchanged(_)));
    let written = client.put_connector(&spec, Expect::same(state.clone())).await.unwrap();
    assert!(matches!(written, Written::Unchanged(_)));
    assert_eq!(count(&simulator, "PUT"), 0);

    spec.features.insert(Feature::Governance);
    let Written::Updated(updated) = client.put_connector(&spec, Expect::same(state.clone())).await.unwrap()
    else {
        panic!("not updated")
    };
    assert_eq!(updated.features.len(), 2);
    assert_eq!(client.test_connector(&spec.id).await.unwrap(), ConnectionTest::Passed);
    let listed = client.list_connectors().await.unwrap().connectors;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].same_as(&updated));
    assert_eq!(listed[0].health, Health::Success);

    let error = client.remove_connector(&spec.id, &state).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(count(&simulator, "DELETE"), 0);
    assert_eq!(client.remove_connector(&spec.id, &updated).await.unwrap(), Removed::Removed);
    assert_eq!(client.remove_connector(&spec.id, &updated).await.unwrap(), Removed::AlreadyGone);
    let error = client.put_connector(&spec, Expect::same(updated)).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::AfterObserving));
    assert_eq!(client.test_connector(&spec.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn unmodelled_fields_survive_an_update() {
    let (simulator, client) = both().await;
    let mut spec = spec("aws1");
    create(&client, &spec).await;
    simulator.edit("aws1", |record| {
        let connector = &mut record["connector"];
        connector["description"] = json!("by hand");
        connector["uniqueId"] = json!("u-1");
        connector["tags"]["team"] = json!("payments");
        connector["spec"]["ignoreTestConnection"] = json!(true);
        connector["spec"]["credential"] = json!({"type": "Default", "region": "eu-west-1"});
        connector["spec"]["crossAccountAccess"]["assumeRoleSessionDuration"] = json!(7200);
        connector["spec"]["autostoppingFeatures"] = json!(["EC2", "AZURE_VM"]);
        connector["spec"]["featuresEnabled"] = json!(["VISIBILITY"]);
    });
    let before = simulator.connectors()[0]["connector"].clone();
    let state = client.list_connectors().await.unwrap().connectors.remove(0);
    spec.features.insert(Feature::Governance);
    client.put_connector(&spec, Expect::same(state)).await.unwrap();
    let mut wanted = before;
    wanted["spec"]["featuresEnabled"] = json!(["VISIBILITY", "GOVERNANCE"]);
    assert_eq!(simulator.connectors()[0]["connector"], wanted, "only the modelled field changes");
}

#[tokio::test]
async fn a_foreign_connector_is_a_conflict_and_stays() {
    let (simulator, client) = both().await;
    let mut other = spec("aws1");
    other.owner = "somebody-else".parse().unwrap();
    create(&client, &other).await;
    let before = simulator.connectors()[0]["connector"].clone();
    let error = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Conflict, Effect::None));
    simulator.insert(json!({"identifier": "jira", "name": "jira", "type": "Jira", "spec": {"url": "x"}}));
    let error = client.put_connector(&spec("jira"), Expect::Absent).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(simulator.connectors()[0]["connector"], before);
    assert_eq!(count(&simulator, "PUT"), 0);
}

#[tokio::test]
async fn a_failed_test_is_an_answer() {
    let (simulator, client) = both().await;
    let created = create(&client, &spec("aws1")).await;
    assert_eq!((created.tested_at, created.passed_at), (None, None));
    assert_eq!(client.test_connector(&created.id).await.unwrap(), ConnectionTest::Passed);
    let passed_at = client.list_connectors().await.unwrap().connectors[0].passed_at;
    assert!(passed_at.is_some());
    simulator.edit("aws1", |record| record["connector"]["spec"]["isAWSGovCloudAccount"] = json!(true));
    let ConnectionTest::Failed(failure) = client.test_connector(&"aws1".parse().unwrap()).await.unwrap()
    else {
        panic!("GovCloud has no visibility")
    };
    assert_eq!(failure.summary, "Some of the selected features are not supported currently");
    let listed = client.list_connectors().await.unwrap().connectors;
    assert!(matches!(listed[0].health, Health::Failure { .. }));
    assert!(listed[0].tested_at.is_some());
    assert_eq!(listed[0].passed_at, passed_at, "the last test that passed is remembered");
}
