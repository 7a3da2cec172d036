//! Items 19 and 21: servers with a newer schema, and the controls.

use std::time::Duration;

use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{LoggedRequest, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Got, KEY, Site, connector, with};

#[tokio::test]
async fn item_19_fields_of_newer_servers() {
    let site = Site::of(Simulator::builder().settings(|settings| settings.newer_fields = true)).await;
    let mut billing = connector("aws1");
    billing["spec"]["featuresEnabled"] = json!(["BILLING"]);
    billing["spec"]["curAttributes"] = json!({"reportName": "r", "s3BucketName": "b"});
    let created = site.create(&billing).await.data()["connector"].take();
    assert!(created["uniqueId"].is_string() && created["parentUniqueId"].is_string());
    assert_eq!(created["spec"]["credential"], json!({"type": "Default", "region": null, "spec": null}));
    assert_eq!(created["spec"]["curAttributes"]["reportType"], "CUR1.0");
    assert_eq!(created["spec"]["crossAccountAccess"]["assumeRoleSessionDuration"], 3600);
    // A client cannot change the fields that only the server sets.
    let mut back = created.clone();
    back["uniqueId"] = json!("mine");
    back["spec"]["curAttributes"]["reportType"] = json!("CUR2.0");
    let updated = site.put(&back).await.data()["connector"].take();
    assert_eq!(updated["uniqueId"], created["uniqueId"]);
    assert_eq!(updated["spec"]["curAttributes"]["reportType"], "CUR2.0");
    // A connector with an OIDC credential needs no cross-account access.
    let mut by_token = connector("aws2");
    by_token["spec"]["crossAccountAccess"] = Value::Null;
    by_token["spec"]["credential"] = json!({"type": "OidcAuthentication", "region": "us-east-1", "spec": {"iamRoleArn": "arn:aws:iam::123456789012:role/x"}});
    let made = site.create(&by_token).await.data()["connector"].take();
    assert_eq!(made["spec"]["crossAccountAccess"], Value::Null);
    assert_eq!(made["spec"]["credential"], by_token["spec"]["credential"]);
}

#[tokio::test]
async fn item_19_a_record_put_there_by_hand_plays_a_newer_server() {
    let site = Site::start().await;
    let mut newer = connector("aws1");
    newer["labels"] = json!({"a": {"deep": [1]}});
    newer["spec"]["featuresEnabled"] = json!(["VISIBILITY", "TELEPATHY"]);
    newer["spec"]["crossAccountAccess"]["region"] = json!("eu-west-1");
    site.simulator.insert(newer.clone());
    let seen = site.get("/connectors/aws1").await.data()["connector"].take();
    let mut sent = seen.clone();
    sent["name"] = json!("renamed");
    sent["unheardOf"] = json!(1);
    let mut wanted = seen;
    wanted["name"] = json!("renamed");
    wanted["accountIdentifier"] = json!(ACCOUNT);
    assert_eq!(
        site.put(&sent).await.data()["connector"],
        wanted,
        "what it knows survives, what it does not is ignored"
    );
    // An update without these fields clears them.
    let cleared = site.put(&connector("aws1")).await.data()["connector"].take();
    assert_eq!(
        (&cleared["labels"], &cleared["spec"]["crossAccountAccess"]["region"]),
        (&Value::Null, &Value::Null)
    );
    let mut unknown = connector("aws1");
    unknown["spec"]["featuresEnabled"] = json!(["TELEPATHY"]);
    assert_eq!(site.put(&unknown).await.json()["code"], 400, "and the word is gone with it");
}

#[tokio::test]
async fn item_21_changes_out_of_band() {
    let site = Site::start().await;
    let before = site.create(&connector("aws1")).await.data();
    assert!(site.simulator.edit("aws1", |record| record["connector"]["tags"]["team"] = json!("x")));
    let after = site.get("/connectors/aws1").await.data();
    assert_eq!(after["connector"]["tags"], json!({"team": "x"}));
    assert_eq!(after["lastModifiedAt"], before["lastModifiedAt"], "only what is edited changes");
    assert!(!site.simulator.edit("nobody", |_| {}));
    assert!(site.simulator.delete("aws1"));
    assert!(!site.simulator.delete("aws1"));
    assert_eq!(site.get("/connectors/aws1").await.status, 404);
}

#[tokio::test]
async fn item_21_the_log_counts_calls_and_keeps_no_secret() {
    let site = Site::start().await;
    // The requests of the public Terraform provider that create, read, update and remove a resource.
    site.create(&connector("aws1")).await.data();
    site.get("/connectors/aws1").await.data();
    site.put(&connector("aws1")).await.data();
    site.delete("/connectors/aws1").await.data();
    let log = site.simulator.requests();
    let calls: Vec<_> = log.iter().map(|request| (request.method.as_str(), request.path.as_str())).collect();
    let (all, one) = ("/gateway/ng/api/connectors", "/gateway/ng/api/connectors/aws1");
    assert_eq!(calls, [("POST", all), ("GET", one), ("PUT", all), ("DELETE", one)]);
    assert!(log.is_sorted_by_key(|request| request.at_ms));
    assert!(log.iter().all(|request| request.status == 200));
    assert_eq!(log[0].query, format!("accountIdentifier={ACCOUNT}"));
    assert_eq!(
        (log[0].headers["x-api-key"].as_str(), log[0].headers["content-type"].as_str()),
        ("***", "application/json")
    );
    for text in [format!("{log:?}"), format!("{:?}", site.simulator), serde_json::to_string(&log).unwrap()] {
        assert!(!text.contains("SecretMark"), "{text}");
    }
    site.simulator.forget_requests();
    assert_eq!(site.simulator.requests(), []);
}

async fn control(site: &Site, method: Method, path: &str, body: Option<Value>) -> Got {
    let request = site.bare(method, &format!("/_control/{path}"));
    site.send(match body {
        Some(body) => with(request, &body),
        None => request,
    })
    .await
}

#[tokio::test]
async fn item_21_control_over_http() {
    let site = Site::start().await;
    let ok = async |method: Method, path: &str, body: Option<Value>| {
        let got = control(&site, method, path, body).await;
        assert_eq!(got.status, 200, "{got:?}");
        got.json()
    };
    // State.
    let seed = json!([connector("a"), {"connector": connector("b"), "createdAt": 7}]);
    assert_eq!(ok(Method::PUT, "state", Some(seed)).await, true);
    ok(Method::POST, "state", Some(json!([connector("c")]))).await;
    let dump = ok(Method::GET, "state", None).await;
    assert_eq!((dump.as_array().unwrap().len(), &dump[1]["createdAt"]), (3, &json!(7)));
    // Single connectors, with any identifier.
    ok(Method::PUT, "connectors/d%241", Some(connector("ignored"))).await;
    assert_eq!(site.get("/connectors/d$1").await.data()["connector"]["name"], "ignored");
    let patch = json!({"connector": {"name": "patched", "tags": {"team": "x"}, "description": null}});
    assert_eq!(ok(Method::PATCH, "connectors/a", Some(patch)).await, true);
    let patched = site.get("/connectors/a").await.data()["connector"].take();
    assert_eq!((&patched["name"], &patched["tags"]), (&json!("patched"), &json!({"team": "x"})));
    assert_eq!(patched["spec"], connector("a")["spec"]);
    assert_eq!(ok(Method::PATCH, "connectors/nobody", Some(json!({}))).await, false);
    assert_eq!(ok(Method::DELETE, "connectors/c", None).await, true);
    assert_eq!(site.get("/connectors/c").await.status, 404);
    // References.
    ok(Method::PUT, "references/b", None).await;
    assert_eq!(site.delete("/connectors/b").await.json()["code"], "ENTITY_REFERENCE_EXCEPTION");
    assert_eq!(ok(Method::DELETE, "references/b", None).await, true);
    assert_eq!(site.delete("/connectors/b").await.status, 200);
    // Faults.
    ok(Method::POST, "faults", Some(json!({"kind": {"gateway": 503}, "method": "GET", "identifier": "a"})))
        .await;
    let active = ok(Method::GET, "faults", None).await;
    assert_eq!((&active[0]["matched"], &active[0]["fault"]["kind"]), (&json!(0), &json!({"gateway": 503})));
    assert_eq!(site.get("/connectors/a").await.status, 503);
    ok(Method::POST, "faults", Some(json!({"kind": "throttled", "times": null}))).await;
    ok(Method::DELETE, "faults", None).await;
    assert_eq!(site.get("/connectors/a").await.status, 200);
    // Settings: only the given fields change.
    ok(
        Method::PATCH,
        "settings",
        Some(json!({"era": "y2023", "policies": [{"name": "p", "message": "no"}]})),
    )
    .await;
    let settings = ok(Method::GET, "settings", None).await;
    assert_eq!((&settings["era"], &settings["first-test-ms"]), (&json!("y2023"), &json!(100)));
    assert_eq!(site.get("/connectors/x").await.json()["code"], "RESOURCE_NOT_FOUND_EXCEPTION");
    assert_eq!(site.create(&connector("e")).await.data()["connector"], Value::Null);
    // `null` lifts a limit, and is no value of other settings.
    ok(Method::PATCH, "settings", Some(json!({"rate-limit": null, "key-valid-to": null}))).await;
    let settings = ok(Method::GET, "settings", None).await;
    assert_eq!((&settings["rate-limit"], &settings["key-valid-to"]), (&Value::Null, &Value::Null));
    assert_eq!(control(&site, Method::PATCH, "settings", Some(json!({"era": null}))).await.status, 400);
    // The log, which contains no control requests.
    let log: Vec<LoggedRequest> = serde_json::from_value(ok(Method::GET, "requests", None).await).unwrap();
    assert_eq!(log, site.simulator.requests());
    assert!(log.iter().all(|request| request.path.starts_with("/gateway/ng/api")));
    ok(Method::DELETE, "requests", None).await;
    ok(Method::POST, "health-job", None).await;
    ok(Method::DELETE, "state", None).await;
    assert_eq!((site.simulator.connectors().len(), site.simulator.requests().len()), (0, 0));
    // The error contains the invalid value.
    for (body, named) in [
        (json!({"laziness": 1}), "laziness"),
        (json!({"era": "stone-age"}), "stone-age"),
        (json!({"policies": [{"name": "p", "identifier": "["}]}), "regular expression"),
    ] {
        let got = control(&site, Method::PATCH, "settings", Some(body)).await;
        assert!(got.status == 400 && got.text.contains(named), "{got:?}");
    }
    assert_eq!(control(&site, Method::GET, "nothing", None).await.status, 404);
}

#[tokio::test]
async fn item_21_control_is_served_on_loopback_only() {
    for (address, wanted, status) in [
        ("127.0.0.1:0", None, 200),
        ("127.0.0.1:0", Some(false), 401),
        ("0.0.0.0:0", None, 401),
        ("0.0.0.0:0", Some(true), 200),
    ] {
        let builder = match wanted {
            None => Simulator::builder(),
            Some(true) => Simulator::builder().control(),
            Some(false) => Simulator::builder().no_control(),
        };
        let simulator = builder.start(address.parse().unwrap()).await.unwrap();
        let url = format!("http://127.0.0.1:{}/_control/state", simulator.addr().port());
        assert_eq!(reqwest::get(url).await.unwrap().status().as_u16(), status, "{address} {wanted:?}");
    }
}

#[tokio::test]
async fn item_21_state_outlives_the_simulator() {
    let folder = std::env::temp_dir().join(format!("harness-simulator-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (state, seed) = (folder.join("state.json"), folder.join("seed.json"));
    std::fs::write(&seed, json!([connector("seeded")]).to_string()).unwrap();
    let start = async |load: bool| {
        let mut builder = Simulator::builder().api_key(Secret::new(KEY)).state_file(Some(state.clone()));
        if load {
            builder = builder.load(&seed);
        }
        Site::exactly(builder).await
    };
    let site = start(true).await;
    site.create(&connector("aws1")).await.data();
    let read = || std::fs::read_to_string(&state).unwrap_or_default();
    crate::support::until(|| read().contains("aws1")).await;
    // The last change is written when the simulator stops.
    site.create(&connector("aws2")).await.data();
    let before = site.simulator.connectors();
    site.simulator.shutdown();
    let again = start(false).await;
    let after = again.simulator.connectors();
    assert_eq!(after, before);
    assert_eq!(after.len(), 3);
    assert_eq!(again.simulator.load(&seed).unwrap(), 1);

    std::fs::write(&seed, "{").unwrap();
    let error = Simulator::builder().load(&seed).start("127.0.0.1:0".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("seed.json"), "{error}");
    drop(again);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn item_21_the_state_file_replaces_nothing_but_connectors() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let start = async |file: std::path::PathBuf| {
        Simulator::builder().state_file(Some(file)).start("127.0.0.1:0".parse().unwrap()).await
    };
    let accounts = r#"[{"id":"123456789012","name":"prod"}]"#;
    std::fs::write(path("accounts.json"), accounts).unwrap();
    std::fs::write(path("intent.toml"), "owner = \"x\"").unwrap();
    std::fs::File::create(path("long.json")).unwrap().set_len(300 << 20).unwrap();
    for (file, problem) in [
        (path("accounts.json"), "something else than connectors"),
        (path("intent.toml"), "expected"),
        (path("long.json"), "more than 256 MiB"),
        (path("missing/state.json"), "folder does not exist"),
        (path("."), "no regular file"),
    ] {
        let error = start(file.clone()).await.unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains(file.to_str().unwrap()), "{error}");
    }
    assert_eq!(std::fs::read_to_string(path("accounts.json")).unwrap(), accounts);
    // An empty file counts as a missing one.
    std::fs::write(path("empty.json"), "").unwrap();
    start(path("empty.json")).await.unwrap().insert(connector("first"));
    assert!(std::fs::read_to_string(path("empty.json")).unwrap().contains("first"));
}

#[cfg(unix)]
#[tokio::test]
async fn item_21_the_state_file_keeps_its_permissions_and_a_link_stays_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("state.json"), folder.path().join("link.json"));
    std::fs::write(&file, "[]").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("state.json", &link).unwrap();
    let simulator = Simulator::builder()
        .state_file(Some(link.clone()))
        .start("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    simulator.insert(connector("first"));
    simulator.shutdown();
    assert!(std::fs::read_to_string(&file).unwrap().contains("first"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

#[tokio::test]
async fn item_21_latency_holds_every_answer_back() {
    let site = Site::start().await;
    site.simulator.change_settings(|settings| settings.latency_ms = 80);
    let begin = std::time::Instant::now();
    site.get("/connectors/x").await;
    assert!(begin.elapsed() >= Duration::from_millis(80));
}
