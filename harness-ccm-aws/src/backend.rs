use std::time::Duration;

use aws_config::meta::region::RegionProviderChain;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use harness_ccm_core::{Error, ErrorKind, Result};

use crate::session::Sessions;
use crate::{IamRoles, OrganizationsSource};

/// The AWS side of one run: one client per service, whatever the number of accounts.
#[derive(Clone, Debug)]
pub struct AwsBackend {
    organizations: aws_sdk_organizations::Client,
    iam: aws_sdk_iam::Client,
    sessions: Sessions,
}

impl AwsBackend {
    /// From the standard environment of the AWS SDKs: variables, profiles, container and instance credentials, endpoints.
    ///
    /// The region only matters for STS and for signing; without one it is `us-east-1`. Fails with `Unauthenticated` if no
    /// credentials can be found. Calls nothing but what finding credentials takes.
    pub async fn from_env() -> Result<Self> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(20))
            .operation_timeout(Duration::from_secs(90))
            .build();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(RegionProviderChain::default_provider().or_else("us-east-1"))
            .timeout_config(timeouts)
            .load()
            .await;
        let found = match config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await.map(|_| ()).map_err(Some),
            None => Err(None),
        };
        found.map_err(|source| {
            let error = Error::new(ErrorKind::Unauthenticated, "aws:credentials", "no AWS credentials were found")
                .with_remedy("set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with the AWS command line");
            match source {
                Some(source) => error.with_source(source),
                None => error,
            }
        })?;
        Ok(Self::from_sdk_config(&config))
    }

    /// From a configuration of your own: the one place where a type of the AWS SDK is part of this interface.
    ///
    /// Give it a region, credentials, timeouts, and an HTTP client if you want to choose one.
    pub fn from_sdk_config(config: &SdkConfig) -> Self {
        let iam = aws_sdk_iam::config::Builder::from(config)
            // All accounts would share one small budget of retries per service, without refill: one throttled account would
            // use up the retries of all. Attempts are bounded by the retry configuration all the same.
            .retry_partition(
                RetryPartition::custom("harness-ccm-iam").token_bucket(TokenBucket::unlimited()).build(),
            )
            .build();
        let organizations = aws_sdk_organizations::config::Builder::from(config)
            .retry_partition(
                RetryPartition::custom("harness-ccm-organizations")
                    .token_bucket(TokenBucket::unlimited())
                    .build(),
            )
            .build();
        let sts = aws_sdk_sts::config::Builder::from(config)
            .retry_partition(
                RetryPartition::custom("harness-ccm-sts").token_bucket(TokenBucket::unlimited()).build(),
            )
            .build();
        Self::from_clients(
            aws_sdk_organizations::Client::from_conf(organizations),
            aws_sdk_iam::Client::from_conf(iam),
            aws_sdk_sts::Client::from_conf(sts),
        )
    }

    pub(crate) fn from_clients(
        organizations: aws_sdk_organizations::Client,
        iam: aws_sdk_iam::Client,
        sts: aws_sdk_sts::Client,
    ) -> Self {
        Self { organizations, iam, sessions: Sessions::new(sts) }
    }

    /// The accounts of the organization that the credentials belong to.
    pub fn accounts(&self) -> OrganizationsSource {
        OrganizationsSource::new(self.organizations.clone())
    }

    /// The roles in its accounts. What was learnt about the ways into them is shared by all clones.
    pub fn roles(&self) -> IamRoles {
        IamRoles::new(self.iam.clone(), self.sessions.clone())
    }
}
