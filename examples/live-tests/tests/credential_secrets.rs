//! No secret is printed, whatever fails while credentials are loaded.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::io::Write as _;
use std::net::TcpListener;

use harness_ccm_aws_servers::skip;
use support::Site;
use support::home::{Home, INTENT, login};
use support::loopback::Loopback;

/// Each secret begins with `SecretMark`, which the output of a run must not contain: `exits` checks this. Their forms match no
/// rule about texts: a password of words, a short token, a long one that is split into parts.
const SOURCES: &str = "\
    [profile keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = SecretMarkKey\n\
    aws_session_token = SecretMarkToken\n\
    [profile role]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = keys\nexternal_id = SecretMarkExternal\n\
    [profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n\
    [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://acme.awsapps.com/start\n\
    [profile older]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\nsso_account_id = 123456789012\n\
    sso_role_name = Reader\n\
    [profile login]\nlogin_session = arn:aws:iam::123456789012:user/Admin\n\
    [profile fails]\ncredential_process = echo SecretMark word; echo password SecretMark >&2; exit 1\n\
    [profile talks]\ncredential_process = echo SecretMark.a.b '{\"Version\":1,\"SecretAccessKey\":\"SecretMark\"}'\n\
    [profile missing]\ncredential_process = /there/is/none --password SecretMark\n";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_any_source_is_printed_whatever_endpoint_is_broken() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let token = |expires: &str| {
        format!(
            r#"{{"startUrl":"https://acme.awsapps.com/start","region":"eu-central-1","accessToken":"SecretMark.sso.token","expiresAt":"{expires}",
               "clientId":"client","clientSecret":"SecretMarkClient","registrationExpiresAt":"2126-01-01T00:00:00Z","refreshToken":"SecretMark-refresh"}}"#
        )
    };
    home.write(
        ".aws/sso/cache/40169cea58ca6cbf23fb27b2542923fb5f524af0.json",
        &token("2126-01-01T00:00:00Z"),
    );
    home.write(
        ".aws/login/cache/10cabd19777b6651ac57333b55c7c10a1242b1c2337f40e674926d7324698347.json",
        &login(&site, "2026-01-01T00:00:00Z").replace("\"refresh\"", "\"SecretMarkRefresh\""),
    );
    home.write("token", "SecretMark.eyJzdWIi.sig");
    let (web, container) = (home.path("token"), "http://127.0.0.1:1/c?SecretMark=1");
    let babble = babble();
    let profiles = ["keys", "role", "sso", "older", "login", "fails", "talks", "missing"];
    let mut sources: Vec<Vec<(&str, &str)>> =
        profiles.iter().map(|profile| vec![("AWS_PROFILE", *profile)]).collect();
    sources.push(vec![
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &web),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod"),
    ]);
    sources.push(vec![
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", container),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "SecretMark token"),
    ]);
    sources.push(vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://u:SecretMark@192.168.1.1/c")]);
    sources.push(vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.168.1.1/SecretMark")]);
    sources.push(vec![("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/SecretMark|x")]);
    sources.push(vec![
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "SecretMarkKey"),
        ("AWS_SESSION_TOKEN", "SecretMarkToken"),
    ]);
    for expires in ["2126-01-01T00:00:00Z", "2026-01-01T00:00:00Z"] {
        home.write(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", &token(expires));
        for (setting, variable) in [
            ("endpoint_url = 127.0.0.1:45713\n", ""),
            ("endpoint_url = \"http://127.0.0.1:1\"\n", ""),
            ("", "http://127.0.0.1:45713:80"),
            ("endpoint_url = http://127.0.0.1:1\n", ""),
            ("", "http://127.0.0.1:1"),
            ("", "http://no.such.host.invalid"),
            ("", babble.as_str()),
        ] {
            // In every profile, because any may be the chosen one.
            let text = SOURCES.replace("]\n", &format!("]\n{setting}"));
            home.write(".aws/config", &text);
            for source in &sources {
                let broken = [("AWS_ENDPOINT_URL", variable), ("AWS_MAX_ATTEMPTS", "1")];
                let run =
                    home.accounts(&[&broken[..], source.as_slice()].concat()).says(&["error: ", "remedy: "]);
                for part in ["Request {", "headers", "bearer"] {
                    assert!(!run.stderr.contains(part), "{source:?} {variable}: {}", run.stderr);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_a_service_repeats_is_not_printed() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write("token", "SecretMark.eyJzdWIi.sig");
    let refuses = Loopback::start(|asked| {
        let token = asked.body.split("WebIdentityToken=").nth(1)?.split('&').next()?;
        let error = format!("<Code>InvalidIdentityToken</Code><Message>the token {token} is bad</Message>");
        Some((400, format!("<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>")))
    });
    let (token, url) = (home.path("token"), refuses.url());
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod");
    home.accounts(&[("AWS_WEB_IDENTITY_TOKEN_FILE", &token), role, ("AWS_ENDPOINT_URL_STS", &url)])
        .says(&["InvalidIdentityToken", "not shown"]);
}

/// A server that does not use HTTP.
fn babble() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(|mut stream| stream.write_all(b"SecretMark what?\r\n\r\n"));
        }
    });
    url
}
