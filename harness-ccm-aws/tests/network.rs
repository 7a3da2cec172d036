//! Faults between the SDK and AWS: each case has its kind, effect, retry advice and remedy, for STS, Organizations and IAM.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{AwsFault, LocalAws, MANAGEMENT};
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::{AccountSource as _, Expect, RoleProvisioner as _};
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{RoleAddress, RoleSpec};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Effect, Error, ErrorKind, Retry};
use harness_ccm_fixtures::{BadServer, Mishap, nobody};

const LOGIN: &str = "<!DOCTYPE html><html><body>Sign in to the proxy</body></html>";

/// The response about the caller: without it no call of IAM is made.
const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::000000000001:user/x</Arn><UserId>x</UserId><Account>000000000001</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

async fn backend(endpoint: &str) -> AwsBackend {
    let retries = RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(1));
    let limit = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(400)).build();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("AKIALOCAL", "test", None, None, "test"))
        .retry_config(retries)
        .timeout_config(limit)
        .load()
        .await;
    AwsBackend::from_sdk_config(&config).with_pacing(Pacing::Unlimited)
}

/// A role in the caller's own account, which needs no session.
fn spec() -> RoleSpec {
    let address = RoleAddress::new("arn:aws:iam::000000000001:role/Made".parse().unwrap(), Route::Direct);
    let trust = Statement::trust(Principals::aws([MANAGEMENT]), ["sts:AssumeRole"]).unwrap();
    let allow = Statement::allow(["ec2:DescribeRegions"], ["*"]).unwrap();
    RoleSpec::new(address, PolicyDocument::new([trust]), "suite".parse().unwrap())
        .with_inline("Own".parse().unwrap(), PolicyDocument::new([allow]))
}

/// A server that responds about the caller and to nothing else, or not even to that.
fn start(mishap: Mishap, answers_sts: bool) -> BadServer {
    BadServer::start(mishap, move |request| {
        (answers_sts && (request.is_empty() || request.contains("GetCallerIdentity")))
            .then(|| CALLER.to_owned())
    })
}

fn url(server: &BadServer) -> String {
    format!("http://{}", server.address())
}

/// Returns the results of calls of STS, Organizations and IAM, a write of IAM last.
async fn errors(sts: &str, others: &str) -> Vec<Error> {
    let backend = backend(others).await;
    vec![
        self::backend(sts).await.caller().await.unwrap_err(),
        backend.accounts().list_accounts(&AccountQuery::default()).await.unwrap_err(),
        backend.roles().find_role(&spec().address).await.unwrap_err(),
        backend.roles().put_role(&spec(), Expect::Absent).await.unwrap_err(),
    ]
}

#[track_caller]
fn check(name: &str, errors: &[Error], expected: (ErrorKind, Effect, Retry, &str, &str)) {
    let (kind, effect, retry, says, remedy) = expected;
    let effects = [Effect::None, Effect::None, Effect::None, effect];
    assert_eq!(errors.len(), effects.len());
    for (error, effect) in errors.iter().zip(effects) {
        let report = error.report();
        assert_eq!((error.kind(), error.effect(), error.retry()), (kind, effect, retry), "{name}: {report}");
        assert!(error.message().contains(says), "{name}: {report}");
        assert!(error.remedy().unwrap_or_default().contains(remedy), "{name}: {report}");
        assert!(!report.contains("(no code)") && !report.contains("credentials"), "{name}: {report}");
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
            (Unavailable, Unknown, Never, "does not speak HTTP", "AWS_ENDPOINT_URL"),
        ),
        (Page(200, "text/html", LOGIN), (Protocol, Unknown, Never, "HTTP 200 with a web page", login)),
        (Page(200, "text/plain", LOGIN), (Protocol, Unknown, Never, "HTTP 200 with a web page", login)),
        (
            Page(302, "text/html", LOGIN),
            (Protocol, None, Never, "HTTP 302 with a web page is a redirect", login),
        ),
        (Page(403, "text/html", LOGIN), (Protocol, None, Never, "HTTP 403 with a web page", login)),
        (Page(407, "text/html", LOGIN), (Unavailable, None, Never, "HTTP 407", proxy)),
        (Page(200, "text/xml", ""), (Unavailable, Unknown, Later, "HTTP 200 with an empty body", ends)),
        (
            Page(200, "text/xml", "<GetRoleResponse><GetRoleResult><Role><Path>/</Pa"),
            (Unavailable, Unknown, Later, "HTTP 200 with XML without its end", ends),
        ),
        (
            Page(200, "application/x-amz-json-1.1", "{\"Accounts\": [{\"Id\": \"0000"),
            (Unavailable, Unknown, Later, "HTTP 200 with JSON without its end", ends),
        ),
        (Page(502, "text/html", LOGIN), (Unavailable, Unknown, Later, "HTTP 502 with a web page", ends)),
        (Page(503, "text/html", LOGIN), (Unavailable, Unknown, Later, "HTTP 503 with a web page", ends)),
        (Page(504, "text/plain", "upstream"), (Unavailable, Unknown, Later, "HTTP 504 with text", ends)),
    ] {
        let (sts, others) = (start(mishap, false), start(mishap, true));
        check(&format!("{mishap:?}"), &errors(&url(&sts), &url(&others)).await, expected);
    }
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_reached_says_why() {
    use Retry::{Later, Never};
    let server = start(Mishap::Greeting("HTTP/1.1 400 Bad Request\r\n\r\n"), false);
    // Host names cannot be that long, so no server is asked for it.
    let unknown = format!("http://{}.example", "a".repeat(70));
    for (endpoint, retry, says) in [
        (format!("http://{}", nobody()), Later, "the connection was refused"),
        (unknown, Later, "its host name has no address"),
        (format!("https://localhost:{}", server.address().port()), Never, "does not speak TLS"),
    ] {
        let expected = (ErrorKind::Unavailable, Effect::None, retry, says, "AWS_ENDPOINT_URL");
        check(&endpoint, &errors(&endpoint, &endpoint).await, expected);
    }
}

#[tokio::test]
async fn a_page_is_not_a_success_of_a_write_that_has_an_empty_answer() {
    let aws = LocalAws::start();
    let roles = AwsBackend::from_sdk_config(&aws.sdk_config().await).roles();
    aws.fail(AwsFault::page(200, LOGIN).on("iam:PutRolePolicy").always());
    let error = roles.put_role(&spec(), Expect::Absent).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::Unknown), "{}", error.report());
    assert_eq!(aws.counts()["iam:PutRolePolicy"], 1, "the page would come again");
    aws.clear_faults();
    let left = aws.edit(1, |account| account.iam.role("Made").unwrap().clone());
    assert!(left.inline.is_empty());
}

#[tokio::test]
async fn an_empty_answer_is_not_an_organization_without_accounts() {
    let aws = LocalAws::start().with_members(3);
    let backend = AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited);
    aws.fail(AwsFault::page(200, "").on("organizations:ListAccounts"));
    let listing = backend.accounts().list_accounts(&AccountQuery::default()).await.unwrap();
    assert_eq!((listing.accounts().len(), aws.counts()["organizations:ListAccounts"]), (3, 2));
}

#[tokio::test]
async fn xml_without_its_end_is_not_a_role_with_fewer_policies() {
    let aws = LocalAws::start();
    let roles = AwsBackend::from_sdk_config(&aws.sdk_config().await).roles();
    roles.put_role(&spec(), Expect::Absent).await.unwrap();
    let cut =
        "<ListRolePoliciesResponse><ListRolePoliciesResult><IsTruncated>false</IsTruncated><PolicyNames>";
    aws.fail(AwsFault::page(200, cut).on("iam:ListRolePolicies"));
    let role = roles.find_role(&spec().address).await.unwrap().unwrap();
    assert_eq!(role.inline.len(), 1);
}

#[tokio::test]
async fn an_incomplete_answer_is_requested_again() {
    let aws = LocalAws::start();
    let backend = AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited);
    aws.fail(AwsFault::truncated().on("sts:GetCallerIdentity"));
    aws.fail(AwsFault::truncated().on("iam:GetRole"));
    backend.roles().find_role(&spec().address).await.unwrap();
    assert_eq!((aws.counts()["sts:GetCallerIdentity"], aws.counts()["iam:GetRole"]), (2, 2));
}
