//! The conformance suite against moto, through the real SDK over a real socket.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use harness_ccm_aws::AwsBackend;
use harness_ccm_core::backend::{AccountQuery, AccountSource as _, RoleProvisioner as _};
use harness_ccm_core::id::{AccountId, Partition};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Route;
use harness_ccm_core::{ErrorKind, testing};
use harness_ccm_moto_server::{MotoServer, skip};

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

/// moto's own account, which the fake credentials belong to.
const CALLER: &str = "123456789012";

async fn backend(server: &MotoServer) -> AwsBackend {
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(server.endpoint())
        .credentials_provider(Credentials::for_tests())
        .load()
        .await;
    AwsBackend::from_sdk_config(&config)
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
    let tags = tagged.iter().filter_map(|account| account.tags.as_ref()?.get("n").cloned());
    assert_eq!(tags.collect::<BTreeSet<_>>().len(), 23);
    let management: Vec<_> = tagged.iter().filter(|account| account.management).collect();
    assert_eq!(management.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), [CALLER]);

    let member = tagged.iter().find(|account| !account.management).unwrap().id.clone();
    for (account, route) in [(member.clone(), Route::default()), (CALLER.parse().unwrap(), Route::Direct)] {
        let place =
            testing::roles::Place { partition: Partition::Aws, account, route, prefix: "Suite".into() };
        testing::roles::suite(&aws.roles(), &place).await;
    }

    let arn = format!("arn:aws:iam::{member}:role/X").parse().unwrap();
    let error = aws.roles().find_role(&RoleAddress::new(arn, Route::Direct)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "a direct way into another account: {}", error.report());
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_named_as_such() {
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://127.0.0.1:1")
        .credentials_provider(Credentials::for_tests())
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await;
    let aws = AwsBackend::from_sdk_config(&config);
    let error = aws.accounts().list_accounts(&AccountQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let text = error.report();
    assert!(text.contains("AWS could not be reached") && text.contains("AWS_ENDPOINT_URL"), "{text}");
}
