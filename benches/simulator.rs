//! The Harness simulator over real HTTP on the loopback interface, with connections kept alive: `cargo bench --bench
//! simulator`.
//!
//! The simulator must not limit other benchmarks: it has to list far faster than the 400 calls a minute that Harness allows.
//! Client and server share the cores of the machine, so the figures are a lower bound.
#![expect(clippy::unwrap_used, reason = "a benchmark whose server does not answer has nothing to measure")]

use std::sync::atomic::{AtomicUsize, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use harness_ccm_simulator::{RunningSimulator, Simulator};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

fn main() {
    divan::main();
}

const CONNECTORS: usize = 10_000;
const PAGES: usize = CONNECTORS / 100;
/// How many calls run at the same time.
const WORKERS: usize = 4;

struct Site {
    runtime: Runtime,
    simulator: RunningSimulator,
    client: Client,
}

impl Site {
    fn start(connectors: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let start = Simulator::builder().rate_limit(None).start("127.0.0.1:0".parse().unwrap());
        let simulator = runtime.block_on(start).unwrap();
        for number in 1..=connectors {
            simulator.insert(connector(number));
        }
        Self { runtime, simulator, client: Client::new() }
    }

    /// Sends all of these, `WORKERS` at a time, and reads every response to its end.
    fn send(&self, calls: &[(Method, String, Value)]) {
        self.runtime.block_on(async {
            let mut workers = JoinSet::new();
            for worker in 0..WORKERS {
                let mine = calls.iter().skip(worker).step_by(WORKERS).map(|(method, path, body)| {
                    let url = format!("{}/ng/api/connectors{path}", self.simulator.endpoint());
                    let request = self.client.request(method.clone(), url).body(body.to_string());
                    request.header("x-api-key", "pat.bench.0.0").header("content-type", "application/json")
                });
                let mine: Vec<_> = mine.collect();
                workers.spawn(async move {
                    for request in mine {
                        let response = request.send().await.unwrap();
                        assert_eq!(response.status(), 200);
                        response.bytes().await.unwrap();
                    }
                });
            }
            workers.join_all().await;
        });
        self.simulator.forget_requests();
    }
}

fn connector(number: usize) -> Value {
    json!({
        "name": format!("team-{number} prod"), "identifier": format!("aws{number:012}"), "type": "CEAws",
        "tags": {"managed-by": "harness-ccm", "harness-ccm-owner": "finops"},
        "spec": {
            "crossAccountAccess": {"crossAccountRoleArn": format!("arn:aws:iam::{number:012}:role/HarnessCERole"),
                "externalId": "harness:891928451355:bench"},
            "awsAccountId": format!("{number:012}"), "featuresEnabled": ["VISIBILITY", "GOVERNANCE", "OPTIMIZATION"]
        }
    })
}

fn page(index: usize, order: &str) -> (Method, String, Value) {
    let path = format!("/listV2?accountIdentifier=bench&pageIndex={index}&pageSize=100&sortOrders={order}");
    (Method::POST, path, json!({"filterType": "Connector", "types": ["CEAws"]}))
}

/// One walk over all pages: items are calls.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn list_10_000(bencher: Bencher<'_, '_>) {
    let site = Site::start(CONNECTORS);
    let walk: Vec<_> = (0..PAGES).map(|index| page(index, "identifier,ASC")).collect();
    bencher.counter(ItemsCount::new(PAGES)).bench_local(|| site.send(&walk));
}

/// The same with an update as every second call, so that no list can be cached for long.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn list_10_000_while_writing(bencher: Bencher<'_, '_>) {
    let site = Site::start(CONNECTORS);
    let walk: Vec<_> = (0..PAGES)
        .flat_map(|index| {
            let update = json!({"connector": connector(index * 100 + 1)});
            [page(index, "lastModifiedAt,DESC"), (Method::PUT, "?accountIdentifier=bench".into(), update)]
        })
        .collect();
    bencher.counter(ItemsCount::new(walk.len())).bench_local(|| site.send(&walk));
}

/// Reads of single connectors, as the public Terraform provider sends them.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn get_one_of_10_000(bencher: Bencher<'_, '_>) {
    let site = Site::start(CONNECTORS);
    let path = |number: usize| format!("/aws{number:012}?accountIdentifier=bench");
    let reads: Vec<_> = (1..=1_000).map(|number| (Method::GET, path(number), Value::Null)).collect();
    bencher.counter(ItemsCount::new(reads.len())).bench_local(|| site.send(&reads));
}

/// Creates connectors in an account with 10,000 others.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn create_beside_10_000(bencher: Bencher<'_, '_>) {
    let site = Site::start(CONNECTORS);
    let next = AtomicUsize::new(CONNECTORS);
    let create = || {
        let body = json!({"connector": connector(next.fetch_add(1, Ordering::Relaxed) + 1)});
        (Method::POST, "?accountIdentifier=bench".to_owned(), body)
    };
    bencher
        .counter(ItemsCount::new(200_usize))
        .with_inputs(|| (0..200).map(|_| create()).collect::<Vec<_>>())
        .bench_local_values(|creates| site.send(&creates));
}
