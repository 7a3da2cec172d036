//! The parts of the API beyond the trait.

use std::collections::BTreeSet;

use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect, Removed};
use harness_ccm_core::id::Partition;
use harness_ccm_core::testing::connectors::{ConnectorSite, suite};
use harness_ccm_core::{Effect, ErrorKind, Retry};
use harness_ccm_simulator::{Era, Fault};
use serde_json::json;

use crate::support::{both, count, create, spec};

#[tokio::test]
async fn one_connector_is_read_by_its_identifier() {
    let (simulator, client) = both().await;
    let made = create(&client, &spec("aws1")).await;
    let read = client.get_connector(&"aws1".parse().unwrap()).await.unwrap().unwrap();
    assert!(read.same_as(&made));
    assert_eq!(client.get_connector(&"aws2".parse().unwrap()).await.unwrap(), None);
    simulator.insert(json!({"identifier": "jira", "name": "jira", "type": "Jira", "spec": {}}));
    let error = client.get_connector(&"jira".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_thousand_connectors_are_read_in_one_call() {
    let (simulator, client) = both().await;
    let ids: BTreeSet<_> = (0..1_500).map(|number| format!("c{number:04}")).collect();
    for id in ids.iter().filter(|id| !id.ends_with('7')) {
        simulator.insert(json!({"identifier": id, "name": "n", "type": "CEAws", "tags": {},
            "spec": {"awsAccountId": "123456789012", "featuresEnabled": ["VISIBILITY"]}}));
    }
    simulator.insert(json!({"identifier": "c0007", "name": "n", "type": "CEAzure", "spec": {}}));
    let read = client.read_connectors(&ids.iter().map(|id| id.parse().unwrap()).collect()).await.unwrap();
    assert_eq!(read.len(), 1_350);
    assert!(read.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(count(&simulator, "POST"), 2);
    assert_eq!(client.read_connectors(&BTreeSet::new()).await.unwrap(), []);
    assert_eq!(simulator.requests().len(), 2, "nothing asked, nothing sent");
}

#[tokio::test]
async fn an_identifier_is_free_until_anything_has_it() {
    let (simulator, client) = both().await;
    let id = "aws1".parse().unwrap();
    assert!(client.is_identifier_free(&id).await.unwrap());
    simulator.insert(json!({"identifier": "aws1", "name": "n", "type": "CEAzure", "spec": {}}));
    assert!(!client.is_identifier_free(&id).await.unwrap());
}

#[tokio::test]
async fn the_aws_account_and_external_id_of_harness_are_read() {
    let (simulator, client) = both().await;
    let us = client.account_connection(Partition::Aws).await.unwrap();
    assert_eq!(us.aws_account.as_str(), "891928451355");
    assert_eq!(us.external_id.as_str(), "harness:891928451355:acct");
    assert!(us.template_url.is_some_and(|url| url.ends_with("HarnessAWSTemplate.yaml")));
    let gov = client.account_connection(Partition::UsGov).await.unwrap();
    assert_eq!(gov.aws_account, us.aws_account);
    assert!(gov.launch_url.is_some_and(|url| url.contains("amazonaws-us-gov.com")));
    // Harness stores its account as a number.
    for number in [json!("54036368597"), json!(54_036_368_597_u64)] {
        let detail = json!({"status": "SUCCESS", "data": {"externalId": "harness:54036368597:acct",
            "harnessAccountId": number}});
        simulator.fail_next(Fault::json(200, &detail));
        let zeros = client.account_connection(Partition::Aws).await.unwrap();
        assert_eq!(zeros.aws_account.as_str(), "054036368597");
        assert_eq!(zeros.external_id.as_str(), "harness:54036368597:acct", "as the console has it");
    }
    let nothing =
        json!({"status": "SUCCESS", "data": {"externalId": "harness::acct", "harnessAccountId": "none"}});
    simulator.fail_next(Fault::json(200, &nothing));
    assert_eq!(client.account_connection(Partition::Aws).await.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn force_is_only_used_when_asked_for() {
    let (simulator, client) = both().await;
    let state = create(&client, &spec("aws1")).await;
    simulator.refer_to("aws1");
    let error = client.remove_connector(&state.id, &state).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry(), error.effect()),
        (ErrorKind::Conflict, Retry::Never, Effect::None)
    );
    assert!(simulator.requests().iter().all(|request| !request.query.contains("force")));
    let error = client.force_remove_connector(&state.id, &state).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    simulator.change_settings(|settings| settings.force_delete = true);
    let mut other = state.clone();
    other.name = "other".into();
    let error = client.force_remove_connector(&state.id, &other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "not what was expected");
    assert_eq!(client.force_remove_connector(&state.id, &state).await.unwrap(), Removed::Removed);
    assert_eq!(client.force_remove_connector(&state.id, &state).await.unwrap(), Removed::AlreadyGone);
}

#[tokio::test]
async fn the_contract_holds_for_every_form_of_not_found() {
    for era in [Era::Today, Era::NotFoundEverywhere] {
        let (simulator, client) = both().await;
        simulator.change_settings(|settings| {
            settings.era = era;
            settings.newer_fields = true;
        });
        suite(&client, &ConnectorSite::new("123456789012".parse().unwrap(), "suite_")).await;
    }
}

#[tokio::test]
async fn an_older_server_keeps_what_it_can_and_says_what_it_left_out() {
    let (simulator, client) = both().await;
    simulator.change_settings(|settings| settings.era = Era::Y2023);
    let mut spec = spec("aws1");
    create(&client, &spec).await;
    assert_eq!(client.test_connector(&spec.id).await.unwrap(), ConnectionTest::Passed);
    assert_eq!(client.get_connector(&"aws2".parse().unwrap()).await.unwrap(), None);
    spec.id = "aws2".parse().unwrap();
    spec.settings.session = Some(7200.try_into().unwrap());
    let error = client.put_connector(&spec, Expect::Absent).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::Unknown));
    assert!(error.message().ends_with("left out: assumeRoleSessionDuration"), "{error}");
}
