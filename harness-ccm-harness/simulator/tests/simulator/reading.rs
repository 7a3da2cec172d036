//! Items 8, 10, 11 and 20: reads of single connectors and of lists.

use harness_ccm_simulator::{Era, LargePages, Simulator};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Site, connector, identifiers};

#[tokio::test]
async fn item_08_a_missing_connector() {
    let site = Site::start().await;
    let message = format!("Connector with identifier [aws1] not found in account [{ACCOUNT}].");
    let today = site.get("/connectors/aws1").await;
    today.is(404, "ENTITY_NOT_FOUND", &message);
    assert_eq!(today.json()["status"], "ERROR");
    site.simulator.change_settings(|settings| settings.era = Era::Y2023);
    let before = site.get("/connectors/aws1").await;
    before.is(400, "RESOURCE_NOT_FOUND_EXCEPTION", &message);
    assert_eq!((&before.json()["status"], &before.json()["errors"]), (&json!("FAILURE"), &Value::Null));
    // The server of 2023 ignores fields that were added later.
    let mut new = connector("aws1");
    new["spec"]["commitmentFeatures"] = json!(["EC2"]);
    let spec = site.create(&new).await.data()["connector"]["spec"].take();
    assert_eq!(spec.get("commitmentFeatures"), None);
    site.simulator.change_settings(|settings| settings.era = Era::NotFoundEverywhere);
    for got in [site.get("/connectors/x").await, site.test("x").await, site.delete("/connectors/x").await] {
        assert_eq!((got.status, &got.json()["code"]), (404, &json!("ENTITY_NOT_FOUND")));
    }
}

fn filter(fields: &Value) -> Value {
    let mut filter = json!({"filterType": "Connector"});
    filter.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    filter
}

/// Starts a simulator with five connectors that differ in the fields by which lists are filtered.
async fn varied() -> Site {
    let site = Site::of(Simulator::builder().settings(|settings| settings.first_test_ms = 60_000)).await;
    let add = |id: &str, name: &str, account: &str, features: &[&str], more: Value| {
        let mut record = json!({"connector": connector(id), "createdAt": 1000 + site.simulator.connectors().len(),
            "status": {"status": "PENDING"}, "isFavorite": false});
        let connector = &mut record["connector"];
        connector["name"] = json!(name);
        connector["spec"]["awsAccountId"] = json!(account);
        connector["spec"]["featuresEnabled"] = json!(features);
        for (place, value) in more.as_object().unwrap() {
            *record.pointer_mut(place).unwrap() = value.clone();
        }
        site.simulator.insert(record);
    };
    let status = "/status/status";
    add(
        "a",
        "data prod",
        "111111111111",
        &["BILLING"],
        json!({"/connector/tags": {"team": "x", "env": "prod"}}),
    );
    add(
        "b",
        "Data Dev",
        "222222222222",
        &["VISIBILITY", "GOVERNANCE"],
        json!({"/connector/tags": {"team": "y"}}),
    );
    add(
        "c",
        "web",
        "222222222222",
        &["GOVERNANCE"],
        json!({"/connector/description": "the Data web", status: "FAILURE"}),
    );
    add(
        "d",
        "api.v1",
        "333333333333",
        &["OPTIMIZATION"],
        json!({status: "SUCCESS", "/connector/type": "CEAzure"}),
    );
    add(
        "e",
        "apixv1",
        "444444444444",
        &["BILLING", "OPTIMIZATION"],
        json!({status: "SUCCESS", "/isFavorite": true}),
    );
    site
}

#[tokio::test]
async fn item_10_every_filter() {
    let site = varied().await;
    let table = [
        (json!({}), "abcde"),
        (json!({"types": ["CEAws"]}), "abce"),
        (json!({"types": ["ceazure"]}), "d"),
        (json!({"types": ["CEAzure", "Jira"]}), "d"),
        (json!({"categories": ["CLOUD_COST"]}), "abcde"),
        (json!({"categories": ["MONITORING"]}), ""),
        (json!({"connectorIdentifiers": ["a", "e", "z"]}), "ae"),
        (json!({"connectorNames": ["^data"]}), "ab"),
        (json!({"connectorNames": ["^web$", "dev"]}), "bc"),
        (json!({"connectorNames": ["api.v1"]}), "de"),
        (json!({"connectorNames": ["api\\.v1"]}), "d"),
        (json!({"description": "nothing web"}), "c"),
        (json!({"tags": {"team": "x"}}), "a"),
        (json!({"tags": {"team": "y", "env": "prod"}}), "ab"),
        (json!({"tags": {"team": "X"}}), ""),
        (json!({"connectivityStatuses": ["FAILURE"]}), "c"),
        (json!({"connectivityStatuses": ["SUCCESS", "PENDING"]}), "abde"),
        (json!({"connectorConnectivityModes": ["MANAGER"]}), "abce"),
        (json!({"inheritingCredentialsFromDelegate": true}), ""),
        (json!({"inheritingCredentialsFromDelegate": false}), "abcde"),
        (json!({"ccmConnectorFilter": {"awsAccountId": "222222222222"}}), "bc"),
        (json!({"ccmConnectorFilter": {"awsAccountIds": ["111111111111", "444444444444"]}}), "ae"),
        (
            json!({"ccmConnectorFilter": {"awsAccountId": "111111111111", "awsAccountIds": ["222222222222"]}}),
            "abc",
        ),
        (json!({"ccmConnectorFilter": {"featuresEnabled": ["BILLING", "VISIBILITY"]}}), "abe"),
        (json!({"ccmConnectorFilter": {"featuresDisabled": ["BILLING", "GOVERNANCE"]}}), "d"),
        (
            json!({"types": ["CEAws"], "ccmConnectorFilter": {"featuresEnabled": ["BILLING"], "featuresDisabled": ["OPTIMIZATION"]}}),
            "a",
        ),
        (json!({"ccmConnectorFilter": {"k8sConnectorRef": ["x"]}, "unknown": 1}), "abcde"),
    ];
    for (fields, wanted) in table {
        let found = site.listed("?sortOrders=identifier,ASC", &filter(&fields)).await;
        assert_eq!(found.concat(), wanted, "{fields}");
    }
    for (term, wanted) in [
        ("DATA", "abc"),
        ("%5Eapi", "de"),
        ("team", "ab"),
        ("team%3Ay", "b"),
        ("team%3A", ""),
        ("%5Ec$", "c"),
        ("nothing", ""),
    ] {
        let found =
            site.listed(&format!("?sortOrders=identifier,ASC&searchTerm={term}"), &filter(&json!({}))).await;
        assert_eq!(found.concat(), wanted, "{term}");
    }
    assert_eq!(site.listed("?onlyFavorites=true", &filter(&json!({}))).await, ["e"]);
    let both = site.post("/connectors/listV2?filterIdentifier=saved", &filter(&json!({}))).await;
    let message = "Invalid request: Can not apply both filter properties and saved filter together";
    both.is(400, "INVALID_REQUEST", message);
    let bad = site.post("/connectors/listV2?searchTerm=%5B", &filter(&json!({}))).await;
    assert_eq!(bad.status, 500, "no regular expression");
}

#[tokio::test]
async fn item_10_scopes_are_exact() {
    let site = Site::start().await;
    let scopes = [
        ("acc", None, None),
        ("org", Some("o"), None),
        ("prj", Some("o"), Some("p")),
        ("oth", Some("q"), None),
    ];
    for (id, org, project) in scopes {
        let mut connector = connector(id);
        connector["orgIdentifier"] = json!(org);
        connector["projectIdentifier"] = json!(project);
        site.simulator.insert(connector);
    }
    for (query, wanted) in [
        ("?orgIdentifier=&projectIdentifier=", vec!["acc"]),
        ("?orgIdentifier=o", vec!["org"]),
        ("?orgIdentifier=o&projectIdentifier=p", vec!["prj"]),
        ("?includeAllConnectorsAvailableAtScope=true", vec!["acc"]),
        ("?orgIdentifier=o&includeAllConnectorsAvailableAtScope=true", vec!["acc", "org"]),
        (
            "?orgIdentifier=o&projectIdentifier=p&includeAllConnectorsAvailableAtScope=true",
            vec!["acc", "org", "prj"],
        ),
    ] {
        let mut found = site.listed(query, &filter(&json!({}))).await;
        found.sort();
        assert_eq!(found, wanted, "{query}");
    }
    assert_eq!(site.get("/connectors/org").await.status, 404);
    site.get("/connectors/org?orgIdentifier=o").await.data();
}

#[tokio::test]
async fn item_10_orders_and_pages() {
    let site = varied().await;
    let all = filter(&json!({}));
    site.put(&connector("c")).await.data();
    assert_eq!(site.listed("", &all).await[0], "c", "last modified first");
    for (order, wanted) in [
        ("createdAt,ASC", "abcde"),
        ("createdAt,DESC", "edcba"),
        ("identifier,DESC", "edcba"),
        ("name,ASC", "bdeca"),
        ("type,DESC&sortOrders=identifier,DESC", "decba"),
        ("name%2CASC", "bdeca"),
        ("unheardOf,ASC", "abcde"),
    ] {
        let path = format!("?sortOrders={order}");
        let found = site.listed(&path, &all).await.concat();
        assert_eq!(found, wanted, "{order}");
    }
    let page = async |query: &str| {
        let mut page =
            site.post(&format!("/connectors/listV2?sortOrders=identifier,ASC&{query}"), &all).await.data();
        let content = page["content"].take();
        (identifiers(&content).concat(), page)
    };
    let (content, shape) = page("pageSize=2&pageIndex=1").await;
    assert_eq!(content, "cd");
    assert_eq!(
        shape,
        json!({"totalPages": 3, "totalItems": 5, "pageItemCount": 2, "pageSize": 2, "content": null, "pageIndex": 1,
            "empty": false, "pageToken": null})
    );
    let (content, shape) = page("pageSize=2&pageIndex=7").await;
    assert_eq!(content, "", "past the end there is an empty page");
    assert_eq!(
        (&shape["empty"], &shape["totalItems"], &shape["pageIndex"]),
        (&json!(true), &json!(5), &json!(7))
    );
    for bad in ["pageIndex=-1", "pageSize=0", "pageSize=-5"] {
        let got = site.post(&format!("/connectors/listV2?{bad}"), &all).await;
        assert_eq!((got.status, &got.json()["code"]), (500, &json!("UNKNOWN_ERROR")), "{bad}");
    }
}

#[tokio::test]
async fn item_10_large_pages() {
    let site = Site::start().await;
    for number in 0..150 {
        site.simulator.insert(connector(&format!("c{number:03}")));
    }
    let page =
        async |query: &str| site.post(&format!("/connectors/listV2?{query}"), &filter(&json!({}))).await;
    let usual = page("").await.data();
    assert_eq!(
        (&usual["pageSize"], &usual["pageItemCount"], &usual["totalPages"]),
        (&json!(50), &json!(50), &json!(3))
    );
    assert_eq!(page("pageSize=150").await.data()["pageItemCount"], 150, "not enforced at the end of 2023");
    site.simulator.change_settings(|settings| settings.large_pages = LargePages::Cap);
    assert_eq!(page("pageSize=150").await.data()["pageItemCount"], 100);
    site.simulator.change_settings(|settings| settings.large_pages = LargePages::Reject);
    page("pageSize=150").await.is(400, "INVALID_REQUEST", "pageSize: must be less than or equal to 100");
    assert_eq!(page("pageSize=100").await.data()["pageItemCount"], 100);
    // An empty body means no filter.
    let path = "/connectors/listV2?pageSize=1";
    assert_eq!(site.send(site.request(reqwest::Method::POST, path)).await.data()["totalItems"], 150);
}

#[tokio::test]
async fn item_11_the_old_list() {
    let site = varied().await;
    let page = site.get("/connectors").await.data();
    assert_eq!(identifiers(&page["content"]).concat(), "edcba", "created last first");
    assert_eq!(page["pageSize"], 100);
    for (query, wanted) in [
        ("type=CEAws", "ecba"),
        ("category=CLOUD_COST", "edcba"),
        ("searchTerm=data", "cba"),
        ("pageSize=2&pageIndex=1", "cb"),
        ("pageSize=1000", "edcba"),
    ] {
        let page = site.get(&format!("/connectors?{query}")).await.data();
        assert_eq!(identifiers(&page["content"]).concat(), wanted, "{query}");
    }
    let large = site.get("/connectors?pageSize=1001").await;
    large.is(400, "INVALID_REQUEST", "pageSize: must be less than or equal to 1000");
}

#[tokio::test]
async fn item_11_by_full_name_and_unique_identifiers() {
    let site = varied().await;
    let mut below = connector("a");
    below["orgIdentifier"] = json!("o");
    site.simulator.insert(below);
    let name = |rest: &str| format!("{ACCOUNT}/{rest}");
    let names =
        json!([name("a"), name("c"), name("nobody"), name("o/a"), name("a"), "other/a", "a", name("")]);
    let found = site.post("/connectors/listbyfqn", &names).await.data();
    let found: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|record| {
            (
                record["connector"]["identifier"].as_str().unwrap(),
                record["connector"]["orgIdentifier"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [("a", Some("o")), ("c", None), ("a", None)],
        "those that are there, created last first"
    );
    let thousand: Vec<_> = (0..1000).map(|number| name(&format!("n{number}"))).collect();
    assert_eq!(site.post("/connectors/listbyfqn", &json!(thousand)).await.data(), json!([]));
    let more: Vec<_> = (0..1001).map(|number| name(&format!("n{number}"))).collect();
    assert_eq!(site.post("/connectors/listbyfqn", &json!(more)).await.json()["code"], "INVALID_REQUEST");
    for (identifier, free) in [("a", false), ("A", true), ("new", true)] {
        let path = format!("/connectors/validateUniqueIdentifier?identifier={identifier}");
        assert_eq!(site.get(&path).await.data(), json!(free), "{identifier}");
    }
}

#[tokio::test]
async fn item_20_other_types_are_in_the_same_lists() {
    let site = Site::start().await;
    site.create(&connector("aws1")).await.data();
    let others = [
        json!({"name": "Harness Secret Manager", "identifier": "harnessSecretManager", "type": "Local", "spec": {"default": true}}),
        json!({"name": "cluster", "identifier": "cluster", "type": "CEK8sCluster", "spec": {"connectorRef": "k8s"}}),
        json!({"name": "new", "identifier": "new", "type": "NotYetInvented", "spec": null}),
    ];
    for other in others {
        site.simulator.insert(other);
    }
    let git =
        json!({"name": "git", "identifier": "git", "type": "github", "spec": {"url": "https://example.com"}});
    assert_eq!(site.create(&git).await.data()["connector"]["type"], "Github");
    let all = site.listed("?sortOrders=identifier,ASC", &filter(&json!({}))).await;
    assert_eq!(all, ["aws1", "cluster", "git", "harnessSecretManager", "new"]);
    assert_eq!(site.listed("", &filter(&json!({"types": ["CEAws"]}))).await, ["aws1"]);
    let costs =
        site.listed("?sortOrders=identifier,ASC", &filter(&json!({"categories": ["CLOUD_COST"]}))).await;
    assert_eq!(costs, ["aws1", "cluster"]);
    assert_eq!(site.get("/connectors/new").await.data()["connector"]["type"], "NotYetInvented");
}

#[tokio::test]
async fn stats_and_catalogue_are_no_identifiers() {
    let site = varied().await;
    let stats = site.get("/connectors/stats").await.data();
    let types = json!([{"type": "CEAws", "count": 4}, {"type": "CEAzure", "count": 1}]);
    let statuses = json!([{"status": "FAILURE", "count": 1}, {"status": "PENDING", "count": 2}, {"status": "SUCCESS", "count": 2}]);
    assert_eq!(stats, json!({"typeStats": types, "statusStats": statuses}));
    let catalogue = site.get("/connectors/catalogue").await.data();
    let entries = catalogue["catalogue"].as_array().unwrap();
    let costs = entries.iter().find(|entry| entry["category"] == "CLOUD_COST").unwrap();
    assert_eq!(costs["connectors"], json!(["CEAws", "CEAzure", "GcpCloudCost", "CEK8sCluster"]));
}

#[tokio::test]
async fn a_connector_that_was_removed_a_moment_ago_may_be_an_error() {
    let site = Site::start().await;
    site.simulator.change_settings(|settings| settings.gone_is_error_ms = 60_000);
    site.create(&connector("aws1")).await.data();
    site.delete("/connectors/aws1").await.data();
    assert_eq!(
        (site.get("/connectors/aws1").await.status, site.get("/connectors/aws2").await.status),
        (500, 404)
    );
    site.simulator.change_settings(|settings| settings.gone_is_error_ms = 0);
    assert_eq!(site.get("/connectors/aws1").await.status, 404, "the moment is over");
}
