//! Items 1, 2, 3 and 13: addresses, keys, envelopes, and bodies that cannot be parsed.

use std::collections::BTreeSet;

use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{KeyPermissions, KeyReach, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, KEY, Site, connector, with};

#[tokio::test]
async fn item_01_both_prefixes_and_whatever_else_is_sent() {
    let site = Site::start().await;
    let mut odd = connector("aws1");
    odd["_"] = Value::Null;
    odd["nonsense"] = json!({"a": [1]});
    odd["spec"]["executeOnDelegate"] = json!(true);
    let path = format!(
        "/ng/api/connectors?routingId={ACCOUNT}&accountIdentifier={ACCOUNT}&branch=main&commitMsg=x&storeType=INLINE"
    );
    let body = json!({"connector": odd, "extra": 1});
    let created =
        site.send(with(site.bare(Method::POST, &path).header("x-api-key", KEY), &body)).await.data();
    for field in ["/connector/_", "/connector/nonsense", "/connector/spec/executeOnDelegate"] {
        assert_eq!(created.pointer(field), None, "unknown fields are ignored");
    }
    for prefix in ["/gateway/ng/api", "/ng/api"] {
        let path = format!("{prefix}/connectors/aws1?accountIdentifier={ACCOUNT}&routingId=x");
        let got = site.send(site.bare(Method::GET, &path).header("x-api-key", KEY)).await.data();
        assert_eq!(got, created);
    }
    let mut dollar = connector("a$1");
    dollar["name"] = json!("dollar");
    let dollar = site.create(&dollar).await.data();
    assert_eq!(site.get("/connectors/a$1").await.data(), dollar);
    assert_eq!(site.get("/connectors/a%241").await.data(), dollar);
}

#[tokio::test]
async fn item_02_keys_and_accounts() {
    let old_key = "sat.0123456789abcdef01234567.OldSecret";
    let site = Site::of(Simulator::builder().api_key(Secret::new(old_key))).await;
    let get = async |key: Option<&str>, header: Option<&str>, query: &str| {
        let mut request = site.bare(Method::GET, &format!("/ng/api/connectors/x?{query}"));
        for (name, value) in [("x-api-key", key), ("Harness-Account", header)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        site.send(request).await
    };
    let own = format!("accountIdentifier={ACCOUNT}");
    for key in [KEY, old_key] {
        assert_eq!(get(Some(key), None, &own).await.status, 404, "four parts and three parts");
    }
    assert_eq!(get(Some(KEY), Some(ACCOUNT), "").await.status, 404, "the header alone is enough");
    assert_eq!(get(Some(KEY), Some(ACCOUNT), "accountIdentifier=other").await.status, 404, "and comes first");
    let wrong = format!("pat.{ACCOUNT}.0123456789abcdef01234567.Wrong");
    let shapeless = ["nonsense", "pat.a.b.c.d", "xyz.0123456789abcdef01234567.OldSecret", ""];
    for key in shapeless.into_iter().chain([wrong.as_str()]) {
        get(Some(key), None, &own).await.is(401, "INVALID_TOKEN", "Token is not valid.");
    }
    get(None, None, &own).await.is(401, "INVALID_TOKEN", "Token is not valid.");
    let foreign = get(Some(KEY), None, "accountIdentifier=other").await;
    foreign.is(401, "INVALID_TOKEN", "Token is not valid.");
    assert_eq!(foreign.json()["status"], "ERROR");
    assert_eq!(foreign.json()["responseMessages"][0]["code"], "INVALID_TOKEN");
    let none = get(Some(KEY), None, "").await;
    none.is(400, "INVALID_REQUEST", "Invalid request: Account detail is not present in the request");
}

#[tokio::test]
async fn item_02_permissions_on_single_connectors() {
    let limited = "sat.AbCdEfGhIjKlMnOpQrStUv.feedfeedfeedfeedfeedfeed.Limited";
    let permissions =
        KeyPermissions::view_only().view(KeyReach::only(["aws1", "aws3"])).edit(KeyReach::only(["aws1"]));
    let site = Site::of(Simulator::builder().limited_key(Secret::new(limited), permissions)).await;
    for id in ["aws1", "aws2", "aws3"] {
        site.create(&connector(id)).await.data();
    }
    let send = async |method: Method, path: &str, body: Option<&Value>| {
        let path = format!("/ng/api/connectors{path}?accountIdentifier={ACCOUNT}");
        let request = site.bare(method, &path).header("x-api-key", limited);
        site.send(match body {
            Some(body) => with(request, body),
            None => request,
        })
        .await
    };
    let denied = send(Method::GET, "/aws2", None).await;
    let message = "Principal of type SERVICE_ACCOUNT with identifier simulated : \
                   Missing permission core_connector_view on connector with identifier aws2";
    denied.is(403, "NG_ACCESS_DENIED", message);
    let check = &denied.json()["failedPermissionChecks"][0];
    assert_eq!(check["permission"], "core_connector_view");
    assert_eq!((&check["resourceType"], &check["resourceIdentifier"]), (&json!("CONNECTOR"), &json!("aws2")));
    assert_eq!(check["resourceScope"]["accountIdentifier"], ACCOUNT);
    assert_eq!(send(Method::GET, "/unknown", None).await.status, 403, "checked before existence");
    assert_eq!(send(Method::GET, "/aws3", None).await.status, 200);

    let body = |id: &str| json!({"connector": connector(id)});
    assert_eq!(send(Method::PUT, "", Some(&body("aws1"))).await.status, 200);
    assert_eq!(send(Method::PUT, "", Some(&body("aws3"))).await.status, 403);
    let create = send(Method::POST, "", Some(&body("aws4"))).await;
    assert_eq!(create.status, 403, "creating needs the permission at scope");
    let check = &create.json()["failedPermissionChecks"][0];
    assert_eq!(
        (&check["permission"], &check["resourceIdentifier"]),
        (&json!("core_connector_edit"), &Value::Null)
    );
    let delete = send(Method::DELETE, "/aws1", None).await;
    assert_eq!(delete.json()["failedPermissionChecks"][0]["permission"], "core_connector_delete");
    // Lists contain only the connectors that the key may view.
    let page = send(Method::POST, "/listV2", Some(&json!({"filterType": "Connector"}))).await.data();
    assert_eq!(page["totalItems"], 2);
    assert_eq!(site.simulator.connectors().len(), 3);
}

#[tokio::test]
async fn item_03_every_answer_is_json_with_its_nulls() {
    let site = Site::start().await;
    let created = site.create(&connector("aws1")).await;
    let all = [
        created,
        site.get("/connectors/aws1").await,
        site.put(&connector("aws1")).await,
        site.post("/connectors/listV2", &json!({"filterType": "Connector"})).await,
        site.post("/connectors/listbyfqn", &json!([])).await,
        site.get("/connectors/validateUniqueIdentifier?identifier=aws1").await,
        site.test("aws1").await,
        site.delete("/connectors/aws1").await,
    ];
    let mut seen = BTreeSet::new();
    for got in all {
        assert_eq!((got.status, got.content_type.as_str()), (200, "application/json"), "{got:?}");
        let body = got.json();
        let fields: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, BTreeSet::from(["correlationId", "data", "metaData", "status"]));
        assert_eq!((&body["status"], &body["metaData"]), (&json!("SUCCESS"), &Value::Null));
        let id = body["correlationId"].as_str().unwrap().to_owned();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(seen.insert(id), "every answer has its own");
    }
    site.create(&connector("aws1")).await.data();
    let text = site.get("/connectors/aws1").await.text;
    for null in [
        r#""description":null"#,
        r#""governanceMetadata":null"#,
        r#""curAttributes":null"#,
        r#""repoName":null"#,
    ] {
        assert!(text.contains(null), "{null} is not in {text}");
    }
}

#[tokio::test]
async fn item_13_bodies_that_can_not_be_read_have_a_numeric_code() {
    let site = Site::start().await;
    let unreadable = |got: crate::support::Got| {
        let body = got.json();
        assert_eq!((got.status, &body["code"]), (400, &json!(400)), "{got:?}");
        assert_eq!(body["message"], "Unable to process JSON");
        assert!(body["details"].is_string());
        assert!(body.get("status").is_none());
    };
    let raw = |text: &str| {
        let request = site.request(Method::POST, "/connectors").header("content-type", "application/json");
        site.send(request.body(text.to_owned()))
    };
    unreadable(raw("{\"connector\": ").await);
    unreadable(raw("[]").await);
    unreadable(raw("{\"connector\": 7}").await);
    for (place, value) in [
        ("/spec/featuresEnabled", json!(["VISIBILITY", "TELEPATHY"])),
        ("/spec/featuresEnabled", json!("VISIBILITY")),
        ("/type", json!("CEAwesome")),
        ("/type", Value::Null),
        ("/tags", json!(["a"])),
        ("/tags", json!({"a": {"b": 1}})),
        ("/spec/isAWSGovCloudAccount", json!("perhaps")),
        ("/spec/curAttributes", json!("report")),
        ("/name", json!({})),
    ] {
        let mut bad = connector("aws1");
        *bad.pointer_mut(place).unwrap() = value;
        unreadable(site.create(&bad).await);
    }
    let mut bad = connector("aws1");
    bad["spec"]["autostoppingFeatures"] = json!(["TOASTER"]);
    unreadable(site.create(&bad).await);
    for filter in [
        json!({}),
        json!({"filterType": "CONNECTOR"}),
        json!({"filterType": "Connector", "types": ["Toaster"]}),
        json!({"filterType": "Connector", "categories": ["KITCHEN"]}),
        json!({"filterType": "Connector", "connectivityStatuses": ["GOOD"]}),
        json!({"filterType": "Connector", "ccmConnectorFilter": {"featuresEnabled": ["TELEPATHY"]}}),
        json!({"filterType": "Connector", "types": "CEAws"}),
    ] {
        unreadable(site.post("/connectors/listV2", &filter).await);
    }
    unreadable(site.post("/connectors/listbyfqn", &json!({})).await);
    let typeless =
        site.request(Method::POST, "/connectors").body(json!({"connector": connector("x")}).to_string());
    let got = site.send(typeless).await;
    assert_eq!((got.status, &got.json()["code"]), (415, &json!("MEDIA_NOT_SUPPORTED")));
    assert_eq!(site.simulator.connectors().len(), 0);
}
