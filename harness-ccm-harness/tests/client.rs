//! The client against the simulator, over real HTTP on the loopback interface.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect, Removed, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState, Health};
use harness_ccm_core::feature::{Feature, Named};
use harness_ccm_core::secret::Secret;
use harness_ccm_core::{Effect, ErrorKind};
use harness_ccm_harness::simulator::{Fault, RunningSimulator, Simulator, SimulatorBuilder};
use harness_ccm_harness::{HarnessConnectors, HarnessConnectorsBuilder};
use serde_json::{Value, json};

const KEY: &str = "sat.acct.uuid.MARKED";

async fn start(builder: SimulatorBuilder) -> RunningSimulator {
    let builder = builder.account("acct".parse().unwrap()).api_key(Secret::new(KEY));
    builder.start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

fn builder(endpoint: &str) -> HarnessConnectorsBuilder {
    HarnessConnectors::builder("acct".parse().unwrap(), Secret::new(KEY))
        .endpoint(endpoint)
        .retries(3)
        .retry_delay(Duration::from_millis(5))
        .request_timeout(Duration::from_secs(5))
}

async fn both() -> (RunningSimulator, HarnessConnectors) {
    let simulator = start(Simulator::builder().rate_limit(None)).await;
    let client = builder(&simulator.endpoint()).calls_per_minute(100_000).build().unwrap();
    (simulator, client)
}

fn spec(id: &str) -> ConnectorSpec {
    ConnectorSpec::new(
        id.parse().unwrap(),
        id.parse().unwrap(),
        "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap(),
        "harness:891928451355:acct".parse().unwrap(),
        [Feature::Visibility].into(),
        "tests".parse().unwrap(),
    )
}

async fn create(client: &HarnessConnectors, spec: &ConnectorSpec) -> ConnectorState {
    match client.put_connector(spec, Expect::Absent).await.unwrap() {
        Written::Created(state) => state,
        other => panic!("{other:?}"),
    }
}

fn count(simulator: &RunningSimulator, method: &str) -> usize {
    simulator.requests().iter().filter(|request| request.method == method).count()
}

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
    let listed = client.list_connectors().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].same_as(&updated));
    assert_eq!(listed[0].health, Health::Success);

    let error = client.remove_connector(&spec.id, &state).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(count(&simulator, "DELETE"), 0);
    assert_eq!(client.remove_connector(&spec.id, &updated).await.unwrap(), Removed::Removed);
    assert_eq!(client.remove_connector(&spec.id, &updated).await.unwrap(), Removed::AlreadyGone);
    let error = client.put_connector(&spec, Expect::same(updated)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(client.test_connector(&spec.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_is_not_modelled_survives_an_update() {
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
    let state = client.list_connectors().await.unwrap().remove(0);
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
async fn lost_answers_are_settled_without_a_duplicate() {
    let (simulator, client) = both().await;
    let mut spec = spec("aws1");
    simulator.fail_matching(Fault::page(502).matching("POST", "/connectors").after_commit());
    let state = create(&client, &spec).await;
    assert_eq!((count(&simulator, "POST"), count(&simulator, "GET")), (1, 1));
    spec.features.insert(Feature::Governance);
    simulator.fail_matching(Fault::page(504).matching("PUT", "/connectors").after_commit());
    let Written::Updated(state) = client.put_connector(&spec, Expect::same(state)).await.unwrap() else {
        panic!()
    };
    simulator.fail_matching(Fault::page(504).matching("DELETE", "/connectors").after_commit());
    assert_eq!(client.remove_connector(&spec.id, &state).await.unwrap(), Removed::Removed);

    // A create that had no effect is sent again once that is known.
    simulator.fail_matching(Fault::page(503).matching("POST", "/connectors"));
    create(&client, &spec).await;
    assert_eq!(simulator.connectors().len(), 1);
}

#[tokio::test]
async fn a_timeout_after_the_commit_is_settled() {
    let simulator = start(Simulator::builder()).await;
    let client = builder(&simulator.endpoint()).request_timeout(Duration::from_millis(300)).build().unwrap();
    simulator.fail_matching(Fault::page(200).matching("POST", "/connectors").after_commit().delayed(2000));
    create(&client, &spec("aws1")).await;
    assert_eq!(count(&simulator, "POST"), 1);
    assert_eq!(simulator.connectors().len(), 1);
}

#[tokio::test]
async fn only_a_failed_read_back_leaves_doubt() {
    let (simulator, client) = both().await;
    simulator.fail_matching(Fault::page(502).matching("POST", "/connectors").after_commit());
    simulator.fail_matching(Fault::page(503).matching("GET", "").times(50));
    let error = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::Unknown));
}

#[tokio::test]
async fn a_stale_write_is_planned_anew() {
    let (simulator, client) = both().await;
    let mut spec = spec("aws1");
    let state = create(&client, &spec).await;
    spec.features.insert(Feature::Governance);
    let outdated = json!({"status": "FAILURE", "code": "OPTIMISTIC_LOCKING_EXCEPTION", "message": "reload", "errors": null});
    simulator.fail_matching(Fault::json(400, &outdated).matching("PUT", ""));
    assert!(matches!(client.put_connector(&spec, Expect::same(state)).await.unwrap(), Written::Updated(_)));
    assert_eq!(count(&simulator, "PUT"), 2);
}

#[tokio::test]
async fn three_pages_are_listed_in_order_and_others_left_out() {
    let (simulator, client) = both().await;
    for number in (0..250).rev() {
        simulator.insert(json!({"identifier": format!("c{number:03}"), "name": "n", "type": "CEAws", "tags": {},
            "spec": {"awsAccountId": "123456789012", "crossAccountAccess": null, "featuresEnabled": ["VISIBILITY", "NEW"]}}));
    }
    simulator.insert(json!({"identifier": "k8s", "name": "k8s", "type": "CEK8sCluster", "spec": {}}));
    simulator.insert(
        json!({"identifier": "below", "orgIdentifier": "o", "name": "n", "type": "CEAws", "spec": {}}),
    );
    let listed = client.list_connectors().await.unwrap();
    assert_eq!(listed.len(), 250);
    assert!(listed.is_sorted_by(|a, b| a.id < b.id));
    assert!(listed[0].features.contains(&Named::Other("NEW".into())));
    assert_eq!(simulator.requests().len(), 4, "three pages, and the first once more");
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error() {
    let (simulator, client) = both().await;
    simulator.insert(json!({"identifier": "a", "name": "n", "type": "CEAws", "spec": {}}));
    let short = json!({"status": "SUCCESS", "data": {"totalItems": 7, "content": [], "empty": true}});
    simulator.fail_matching(Fault::json(200, &short).matching("POST", "listV2").times(4));
    assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(client.list_connectors().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_pace_keeps_below_the_servers_limit() {
    let window = Duration::from_millis(400);
    let simulator = start(Simulator::builder().rate_limit(Some(5)).window(window)).await;
    let client = builder(&simulator.endpoint())
        .calls_per_minute(5)
        .pacing_window(Duration::from_millis(500))
        .build()
        .unwrap();
    let begin = Instant::now();
    let clones: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.list_connectors().await.map(drop) })
        })
        .collect();
    for clone in clones {
        clone.await.unwrap().unwrap();
    }
    assert!(begin.elapsed() >= Duration::from_millis(1500), "{:?}", begin.elapsed());
    assert!(simulator.requests().iter().all(|request| request.status == 200));
    assert_eq!(simulator.requests().len(), 16);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let simulator = start(Simulator::builder().rate_limit(Some(2)).window(Duration::from_millis(200))).await;
    let client =
        builder(&simulator.endpoint()).retries(8).retry_delay(Duration::from_millis(50)).build().unwrap();
    for _ in 0..5 {
        client.list_connectors().await.unwrap();
    }
    assert!(simulator.requests().iter().any(|request| request.status == 429));
    let begin = Instant::now();
    simulator.fail_next(Fault::page(429).retry_after(1));
    tokio::time::sleep(Duration::from_millis(250)).await;
    client.list_connectors().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1), "Retry-After is honoured");
}

#[tokio::test]
async fn every_refusal_has_its_kind() {
    let (simulator, client) = both().await;
    let error = |code: &str, message: &str| {
        json!({"status": "ERROR", "code": code, "message": message, "correlationId": "c", "detailedMessage": null,
            "responseMessages": [{"code": code, "level": "ERROR", "message": message}], "metadata": null})
    };
    let failure = json!({"status": "FAILURE", "code": "INVALID_REQUEST", "message": "identifier: cannot be empty",
        "errors": [{"fieldId": "identifier", "error": "cannot be empty"}]});
    let denied = json!({"status": "SUCCESS", "data": {"connector": null, "governanceMetadata": {"deny": true, "status": "error"}}});
    let table: [(u16, Value, ErrorKind, bool); 10] = [
        (401, error("INVALID_TOKEN", "Token is not valid."), ErrorKind::Unauthenticated, true),
        (403, error("NG_ACCESS_DENIED", "Missing permission core_connector_edit"), ErrorKind::Denied, true),
        (400, failure, ErrorKind::Invalid, true),
        (
            400,
            json!({"code": 400, "message": "Unable to process JSON", "details": "d"}),
            ErrorKind::Invalid,
            true,
        ),
        (
            400,
            error("INVALID_REQUEST", "Invalid request: Exceeded static limitation. Current Limit: 100"),
            ErrorKind::LimitExceeded,
            true,
        ),
        (
            400,
            error("ENTITY_REFERENCE_EXCEPTION", "Could not delete the connector"),
            ErrorKind::Conflict,
            true,
        ),
        (415, error("MEDIA_NOT_SUPPORTED", "no"), ErrorKind::Invalid, false),
        (200, denied, ErrorKind::Denied, true),
        (404, error("SOMETHING", "no such thing"), ErrorKind::Protocol, true),
        (302, json!("moved"), ErrorKind::Protocol, true),
    ];
    for (status, body, kind, remedy) in table {
        simulator.fail_next(Fault::json(status, &body));
        let error = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert_eq!(error.effect(), Effect::None, "{error}");
        assert_eq!(error.remedy().is_some(), remedy, "{error}");
    }
    // A page of a gateway is never taken for "not found".
    simulator.fail_next(Fault::page(404));
    let gone = client
        .remove_connector(&"aws1".parse().unwrap(), &ConnectorState::new("aws1".parse().unwrap()))
        .await;
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::Protocol);
    simulator.fail_matching(Fault::page(500).times(4));
    assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Unavailable);
    simulator.fail_matching(Fault::page(429).times(4));
    assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Throttled);
}

#[tokio::test]
async fn a_failed_test_is_an_answer() {
    let (simulator, client) = both().await;
    create(&client, &spec("aws1")).await;
    simulator.edit("aws1", |record| record["connector"]["spec"]["isAWSGovCloudAccount"] = json!(true));
    let ConnectionTest::Failed(failure) = client.test_connector(&"aws1".parse().unwrap()).await.unwrap()
    else {
        panic!("GovCloud has no visibility")
    };
    assert_eq!(failure.summary, "Some of the selected features are not supported currently");
    let listed = client.list_connectors().await.unwrap();
    assert!(matches!(listed[0].health, Health::Failure(_)));
}

#[tokio::test]
async fn an_unreachable_endpoint_is_named_and_the_key_never_shown() {
    let (simulator, client) = both().await;
    let echo = json!({"status": "ERROR", "code": "INVALID_REQUEST", "message": format!("what is {KEY}?")});
    simulator.fail_next(Fault::json(400, &echo));
    let error = client.list_connectors().await.unwrap_err();
    assert!(error.message().contains("***"), "{error}");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lost = builder(&format!("http://{unused}")).build().unwrap();
    let unreached = lost.list_connectors().await.unwrap_err();
    assert_eq!(unreached.kind(), ErrorKind::Unavailable);
    assert!(unreached.message().contains(&unused.to_string()), "{unreached}");
    for text in [
        format!("{error:?}"),
        error.report(),
        format!("{unreached:?}"),
        format!("{client:?}"),
        format!("{simulator:?}"),
    ] {
        assert!(!text.contains("MARKED"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_the_server() {
    let (simulator, _) = both().await;
    let key = Secret::new("sat.acct.uuid.wrong");
    let client = HarnessConnectors::builder("acct".parse().unwrap(), key)
        .endpoint(simulator.endpoint())
        .build()
        .unwrap();
    assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    assert_eq!(simulator.requests().len(), 1, "not tried again");
}
