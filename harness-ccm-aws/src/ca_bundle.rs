//! The user's own certificate authorities, for example of a proxy that inspects TLS (`AWS_CA_BUNDLE`, `ca_bundle` of a
//! profile).

use std::error::Error as StdError;
use std::io;
use std::path::Path;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use harness_ccm_core::files::read_regular;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The maximum length of a file of certificates, in MiB. All authorities that browsers trust take about 220 KiB.
const MOST: u64 = 4;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The remedy for a client that does not trust a certificate.
pub(crate) const TRUST: &str = "a proxy that looks into TLS answers, or another server than AWS: set AWS_CA_BUNDLE to a file with the certificate authority (PEM)";

/// Reads the authorities of a file, each as a separate PEM text.
///
/// Blocks that rustls cannot use are left out, because bundles of systems contain some: the SDK would panic at them.
pub(crate) fn read(path: &Path) -> io::Result<Vec<String>> {
    let bytes = read_regular(path, MOST, "bundle of certificates")?;
    let text = String::from_utf8_lossy(&bytes);
    let blocks = text.split(BEGIN).skip(1).filter_map(|rest| {
        let (body, _) = rest.split_once(END)?;
        Some(format!("{BEGIN}{body}{END}\n"))
    });
    let authorities: Vec<_> = blocks.filter(|block| is_usable(block)).collect();
    if authorities.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "there is no certificate authority in it: it takes PEM, one block of BEGIN CERTIFICATE for each",
        ));
    }
    Ok(authorities)
}

fn is_usable(block: &str) -> bool {
    CertificateDer::from_pem_slice(block.as_bytes()).is_ok_and(|der| RootCertStore::empty().add(der).is_ok())
}

/// The SDK's own HTTP client, which trusts these authorities in addition to those of the operating system.
pub(crate) fn client(authorities: &[String]) -> Result<SharedHttpClient, Box<dyn StdError + Send + Sync>> {
    let store = authorities
        .iter()
        .fold(TrustStore::default(), |store, pem| store.with_pem_certificate(pem.as_bytes()));
    Ok(made(TlsContext::builder().with_trust_store(store).build()?))
}

/// The same client, which trusts only the authorities of the operating system: the SDK's default.
pub(crate) fn default_client() -> SharedHttpClient {
    made(TlsContext::default())
}

fn made(context: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.set_proxy_config(Some(ProxyConfig::from_env()));
        builder.build()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn authority() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn the_authorities_of_a_bundle_are_read_and_other_content_is_ignored() {
        let broken = format!("{BEGIN}\nAAAA\n{END}\n");
        let text = format!("# our proxy\r\n{}\n{broken}subject=/O=x\n{}", authority(), authority());
        let authorities = read(file(&text).path()).unwrap();
        assert_eq!(authorities.len(), 2);
        client(&authorities).unwrap();
    }

    #[test]
    fn a_file_without_an_authority_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "MARKED", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", BEGIN] {
            let error = read(file(text).path()).unwrap_err().to_string();
            assert!(error.contains("no certificate authority"), "{error}");
        }
        assert!(read(folder.path()).unwrap_err().to_string().contains("not a regular file"));
        let long = file("");
        long.as_file().set_len((MOST << 20) + 1).unwrap();
        assert!(read(long.path()).unwrap_err().to_string().contains("more than 4 MiB"));
    }
}
