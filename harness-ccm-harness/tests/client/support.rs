//! A simulator, a client, a connector.

use std::time::Duration;

use harness_ccm_core::backend::{ConnectorClient, Expect, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::feature::Feature;
use harness_ccm_core::secret::Secret;
use harness_ccm_harness::{HarnessConnectors, HarnessConnectorsBuilder};
use harness_ccm_simulator::{Fault, RunningSimulator, Simulator, SimulatorBuilder};

pub(crate) const KEY: &str = "sat.acct.uuid.MARKED";

pub(crate) async fn start(builder: SimulatorBuilder) -> RunningSimulator {
    let builder = builder.account("acct".parse().unwrap()).api_key(Secret::new(KEY));
    builder.start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

pub(crate) fn builder(endpoint: &str) -> HarnessConnectorsBuilder {
    HarnessConnectors::builder("acct".parse().unwrap(), Secret::new(KEY))
        .endpoint(endpoint)
        .retries(3)
        .retry_delay(Duration::from_millis(5))
        .request_timeout(Duration::from_secs(5))
}

pub(crate) async fn both() -> (RunningSimulator, HarnessConnectors) {
    let simulator = start(Simulator::builder().rate_limit(None)).await;
    let client = builder(&simulator.endpoint()).calls_per_minute(100_000).build().unwrap();
    (simulator, client)
}

pub(crate) fn spec(id: &str) -> ConnectorSpec {
    ConnectorSpec::new(
        id.parse().unwrap(),
        id.parse().unwrap(),
        "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap(),
        "harness:891928451355:acct".parse().unwrap(),
        [Feature::Visibility].into(),
        "tests".parse().unwrap(),
    )
}

pub(crate) async fn create(client: &HarnessConnectors, spec: &ConnectorSpec) -> ConnectorState {
    match client.put_connector(spec, Expect::Absent).await.unwrap() {
        Written::Created(state) => state,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn count(simulator: &RunningSimulator, method: &str) -> usize {
    simulator.requests().iter().filter(|request| request.method == method).count()
}

/// Makes one request in ten fail, be lost or get a late response.
pub(crate) fn one_in_ten(simulator: SimulatorBuilder) -> SimulatorBuilder {
    let writes = ["POST", "PUT"].map(|method| (method, "\"connector\":"));
    let anything = [
        Fault::page(502),
        Fault::page(504).after_commit(),
        Fault::unknown_error(),
        Fault::unknown_error().after_commit(),
        Fault::hang_up(),
        Fault::hang_up().after_commit(),
        Fault::timeout(),
        Fault::timeout().after_commit(),
        Fault::truncated(),
        Fault::throttled(),
        Fault::late(2_000),
        Fault::late(2_000).after_commit(),
    ];
    let anything = anything.map(|fault| fault.with_probability(0.008));
    let stale = Fault::stale().matching("PUT", "").with_probability(0.02);
    let heartbeat =
        writes.map(|(method, text)| Fault::heartbeat().matching(method, text).with_probability(0.02));
    anything.into_iter().chain([stale]).chain(heartbeat).fold(simulator, SimulatorBuilder::fault)
}
