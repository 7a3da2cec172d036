//! A proxy that inspects TLS: AWS, the services that return credentials, and Harness have certificates of the user's own
//! authority.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;
#[path = "../../../harness-ccm-harness/tests/client/tls.rs"]
mod tls;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{LocalAws, skip};
use harness_ccm_fixtures::{BadServer, Mishap};
use harness_ccm_simulator::RunningSimulator;
use support::home::{Home, INTENT};
use support::loopback::Loopback;
use support::{Run, Site, harness, live};
use tls::{Flaw, tls, tls_with};

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = SecretMark\n";

/// The address after `http://`.
fn address(url: &str) -> std::net::SocketAddr {
    url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_is_reached_with_the_bundle_of_the_variable_or_of_the_profile_and_not_without() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let (address, pem) = tls(address(&site.moto.endpoint())).await;
    let url = format!("https://localhost:{}", address.port());
    let (bundle, other) = (home.path("proxy.pem"), home.path("other.pem"));
    // A realistic file: several authorities with text between, and one that is unusable.
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    home.write("proxy.pem", &format!("# Proxy\r\n{broken}{pem}"));
    home.write("other.pem", &tls::authority());
    home.write(".aws/config", &format!("[default]\n{KEYS}[profile proxy]\n{KEYS}ca_bundle = ~/proxy.pem\n"));
    let endpoint = ("AWS_ENDPOINT_URL", url.as_str());
    tokio::task::block_in_place(|| {
        home.accounts(&[endpoint, ("AWS_CA_BUNDLE", &bundle)]).exits(0);
        home.accounts(&[endpoint, ("AWS_PROFILE", "proxy")]).exits(0);
        let untrusted = &["certificate", "AWS_CA_BUNDLE"];
        home.accounts(&[endpoint]).says(untrusted);
        // The variable has precedence over the profile, as with aws.
        home.accounts(&[endpoint, ("AWS_PROFILE", "proxy"), ("AWS_CA_BUNDLE", &other)]).says(untrusted);
        for (file, text) in [("empty.pem", ""), ("text.pem", "SecretMark"), ("broken.pem", broken)] {
            home.write(file, text);
            home.accounts(&[endpoint, ("AWS_CA_BUNDLE", &home.path(file))]).says(&[
                "the environment variable AWS_CA_BUNDLE",
                "no certificate authority",
                "remedy",
            ]);
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_that_give_credentials_are_reached_with_the_bundle_too() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let portal = Loopback::start(|asked| {
        asked.line.starts_with("GET /federation/credentials?").then(|| {
            let keys = r#"{"roleCredentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"SecretMark","sessionToken":"SecretMarkToken","expiration":4102444800000}}"#;
            (200, keys.to_owned())
        })
    });
    let (portal_address, portal_pem) = tls(portal.address).await;
    let (aws_address, aws_pem) = tls(address(&site.moto.endpoint())).await;
    home.write("proxy.pem", &format!("{portal_pem}{aws_pem}"));
    home.write(
        ".aws/config",
        "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\nca_bundle = ~/proxy.pem\n\
         [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://acme.awsapps.com/start\n\
         [profile lister]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = corp\nca_bundle = ~/proxy.pem\n\
         [profile bare]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = corp\n",
    );
    home.write(
        ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        r#"{"accessToken":"token","expiresAt":"2126-01-01T00:00:00Z"}"#,
    );
    let (aws, sso) = (
        format!("https://localhost:{}", aws_address.port()),
        format!("https://localhost:{}", portal_address.port()),
    );
    let run = |profile| {
        home.accounts(&[("AWS_PROFILE", profile), ("AWS_ENDPOINT_URL", &aws), ("AWS_ENDPOINT_URL_SSO", &sso)])
    };
    tokio::task::block_in_place(|| {
        run("corp").exits(0);
        let lister = run("lister").exits(0);
        assert!(lister.caller().contains(":assumed-role/Lister/"), "{}", lister.caller());
        run("bare").says(&["certificate", "AWS_CA_BUNDLE"]);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn harness_is_reached_with_a_bundle_of_its_own() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let endpoint = site.harness.endpoint();
    let (address, pem) = tls(address(&endpoint)).await;
    home.write("proxy.pem", &pem).write(".aws/credentials", &format!("[default]\n{KEYS}"));
    let path = endpoint.trim_start_matches("http://").split_once('/').map_or("", |(_, path)| path);
    let url = format!("https://localhost:{}/{path}", address.port());
    let harness = ("HARNESS_ENDPOINT", url.as_str());
    tokio::task::block_in_place(|| {
        home.accounts(&[harness, ("HARNESS_CA_BUNDLE", &home.path("proxy.pem"))]).exits(0);
        let run = home.accounts(&[harness]).exits(1);
        assert!(run.stderr.contains("HARNESS_CA_BUNDLE"), "{}", run.stderr);
    });
}

/// Returns the program's output with this AWS and this Harness, both in this process, with other variables.
fn accounts(
    folder: &std::path::Path,
    variables: &[(&str, &str)],
    site: &(LocalAws, RunningSimulator),
) -> Run {
    std::fs::write(folder.join("onboard.toml"), INTENT).unwrap();
    let mut command = live(folder, site.0.environment(), &site.1);
    command.arg("plan").env("AWS_MAX_ATTEMPTS", "1");
    Run::of(command.envs(variables.iter().copied()))
}

async fn site() -> (LocalAws, RunningSimulator) {
    let aws = LocalAws::start();
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    (aws, harness)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_refused_for_what_is_wrong_with_it_and_an_authority_is_not_proposed() {
    let (folder, site) = (tempfile::tempdir().unwrap(), site().await);
    let bundle = folder.path().join("proxy.pem").to_str().unwrap().to_owned();
    for (flaw, says, remedy) in [
        (Flaw::Expired, "has expired", "compare the clock of this machine"),
        (Flaw::NotYetValid, "is not valid yet", "compare the clock of this machine"),
        (Flaw::WrongName, "is for another host name", "check the host name in the endpoint of"),
    ] {
        for (endpoint, authority, path) in
            [("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", ""), ("HARNESS_ENDPOINT", "HARNESS_CA_BUNDLE", "/gateway")]
        {
            let behind = if path.is_empty() { address(&site.0.endpoint()) } else { site.1.addr() };
            let (address, pem) = tls_with(behind, Some(flaw)).await;
            std::fs::write(&bundle, pem).unwrap();
            let url = format!("https://localhost:{}{path}", address.port());
            let run = accounts(folder.path(), &[(endpoint, &url), (authority, &bundle)], &site);
            let run = tokio::task::block_in_place(|| run.exits(1));
            for part in [says, remedy] {
                assert!(run.stderr.contains(part), "{flaw:?} {endpoint}: {}", run.stderr);
            }
            let proposed = run.stderr.contains("CA_BUNDLE");
            assert!(!proposed, "{flaw:?} {endpoint}: {}", run.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_asks_for_a_user_or_refuses_the_host_is_named() {
    let (folder, site) = (tempfile::tempdir().unwrap(), site().await);
    for (answer, says, remedy) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
            "asks for a user and a password (HTTP 407)",
            "put the user and the password into the address of the proxy",
        ),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "the proxy opens no connection", "NO_PROXY"),
    ] {
        let server = BadServer::start(Mishap::Bytes(answer), |_| None);
        let proxy = format!("http://{}", server.address());
        for (endpoint, url) in [
            ("AWS_ENDPOINT_URL", "https://aws.example"),
            ("HARNESS_ENDPOINT", "https://harness.example/gateway"),
        ] {
            let run = accounts(folder.path(), &[(endpoint, url), ("HTTPS_PROXY", &proxy)], &site).exits(1);
            for part in [says, remedy] {
                assert!(run.stderr.contains(part), "{endpoint}: {}", run.stderr);
            }
        }
    }
}
