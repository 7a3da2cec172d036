use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_iam::config::Credentials;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use harness_ccm_aws_servers::{LocalAws, MANAGEMENT};

pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::891928451355:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"one"}}}]}"#;
pub(crate) const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}"#;

/// Without retries: a test sees every response.
pub(crate) async fn config(aws: &LocalAws) -> SdkConfig {
    aws.sdk_config().await.into_builder().retry_config(RetryConfig::disabled()).build()
}

pub(crate) async fn iam(aws: &LocalAws) -> aws_sdk_iam::Client {
    aws_sdk_iam::Client::new(&config(aws).await)
}

pub(crate) async fn sts(aws: &LocalAws) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(&config(aws).await)
}

pub(crate) async fn organizations(aws: &LocalAws) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(&config(aws).await)
}

/// The code and message of an error response.
pub(crate) fn refused<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    answer: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = answer.unwrap_err();
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

/// Only the code.
pub(crate) fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    answer: Result<T, SdkError<E, R>>,
) -> String {
    refused(answer).0
}

pub(crate) fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

pub(crate) fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::{MANAGEMENT}:policy/{name}")
}

/// Makes a role in the caller's account.
pub(crate) async fn make_role(iam: &aws_sdk_iam::Client, name: &str) {
    iam.create_role().role_name(name).assume_role_policy_document(TRUST).send().await.unwrap();
}

/// Makes a customer-managed policy there.
pub(crate) async fn make_policy(iam: &aws_sdk_iam::Client, name: &str) -> String {
    let made = iam.create_policy().policy_name(name).policy_document(DOCUMENT).send().await.unwrap();
    made.policy.unwrap().arn.unwrap()
}

/// The credentials of a session.
pub(crate) fn credentials(given: &aws_sdk_sts::types::Credentials) -> Credentials {
    let token = Some(given.session_token.clone());
    Credentials::new(&given.access_key_id, &given.secret_access_key, token, None, "test")
}

/// IAM with the session of a role.
pub(crate) async fn iam_as(aws: &LocalAws, role_arn: &str) -> aws_sdk_iam::Client {
    let assumed =
        sts(aws).await.assume_role().role_arn(role_arn).role_session_name("test").send().await.unwrap();
    let config = aws_sdk_iam::config::Builder::from(&config(aws).await);
    let config = config.credentials_provider(credentials(assumed.credentials.as_ref().unwrap()));
    aws_sdk_iam::Client::from_conf(config.build())
}
