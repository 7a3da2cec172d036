//! Item 15: faults on request.

use std::time::{Duration, Instant};

use harness_ccm_simulator::{Fault, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Site, connector, with};

#[tokio::test]
async fn item_15_each_kind_answers_as_the_reference_says() {
    let site = Site::start().await;
    let answer = async |fault: Fault| {
        site.simulator.fail_next(fault);
        site.create(&connector("aws1")).await
    };
    let throttled = answer(Fault::throttled()).await;
    assert_eq!(throttled.status, 429);
    assert!(!throttled.headers.contains_key("retry-after"), "Cloud Armor sends none");
    assert!(serde_json::from_str::<Value>(&throttled.text).is_err(), "{throttled:?}");
    for status in [502, 503, 504] {
        let page = answer(Fault::page(status)).await;
        assert_eq!((page.status, page.content_type.as_str()), (status, "text/html"));
        assert!(page.text.contains("<html>"));
    }
    let unknown = answer(Fault::unknown_error()).await;
    assert_eq!((unknown.status, &unknown.json()["code"]), (500, &json!("UNKNOWN_ERROR")));
    assert_eq!(unknown.json()["status"], "ERROR");
    let stale = answer(Fault::stale()).await;
    assert_eq!((stale.status, &stale.json()["code"]), (400, &json!("OPTIMISTIC_LOCKING_EXCEPTION")));
    assert_eq!((&stale.json()["status"], &stale.json()["errors"]), (&json!("FAILURE"), &Value::Null));
    let heartbeat = answer(Fault::heartbeat()).await.json();
    assert_eq!(heartbeat["code"], "INVALID_REQUEST");
    assert!(heartbeat["message"].as_str().unwrap().contains("heartbeat"));
    let denied = answer(Fault::policy_denied()).await.data();
    assert_eq!(denied["connector"], Value::Null);
    assert_eq!(denied["governanceMetadata"]["deny"], true);
    assert_eq!(denied["governanceMetadata"]["status"], "error");
    answer(Fault::unauthorized()).await.is(401, "INVALID_TOKEN", "Token is not valid.");
    assert_eq!(answer(Fault::page(503).retry_after(7)).await.headers["retry-after"], "7");
    let own = answer(Fault::json(418, &json!({"short": "stout"}))).await;
    assert_eq!((own.status, own.json()), (418, json!({"short": "stout"})));
    assert_eq!(site.simulator.connectors().len(), 0, "none of them took effect");
}

#[tokio::test]
async fn item_15_failed_connection_tests() {
    let site = Site::start().await;
    site.create(&connector("aws1")).await.data();
    site.simulator.fail_matching(Fault::test_failed("no such role"));
    site.simulator.fail_matching(Fault::ccm_unreachable());
    let test = async || site.send(site.request(Method::POST, "/connectors/testConnection/aws1")).await;
    let failed = test().await;
    assert_eq!((failed.status, &failed.json()["code"]), (400, &json!("HINT")));
    assert_eq!(failed.json()["responseMessages"][2]["message"], "Invalid request: no such role");
    let unreachable = test().await.data();
    assert_eq!(unreachable["status"], "FAILURE");
    assert_eq!(unreachable["errorSummary"], "Unexpected Error");
    assert_eq!(unreachable["errors"][0]["code"], 450);
    assert_eq!(test().await.data()["status"], "SUCCESS");
}

#[tokio::test]
async fn item_15_answers_are_lost_before_and_after_the_commit() {
    let site = Site::start().await;
    let post = |id: &str| {
        let request = site.request(Method::POST, "/connectors").timeout(Duration::from_millis(300));
        site.try_send(with(request, &json!({ "connector": connector(id) })))
    };
    let stored = || site.simulator.connectors().len();
    for (fault, is_timeout) in [(Fault::hang_up(), false), (Fault::timeout(), true)] {
        site.simulator.fail_next(fault.clone());
        assert_eq!(post("before").await.unwrap_err().is_timeout(), is_timeout);
        assert_eq!(stored(), 0, "{fault:?}");
    }
    for (number, fault) in
        [Fault::hang_up().after_commit(), Fault::timeout().after_commit(), Fault::truncated()]
            .into_iter()
            .enumerate()
    {
        site.simulator.fail_next(fault.clone());
        post(&format!("after{number}")).await.unwrap_err();
        assert_eq!(stored(), number + 1, "{fault:?}");
    }
    // The connection pool recovers, and the log shows that there was no complete response.
    site.get("/connectors/after0").await.data();
    let log = site.simulator.requests();
    assert_eq!((log[0].status, log[0].fault.as_deref()), (0, Some("hang-up")));
    assert_eq!((log[5].status, log[5].fault.as_deref()), (200, None));
}

#[tokio::test]
async fn item_15_a_late_request_takes_effect_when_nobody_waits_any_more() {
    let site = Site::start().await;
    site.simulator.fail_next(Fault::late(400));
    let request = site.request(Method::POST, "/connectors").timeout(Duration::from_millis(100));
    let error = site.try_send(with(request, &json!({"connector": connector("aws1")}))).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(site.get("/connectors/aws1").await.status, 404, "not yet");
    let begin = Instant::now();
    while site.simulator.connectors().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    site.simulator.fail_next(Fault::late(50));
    let begin = Instant::now();
    site.get("/connectors/aws1").await.data();
    assert!(begin.elapsed() >= Duration::from_millis(50), "a late answer is the right one");
}

#[tokio::test]
async fn item_15_faults_by_count_and_by_match() {
    let site = Site::start().await;
    for id in ["aws1", "aws2"] {
        site.create(&connector(id)).await.data();
    }
    let statuses = async |path: &str, count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(site.get(path).await.status);
        }
        statuses
    };
    site.simulator.fail_matching(Fault::page(503).matching("GET", "").times(2));
    assert_eq!(statuses("/connectors/aws1", 3).await, [503, 503, 200]);
    site.simulator.fail_matching(Fault::page(503).on_connector("aws1").nth(3));
    assert_eq!(statuses("/connectors/aws2", 3).await, [200; 3]);
    assert_eq!(statuses("/connectors/aws1", 4).await, [200, 200, 503, 200]);
    // The identifier may also be in the body.
    site.simulator.fail_matching(Fault::stale().matching("PUT", "").on_connector("aws2"));
    assert_eq!(site.put(&connector("aws1")).await.status, 200);
    assert_eq!(site.put(&connector("aws2")).await.status, 400);
    site.simulator.fail_matching(Fault::page(502).on_path("/validateUniqueIdentifier").always());
    assert_eq!(statuses("/connectors/validateUniqueIdentifier?identifier=x", 3).await, [502; 3]);
    let active = site.simulator.faults();
    assert_eq!((active.len(), active[0].matched, active[0].befell), (1, 3, 3));
    site.simulator.clear_faults();
    assert_eq!(site.get("/connectors/validateUniqueIdentifier?identifier=x").await.status, 200);
}

#[tokio::test]
async fn item_15_chance_depends_on_seed_and_request_alone() {
    let outcome = async |seed: u64, order: &[usize]| {
        let faults = Simulator::builder().seed(seed).fault(Fault::page(503).with_probability(0.3));
        let site = Site::of(faults).await;
        let mut outcome = vec![Vec::new(); 40];
        for round in 0..4 {
            for id in order {
                let status = site.get(&format!("/connectors/c{id}")).await.status;
                outcome[*id].push(status);
                assert_eq!(outcome[*id].len(), round + 1);
            }
        }
        outcome
    };
    let forward: Vec<_> = (0..40).collect();
    let backward: Vec<_> = (0..40).rev().collect();
    let first = outcome(1, &forward).await;
    assert_eq!(first, outcome(1, &backward).await, "whatever the order");
    assert_ne!(first, outcome(2, &forward).await, "another seed, other faults");
    let failed = first.iter().flatten().filter(|status| **status == 503).count();
    assert!((25..=75).contains(&failed), "{failed} of 160 at 30 %");
}
