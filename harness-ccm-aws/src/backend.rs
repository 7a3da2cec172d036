use std::sync::Arc;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use harness_ccm_core::Result;
use harness_ccm_core::id::{AccountId, Partition, RunId};
use harness_ccm_core::route::{Hop, SessionIdentity};

use crate::bodies::bounded;
use crate::ca_bundle::default_client;
use crate::caller::Caller;
use crate::circumstances::{Circumstances, PassedOver};
use crate::clock::Clock;
use crate::credentials::{Guided, PATIENCE};
use crate::environment::{Loaded, load};
use crate::iam::ACTIONS;
use crate::known::Known;
use crate::note::Notes;
use crate::pacing::Pacer;
use crate::page_guard::PageGuard;
use crate::region::RegionInUse;
use crate::retry::{CallKind, Classifier, Retrier, partition, retry_config};
use crate::run::Run;
use crate::sessions::Sessions;
use crate::{IamRoles, Note, OrganizationAccount, OrganizationsSource, Pacing};

/// The AWS side of one run: one client per service for any number of accounts.
#[derive(Clone, Debug)]
pub struct AwsBackend {
    organizations: aws_sdk_organizations::Client,
    iam: aws_sdk_iam::Client,
    sessions: Sessions,
    known: Known,
    notes: Notes,
    pacer: Arc<Pacer>,
    listing: Option<Hop>,
    endpoint: Option<String>,
    retrier: Retrier,
    run: Arc<Run>,
}

impl AwsBackend {
    /// Makes a backend from the environment that `aws` reads: variables, profiles of every kind, container and instance
    /// credentials, endpoints, certificate authorities; in the order and by the rules of `aws`. It uses one source: a broken
    /// source is an error and is not replaced by another. The page `docs/credentials.md` of the repository lists the sources.
    ///
    /// The region only matters for STS and for signing. Without one, it uses the first region of the partition that a role or
    /// login session in the environment names, otherwise `us-east-1`, which is [noted](Self::on_note). It makes only the calls
    /// that finding region and credentials requires.
    ///
    /// **Errors.** `Invalid` for an invalid variable, file or profile, with its name; `Unauthenticated` if there are no
    /// credentials or they have expired, with the remedy; `Unavailable` if the source of the credentials does not respond.
    pub async fn from_env() -> Result<Self> {
        let Loaded { config, source, region, passed_over, absent, misleading, tries, clock } =
            load(PATIENCE).await?;
        let notes = Notes::default();
        for variable in &absent {
            notes.tell(Note::NoFile { variable });
        }
        let home = Partition::of_region(&region.name).home_region();
        if let Some(taken) = home.filter(|_| !region.given) {
            notes.tell(Note::NoRegion { taken });
        }
        let (used, renewal) = (source.to_string(), Some(source.remedy()));
        // No listener is set yet, and these notes may explain why there are no credentials.
        let unread = absent.iter().map(|variable| format!("the path in {variable} cannot be read"));
        let misleading = misleading.map(|misleading| unread.chain(misleading).collect());
        let config = Guided::load(config, source, region.clone(), misleading).await?;
        let passed_over = PassedOver { passed: passed_over, used };
        Ok(Self::made(&config, Circumstances { region, notes, passed_over, renewal, tries }, &clock))
    }

    /// Makes a backend from your own configuration: the only place where a type of the AWS SDK is part of this interface.
    ///
    /// Set a region, credentials and timeouts in it, and an HTTP client if you want to choose one.
    pub fn from_sdk_config(config: &SdkConfig) -> Self {
        let region = config.region().map_or("us-east-1", AsRef::as_ref);
        Self::made(config, Circumstances::of_region(RegionInUse::given(region)), &Clock::of(config))
    }

    fn made(config: &SdkConfig, circumstances: Circumstances, clock: &Clock) -> Self {
        let run = Arc::new(Run::begin());
        let mut named = config.clone().into_builder();
        named.set_app_name(run.app_name(config.app_name()));
        named.set_http_client(Some(bounded(config.http_client().unwrap_or_else(default_client))));
        // A caller that disabled the SDK's correction uses the clock of this machine, right or wrong.
        let follows = config.disable_clock_skew_correction() != Some(true);
        if follows {
            named = named.time_source(clock.clone()).disable_clock_skew_correction(true);
        }
        let config = &named.build();
        let follower = || follows.then(|| SharedInterceptor::new(clock.clone()));
        let mut iam = aws_sdk_iam::config::Builder::from(config)
            .retry_config(retry_config(CallKind::Iam, config, circumstances.tries))
            .retry_partition(partition("harness-ccm-iam"))
            .retry_classifier(Classifier::of(CallKind::Iam))
            .interceptor(PageGuard);
        if let Some(follower) = follower() {
            iam.push_interceptor(follower);
        }
        let mut organizations = aws_sdk_organizations::config::Builder::from(config)
            .retry_config(retry_config(CallKind::Organizations, config, circumstances.tries))
            .retry_partition(partition("harness-ccm-organizations"))
            .retry_classifier(Classifier::of(CallKind::Organizations))
            .interceptor(PageGuard);
        if let Some(follower) = follower() {
            organizations.push_interceptor(follower);
        }
        let mut sts = aws_sdk_sts::config::Builder::from(config)
            .retry_config(retry_config(CallKind::Sts, config, circumstances.tries))
            .retry_partition(partition("harness-ccm-sts"))
            .retry_classifier(Classifier::of(CallKind::Sts))
            .interceptor(PageGuard);
        if let Some(follower) = follower() {
            sts.push_interceptor(follower);
        }
        let backend = Self::from_clients(
            aws_sdk_organizations::Client::from_conf(organizations.build()),
            aws_sdk_iam::Client::from_conf(iam.build()),
            aws_sdk_sts::Client::from_conf(sts.build()),
            circumstances,
            run,
            clock.clone(),
        );
        let endpoint = config.endpoint_url().map(str::to_owned);
        Self { endpoint, retrier: Retrier::of(config.sleep_impl()), ..backend }
    }

    pub(crate) fn from_clients(
        organizations: aws_sdk_organizations::Client,
        iam: aws_sdk_iam::Client,
        sts: aws_sdk_sts::Client,
        circumstances: Circumstances,
        run: Arc<Run>,
        clock: Clock,
    ) -> Self {
        let known = Known::default();
        let notes = circumstances.notes.clone();
        let sessions = Sessions::new(sts, known.clone(), ACTIONS, circumstances, run.clone(), clock);
        let pacer = Arc::new(Pacer::new(Pacing::default()));
        let retrier = Retrier::default();
        Self {
            organizations,
            iam,
            sessions,
            known,
            notes,
            pacer,
            listing: None,
            endpoint: None,
            retrier,
            run,
        }
    }

    /// Lists the organization through a role, if the caller is neither the management account nor a delegated administrator.
    #[must_use]
    pub fn with_listing_role(mut self, role: impl Into<Option<Hop>>) -> Self {
        self.listing = role.into();
        self
    }

    /// Sets the listener for decisions made for the user, such as variables that were ignored: it receives each note once,
    /// including earlier ones. Clones share the listener; the last one counts.
    #[must_use]
    pub fn on_note(self, listener: impl Fn(&Note) + Send + Sync + 'static) -> Self {
        self.notes.listen(listener);
        self
    }

    /// Sets how the sessions of this run identify their user. Clones, and objects that they make, share it.
    #[must_use]
    pub fn with_session_identity(self, identity: SessionIdentity) -> Self {
        self.run.identify(identity);
        self
    }

    /// Returns the id of this run: it is in the user agent of all calls, and in the names of sessions unless those are set
    /// otherwise.
    pub fn run(&self) -> &RunId {
        &self.run.id
    }

    /// Sets the rates of calls to Organizations.
    #[must_use]
    pub fn with_pacing(mut self, pacing: Pacing) -> Self {
        self.pacer = Arc::new(Pacer::new(pacing));
        self
    }

    /// Returns the identity of the credentials. It calls AWS STS once; clones, and objects that they make, share the response.
    ///
    /// **Errors.** `Unauthenticated` without valid credentials, `Throttled`, `Unavailable`.
    pub async fn caller(&self) -> Result<Caller> {
        self.run.sign(self.sessions.caller().await.cloned())
    }

    /// Returns the endpoint that replaces AWS' own for all services, if `AWS_ENDPOINT_URL`, the profile or the configuration
    /// sets one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Returns the source of all accounts of the organization to which the credentials belong.
    pub fn accounts(&self) -> OrganizationsSource {
        OrganizationsSource::new(
            self.organizations.clone(),
            self.sessions.clone(),
            self.listing.clone(),
            self.pacer.clone(),
            self.known.clone(),
        )
    }

    /// Returns a source of one account of that organization, for example after an event about it: it makes a handful of calls
    /// for any size of the organization.
    ///
    /// ```no_run
    /// use harness_ccm_aws::AwsBackend;
    /// use harness_ccm_core::prelude::*;
    ///
    /// # async fn onboard(intent: Intent, connectors: impl ConnectorClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let aws = AwsBackend::from_env().await?;
    /// let pipeline = Pipeline::new(intent, aws.account("123456789012".parse()?), aws.roles(), connectors);
    /// let report = pipeline.run().await?;
    /// # let _ = report;
    /// # Ok(())
    /// # }
    /// ```
    pub fn account(&self, id: AccountId) -> OrganizationAccount {
        OrganizationAccount::new(self.accounts(), id)
    }

    /// Returns the provisioner of the roles in its accounts. All clones share the sessions of the accounts.
    pub fn roles(&self) -> IamRoles {
        IamRoles::new(self.iam.clone(), self.sessions.clone(), self.retrier.clone())
    }
}
