//! All connectors, each exactly once.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use harness_ccm_core::ErrorKind;
use harness_ccm_core::backend::ConnectorClient;
use harness_ccm_core::feature::Named;
use harness_ccm_simulator::{Fault, Simulator};
use serde_json::json;

use crate::support::{both, builder, start};

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
    let listed = client.list_connectors().await.unwrap().connectors;
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
    assert_eq!(client.list_connectors().await.unwrap().connectors.len(), 1);
}

/// A server that counts too few, as one with an upper limit for its count does.
#[tokio::test]
async fn a_total_that_is_too_small_is_not_believed() {
    for (connectors, reported) in [(101, 100), (250, 100), (201, 200), (250, 200), (250, 30), (101, 0)] {
        let (simulator, client) = both().await;
        for number in 0..connectors {
            simulator.insert(stranger(&format!("c{number:03}"), number));
        }
        for index in 0..=connectors / 100 + 1 {
            let end = (index * 100 + 100).min(connectors);
            let content: Vec<_> =
                (index * 100..end).map(|number| stranger(&format!("c{number:03}"), number)).collect();
            let page = json!({"status": "SUCCESS", "data": {"totalItems": reported, "content": content}});
            let path = format!("pageIndex={index}&");
            simulator.fail_matching(Fault::json(200, &page).matching("POST", &path).always());
        }
        let error = client.list_connectors().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{connectors} {reported}");
        assert!(error.to_string().contains("not the one that Harness reports"), "{error}");
    }
}

#[tokio::test]
async fn a_full_last_page_is_followed_by_one_call_that_proves_the_end() {
    for (connectors, calls) in [(99, 1), (100, 2), (101, 3), (200, 4)] {
        let (simulator, client) = both().await;
        for number in 0..connectors {
            simulator.insert(stranger(&format!("c{number:03}"), number));
        }
        let listed = client.list_connectors().await.unwrap().connectors;
        assert_eq!((u64::try_from(listed.len()), simulator.requests().len()), (Ok(connectors), calls));
    }
}

/// A connector as another client makes it.
fn stranger(id: &str, created_at: u64) -> serde_json::Value {
    json!({"connector": {"identifier": id, "name": "n", "type": "CEAws", "tags": {}, "spec": {"awsAccountId": "123456789012",
        "crossAccountAccess": null, "featuresEnabled": ["VISIBILITY"]}}, "createdAt": created_at, "lastModifiedAt": created_at})
}

/// Another writer, every few milliseconds of virtual time, while the client reads page after page: removes connectors too if
/// requested. No connector that existed the whole time may be missing, and none may be listed twice.
async fn listed_while_others_write(seed: u64, gone_too: bool) {
    let latency = Duration::from_millis(10);
    let simulator = start(Simulator::builder().rate_limit(None).latency(latency)).await;
    let timeout = Duration::from_hours(1);
    let client =
        builder(&simulator.endpoint()).calls_per_minute(100_000).request_timeout(timeout).build().unwrap();
    // Identifiers without relation to age, several of one age.
    for number in 0..350_u64 {
        let id = format!("old{:03}", number * 163 % 350);
        simulator.insert(stranger(&id, 1_000 + number / 3));
    }
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut removed = BTreeSet::new();
    let mut created = 0;
    let listed = {
        let mut listing = pin!(client.list_connectors());
        loop {
            let pause = Duration::from_millis(1 + draw(6));
            if let Ok(listed) = tokio::time::timeout(pause, &mut listing).await {
                break listed.unwrap();
            }
            let id = format!("old{:03}", draw(350));
            match draw(3) {
                0 => {
                    created += 1;
                    simulator.insert(stranger(&format!("new{created}"), 10_000 + created));
                }
                1 if gone_too && removed.len() < 40 => {
                    simulator.delete(&id);
                    removed.insert(id);
                }
                _ => {
                    simulator.edit(&id, |record| {
                        record["lastModifiedAt"] = json!(20_000 + created);
                        record["connector"]["name"] = json!("changed");
                    });
                }
            }
        }
    };
    let ids: Vec<_> = listed.connectors.iter().map(|connector| connector.id.to_string()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "seed {seed}: each once");
    assert!(created > 0, "seed {seed}: somebody wrote meanwhile");
    let listed: BTreeSet<_> = ids.into_iter().collect();
    for number in 0..350 {
        let id = format!("old{number:03}");
        assert!(listed.contains(&id) || removed.contains(&id), "seed {seed}: {id} is missing");
    }
}

#[tokio::test(start_paused = true)]
async fn every_connector_is_listed_once_while_another_writer_creates_and_updates() {
    for seed in 0..25 {
        listed_while_others_write(seed, false).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_connector_that_stays_is_listed_while_another_writer_removes_too() {
    for seed in 0..25 {
        listed_while_others_write(seed, true).await;
    }
}

#[tokio::test]
async fn a_server_with_smaller_pages_is_read_to_the_end() {
    let (simulator, client) = both().await;
    for number in 0..25 {
        simulator.insert(stranger(&format!("c{number:02}"), number));
    }
    // The responses of a server that returns ten connectors per page, whatever is requested.
    for index in [0, 2, 1, 0_usize] {
        let content: Vec<_> = (index * 10..(index * 10 + 10).min(25))
            .map(|number| stranger(&format!("c{number:02}"), u64::try_from(number).unwrap()))
            .collect();
        let page = json!({"status": "SUCCESS", "data": {"totalItems": 25, "content": content}});
        let path = format!("pageIndex={index}&");
        simulator.fail_matching(Fault::json(200, &page).matching("POST", &path));
    }
    assert_eq!(client.list_connectors().await.unwrap().connectors.len(), 25);
    assert_eq!(simulator.requests().len(), 4);
}

/// Returns this for every page of the list.
fn answers(simulator: &harness_ccm_simulator::RunningSimulator, total: u64, content: &[serde_json::Value]) {
    let page = json!({"status": "SUCCESS", "data": {"totalItems": total, "content": content}});
    simulator.fail_matching(Fault::json(200, &page).matching("POST", "listV2").always());
}

#[tokio::test]
async fn a_list_that_claims_to_be_endless_is_refused_after_its_first_page() {
    let (simulator, client) = both().await;
    answers(&simulator, 1_000_000_000_000, &[stranger("a", 1)]);
    let error = client.list_connectors().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("1000000000000 connectors"), "{error}");
    assert_eq!(simulator.requests().len(), 1);
}

#[tokio::test]
async fn a_list_whose_pages_repeat_or_are_empty_is_given_up_soon() {
    let page: Vec<_> = (0..100).map(|number| stranger(&format!("c{number}"), number)).collect();
    for total in [300_000, 1_000] {
        let (simulator, client) = both().await;
        answers(&simulator, total, &page);
        assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Unavailable, "{total}");
        assert!(simulator.requests().len() <= 44, "{} pages", simulator.requests().len());
    }
    let (simulator, client) = both().await;
    let first = json!({"status": "SUCCESS", "data": {"totalItems": 300_000, "content": page}});
    simulator.fail_matching(Fault::json(200, &first).matching("POST", "pageIndex=0&").always());
    answers(&simulator, 300_000, &[]);
    assert_eq!(client.list_connectors().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(simulator.requests().len() <= 44, "{} pages", simulator.requests().len());
}

#[tokio::test]
async fn a_total_that_grows_from_page_to_page_ends_with_an_error() {
    let (simulator, client) = both().await;
    let page = |total: u64| json!({"status": "SUCCESS", "data": {"totalItems": total, "content": [stranger("a", 1), stranger("b", 2)]}});
    for number in 1..200 {
        simulator.fail_matching(Fault::json(200, &page(2 + number)).matching("POST", "listV2"));
    }
    let error = client.list_connectors().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(simulator.requests().len() < 100, "{} pages", simulator.requests().len());
}
