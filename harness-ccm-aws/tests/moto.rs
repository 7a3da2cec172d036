//! The conformance suite against moto, through the real SDK over a real socket.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{MotoServer, skip};
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::{AccountSource as _, RoleProvisioner as _};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Route;
use harness_ccm_core::{Error, ErrorKind, testing};

const ORGANIZATION: &str = "
import boto3
client = boto3.client('organizations')
client.create_organization(FeatureSet='ALL')
for number in range(23):
    client.create_account(AccountName=f'team {number}', Email=f'{number}@example.com', Tags=[{'Key': 'n', 'Value': str(number)}])
for page in client.get_paginator('list_accounts').paginate():
    for account in page['Accounts']:
        print(account['Id'])
";

/// moto's own account, to which the fake credentials belong.
const CALLER: &str = "123456789012";

async fn backend(server: &MotoServer) -> AwsBackend {
    AwsBackend::from_sdk_config(&server.sdk_config().await)
}

#[tokio::test]
async fn organizations_and_iam_pass_the_suite() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let expected: BTreeSet<AccountId> =
        server.run_python(ORGANIZATION, &[]).lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(expected.len(), 24);
    let aws = backend(&server).await;
    testing::accounts::suite(&aws.accounts(), &expected).await;
    let tagged = aws.accounts().list_accounts(&AccountQuery::new().with_tags()).await.unwrap();
    let tags = tagged.accounts().iter().filter_map(|account| account.tags.as_ref()?.get("n").cloned());
    assert_eq!(tags.collect::<BTreeSet<_>>().len(), 23);
    let management: Vec<_> =
        tagged.accounts().iter().filter(|account| account.management == Some(true)).collect();
    assert_eq!(management.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), [CALLER]);

    let member =
        tagged.accounts().iter().find(|account| account.management == Some(false)).unwrap().id.clone();
    for (account, route) in [(member.clone(), Route::default()), (CALLER.parse().unwrap(), Route::Direct)] {
        let place = testing::roles::RoleSite::new(account, "Suite").with_route(route);
        testing::roles::suite(&aws.roles(), &place).await;
    }

    let arn = format!("arn:aws:iam::{member}:role/X").parse().unwrap();
    let error = aws.roles().find_role(&RoleAddress::new(arn, Route::Direct)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "a direct way into another account: {}", error.report());
}

/// Does not wait, and counts the waits.
#[derive(Clone, Debug, Default)]
struct Pauses(Arc<AtomicUsize>);

impl AsyncSleep for Pauses {
    fn sleep(&self, _: Duration) -> Sleep {
        self.0.fetch_add(1, Ordering::Relaxed);
        Sleep::new(std::future::ready(()))
    }
}

/// Lists without a server; returns the error and the number of waits, for any reason.
async fn list_nowhere(retries: RetryConfig) -> (Error, usize) {
    let pauses = Pauses::default();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://127.0.0.1:1")
        .credentials_provider(Credentials::for_tests())
        .timeout_config(TimeoutConfig::disabled())
        .retry_config(retries)
        .sleep_impl(pauses.clone())
        .load()
        .await;
    let accounts = AwsBackend::from_sdk_config(&config).accounts();
    let error = accounts.list_accounts(&AccountQuery::new()).await.unwrap_err();
    (error, pauses.0.load(Ordering::Relaxed))
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_named_as_such_and_not_tried_again() {
    let (error, once) = list_nowhere(RetryConfig::disabled()).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let text = error.report();
    assert!(text.contains("AWS cannot be reached") && text.contains("AWS_ENDPOINT_URL"), "{text}");
    let (_, pauses) = list_nowhere(RetryConfig::standard()).await;
    assert_eq!(pauses, once);
}
