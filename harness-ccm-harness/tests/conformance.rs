//! The core's conformance suite over real HTTP against the simulator.

#![allow(clippy::unwrap_used)]

use harness_ccm_core::secret::Secret;
use harness_ccm_core::testing::connectors::{ConnectorSite, suite};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::Simulator;

#[tokio::test]
async fn the_client_keeps_the_contract() {
    let simulator = Simulator::builder().start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let key = Secret::new("sat.acct.uuid.secret");
    let client = HarnessConnectors::builder("acct".parse().unwrap(), key)
        .endpoint(simulator.endpoint())
        .build()
        .unwrap();
    suite(&client, &ConnectorSite::new("123456789012".parse().unwrap(), "suite_")).await;
}
