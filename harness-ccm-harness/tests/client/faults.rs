//! Lost, late and refused requests.

use std::time::{Duration, Instant};

use harness_ccm_core::backend::{ConnectorClient, Expect, Removed, Written};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::feature::Feature;
use harness_ccm_core::secret::Secret;
use harness_ccm_core::{Effect, ErrorKind};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{Fault, Simulator};
use serde_json::{Value, json};

use crate::support::{KEY, both, builder, count, create, spec, start};

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

    // A creation without an effect is sent again after that is known.
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
async fn the_last_try_is_settled_too() {
    let (simulator, _) = both().await;
    let client = builder(&simulator.endpoint()).retries(0).build().unwrap();
    let mut spec = spec("aws1");
    let settled = |error: harness_ccm_core::Error| {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::None), "{error}");
    };
    simulator.fail_next(Fault::page(502));
    settled(client.put_connector(&spec, Expect::Absent).await.unwrap_err());
    simulator.fail_next(Fault::page(502).after_commit());
    let state = create(&client, &spec).await;
    spec.features.insert(Feature::Governance);
    simulator.fail_matching(Fault::hang_up().matching("PUT", ""));
    settled(client.put_connector(&spec, Expect::same(state.clone())).await.unwrap_err());
    simulator.fail_matching(Fault::hang_up().matching("PUT", "").after_commit());
    let written = client.put_connector(&spec, Expect::same(state)).await.unwrap();
    let Written::Updated(state) = written else { panic!("{written:?}") };
    simulator.fail_matching(Fault::hang_up().matching("DELETE", ""));
    settled(client.remove_connector(&spec.id, &state).await.unwrap_err());
    simulator.fail_matching(Fault::hang_up().matching("DELETE", "").after_commit());
    assert_eq!(client.remove_connector(&spec.id, &state).await.unwrap(), Removed::Removed);
}

#[tokio::test]
async fn a_stale_write_requires_a_new_plan() {
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
async fn an_update_is_not_sent_again_over_a_concurrent_write() {
    let simulator = start(Simulator::builder().rate_limit(None)).await;
    let client = builder(&simulator.endpoint()).retry_delay(Duration::from_millis(200)).build().unwrap();
    let mut spec = spec("aws1");
    let state = create(&client, &spec).await;
    spec.features.insert(Feature::Governance);
    for fault in [Fault::page(502), Fault::hang_up(), Fault::heartbeat(), Fault::stale()] {
        simulator.forget_requests();
        simulator.edit("aws1", |record| record["connector"]["name"] = json!("aws1"));
        simulator.fail_matching(fault.clone().matching("PUT", ""));
        let update = client.put_connector(&spec, Expect::same(state.clone()));
        let meanwhile = async {
            while count(&simulator, "PUT") == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            simulator.edit("aws1", |record| record["connector"]["name"] = json!("theirs"));
        };
        let (written, ()) = tokio::join!(update, meanwhile);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::Conflict, "{fault:?}");
        assert_eq!(count(&simulator, "PUT"), 1, "{fault:?}");
        assert_eq!(simulator.connectors()[0]["connector"]["name"], "theirs");
    }
}

#[tokio::test]
async fn a_removal_is_not_sent_again_to_what_took_the_identifier() {
    let simulator = start(Simulator::builder().rate_limit(None)).await;
    let client = builder(&simulator.endpoint()).retry_delay(Duration::from_millis(200)).build().unwrap();
    let spec = spec("aws1");
    let state = create(&client, &spec).await;
    simulator.fail_matching(Fault::hang_up().matching("DELETE", "").after_commit());
    let removal = client.remove_connector(&spec.id, &state);
    let meanwhile = async {
        while !simulator.connectors().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        simulator.insert(
            json!({"connector": {"identifier": "aws1", "name": "theirs", "type": "CEAws", "spec": {}}}),
        );
    };
    let (removed, ()) = tokio::join!(removal, meanwhile);
    let error = removed.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Conflict, Effect::Unknown), "ours may be gone");
    assert_eq!(simulator.connectors().len(), 1);
}

#[tokio::test]
async fn a_creation_that_takes_effect_late_is_not_made_twice() {
    let simulator = start(Simulator::builder().rate_limit(None)).await;
    let client = builder(&simulator.endpoint())
        .request_timeout(Duration::from_millis(150))
        .retry_delay(Duration::from_millis(10))
        .retries(8)
        .build()
        .unwrap();
    simulator.fail_matching(Fault::late(400).matching("POST", "\"connector\":"));
    create(&client, &spec("aws1")).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(simulator.connectors().len(), 1);
}

#[tokio::test]
async fn heartbeat_trouble_passes_after_reading_again() {
    let (simulator, client) = both().await;
    let mut spec = spec("aws1");
    simulator.fail_matching(Fault::heartbeat().matching("POST", "\"connector\":").times(2));
    let state = create(&client, &spec).await;
    assert_eq!((count(&simulator, "POST"), count(&simulator, "GET")), (3, 2));
    spec.features.insert(Feature::Governance);
    simulator.forget_requests();
    simulator.fail_matching(Fault::heartbeat().matching("PUT", "").times(2));
    client.put_connector(&spec, Expect::same(state)).await.unwrap();
    assert_eq!((count(&simulator, "PUT"), count(&simulator, "GET")), (3, 3));
}

#[tokio::test]
async fn a_lock_that_never_opens_is_a_conflict_in_the_end() {
    let (simulator, client) = both().await;
    let mut spec = spec("aws1");
    let state = create(&client, &spec).await;
    spec.features.insert(Feature::Governance);
    simulator.fail_matching(Fault::stale().matching("PUT", "").always());
    let error = client.put_connector(&spec, Expect::same(state)).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Conflict, Effect::None));
    assert_eq!(count(&simulator, "PUT"), 4, "as many tries as any call has");
}

#[tokio::test]
async fn a_denial_by_policy_has_its_reasons() {
    let (simulator, client) = both().await;
    let denied = json!({"status": "SUCCESS", "data": {"connector": null, "governanceMetadata": {"deny": true, "status": "error",
        "details": [{"policySetName": "s", "deny": true, "policyMetadata": [
            {"policyName": "p", "denyMessages": ["no governance", "no tags"]}, {"policyName": "q", "denyMessages": []}]}]}}});
    simulator.fail_next(Fault::json(200, &denied));
    let error = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::None));
    assert!(error.message().ends_with("refuses it: no governance; no tags"), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let (simulator, client) = both().await;
    let endless = json!({"status": "SUCCESS", "data": "x".repeat(17 << 20)});
    simulator.fail_next(Fault::json(200, &endless));
    let error = client.list_connectors().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("longer than"), "{error}");
}

#[tokio::test]
async fn a_pause_that_is_too_long_is_reported_and_not_waited_for() {
    let (simulator, client) = both().await;
    simulator.fail_next(Fault::page(503).retry_after(3_600));
    let error = client.list_connectors().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("3600 s"), "{error}");
    assert_eq!(simulator.requests().len(), 1);
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
    // A page of a gateway never counts as "not found".
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
async fn an_unreachable_endpoint_is_named_and_the_key_never_shown() {
    let (simulator, client) = both().await;
    let echo = json!({"status": "ERROR", "code": "INVALID_REQUEST", "message": format!("what is {KEY}?")});
    simulator.fail_next(Fault::json(400, &echo));
    let error = client.list_connectors().await.unwrap_err();
    assert!(error.message().contains("***"), "{error}");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Without any earlier response there is no wait: the pause before a second try would be too long for this test.
    let lost = builder(&format!("http://{unused}")).retry_delay(Duration::from_hours(1)).build().unwrap();
    let unreached = tokio::time::timeout(Duration::from_secs(20), lost.list_connectors()).await;
    let unreached = unreached.expect("it was tried again").unwrap_err();
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
async fn a_server_without_tls_is_not_asked_again() {
    let (simulator, _) = both().await;
    let endpoint = simulator.endpoint().replacen("http://", "https://", 1);
    // As above: a second try would be too late.
    let client = builder(&endpoint).retry_delay(Duration::from_hours(1)).build().unwrap();
    let error = tokio::time::timeout(Duration::from_secs(20), client.list_connectors()).await;
    let error = error.expect("it was tried again").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(simulator.requests().len(), 0);
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

#[tokio::test]
async fn a_connector_that_answers_500_for_a_moment_after_its_removal_counts_as_removed() {
    let (simulator, client) = both().await;
    simulator.change_settings(|settings| settings.gone_is_error_ms = 10);
    let state = create(&client, &spec("aws1")).await;
    assert_eq!(client.remove_connector(&state.id, &state).await.unwrap(), Removed::Removed);
    assert_eq!(client.remove_connector(&state.id, &state).await.unwrap(), Removed::AlreadyGone);
    simulator.change_settings(|settings| settings.gone_is_error_ms = 60_000);
    let again = create(&client, &spec("aws1")).await;
    assert_eq!(client.remove_connector(&again.id, &again).await.unwrap(), Removed::Removed);
    // The identifier is free at once, and a creation reads nothing before it writes.
    create(&client, &spec("aws1")).await;
}

/// A gateway without a server behind it costs a client the tries of one call, and not those of every call.
#[tokio::test]
async fn during_a_lasting_outage_only_one_call_is_retried() {
    let (simulator, client) = both().await;
    for fault in [Fault::page(502), Fault::page(503), Fault::hang_up()] {
        simulator.forget_requests();
        simulator.fail_matching(fault.always());
        for sent in [4, 5] {
            assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Unavailable);
            assert_eq!(simulator.requests().len(), sent);
        }
        // Clones of the client share it.
        client.clone().key_owner().await.unwrap_err();
        assert_eq!(simulator.requests().len(), 6);
        client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
        assert_eq!(simulator.requests().len(), 8, "sent once, and read back once");
        // An answer of Harness ends the outage.
        simulator.clear_faults();
        client.list_connectors().await.unwrap();
    }
}

#[tokio::test]
async fn an_error_of_harness_is_no_outage() {
    let (simulator, client) = both().await;
    simulator.fail_matching(Fault::unknown_error().always());
    for sent in [4, 8] {
        client.list_connectors().await.unwrap_err();
        assert_eq!(simulator.requests().len(), sent);
    }
}
