//! A wrong clock of this machine: the time of AWS counts.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{LocalAws, id};
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::{AccountSource as _, RoleProvisioner as _};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Route;

const HOUR: i64 = 3_600;

fn address(number: usize) -> RoleAddress {
    let arn = format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap();
    RoleAddress::new(arn, Route::default())
}

/// AWS, whose clock is this many seconds ahead of this machine's, and a backend.
async fn ahead(seconds: i64, members: usize) -> (LocalAws, AwsBackend) {
    let aws = LocalAws::start().with_members(members);
    aws.with(|cloud| cloud.clock_ahead = seconds);
    let backend = AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited);
    (aws, backend)
}

#[tokio::test]
async fn a_session_is_used_as_long_as_aws_says_whatever_the_local_clock_says() {
    for seconds in [0, -2 * HOUR, 2 * HOUR, -48 * HOUR, 48 * HOUR] {
        let (aws, backend) = ahead(seconds, 4).await;
        let roles = backend.roles();
        for number in [2, 3, 4, 2, 3, 4, 2, 3, 4] {
            assert!(roles.find_role(&address(number)).await.unwrap().is_none());
        }
        assert_eq!(
            backend.accounts().list_accounts(&AccountQuery::default()).await.unwrap().accounts().len(),
            4
        );
        assert_eq!(aws.counts()["sts:AssumeRole"], 3, "{seconds}");
        let refused = aws.calls().iter().filter(|logged| logged.code.is_some()).count();
        let signed_wrong = usize::from(seconds != 0);
        // NoSuchEntity for every missing role.
        assert_eq!(refused, 9 + signed_wrong, "{seconds}: the first signature alone has the wrong time");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_by_the_time_of_aws_is_renewed() {
    for seconds in [0, 2 * HOUR, -2 * HOUR] {
        let (aws, backend) = ahead(seconds, 2).await;
        // Less than the margin of the renewal of sessions.
        aws.with(|cloud| cloud.session_lifetime = Some(Duration::from_mins(4)));
        for _ in 0..3 {
            backend.roles().find_role(&address(2)).await.unwrap();
        }
        assert_eq!(aws.counts()["sts:AssumeRole"], 3, "{seconds}");
        let ended = |code: &str| code.starts_with("ExpiredToken");
        assert!(!aws.calls().iter().any(|logged| logged.code.as_deref().is_some_and(ended)));
    }
}

/// Credentials that expire at a time, and the number of requests for them.
#[derive(Clone, Debug)]
struct Counted(SystemTime, Arc<AtomicUsize>);

impl ProvideCredentials for Counted {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.1.fetch_add(1, Ordering::Relaxed);
        future::ProvideCredentials::ready(Ok(Credentials::new(
            "AKIALOCAL",
            "test",
            None,
            Some(self.0),
            "test",
        )))
    }
}

#[tokio::test]
async fn the_callers_own_credentials_are_not_loaded_for_every_call() {
    let aws = LocalAws::start();
    aws.with(|cloud| cloud.clock_ahead = -2 * HOUR);
    let config = aws.sdk_config().await;
    let key = config.credentials_provider().unwrap().provide_credentials().await.unwrap();
    // An hour from now, by the clock of AWS.
    let counted = Counted(SystemTime::now() - Duration::from_hours(1), Arc::default());
    let own = Own(counted.clone(), key.access_key_id().to_owned());
    let config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(own)).build();
    let backend = AwsBackend::from_sdk_config(&config).with_pacing(Pacing::Unlimited);
    for _ in 0..10 {
        backend.accounts().list_accounts(&AccountQuery::default()).await.unwrap();
    }
    let loads = counted.1.load(Ordering::Relaxed);
    assert!(loads <= 3, "{loads}: once for each client, and once more for the first of them");
}

/// The counted credentials with the key that the server knows.
#[derive(Debug)]
struct Own(Counted, String);

impl ProvideCredentials for Own {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let counted = self.0.provide_credentials().await?;
            Ok(Credentials::new(&self.1, counted.secret_access_key(), None, counted.expiry(), "test"))
        })
    }
}

#[tokio::test]
async fn without_the_correction_the_local_clock_applies() {
    let aws = LocalAws::start();
    aws.with(|cloud| cloud.clock_ahead = 2 * HOUR);
    let config = aws.sdk_config().await.into_builder().disable_clock_skew_correction(true).build();
    let error = AwsBackend::from_sdk_config(&config).caller().await.unwrap_err();
    assert!(error.message().contains("Signature expired"), "{}", error.report());
    assert_eq!(aws.counts()["sts:GetCallerIdentity"], 1);
}
