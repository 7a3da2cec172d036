//! Items 4 to 7, 9, 12 and 17: creates, updates and removals.

use harness_ccm_simulator::{Era, SavePolicy, Simulator, StoredReport};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Got, Site, connector, identifiers, until};

fn without(mut connector: Value, place: &str) -> Value {
    let (parent, field) = place.rsplit_once('/').unwrap();
    connector.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field);
    connector
}

fn set(mut connector: Value, place: &str, value: Value) -> Value {
    *connector.pointer_mut(place).unwrap() = value;
    connector
}

#[track_caller]
fn violates(got: &Got, violations: &[(&str, &str)]) {
    let joined: Vec<_> = violations.iter().map(|(field, error)| format!("{field}: {error}")).collect();
    got.is(400, "INVALID_REQUEST", &joined.join(", "));
    let errors: Vec<_> =
        violations.iter().map(|(field, error)| json!({"fieldId": field, "error": error})).collect();
    assert_eq!((&got.json()["status"], &got.json()["errors"]), (&json!("FAILURE"), &json!(errors)));
}

#[tokio::test]
async fn item_04_all_violations_together() {
    let site = Site::start().await;
    let bad_id = "can be 128 characters long and can only contain alphanumeric, underscore and $ characters, \
                  and not start with a number or $";
    let bad_name = "can only contain alphanumeric, dot, hyphen, forward slash and underscore characters.";
    let mut bad = connector("1-x");
    bad["name"] = json!("R&D");
    bad["spec"]["featuresEnabled"] = json!([]);
    bad["spec"]["crossAccountAccess"] = Value::Null;
    let all = [
        ("identifier", bad_id),
        ("name", bad_name),
        ("featuresEnabled", "FeaturesEnabled can't be empty"),
        ("crossAccountAccess", "must not be null"),
    ];
    violates(&site.create(&bad).await, &all);
    violates(&site.put(&bad).await, &all);
    for id in ["1a", "$a", "a-b", "a b", "ä", &"a".repeat(129)] {
        violates(
            &site.create(&set(connector("x"), "/identifier", json!(id))).await,
            &[("identifier", bad_id)],
        );
    }
    for id in ["or", "stepGroup", "account", "class", "shellScriptProvisioner"] {
        let keyword = format!("{id} is a keyword, so cannot be used");
        violates(&site.create(&connector(id)).await, &[("identifier", &keyword)]);
    }
    for empty in [json!(""), Value::Null] {
        let nameless = set(set(connector("x"), "/identifier", empty.clone()), "/name", empty);
        violates(
            &site.create(&nameless).await,
            &[("identifier", "cannot be empty"), ("name", "cannot be empty.")],
        );
    }
    let long = set(connector("x"), "/name", json!("n".repeat(129)));
    violates(&site.create(&long).await, &[("name", "cannot be more than 128 characters long.")]);
    let typeless = without(without(connector("x"), "/type"), "/spec");
    violates(&site.create(&typeless).await, &[("type", "must not be null"), ("spec", "must not be null")]);
    let built_in = site.create(&connector("harnessSecretManager")).await;
    assert_eq!((built_in.status, &built_in.json()["code"]), (400, &json!("INVALID_REQUEST")));
    assert_eq!(site.simulator.connectors().len(), 0);
    for id in ["OR", "_", "a$1", &"a".repeat(128)] {
        let fine = set(connector("x"), "/identifier", json!(id));
        site.create(&set(fine, "/name", json!("a-b_c.d e/f"))).await.data();
    }
}

#[tokio::test]
async fn item_04_the_checks_come_in_order() {
    let policy = SavePolicy::new("owners", "every connector needs an owner").requires_tag("owner");
    let site = Site::of(Simulator::builder().settings(|settings| settings.policies.push(policy))).await;
    // The order of the checks: fields, policy, existing identifier, rules of the type.
    let invalid = set(connector("aws1"), "/name", json!(""));
    violates(&site.create(&invalid).await, &[("name", "cannot be empty.")]);
    let denied = site.create(&connector("aws1")).await.data();
    assert_eq!(denied["connector"], Value::Null);
    let governance = &denied["governanceMetadata"];
    assert_eq!((&governance["deny"], &governance["status"]), (&json!(true), &json!("error")));
    assert_eq!(
        governance["details"][0]["policyMetadata"][0]["denyMessages"],
        json!(["every connector needs an owner"])
    );
    assert_eq!(site.simulator.connectors().len(), 0);

    let owned = set(connector("aws1"), "/tags", json!({"owner": "me"}));
    site.create(&owned).await.data();
    let wrong = set(owned.clone(), "/spec/awsAccountId", json!("999999999999"));
    let taken = "Invalid request: Connector: aws1 has been given an identifier: aws1 that already exists. \
                 Please enter a unique ID.";
    site.create(&wrong).await.is(400, "INVALID_REQUEST", taken);
    assert_eq!(site.put(&connector("aws1")).await.data()["connector"], Value::Null, "updates are judged too");
}

#[tokio::test]
async fn item_04_the_rules_of_the_type() {
    let site = Site::start().await;
    let billing = set(connector("aws1"), "/spec/featuresEnabled", json!(["BILLING"]));
    let message = "Invalid request: curAttributes should be provided when the features 'BILLING' is enabled.";
    site.create(&billing).await.is(400, "INVALID_REQUEST", message);
    let half = set(billing.clone(), "/spec/curAttributes", json!({"reportName": "r"}));
    violates(&site.create(&half).await, &[("s3BucketName", "must not be null")]);
    let message = "Invalid request: accountId in role arn does not match accountId in overview screen";
    let other = set(connector("aws1"), "/spec/awsAccountId", json!("999999999999"));
    site.create(&other).await.is(400, "INVALID_REQUEST", message);
    site.create(&without(connector("aws1"), "/spec/awsAccountId")).await.is(400, "INVALID_REQUEST", message);
    let arn = "/spec/crossAccountAccess/crossAccountRoleArn";
    for malformed in ["HarnessCERole", "arn:aws:iam", "arn:aws:iam::123456789012:"] {
        let got = site.create(&set(connector("aws1"), arn, json!(malformed))).await;
        assert_eq!((got.status, &got.json()["code"]), (500, &json!("UNKNOWN_ERROR")), "{malformed}");
    }
    site.simulator.change_settings(|settings| settings.connector_limit = Some(1));
    site.create(&connector("aws1")).await.data();
    let full = site.create(&connector("aws2")).await;
    full.is(400, "INVALID_REQUEST", "Invalid request: Exceeded static limitation. Current Limit: 1");
}

#[tokio::test]
async fn item_05_what_is_stored_is_normal() {
    let report = StoredReport::new("cur", "costs", "eu-west-1", "daily");
    let site = Site::of(Simulator::builder().settings(|settings| settings.reports.push(report))).await;
    let mut sent = connector("aws1");
    sent["orgIdentifier"] = json!("");
    sent["projectIdentifier"] = json!("");
    sent["accountIdentifier"] = json!("somebody else's");
    sent["description"] = json!("");
    sent["tags"] = Value::Null;
    sent["type"] = json!("ceaws");
    sent["spec"]["curAttributes"] = json!({"reportName": "", "s3BucketName": ""});
    sent["spec"]["featuresEnabled"] = json!(["GOVERNANCE", "VISIBILITY", "GOVERNANCE"]);
    let stored = site.create(&sent).await.data()["connector"].take();
    assert_eq!(stored["type"], "CEAws");
    assert_eq!((&stored["orgIdentifier"], &stored["projectIdentifier"]), (&Value::Null, &Value::Null));
    assert_eq!(stored["accountIdentifier"], ACCOUNT);
    assert_eq!(
        (&stored["tags"], &stored["description"]),
        (&json!({}), &json!("")),
        "a description stays as sent"
    );
    assert_eq!(stored["spec"]["curAttributes"], Value::Null, "dropped without BILLING");
    assert_eq!(stored["spec"]["featuresEnabled"], json!(["GOVERNANCE", "VISIBILITY", "GOVERNANCE"]));

    let billing = |name: &str| {
        let mut sent = connector(&format!("aws_{name}"));
        sent["spec"]["featuresEnabled"] = json!(["BILLING"]);
        sent["spec"]["curAttributes"] =
            json!({"reportName": name, "s3BucketName": "costs", "region": "us-east-1", "s3Prefix": "mine"});
        sent
    };
    let found = site.create(&billing("cur")).await.data();
    assert_eq!(
        found["connector"]["spec"]["curAttributes"],
        json!({"reportName": "cur", "s3BucketName": "costs", "region": "eu-west-1", "s3Prefix": "daily"}),
        "looked up in AWS, whatever was sent"
    );
    let unknown = site.create(&billing("none")).await.data();
    assert_eq!(
        unknown["connector"]["spec"]["curAttributes"],
        json!({"reportName": "none", "s3BucketName": "costs", "region": null, "s3Prefix": null})
    );
    let bare = without(
        without(connector("aws2"), "/spec/crossAccountAccess/externalId"),
        "/spec/isAWSGovCloudAccount",
    );
    let spec = site.create(&bare).await.data()["connector"]["spec"].take();
    assert_eq!(spec["crossAccountAccess"]["externalId"], Value::Null, "nulls are written out");
    assert_eq!(spec["isAWSGovCloudAccount"], Value::Null);
}

#[tokio::test]
async fn item_06_a_new_connector_is_pending_until_it_is_tested() {
    let site = Site::start().await;
    let begin = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let created = site.create(&connector("aws1")).await.data();
    let at = created["createdAt"].as_i64().unwrap();
    assert!(u128::try_from(at).unwrap() >= begin, "milliseconds");
    assert_eq!(
        created,
        json!({
            "connector": created["connector"], "createdAt": at, "lastModifiedAt": at,
            "status": {"status": "PENDING", "errorSummary": null, "errors": null, "testedAt": 0, "lastTestedAt": 0,
                "lastConnectedAt": 0, "lastAlertSent": null},
            "activityDetails": {"lastActivityTime": at}, "harnessManaged": false,
            "gitDetails": {"objectId": null, "branch": null, "repoIdentifier": null, "rootFolder": null,
                "filePath": null, "repoName": null},
            "entityValidityDetails": {"valid": true, "invalidYaml": null}, "governanceMetadata": null,
            "isFavorite": false
        })
    );
    until(|| site.simulator.connectors()[0]["status"]["status"] == "SUCCESS").await;
    let tested = site.get("/connectors/aws1").await.data();
    assert_eq!(tested["lastModifiedAt"], at, "a test is no modification");
    assert_eq!(tested["connector"], created["connector"]);
    assert!(tested["status"]["lastConnectedAt"].as_i64().unwrap() >= at);
}

#[tokio::test]
async fn item_07_an_update_replaces_everything_else() {
    let site = Site::start().await;
    let mut full = connector("aws1");
    full["description"] = json!("by hand");
    full["tags"] = json!({"team": "payments"});
    full["spec"]["commitmentFeatures"] = json!(["EC2"]);
    full["spec"]["ignoreTestConnection"] = json!(true);
    full["spec"]["crossAccountAccess"]["assumeRoleSessionDuration"] = json!(7200);
    let created = site.create(&full).await.data();
    assert_eq!(created["connector"]["spec"]["commitmentFeatures"], json!(["EC2"]));
    until(|| site.simulator.connectors()[0]["status"]["status"] == "SUCCESS").await;
    let tested = site.get("/connectors/aws1").await.data();

    let mut less = connector("aws1");
    less["name"] = json!("renamed");
    for field in ["/description", "/tags", "/spec/isAWSGovCloudAccount"] {
        less = without(less, field);
    }
    let updated = site.put(&less).await.data();
    let connector_of = &updated["connector"];
    assert_eq!(connector_of["name"], "renamed");
    assert_eq!((&connector_of["description"], &connector_of["tags"]), (&Value::Null, &json!({})));
    for field in ["isAWSGovCloudAccount", "commitmentFeatures", "ignoreTestConnection"] {
        assert_eq!(connector_of["spec"][field], Value::Null, "{field} was not sent");
    }
    assert_eq!(connector_of["spec"]["crossAccountAccess"]["assumeRoleSessionDuration"], Value::Null);
    for kept in ["createdAt", "status", "activityDetails"] {
        assert_eq!(updated[kept], tested[kept], "{kept}");
    }
    assert!(updated["lastModifiedAt"].as_i64() > tested["lastModifiedAt"].as_i64());
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(site.get("/connectors/aws1").await.data(), updated, "nothing tests it again");
}

#[tokio::test]
async fn item_07_what_an_update_may_not_do() {
    let site = Site::start().await;
    let missing = format!("No connector exists with the identifier aws1 in account {ACCOUNT}");
    site.put(&connector("aws1")).await.is(400, "CONNECTOR_NOT_FOUND_EXCEPTION", &missing);
    site.create(&connector("aws1")).await.data();
    let mut other = json!({"name": "x", "identifier": "aws1", "type": "CEAzure", "spec": {"tenantId": "t"}});
    let message = format!("Invalid request: {missing} with type CEAzure");
    site.put(&other).await.is(400, "INVALID_REQUEST", &message);
    other["identifier"] = json!("azure");
    site.create(&other).await.data();
    // The key consists of scope and identifier, so this is another connector.
    let mut below = connector("aws1");
    below["orgIdentifier"] = json!("org");
    assert_eq!(site.put(&below).await.json()["code"], "CONNECTOR_NOT_FOUND_EXCEPTION");
    let no_org = format!("org [{}] not found.", "org");
    site.create(&below).await.is(404, "ENTITY_NOT_FOUND", &no_org);
    below["orgIdentifier"] = Value::Null;
    below["projectIdentifier"] = json!("p");
    let message = "Invalid request: Project p specified without the org Identifier";
    site.create(&below).await.is(400, "INVALID_REQUEST", message);
    site.simulator.change_settings(|settings| {
        settings.scopes.insert("org/p".into());
        settings.era = Era::NotFoundEverywhere;
    });
    below["orgIdentifier"] = json!("org");
    site.create(&below).await.data();
    site.put(&connector("aws9")).await.is(404, "ENTITY_NOT_FOUND", &missing.replace("aws1", "aws9"));
}

#[tokio::test]
async fn item_09_removing() {
    let site = Site::start().await;
    let gone = "Invalid request: No such connector found";
    site.delete("/connectors/aws1").await.is(400, "INVALID_REQUEST", gone);
    site.create(&connector("aws1")).await.data();
    site.simulator.refer_to("aws1");
    let used = "Could not delete the connector aws1 as it is referenced by other entities";
    site.delete("/connectors/aws1").await.is(400, "ENTITY_REFERENCE_EXCEPTION", used);
    let forced = site.delete("/connectors/aws1?forceDelete=true").await;
    assert_eq!((forced.status, &forced.json()["code"]), (400, &json!("INVALID_REQUEST")));
    let text = format!("Force Delete is not enabled for account [{ACCOUNT}]");
    assert!(forced.text.contains(&text), "{forced:?}");
    site.simulator.change_settings(|settings| settings.force_delete = true);
    site.delete("/connectors/aws1").await.is(400, "ENTITY_REFERENCE_EXCEPTION", used);
    assert_eq!(site.delete("/connectors/aws1?forceDelete=true").await.data(), json!(true));
    site.create(&connector("aws1")).await.data();
    assert_eq!(site.delete("/connectors/aws1").await.data(), json!(true), "the identifier is free at once");
    site.simulator.change_settings(|settings| settings.era = Era::NotFoundEverywhere);
    site.delete("/connectors/aws1").await.is(404, "ENTITY_NOT_FOUND", "No such connector found");
}

#[tokio::test]
async fn item_12_one_account_and_one_name_may_have_many() {
    let site = Site::start().await;
    for id in ["aws1", "aws2", "aws3"] {
        site.create(&set(connector(id), "/name", json!("the same"))).await.data();
    }
    let filter = json!({"filterType": "Connector", "ccmConnectorFilter": {"awsAccountId": "123456789012"}});
    assert_eq!(site.listed("", &filter).await.len(), 3);
}

#[tokio::test]
async fn item_17_of_two_creates_one_wins() {
    let site = Site::of(Simulator::builder().settings(|settings| settings.write_ms = 50)).await;
    let new = connector("aws1");
    let (a, b, c) = tokio::join!(site.create(&new), site.create(&new), site.create(&new));
    let mut all = [a, b, c];
    all.sort_by_key(|got| got.status);
    let [won, lost, also_lost] = all;
    won.data();
    for lost in [lost, also_lost] {
        lost.is(400, "DUPLICATE_FIELD", "Connector [aws1] already exists");
    }
    assert_eq!(site.create(&new).await.json()["code"], "INVALID_REQUEST", "once it is there for all to see");
    assert_eq!(site.simulator.connectors().len(), 1);

    let (a, b) = tokio::join!(site.put(&new), site.put(&new));
    let codes: Vec<_> =
        [a, b].iter().filter(|got| got.status != 200).map(|got| got.json()["code"].clone()).collect();
    assert_eq!(codes, ["OPTIMISTIC_LOCKING_EXCEPTION"], "of two updates one as well");
}

#[tokio::test]
async fn item_17_lists_shift_while_somebody_writes() {
    let site = Site::start().await;
    for number in 0..6 {
        site.create(&connector(&format!("c{number}"))).await.data();
    }
    let filter = json!({"filterType": "Connector"});
    let walk = async |order: &str| {
        let mut seen = Vec::new();
        for index in 0..3 {
            let path = format!("/connectors/listV2?pageSize=2&pageIndex={index}{order}");
            seen.extend(identifiers(&site.post(&path, &filter).await.data()["content"]));
            if index == 0 {
                site.put(&connector("c0")).await.data();
            }
        }
        seen
    };
    // The last connector is updated after page 0 was read. It moves to the front, and all others move by one.
    assert_eq!(walk("").await, ["c5", "c4", "c4", "c3", "c2", "c1"], "c0 is missed and c4 comes twice");
    let stable = walk("&sortOrders=identifier,ASC").await;
    assert_eq!(stable, ["c0", "c1", "c2", "c3", "c4", "c5"]);
}

/// The two bodies that version 0.45.1 of the provider was observed to send: without and with billing.
#[tokio::test]
async fn what_terraforms_provider_sends_is_taken_as_it_is_sent() {
    let site = Site::start().await;
    let plain = json!({"name": "plain", "identifier": "plain", "type": "CEAws", "_": null, "spec": {
        "crossAccountAccess": {"crossAccountRoleArn": "arn:aws:iam::111122223333:role/HarnessCERole",
            "externalId": "harness:891928451355:AbCdEfGhIjKlMnOpQrStUv"},
        "curAttributes": {"reportName": "", "s3BucketName": ""}, "awsAccountId": "111122223333",
        "featuresEnabled": ["GOVERNANCE", "VISIBILITY", "OPTIMIZATION"]}});
    let stored = site.create(&plain).await.data()["connector"].take();
    assert_eq!(stored.get("_"), None, "a member that it does not know");
    assert_eq!(
        stored["spec"]["featuresEnabled"], plain["spec"]["featuresEnabled"],
        "in the order of the set"
    );
    assert_eq!(stored["spec"]["curAttributes"], Value::Null, "dropped without BILLING");
    assert!(stored["spec"]["autostoppingFeatures"].is_null());
    let mut billing = json!({"name": "bill", "identifier": "bill", "description": "payer",
        "tags": {"solo": "", "team": "finops"}, "type": "CEAws", "_": null, "spec": {
        "crossAccountAccess": {"crossAccountRoleArn": "arn:aws:iam::444455556666:role/HarnessCERole",
            "externalId": "harness:891928451355:AbCdEfGhIjKlMnOpQrStUv"},
        "curAttributes": {"reportName": "harness-cur", "s3BucketName": "acme-cost-reports"},
        "awsAccountId": "444455556666", "featuresEnabled": ["BILLING"]}});
    let stored = site.create(&billing).await.data()["connector"].take();
    assert_eq!(
        (&stored["tags"], &stored["description"]),
        (&billing["tags"], &json!("payer")),
        "empty values stay"
    );
    assert_eq!(stored["spec"]["curAttributes"]["reportName"], "harness-cur");
    // An update with two empty strings as the report: they are stored as sent.
    billing["spec"]["curAttributes"] = json!({"reportName": "", "s3BucketName": ""});
    let stored = site.put(&billing).await.data()["connector"].take();
    let report = &stored["spec"]["curAttributes"];
    assert_eq!((&report["reportName"], &report["s3BucketName"]), (&json!(""), &json!("")));
}
