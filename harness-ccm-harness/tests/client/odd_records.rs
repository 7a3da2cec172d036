//! Records that break Harness' rules, or have a field of an undocumented shape: each is reported, and ends nothing.

use harness_ccm_core::backend::{ConnectorClient, Expect};
use harness_ccm_core::connector::{Health, UnreadableConnector};
use harness_ccm_core::{Effect, ErrorKind};
use serde_json::{Value, json};

use crate::support::{both, count, create, spec};

/// A connector as the API returns it, with one value replaced.
fn record_with(pointer: &str, value: Value) -> Value {
    let mut record = json!({
        "connector": {
            "identifier": "odd", "name": "odd", "type": "CEAws", "tags": {"a": "b"}, "orgIdentifier": null,
            "spec": {
                "awsAccountId": "111122223333", "isAWSGovCloudAccount": null, "featuresEnabled": ["VISIBILITY"],
                "crossAccountAccess": {
                    "crossAccountRoleArn": "arn:aws:iam::444455556666:role/HarnessCERole", "externalId": "e",
                    "assumeRoleSessionDuration": null
                },
                "curAttributes": {"reportName": "r", "s3BucketName": "b", "reportType": null},
                "autostoppingFeatures": ["EC2"], "commitmentFeatures": null, "ignoreTestConnection": null,
                "credential": {"type": "Default", "region": null, "spec": null}
            }
        },
        "createdAt": 17, "status": {"status": "SUCCESS", "testedAt": 18}, "governanceMetadata": null
    });
    if let Some(place) = record.pointer_mut(pointer) {
        *place = value;
    } else {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        record.pointer_mut(parent).unwrap()[key] = value;
    }
    record
}

/// The result of a listing with a record between two valid ones, which it must not affect.
async fn listed(
    record: Value,
) -> (Vec<harness_ccm_core::connector::ConnectorState>, Vec<UnreadableConnector>) {
    let (simulator, client) = both().await;
    create(&client, &spec("before")).await;
    let answer = json!({"status": "SUCCESS", "data": {"totalItems": 3, "content": [
        simulator.connectors()[0].clone(), record, record_with("/connector/identifier", json!("behind")),
    ]}});
    simulator.fail_matching(harness_ccm_simulator::Fault::json(200, &answer).matching("POST", "listV2"));
    let mut listed = client.list_connectors().await.unwrap();
    let is_good = |id: &str| ["before", "behind"].contains(&id);
    assert_eq!(listed.connectors.iter().filter(|state| is_good(state.id.as_str())).count(), 2);
    listed.connectors.retain(|state| !is_good(state.id.as_str()));
    (listed.connectors, listed.unreadable)
}

#[tokio::test]
async fn one_unreadable_record_is_returned_separately_and_the_others_are_listed() {
    let at = |field: &str| format!("/connector{field}");
    let fields = [
        "/identifier",
        "/name",
        "/tags",
        "/type",
        "/spec",
        "/spec/awsAccountId",
        "/spec/isAWSGovCloudAccount",
        "/spec/featuresEnabled",
        "/spec/featuresEnabled/0",
        "/spec/crossAccountAccess",
        "/spec/crossAccountAccess/crossAccountRoleArn",
        "/spec/crossAccountAccess/externalId",
        "/spec/crossAccountAccess/assumeRoleSessionDuration",
        "/spec/curAttributes",
        "/spec/curAttributes/reportName",
        "/spec/curAttributes/s3BucketName",
        "/spec/curAttributes/reportType",
        "/spec/autostoppingFeatures",
        "/spec/autostoppingFeatures/0",
        "/spec/commitmentFeatures",
        "/spec/ignoreTestConnection",
        "/spec/credential",
        "/spec/credential/type",
        "/spec/credential/spec",
    ];
    let shapes = [json!(5.5), json!(u64::MAX), json!({"a": [1]}), json!([[{}]]), json!("\u{1b}[2J")];
    for field in fields.map(at).into_iter().chain(["/createdAt".into(), "/connector".into()]) {
        for shape in &shapes {
            // A text or an object may be valid there.
            let fits = shape.is_string()
                && ["/name", "externalId", "Arn", "reportName", "s3BucketName", "Type", "/type", "/0"]
                    .iter()
                    .any(|end| field.ends_with(end))
                || shape.is_object()
                    && ["/spec", "Access", "Attributes", "credential", "/tags"]
                        .iter()
                        .any(|end| field.ends_with(end));
            let (connectors, unreadable) = listed(record_with(&field, shape.clone())).await;
            if fits {
                assert_eq!(unreadable, [], "{field} {shape}");
                continue;
            }
            assert_eq!((connectors.len(), unreadable.len()), (0, 1), "{field} {shape}");
            let odd = &unreadable[0];
            let last = field.rsplit('/').find(|part| part.parse::<u8>().is_err()).unwrap();
            assert!(odd.note.contains(last) || odd.note.contains("record"), "{field}: {}", odd.note);
            assert!(odd.note.len() < 300, "{}", odd.note);
        }
    }
}

#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_not_taken_for_one_without_fields() {
    for field in ["", "/spec", "/spec/crossAccountAccess", "/spec/curAttributes", "/spec/credential", "/tags"]
    {
        let (connectors, unreadable) = listed(record_with(&format!("/connector{field}"), json!([]))).await;
        assert_eq!((connectors.len(), unreadable.len()), (0, 1), "{field}");
    }
}

#[tokio::test]
async fn invalid_identifiers_are_reported_unchanged() {
    for id in ["prod-1", "1prod", "a b", "", "über", "../../other", &"x".repeat(129)] {
        let (connectors, unreadable) = listed(record_with("/connector/identifier", json!(id))).await;
        assert_eq!((connectors.len(), unreadable.len()), (0, 1), "{id}");
        let odd = &unreadable[0];
        assert_eq!((odd.name.as_str(), &odd.id), (&id[..id.len().min(128)], &None));
        assert_eq!(odd.account.as_ref().unwrap().as_str(), "111122223333");
        assert!(odd.note.contains("begins with a letter"), "{}", odd.note);
    }
    for id in [json!(null), json!(7), json!(["a"])] {
        let (connectors, unreadable) = listed(record_with("/connector/identifier", id.clone())).await;
        assert_eq!((connectors.len(), unreadable.len()), (0, 1), "{id}");
    }
}

#[tokio::test]
async fn the_account_of_an_unreadable_record_is_known_if_any_field_names_it() {
    let account =
        |unreadable: Vec<UnreadableConnector>| unreadable[0].account.as_ref().map(ToString::to_string);
    let of = async |pointer: &str, value: Value| account(listed(record_with(pointer, value)).await.1);
    assert_eq!(of("/connector/name", json!(1)).await.unwrap(), "111122223333");
    // A number has lost its leading zeros.
    assert_eq!(of("/connector/spec/awsAccountId", json!(22_223_333)).await.unwrap(), "000022223333");
    assert_eq!(
        of("/connector/spec/awsAccountId", json!(["x"])).await.unwrap(),
        "444455556666",
        "by its role"
    );
    assert_eq!(of("/connector/spec", json!(5)).await, None);
    assert_eq!(of("/connector", json!("x")).await, None);
}

#[tokio::test]
async fn a_record_without_a_valid_account_id_that_names_a_role_belongs_to_the_account_of_the_role() {
    for shape in [json!(null), json!(""), json!("1865"), json!("no account")] {
        let (connectors, unreadable) =
            listed(record_with("/connector/spec/awsAccountId", shape.clone())).await;
        assert_eq!((connectors.len(), unreadable.len()), (0, 1), "{shape}");
        assert_eq!(unreadable[0].account.as_ref().unwrap().as_str(), "444455556666", "{shape}");
        assert!(unreadable[0].note.contains("awsAccountId"), "{}", unreadable[0]);
    }
}

#[tokio::test]
async fn test_results_and_policy_answers_of_an_unknown_shape_count_as_unknown() {
    for pointer in ["/status", "/status/status", "/status/testedAt", "/status/errors", "/governanceMetadata"]
    {
        for shape in [json!(5), json!("x"), json!([5]), json!({"a": 1}), json!(null)] {
            let (connectors, unreadable) = listed(record_with(pointer, shape.clone())).await;
            assert_eq!((connectors.len(), unreadable.len()), (1, 0), "{pointer} {shape}");
            let is_known = connectors[0].health == Health::Success;
            assert_eq!(is_known, !["/status", "/status/status"].contains(&pointer), "{pointer} {shape}");
        }
    }
}

#[tokio::test]
async fn null_and_missing_fields_are_not_errors() {
    let pointers = ["/name", "/tags", "/spec", "/spec/featuresEnabled", "/spec/crossAccountAccess"];
    for pointer in pointers {
        let (connectors, unreadable) =
            listed(record_with(&format!("/connector{pointer}"), json!(null))).await;
        assert_eq!((connectors.len(), unreadable.len()), (1, 0), "{pointer}");
    }
    for word in ["TELEPATHY", ""] {
        let (connectors, _) = listed(record_with("/connector/spec/featuresEnabled/0", json!(word))).await;
        assert_eq!(connectors.len(), 1, "an unknown word is kept");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_not_overwritten_and_not_removed() {
    let (simulator, client) = both().await;
    let wanted = spec("odd");
    let state = create(&client, &wanted).await;
    simulator.edit("odd", |record| record["connector"]["spec"]["featuresEnabled"] = json!(["VISIBILITY", 5]));
    let before = simulator.connectors();
    let writes = ["POST", "PUT", "DELETE"].map(|method| count(&simulator, method));
    let errors = [
        client.put_connector(&wanted, Expect::same(state.clone())).await.map(drop).unwrap_err(),
        client.remove_connector(&wanted.id, &state).await.map(drop).unwrap_err(),
        client.get_connector(&wanted.id).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::None), "{error}");
        assert!(error.to_string().contains("featuresEnabled[1]"), "{error}");
        assert!(error.remedy().unwrap().contains("correct or remove it"));
    }
    assert_eq!(simulator.connectors(), before);
    assert_eq!(["POST", "PUT", "DELETE"].map(|method| count(&simulator, method)), writes, "nothing was sent");
    assert_eq!(client.read_connectors(&[wanted.id.clone()].into()).await.unwrap(), [], "left out");
    client.put_connector(&spec("other"), Expect::Absent).await.unwrap();
}

#[tokio::test]
async fn a_test_result_of_an_unknown_shape_ends_only_its_own_test() {
    let (simulator, client) = both().await;
    create(&client, &spec("one")).await;
    let id = spec("one").id;
    for data in
        [json!(null), json!(5), json!([]), json!({"status": 5}), json!({"status": "FAILURE", "errors": [5]})]
    {
        let answer = json!({"status": "SUCCESS", "data": data});
        simulator.fail_next(harness_ccm_simulator::Fault::json(200, &answer));
        match client.test_connector(&id).await {
            Ok(verdict) => assert_eq!(data["status"], "FAILURE", "{verdict:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Protocol, "{data}: {error}"),
        }
    }
}
