//! TLS with an authority of one's own, and proxies.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use harness_ccm_core::backend::ConnectorClient;
use harness_ccm_core::{ErrorKind, Retry};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::Simulator;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{KEY, both, builder, start};

/// TLS in front of `behind`, with a certificate for localhost; answers where it listens, and the authority's PEM.
async fn tls(behind: SocketAddr) -> (SocketAddr, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((outside, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate ends it here.
                let Ok(mut outside) = acceptor.accept(outside).await else { return };
                let mut inside = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    (address, pem)
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_named_and_not_before() {
    let (simulator, _) = both().await;
    let (address, pem) = tls(simulator.addr()).await;
    let endpoint = format!("https://localhost:{}/gateway", address.port());
    let trusting = builder(&endpoint).root_certificates(pem).build().unwrap();
    assert_eq!(trusting.list_connectors().await.unwrap(), []);

    let stranger = builder(&endpoint).retry_delay(Duration::from_hours(1)).build().unwrap();
    let error = stranger.list_connectors().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Never), "and not tried again");
    assert!(error.remedy().unwrap().contains("HARNESS_CA_BUNDLE"), "{}", error.report());
    assert!(error.report().contains("certificate"), "{}", error.report());
    assert_eq!(simulator.requests().len(), 1);
}

const CHILD: &str = "HARNESS_CCM_TEST_THROUGH_PROXY";

/// Starts this test anew with a proxy in its environment, since a process cannot change its own. The simulator is the proxy:
/// to a plain HTTP proxy a request is sent as to a server, only with the whole address in it.
#[tokio::test]
async fn the_proxy_of_the_environment_is_used() {
    if let Ok(file) = std::env::var(CHILD) {
        let client = HarnessConnectors::from_env().unwrap();
        assert_eq!(client.list_connectors().await.unwrap(), []);
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
