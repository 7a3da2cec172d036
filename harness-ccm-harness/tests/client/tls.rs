//! TLS with the user's own authority, in front of a server without TLS.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by test files; a test that cannot be set up fails")]

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The flaw of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Expired,
    NotYetValid,
    WrongName,
}

/// Starts TLS in front of `behind`, with a certificate for localhost; returns its address, and the authority's PEM.
pub(crate) async fn tls(behind: SocketAddr) -> (SocketAddr, String) {
    tls_with(behind, None).await
}

/// Does the same with a certificate that has a flaw.
pub(crate) async fn tls_with(behind: SocketAddr, flaw: Option<Flaw>) -> (SocketAddr, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let name = if flaw == Some(Flaw::WrongName) { "elsewhere.example" } else { "localhost" };
    let mut certificate = CertificateParams::new(vec![name.into()]).unwrap();
    match flaw {
        Some(Flaw::Expired) => certificate.not_after = date_time_ymd(2020, 1, 1),
        Some(Flaw::NotYetValid) => certificate.not_before = date_time_ymd(3000, 1, 1),
        Some(Flaw::WrongName) | None => {}
    }
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
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
                // A client that does not trust the certificate closes the connection here.
                let Ok(mut outside) = acceptor.accept(outside).await else { return };
                let mut inside = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    (address, pem)
}

/// The PEM of another authority, which signed no certificate.
pub(crate) fn authority() -> String {
    let key = KeyPair::generate().unwrap();
    CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
}
