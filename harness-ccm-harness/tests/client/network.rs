//! Faults between the client and Harness: each case has its kind, effect, retry advice and remedy.

use std::time::Duration;

use harness_ccm_core::backend::{ConnectorClient as _, Expect};
use harness_ccm_core::{Effect, Error, ErrorKind, Retry};
use harness_ccm_fixtures::{BadServer, Mishap, nobody};

use crate::support::{KEY, both, builder, spec};
use crate::tls::{Flaw, tls_with};

const LOGIN: &str = "<!DOCTYPE html><html><body>Sign in to the proxy</body></html>";

/// A listing and a creation at an endpoint, and the results of both.
async fn errors(endpoint: &str) -> [Error; 2] {
    let client = builder(endpoint).retries(0).request_timeout(Duration::from_millis(400)).build().unwrap();
    let read = client.list_connectors().await.unwrap_err();
    let write = client.put_connector(&spec("aws1"), Expect::Absent).await.unwrap_err();
    [read, write]
}

#[track_caller]
fn check(name: &str, errors: &[Error; 2], expected: (ErrorKind, Effect, Retry, &str, &str)) {
    let (kind, effect, retry, says, remedy) = expected;
    for (error, effect) in errors.iter().zip([Effect::None, effect]) {
        let report = error.report();
        assert_eq!((error.kind(), error.effect(), error.retry()), (kind, effect, retry), "{name}: {report}");
        assert!(error.message().contains(says), "{name}: {report}");
        assert!(error.remedy().unwrap_or_default().contains(remedy), "{name}: {report}");
        assert!(!report.contains("(no code)") && !report.contains("API key"), "{name}: {report}");
    }
}

#[tokio::test]
async fn a_request_without_an_answer_says_what_happened_to_it() {
    use Effect::{None, Unknown};
    use ErrorKind::{Protocol, Unavailable};
    use Mishap::{Bytes, CloseAfter, CloseBefore, CutOff, Page, Silence};
    use Retry::{Later, Never};
    let (ends, proxy, login) = ("ends connections", "HTTPS_PROXY", "sign in there");
    for (mishap, expected) in [
        (CloseBefore, (Unavailable, Unknown, Later, "the connection was closed", ends)),
        (CloseAfter, (Unavailable, Unknown, Later, "the connection was closed", ends)),
        (CutOff, (Unavailable, Unknown, Later, "an incomplete answer", ends)),
        (Silence, (Unavailable, Unknown, Later, "no answer in time", ends)),
        (
            Bytes("SSH-2.0-OpenSSH_9.9\r\n"),
            (Unavailable, Unknown, Never, "does not speak HTTP", "HARNESS_ENDPOINT"),
        ),
        (Page(200, "text/html", LOGIN), (Protocol, Unknown, Never, "HTTP 200 with a web page", login)),
        (
            Page(302, "text/html", LOGIN),
            (Protocol, None, Never, "HTTP 302 with a web page is a redirect", login),
        ),
        (Page(407, "text/html", LOGIN), (Unavailable, None, Never, "HTTP 407", proxy)),
        (
            Page(200, "application/json", ""),
            (Unavailable, Unknown, Later, "HTTP 200 with an empty body", ends),
        ),
        (
            Page(200, "application/json", "{\"status\": \"SUCCESS\", \"data\": {"),
            (Unavailable, Unknown, Later, "HTTP 200 with JSON without its end", ends),
        ),
        (Page(502, "text/html", LOGIN), (Unavailable, Unknown, Later, "HTTP 502 with a web page", "later")),
        (Page(503, "text/html", LOGIN), (Unavailable, Unknown, Later, "HTTP 503 with a web page", "later")),
        (Page(504, "text/html", LOGIN), (Unavailable, Unknown, Later, "HTTP 504 with a web page", "later")),
    ] {
        let server = BadServer::start(mishap, |_| Option::None);
        let endpoint = format!("http://{}/gateway", server.address());
        check(&format!("{mishap:?}"), &errors(&endpoint).await, expected);
    }
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_reached_says_why() {
    use ErrorKind::Unavailable;
    use Retry::{Later, Never};
    let server = BadServer::start(Mishap::Greeting("HTTP/1.1 400 Bad Request\r\n\r\n"), |_| None);
    // Host names cannot be that long, so no server is asked for it.
    let unknown = format!("http://{}.example/gateway", "a".repeat(70));
    for (endpoint, retry, says) in [
        (format!("http://{}/gateway", nobody()), Later, "the connection was refused"),
        (unknown, Later, "its host name has no address"),
        (format!("https://localhost:{}/gateway", server.address().port()), Never, "does not speak TLS"),
    ] {
        let expected = (Unavailable, Effect::None, retry, says, "HARNESS_ENDPOINT");
        check(&endpoint, &errors(&endpoint).await, expected);
    }
}

#[tokio::test]
async fn a_certificate_is_refused_for_what_is_wrong_with_it_and_an_authority_is_not_proposed() {
    let (simulator, _) = both().await;
    for (flaw, says, remedy) in [
        (Flaw::Expired, "has expired", "compare the clock"),
        (Flaw::NotYetValid, "is not valid yet", "compare the clock"),
        (Flaw::WrongName, "is for another host name", "check the host name in the endpoint of Harness"),
    ] {
        let (address, pem) = tls_with(simulator.addr(), Some(flaw)).await;
        let endpoint = format!("https://localhost:{}/gateway", address.port());
        let client = builder(&endpoint).root_certificates(pem).build().unwrap();
        let error = client.list_connectors().await.unwrap_err();
        let report = error.report();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Never), "{report}");
        assert!(error.message().contains(says), "{report}");
        assert!(error.remedy().unwrap().contains(remedy), "{report}");
        assert!(!report.contains("HARNESS_CA_BUNDLE") && !report.contains(KEY), "{report}");
    }
    assert!(simulator.requests().is_empty());
}
