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
use crate::session::Sessions;
use crate::{IamRoles, Note, OrganizationAccount, OrganizationsSource, Pacing};

/// The AWS side of one run: one client per service, whatever the number of accounts.
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
    /// From the environment that `aws` reads: variables, profiles of every kind, container and instance credentials, endpoints,
    /// certificate authorities; in its order, and by its rules. One source is asked: what is broken leads to no other. The page
    /// `docs/credentials.md` of the repository lists the sources.
    ///
    /// The region only matters for STS and for signing; without one it is the first of the partition that a role or login session in
    /// the environment names, else `us-east-1`, which is [noted](Self::on_note). Calls nothing but what finding region and credentials
    /// takes.
    ///
    /// **Errors.** `Invalid` for a variable, a file or a profile that makes no sense, named; `Unauthenticated` if no credentials can be
    /// found or have ended, with what to run; `Unavailable` if who gives them does not answer.
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
        // Nobody listens to notes yet, and these may be why there are none.
        let unread = absent.iter().map(|variable| format!("what {variable} names cannot be read"));
        let misleading = misleading.map(|misleading| unread.chain(misleading).collect());
        let config = Guided::load(config, source, region.clone(), misleading).await?;
        let passed_over = PassedOver { passed: passed_over, used };
        Ok(Self::made(&config, Circumstances { region, notes, passed_over, renewal, tries }, &clock))
    }

    /// From a configuration of your own: the one place where a type of the AWS SDK is part of this interface.
    ///
    /// Give it a region, credentials, timeouts, and an HTTP client if you want to choose one.
    pub fn from_sdk_config(config: &SdkConfig) -> Self {
        let region = config.region().map_or("us-east-1", AsRef::as_ref);
        Self::made(config, Circumstances::of_region(RegionInUse::given(region)), &Clock::of(config))
    }

    fn made(config: &SdkConfig, circumstances: Circumstances, clock: &Clock) -> Self {
        let run = Arc::new(Run::begin());
        let mut named = config.clone().into_builder();
        named.set_app_name(run.app_name(config.app_name()));
        named.set_http_client(Some(bounded(config.http_client().unwrap_or_else(default_client))));
        // Who turned the SDK's correction off wants the clock of this machine, right or wrong.
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

    /// Lists the organization through a role, where the caller is neither the management account nor a delegated administrator.
    #[must_use]
    pub fn with_listing_role(mut self, role: impl Into<Option<Hop>>) -> Self {
        self.listing = role.into();
        self
    }

    /// Tells `listener` what was decided for the user, such as variables that were passed over: each once, and what came before too.
    /// Clones share the listener; the last one counts.
    #[must_use]
    pub fn on_note(self, listener: impl Fn(&Note) + Send + Sync + 'static) -> Self {
        self.notes.listen(listener);
        self
    }

    /// Sets what the sessions of this run say of who is behind them. Clones and what they make share it.
    #[must_use]
    pub fn with_session_identity(self, identity: SessionIdentity) -> Self {
        self.run.identify(identity);
        self
    }

    /// The id of this run: it stands in the user agent of all calls, and in the names of sessions unless those are set otherwise.
    pub fn run(&self) -> &RunId {
        &self.run.id
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
        self.run.sign(self.sessions.caller().await.cloned())
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

    /// One account of that organization, for whoever is told of one: however many there are, it takes a handful of calls.
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

    /// The roles in its accounts. What was learnt about the ways into them is shared by all clones.
    pub fn roles(&self) -> IamRoles {
        IamRoles::new(self.iam.clone(), self.sessions.clone(), self.retrier.clone())
    }
}
