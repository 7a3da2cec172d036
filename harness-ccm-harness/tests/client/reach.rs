//! TLS with the user's own authority, and proxies.

use std::process::Command;
use std::time::Duration;

use harness_ccm_core::backend::ConnectorClient;
use harness_ccm_core::{ErrorKind, Retry};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::Simulator;

use crate::support::{KEY, both, builder, start};
use crate::tls::tls;

#[tokio::test]
async fn a_private_authority_is_trusted_only_if_it_is_named() {
    let (simulator, _) = both().await;
    let (address, pem) = tls(simulator.addr()).await;
    let endpoint = format!("https://localhost:{}/gateway", address.port());
    let trusting = builder(&endpoint).root_certificates(pem).build().unwrap();
    assert_eq!(trusting.list_connectors().await.unwrap().connectors, []);

    let stranger = builder(&endpoint).retry_delay(Duration::from_hours(1)).build().unwrap();
    let error = stranger.list_connectors().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Never), "and not tried again");
    assert!(error.remedy().unwrap().contains("HARNESS_CA_BUNDLE"), "{}", error.report());
    assert!(error.report().contains("certificate"), "{}", error.report());
    assert_eq!(simulator.requests().len(), 1);
}

const CHILD: &str = "HARNESS_CCM_TEST_THROUGH_PROXY";

/// Starts this test again with a proxy in its environment, because a process cannot change its own. The simulator is the proxy:
/// a request to a plain HTTP proxy is like one to a server, except that it contains the whole address.
#[tokio::test]
async fn the_proxy_of_the_environment_is_used() {
    if let Ok(file) = std::env::var(CHILD) {
        let client = HarnessConnectors::from_env().unwrap();
        assert_eq!(client.list_connectors().await.unwrap().connectors, []);
        std::fs::write(file, "listed").unwrap();
        return;
    }
    let simulator = start(Simulator::builder()).await;
    let proof = std::env::temp_dir().join(format!("harness-ccm-proxy-{}", simulator.addr().port()));
    let (program, file, proxy) =
        (std::env::current_exe().unwrap(), proof.clone(), format!("http://{}", simulator.addr()));
    let output = tokio::task::spawn_blocking(move || {
        Command::new(program)
            .args(["--exact", "reach::the_proxy_of_the_environment_is_used"])
            .env_clear()
            .env(CHILD, file)
            .env("HTTP_PROXY", proxy)
            .env("HARNESS_PLATFORM_API_KEY", KEY)
            .env("HARNESS_ENDPOINT", "http://harness.invalid/gateway")
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(std::fs::read_to_string(&proof).unwrap(), "listed");
    std::fs::remove_file(proof).unwrap();
    assert_eq!(simulator.requests().len(), 1);
}
