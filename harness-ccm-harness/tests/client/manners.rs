//! The headers of every request, the meaning of refusals of any shape, and the owner of the key.

use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect, TestCause, Written};
use harness_ccm_core::id::{Partition, RunId};
use harness_ccm_core::{Effect, ErrorKind};
use harness_ccm_simulator::{Fault, LoggedRequest};
use serde_json::{Value, json};

use crate::support::{KEY, both, count, create, spec};

#[tokio::test]
async fn every_request_names_the_account_twice_so_that_the_gateway_finds_its_cluster() {
    let (simulator, client) = both().await;
    let state = create(&client, &spec("aws1")).await;
    client.list_connectors().await.unwrap();
    client.view().await.unwrap();
    client.read_connectors(&[spec("aws1").id].into()).await.unwrap();
    client.is_identifier_free(&spec("aws2").id).await.unwrap();
    client.test_connector(&state.id).await.unwrap();
    client.account_connection(Partition::UsGov).await.unwrap();
    client.key_owner().await.unwrap();
    let state = client.get_connector(&state.id).await.unwrap().unwrap();
    client.remove_connector(&state.id, &state).await.unwrap();
    let requests = simulator.requests();
    assert!(requests.len() >= 10);
    for request in requests {
        let names =
            |name: &str| request.query.split('&').filter(|pair| *pair == format!("{name}=acct")).count();
        assert_eq!(
            (names("accountIdentifier"), names("routingId")),
            (1, 1),
            "{} {}",
            request.path,
            request.query
        );
    }
}

/// Bodies with which Harness and gateways refuse a duplicate.
fn duplicates() -> Vec<Fault> {
    let plain = |status: u16, body: Value| Fault::json(status, &body);
    vec![
        plain(409, json!({"code": 409, "message": "Conflict"})),
        plain(409, json!({"message": "Conflict"})),
        plain(409, json!({"status": "ERROR", "code": "SOMETHING_NEW", "message": "there is one"})),
        plain(
            500,
            json!({"status": "ERROR", "code": "UNKNOWN_ERROR", "message": "E11000 duplicate key error collection: connectors"}),
        ),
        Fault::page(409),
    ]
}

#[tokio::test]
async fn a_creation_that_meets_a_conflict_of_any_shape_reads_what_is_there() {
    for fault in duplicates() {
        // The request with this response created our connector.
        let (simulator, client) = both().await;
        simulator.fail_matching(fault.clone().after_commit().matching("POST", "\"connector\""));
        let written = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap();
        assert!(matches!(written, Written::Created(_) | Written::Unchanged(_)), "{written:?}");
        assert_eq!(count(&simulator, "POST"), 1, "{fault:?}");
        // Another owner's connector exists: it is not overwritten.
        let (simulator, client) = both().await;
        let mut theirs = spec("aws1");
        theirs.owner = "somebody".parse().unwrap();
        create(&client, &theirs).await;
        simulator.fail_matching(fault.matching("POST", "\"connector\""));
        let error = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
        assert_eq!(count(&simulator, "PUT"), 0);
    }
}

#[tokio::test]
async fn a_text_that_only_response_messages_contain_is_reported() {
    let (simulator, client) = both().await;
    let body = json!({"status": "ERROR", "code": "SCM_UNEXPECTED", "message": "", "correlationId": "c", "detailedMessage": null,
        "responseMessages": [
            {"code": "HINT", "level": "INFO", "message": "look into the settings", "failureTypes": [], "failureSubTypes": [], "additionalInfo": {}},
            {"code": "SCM_UNEXPECTED", "level": "ERROR", "message": "the branch is gone", "exception": null, "failureTypes": []}
        ], "metadata": null});
    for (method, text) in [("GET", "/connectors/aws1"), ("POST", "listV2"), ("POST", "\"connector\"")] {
        simulator.clear_faults();
        simulator.fail_matching(Fault::json(400, &body).matching(method, text));
        let error = match text {
            "listV2" => client.list_connectors().await.unwrap_err(),
            "/connectors/aws1" => client.get_connector(&spec("aws1").id).await.unwrap_err(),
            _ => client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err(),
        };
        let told = error.report();
        assert!(told.contains("the branch is gone") && told.contains("look into the settings"), "{told}");
    }
    // The report does not repeat parts of the message.
    let body = json!({"code": 400, "message": "Unable to process JSON", "details": "line 1",
        "responseMessages": [{"code": "X", "message": "line 1"}]});
    simulator.fail_matching(Fault::json(400, &body).matching("GET", "/connectors/aws1"));
    let told = client.get_connector(&spec("aws1").id).await.unwrap_err().report();
    assert_eq!(
        (told.matches("line 1").count(), told.contains("Unable to process JSON")),
        (1, true),
        "{told}"
    );
}

#[tokio::test]
async fn the_owner_and_the_expiry_of_a_key_are_read() {
    let (simulator, client) = both().await;
    let owner = client.key_owner().await.unwrap();
    assert_eq!((owner.name.as_deref(), owner.valid_until), (Some("simulated"), None), "0 is for ever");
    let now = "2026-11-26T12:00:00Z".parse().unwrap();
    assert!(owner.holds_for(i64::MAX, now));
    simulator.change_settings(|settings| settings.key_valid_to = Some(1_795_780_800_000));
    let owner = client.key_owner().await.unwrap();
    assert_eq!(owner.valid_until.unwrap().to_string(), "2026-11-27T12:00:00Z");
    assert!(owner.holds_for(86_399, now) && !owner.holds_for(86_400, now));
    let [.., last] = &simulator.requests()[..] else { panic!("no request") };
    assert_eq!((last.method.as_str(), last.headers["content-type"].as_str()), ("POST", "text/plain"));
    assert!(last.path.ends_with("/ng/api/token/validate"));
}

#[tokio::test]
async fn a_refused_key_is_distinguished_from_a_disabled_one() {
    let (simulator, client) = both().await;
    simulator.fail_next(Fault::unauthorized());
    let refused = client.key_owner().await.unwrap_err();
    assert_eq!((refused.kind(), refused.effect()), (ErrorKind::Unauthenticated, Effect::None));
    simulator.change_settings(|settings| settings.key_valid_to = None);
    let disabled = client.key_owner().await.unwrap_err();
    assert_eq!(disabled.kind(), ErrorKind::Denied);
    assert!(disabled.report().contains("disabled"), "{}", disabled.report());
}

#[tokio::test]
async fn an_answer_that_repeats_the_key_of_the_body_does_not_print_it() {
    let (simulator, client) = both().await;
    let body = json!({"status": "ERROR", "code": "INVALID_TOKEN", "message": format!("not valid: {KEY}"), "responseMessages": [{"code": "X", "message": KEY}]});
    simulator.fail_next(Fault::json(400, &body));
    let error = client.key_owner().await.unwrap_err();
    for told in [error.report(), format!("{error:?}"), error.to_string()] {
        assert!(!told.contains("MARKED"), "{told}");
    }
    assert!(simulator.requests().iter().all(|request| !format!("{request:?}").contains("MARKED")));
}

#[tokio::test]
async fn a_failed_connection_test_has_its_cause() {
    let (simulator, client) = both().await;
    let state = create(&client, &spec("aws1")).await;
    for (summary, cause) in [
        ("CUR report setting is not found", TestCause::ReportNotFound),
        ("Compression is not GZIP", TestCause::ReportCompression),
        ("Time Granularity is not Hourly", TestCause::ReportGranularity),
        ("Include resource IDs is not enabled", TestCause::ReportWithoutResourceIds),
        ("No CUR file found", TestCause::ReportNotDelivered),
    ] {
        simulator.fail_next(Fault::test_failed(summary));
        let ConnectionTest::Failed(failure) = client.test_connector(&state.id).await.unwrap() else {
            panic!("{summary}")
        };
        assert_eq!(failure.causes(), [cause].into(), "{summary}");
    }
}

#[tokio::test]
async fn every_request_of_a_run_says_so_in_its_user_agent() {
    let (simulator, client) = both().await;
    client.list_connectors().await.unwrap();
    let run = client.clone().with_run(&RunId::of(1_800_000_000, 255));
    create(&run, &spec("aws1")).await;
    let requests = simulator.requests();
    let named = |request: &&LoggedRequest| request.headers["user-agent"].ends_with(" run/6b49d200-00ff");
    let (after, before): (Vec<_>, Vec<_>) = requests.iter().partition(named);
    assert!(!before.is_empty() && before.iter().all(|request| request.path.contains("listV2")), "{before:?}");
    assert!(!after.is_empty());
    assert!(requests.iter().all(|request| request.headers["user-agent"].starts_with("harness-ccm/")));
}
