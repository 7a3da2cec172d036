use std::sync::Arc;
use std::time::Duration;

use aws_config::meta::region::RegionProviderChain;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use harness_ccm_core::route::Hop;
use harness_ccm_core::{Error, ErrorKind, Result};

use crate::caller::Caller;
use crate::iam::ACTIONS;
use crate::known::Known;
use crate::pacing::Pacer;
use crate::retries::{self, Classifier};
use crate::session::Sessions;
use crate::{IamRoles, OrganizationsSource, Pacing};

/// How often calls of Organizations are tried: its limits are low and shared with everybody who calls from the same account. With
/// the SDK's jittered doubling from one second to twenty, that is over a minute of patience for one call.
const ORGANIZATIONS_ATTEMPTS: u32 = 10;

/// How often calls of STS and IAM are tried.
const ATTEMPTS: u32 = 5;

/// The AWS side of one run: one client per service, whatever the number of accounts.
#[derive(Clone, Debug)]
pub struct AwsBackend {
    organizations: aws_sdk_organizations::Client,
    iam: aws_sdk_iam::Client,
    sessions: Sessions,
    known: Known,
    pacer: Arc<Pacer>,
    listing: Option<Hop>,
    endpoint: Option<String>,
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
            .retry_config(retries::config(config, ATTEMPTS))
            .retry_partition(retries::partition("harness-ccm-iam"))
            .retry_classifier(Classifier::default())
            .build();
        let organizations = aws_sdk_organizations::config::Builder::from(config)
            .retry_config(retries::config(config, ORGANIZATIONS_ATTEMPTS))
            .retry_partition(retries::partition("harness-ccm-organizations"))
            .retry_classifier(Classifier::with_concurrent_modification())
            .build();
        let sts = aws_sdk_sts::config::Builder::from(config)
            .retry_config(retries::config(config, ATTEMPTS))
            .retry_partition(retries::partition("harness-ccm-sts"))
            .retry_classifier(Classifier::default())
            .build();
        let backend = Self::from_clients(
            aws_sdk_organizations::Client::from_conf(organizations),
            aws_sdk_iam::Client::from_conf(iam),
            aws_sdk_sts::Client::from_conf(sts),
        );
        Self { endpoint: config.endpoint_url().map(str::to_owned), ..backend }
    }

    pub(crate) fn from_clients(
        organizations: aws_sdk_organizations::Client,
        iam: aws_sdk_iam::Client,
        sts: aws_sdk_sts::Client,
    ) -> Self {
        let known = Known::default();
        let sessions = Sessions::new(sts, known.clone(), ACTIONS);
        let pacer = Arc::new(Pacer::new(Pacing::default()));
        Self { organizations, iam, sessions, known, pacer, listing: None, endpoint: None }
    }

    /// Lists the organization through a role, where the caller is neither the management account nor a delegated administrator.
    #[must_use]
    pub fn with_listing_role(mut self, role: impl Into<Option<Hop>>) -> Self {
        self.listing = role.into();
        self
    }

    /// Sets how fast Organizations is called.
    #[must_use]
    pub fn with_pacing(mut self, pacing: Pacing) -> Self {
        self.pacer = Arc::new(Pacer::new(pacing));
        self
    }

    /// Who the credentials belong to. Asks AWS STS once; clones and what they make share the answer.
    ///
    /// **Errors.** `Unauthenticated` without good credentials, `Throttled`, `Unavailable`.
    pub async fn caller(&self) -> Result<Caller> {
        self.sessions.caller().await.cloned()
    }

    /// The endpoint that takes the place of AWS' own for all services, if `AWS_ENDPOINT_URL`, the profile or the configuration
    /// names one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The accounts of the organization that the credentials belong to.
    pub fn accounts(&self) -> OrganizationsSource {
        OrganizationsSource::new(
            self.organizations.clone(),
            self.sessions.clone(),
            self.listing.clone(),
            self.pacer.clone(),
            self.known.clone(),
        )
    }

    /// The roles in its accounts. What was learnt about the ways into them is shared by all clones.
    pub fn roles(&self) -> IamRoles {
        IamRoles::new(self.iam.clone(), self.sessions.clone())
    }
}
