//! The whole contract while one response in ten fails, is lost or is late, with many seeds.
//!
//! Client and simulator share one thread and virtual time, so that waits take no time and the load of the machine adds no
//! timeouts. The results are read from the simulator's store, not through the client.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use harness_ccm_core::backend::{ConnectorClient, Expect, Written};
use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::feature::{AutoStopping, Feature};
use harness_ccm_core::testing::connectors::{ConnectorSite, suite_under_losses};
use harness_ccm_simulator::{RunningSimulator, Simulator};
use serde_json::{Value, json};

use crate::support::{builder, one_in_ten, spec, start};

const SEEDS: u64 = 500;

/// A connector of ours with a field at every level that this library does not know.
fn strange(spec: &ConnectorSpec) -> Value {
    json!({
        "identifier": spec.id, "name": spec.name, "type": "CEAws", "accountIdentifier": "acct", "description": "by hand",
        "orgIdentifier": null, "projectIdentifier": null, "uniqueId": "u", "parentUniqueId": {"of": ["x", 1, null]},
        "tags": spec.all_tags().into_iter().chain([("beside".to_owned(), "a:b".to_owned())]).collect::<BTreeMap<_, _>>(),
        "spec": {
            "crossAccountAccess": {"crossAccountRoleArn": spec.role, "externalId": spec.external_id, "later": [true]},
            "awsAccountId": spec.account(), "isAWSGovCloudAccount": null, "curAttributes": null,
            "featuresEnabled": ["TELEPATHY", "VISIBILITY"], "autostoppingFeatures": ["AZURE_VM", "EC2"],
            "commitmentFeatures": null, "ignoreTestConnection": false,
            "credential": {"type": "Default", "region": "eu-west-1", "spec": null, "more": 1.5},
        },
    })
}

fn stored(simulator: &RunningSimulator) -> BTreeMap<String, Value> {
    let all = simulator.connectors();
    let count = all.len();
    let by_id: BTreeMap<_, _> = all
        .into_iter()
        .map(|record| {
            (record["connector"]["identifier"].as_str().unwrap().to_owned(), record["connector"].clone())
        })
        .collect();
    assert_eq!(by_id.len(), count);
    by_id
}

/// Changes of one field each, of connectors with unknown fields, and new connectors in addition.
async fn changes(client: &dyn ConnectorClient, simulator: &RunningSimulator) -> BTreeMap<String, Value> {
    let mut expected = BTreeMap::new();
    for number in 0..3 {
        let mut wanted = spec(&format!("strange{number}"));
        let mut raw = strange(&wanted);
        simulator.insert(raw.clone());
        let seen = client.list_connectors().await.unwrap().connectors;
        let seen = seen.into_iter().find(|state| state.id == wanted.id).unwrap();
        wanted.features.insert(Feature::Governance);
        let written = client.put_connector(&wanted, Expect::same(seen)).await.unwrap();
        let Written::Updated(seen) = written else { panic!("{written:?}") };
        wanted.autostopping = Some([AutoStopping::Rds].into());
        let written = client.put_connector(&wanted, Expect::same(seen)).await.unwrap();
        assert!(matches!(written, Written::Updated(_)), "{written:?}");
        raw["spec"]["featuresEnabled"] = json!(["TELEPATHY", "VISIBILITY", "GOVERNANCE"]);
        raw["spec"]["autostoppingFeatures"] = json!(["AZURE_VM", "RDS"]);
        expected.insert(wanted.id.to_string(), raw);
    }
    for number in 0..3 {
        let wanted = spec(&format!("new{number}"));
        let written = client.put_connector(&wanted, Expect::Absent).await.unwrap();
        assert!(matches!(written, Written::Created(_)), "{written:?}");
        expected.insert(wanted.id.to_string(), Value::Null);
    }
    expected
}

async fn one_seed(seed: u64) -> (u64, u64) {
    let simulator = start(one_in_ten(Simulator::builder().rate_limit(None).seed(seed))).await;
    let client = builder(&simulator.endpoint()).calls_per_minute(100_000).retries(8).build().unwrap();

    suite_under_losses(&client, &ConnectorSite::new("123456789012".parse().unwrap(), "suite_")).await;
    assert_eq!(stored(&simulator), BTreeMap::new(), "the suite removes what it made, and made nothing twice");

    let expected = changes(&client, &simulator).await;
    let stored = stored(&simulator);
    assert_eq!(stored.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (id, connector) in &stored {
        match &expected[id] {
            Value::Null => assert_eq!(connector["spec"]["featuresEnabled"], json!(["VISIBILITY"]), "{id}"),
            expected => assert_eq!(connector, expected, "{id}: a field was lost"),
        }
    }
    let log = simulator.requests();
    let befallen = log.iter().filter(|request| request.fault.is_some()).count();
    (u64::try_from(log.len()).unwrap(), u64::try_from(befallen).unwrap())
}

#[test]
fn the_contract_holds_while_one_answer_in_ten_fails() {
    let (next, requests, befallen) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SEEDS {
                        break;
                    }
                    let mut runtime = tokio::runtime::Builder::new_current_thread();
                    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
                    let outcome = std::panic::catch_unwind(|| runtime.block_on(one_seed(seed)));
                    let Ok((all, some)) = outcome else { panic!("seed {seed} failed, see above") };
                    requests.fetch_add(all, Ordering::Relaxed);
                    befallen.fetch_add(some, Ordering::Relaxed);
                }
            });
        }
    });
    let (requests, befallen) = (requests.into_inner(), befallen.into_inner());
    println!("{SEEDS} seeds, {requests} requests, {befallen} of them befallen");
    assert!(befallen * 11 > requests, "one in ten: {befallen} of {requests}");
}
