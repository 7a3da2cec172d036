//! Runs all stages in order. A program can also call each stage separately.

mod error;

pub use error::PipelineError;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::account::AccountQuery;
use crate::apply::{ApplyOptions, Report, apply_plan};
use crate::backend::{AccountSource, ConnectorClient, ConnectorListing, NoPause, Pause, RoleProvisioner};
use crate::config::Config;
use crate::error::ErrorKind;
use crate::event::{EventSink, NoEvents};
use crate::id::{AccountId, RunId};
use crate::init::{Draft, draft_intent};
use crate::intent::{Desired, Intent, InvalidIntent};
use crate::limits::Limits;
use crate::listing::Listing;
use crate::observe::{ObserveOptions, Observed, observe_accounts};
use crate::plan::{ApprovedPlan, Guard, Mode, Plan, PlanOptions, PlanRejected, make_plan};
use crate::report::Coverage;
use crate::verify::{Verification, VerifyOptions, verify_accounts};

/// An intent with limits and options, and the backends that the stages use.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// let config = Config::from_toml(
///     "harness = { account-id = \"my-account\" }\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]",
///     None,
/// )?;
/// let pipeline = Pipeline::from_config(&config, world.accounts(), world.roles(), world.connectors());
///
/// let plan = pipeline.plan().await?;
/// println!("{}", plan.render());
/// let report = pipeline.apply(&pipeline.check(plan)?).await;
/// assert_eq!(report.status(), Status::Applied);
/// assert!(pipeline.verify().await?.is_good());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// Clones of a pipeline share its backends. Every future is `Send`, so a server can spawn it.
#[derive(Clone)]
pub struct Pipeline {
    intent: Intent,
    limits: Limits,
    guards: Vec<Arc<dyn Guard>>,
    source: Arc<dyn AccountSource>,
    roles: Arc<dyn RoleProvisioner>,
    connectors: Arc<dyn ConnectorClient>,
    query: AccountQuery,
    plan: PlanOptions,
    observe: ObserveOptions,
    apply: ApplyOptions,
    verify: VerifyOptions,
    observer: Arc<dyn EventSink>,
    pause: Arc<dyn Pause>,
    run: Option<RunId>,
}

impl Pipeline {
    /// Makes a pipeline with default limits and options. An `Arc` or a `Box` of a backend is a backend, too.
    pub fn new(
        intent: Intent,
        source: impl AccountSource,
        roles: impl RoleProvisioner,
        connectors: impl ConnectorClient,
    ) -> Self {
        Self {
            intent,
            limits: Limits::default(),
            guards: Vec::new(),
            source: Arc::new(source),
            roles: Arc::new(roles),
            connectors: Arc::new(connectors),
            query: AccountQuery::new(),
            plan: PlanOptions::default(),
            observe: ObserveOptions::default(),
            apply: ApplyOptions::default(),
            verify: VerifyOptions::default(),
            observer: Arc::new(NoEvents),
            pause: Arc::new(NoPause),
            run: None,
        }
    }

    /// Makes a pipeline with the intent and the limits of `config`. The function [`open`](crate::source::open) opens the sources
    /// of accounts that a configuration names.
    pub fn from_config(
        config: &Config,
        source: impl AccountSource,
        roles: impl RoleProvisioner,
        connectors: impl ConnectorClient,
    ) -> Self {
        Self::new(config.intent.clone(), source, roles, connectors).with_limits(config.limits)
    }

    /// Sets the limits that [`check`](Self::check) and [`judge`](Self::judge) apply to a plan.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a guard: a check of your own that every plan must pass.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Guard + 'static) -> Self {
        self.guards.push(Arc::new(guard));
        self
    }

    /// Requests more details of the accounts from the source, such as tags. By default, the source returns only the details that
    /// the rules, the routes and the naming need. If none of these needs tags, a guard or a wave that uses tags finds none. The same
    /// is true of units.
    ///
    /// ```
    /// use harness_ccm_core::prelude::*;
    ///
    /// # futures_executor::block_on(async {
    /// # let world = World::new([Account::new("123456789012".parse()?, "web").with_tags([("stage", "prod")])]);
    /// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
    /// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
    /// let pipeline = pipeline.with_query(AccountQuery::new().with_tags());
    /// let approved = pipeline.check(pipeline.plan().await?)?;
    /// let by_stage = approved.waves(&Waves::by_tag("stage"));
    /// # assert_eq!(by_stage[0].plan().accounts().values().next().and_then(|account| account.tag("stage")), Some("prod"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn with_query(mut self, query: AccountQuery) -> Self {
        self.query = self.query.and(query);
        self
    }

    /// Sets the options of plans: the mode, adoption, and the search for roles.
    #[must_use]
    pub fn with_plan_options(mut self, options: PlanOptions) -> Self {
        self.plan = options;
        self
    }

    /// Sets the options of [`apply`](Self::apply).
    #[must_use]
    pub fn with_apply_options(mut self, options: ApplyOptions) -> Self {
        self.apply = options;
        self
    }

    /// Sets the options of [`verify`](Self::verify).
    #[must_use]
    pub fn with_verify_options(mut self, options: VerifyOptions) -> Self {
        self.verify = options;
        self
    }

    /// Sets the number of accounts that are read, written or tested at the same time.
    #[must_use]
    pub fn with_concurrency(mut self, accounts: usize) -> Self {
        self.observe = self.observe.with_concurrency(accounts);
        self.apply = self.apply.with_concurrency(accounts);
        self.verify = self.verify.with_concurrency(accounts);
        self
    }

    /// Sets the receiver of the events of all stages.
    #[must_use]
    pub fn with_observer(mut self, observer: impl EventSink + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Sets how to wait between two tests of a connector that has not passed yet. By default, there is no wait.
    #[must_use]
    pub fn with_pause(mut self, pause: impl Pause + 'static) -> Self {
        self.pause = Arc::new(pause);
        self
    }

    /// Sets the run id that reports contain. The backends for AWS and Harness also send a run id, in the user agent of each call,
    /// which CloudTrail shows. Set the same id in all of them, so that a report leads to the calls of its run. A run id in the [options of apply](ApplyOptions::run) takes precedence.
    #[must_use]
    pub fn with_run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    /// Returns the intent.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Lists the accounts, with the details that the intent and [`with_query`](Self::with_query) request.
    ///
    /// **Errors.** The errors of the account source.
    pub async fn list(&self) -> Result<Listing, PipelineError> {
        Ok(self.source.list_accounts(&self.intent.query().and(self.query)).await?)
    }

    /// Drafts an intent from the existing connectors and roles, see [`draft_intent`]. The rules of the draft use units and tags,
    /// as far as the listing has them.
    ///
    /// **Errors.** The errors of the account source and of [`draft_intent`].
    pub async fn draft(&self) -> Result<Draft, PipelineError> {
        let query = AccountQuery::new().with_ou_paths().with_tags();
        let listing = match self.source.list_accounts(&query).await {
            // A list may have no units and no tags.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.source.list_accounts(&AccountQuery::new()).await?
            }
            listing => listing?,
        };
        let (roles, connectors) = (&*self.roles, &*self.connectors);
        Ok(draft_intent(&self.intent, listing, roles, connectors, self.observe, &*self.observer).await?)
    }

    /// Computes the desired state of the accounts in `listing`. This method is pure.
    ///
    /// **Errors.** The errors of [`Intent::resolve`].
    pub fn resolve(&self, listing: Listing) -> Result<Desired, InvalidIntent> {
        self.intent.resolve(listing)
    }

    /// Lists the accounts, and computes the desired state of each account.
    ///
    /// **Errors.** The errors of [`list`](Self::list) and [`resolve`](Self::resolve).
    pub async fn desired(&self) -> Result<Desired, PipelineError> {
        Ok(self.resolve(self.list().await?)?)
    }

    /// Reads the connectors, and the roles that a plan with the options of this pipeline needs. A role that cannot be read is a
    /// [gap](crate::observe::Seen::Gap) in the result.
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn observe(&self, desired: &Desired) -> Result<Observed, PipelineError> {
        self.observe_for(desired, self.plan).await
    }

    async fn observe_for(&self, desired: &Desired, options: PlanOptions) -> Result<Observed, PipelineError> {
        let observe_options = self.observe.with_scope(options.scope()).with_search(options.search);
        Ok(observe_accounts(desired, &*self.roles, &*self.connectors, observe_options, &*self.observer)
            .await?)
    }

    /// Makes a plan: lists the accounts, computes the desired state, reads the observed state, and compares both states. Writes
    /// nothing.
    ///
    /// **Errors.** The errors of [`desired`](Self::desired) and [`observe`](Self::observe).
    pub async fn plan(&self) -> Result<Plan, PipelineError> {
        self.plan_for(&self.desired().await?).await
    }

    /// Like [`plan`](Self::plan), but for accounts whose desired state is known, such as a [selection of
    /// accounts](Desired::only).
    ///
    /// **Errors.** The errors of [`observe`](Self::observe).
    pub async fn plan_for(&self, desired: &Desired) -> Result<Plan, PipelineError> {
        Ok(make_plan(desired, &self.observe(desired).await?, self.plan))
    }

    /// Plans to remove our connectors and roles from `accounts`, or from all listed accounts if `accounts` is `None`. The rules
    /// of the intent do not matter. Writes nothing.
    ///
    /// Check this plan with [`Limits::none`], because the user requested these removals. Other limits refuse a plan in
    /// which all existing resources are removed and none is created.
    ///
    /// **Errors.** An account in `accounts` is not listed, or an error of [`plan`](Self::plan).
    pub async fn plan_offboarding(
        &self,
        accounts: Option<&BTreeSet<AccountId>>,
    ) -> Result<Plan, PipelineError> {
        self.plan_offboarding_for(self.desired().await?, accounts).await
    }

    /// Like [`plan_offboarding`](Self::plan_offboarding), but for accounts whose desired state is known.
    ///
    /// **Errors.** An account in `accounts` is not listed, or an error of [`observe`](Self::observe).
    pub async fn plan_offboarding_for(
        &self,
        mut desired: Desired,
        accounts: Option<&BTreeSet<AccountId>>,
    ) -> Result<Plan, PipelineError> {
        if let Some(accounts) = accounts {
            if let Some(unknown) = accounts.iter().find(|id| !desired.accounts().contains_key(*id)) {
                return Err(PipelineError::NotListed { account: unknown.clone() });
            }
            desired = desired.only(accounts);
        }
        let (desired, options) = (desired.retire(), self.plan.with_mode(Mode::Sync));
        Ok(make_plan(&desired, &self.observe_for(&desired, options).await?, options))
    }

    /// Checks `plan` with the limits and guards of this pipeline. Returns the approved plan, which [`apply`](Self::apply)
    /// requires.
    ///
    /// **Errors.** The limit or guard that refuses the plan.
    pub fn check(&self, plan: Plan) -> Result<ApprovedPlan, PlanRejected> {
        plan.check_with(&self.limits, &self.guards())
    }

    /// Checks that a saved plan is for the Harness account and the owner of this intent. A program can call this method before it
    /// lists anything.
    ///
    /// **Errors.** The saved plan is for another Harness account or another owner.
    pub fn check_intent_of(&self, saved: &Plan) -> Result<(), PlanRejected> {
        let Intent { harness_account, owner, .. } = &self.intent;
        if saved.harness_account == *harness_account && saved.owner == *owner {
            return Ok(());
        }
        let intent = (harness_account.clone(), owner.clone());
        let plan = (saved.harness_account.clone(), saved.owner.clone());
        Err(PlanRejected::OtherIntent { plan, intent })
    }

    /// Returns the approved part of a saved plan: the steps that are still due.
    ///
    /// This method makes a new plan for `desired` with the options of the saved plan, and checks the whole new plan with limits
    /// and guards. It then [keeps](ApprovedPlan::within) only the steps of the new plan that the saved plan also contains. Every
    /// step of the result comes from the new plan, so editing the steps of the saved plan cannot cause a write that the new plan
    /// does not contain. If the options of the saved plan were edited, the new plan has the edited options, and the limits and
    /// guards apply to it.
    ///
    /// **Errors.** The saved plan is for another Harness account or another owner, the connectors could not be listed, or a limit
    /// or guard refuses the new plan.
    pub async fn check_saved(&self, saved: &Plan, desired: &Desired) -> Result<ApprovedPlan, PipelineError> {
        self.check_intent_of(saved)?;
        let desired = desired.clone().with_former(saved.removed_roles());
        let observed = self.observe_for(&desired, saved.options).await?;
        Ok(self.check(make_plan(&desired, &observed, saved.options))?.within(saved, &observed))
    }

    /// Checks `plan` as [`check`](Self::check) does, but does not consume the plan and returns no approved plan.
    ///
    /// **Errors.** The limit or guard that refuses the plan.
    pub fn judge(&self, plan: &Plan) -> Result<(), PlanRejected> {
        plan.judge_with(&self.limits, &self.guards())
    }

    fn guards(&self) -> Vec<&dyn Guard> {
        self.guards.iter().map(|guard| &**guard).collect()
    }

    /// Applies an approved plan, or one of its [waves](ApprovedPlan::waves). The report contains the outcome of each step,
    /// including failures.
    pub async fn apply(&self, approved: &ApprovedPlan) -> Report {
        let mut options = self.apply.clone();
        options.run = options.run.or_else(|| self.run.clone());
        apply_plan(approved, &*self.roles, &*self.connectors, &options, &*self.observer).await
    }

    /// Makes a plan, checks it and applies it.
    ///
    /// **Errors.** The errors of [`plan`](Self::plan) and [`check`](Self::check). After one of these errors, nothing was written.
    pub async fn run(&self) -> Result<Report, PipelineError> {
        let plan = self.plan().await?;
        Ok(self.apply(&self.check(plan)?).await)
    }

    /// Reports how many accounts are onboarded, and the health of the connectors as Harness has stored it. This method opens no
    /// session in any account and starts no connection test.
    ///
    /// **Errors.** The errors of [`desired`](Self::desired), or the connectors could not be listed.
    pub async fn coverage(&self) -> Result<Coverage, PipelineError> {
        self.coverage_for(&self.desired().await?).await
    }

    /// Like [`coverage`](Self::coverage), but for accounts whose desired state is known.
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn coverage_for(&self, desired: &Desired) -> Result<Coverage, PipelineError> {
        Ok(Coverage::new(desired, &self.connectors.list_connectors().await?))
    }

    /// Like [`coverage_for`](Self::coverage_for), but also counts, for each release, the roles whose permissions match it. To read
    /// the roles, this method opens a session in every account of the scope [`Chosen`](crate::observe::Scope::Chosen), whatever the
    /// plan options of this pipeline.
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn coverage_with_releases_for(&self, desired: &Desired) -> Result<Coverage, PipelineError> {
        let options = PlanOptions::default();
        let observed = self.observe_for(desired, options).await?;
        let releases = make_plan(desired, &observed, options).releases();
        let listed = ConnectorListing::new(observed.connectors).with_unreadable(observed.unreadable);
        let mut coverage = Coverage::new(desired, &listed);
        coverage.releases = Some(releases);
        Ok(coverage)
    }

    /// Tests the connector of every account that the intent onboards.
    ///
    /// **Errors.** The errors of [`desired`](Self::desired), or the connectors could not be listed.
    pub async fn verify(&self) -> Result<Verification, PipelineError> {
        self.verify_for(&self.desired().await?).await
    }

    /// Like [`verify`](Self::verify), but for accounts whose desired state is known.
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn verify_for(&self, desired: &Desired) -> Result<Verification, PipelineError> {
        let listed = self.connectors.list_connectors().await?;
        let (pause, observer) = (&*self.pause, &*self.observer);
        Ok(verify_accounts(desired, &listed, &*self.connectors, pause, self.verify, observer).await)
    }

    /// Tests the connectors of the accounts in a [wave](ApprovedPlan::waves), or in a whole approved plan. Call this method
    /// before you apply the next wave. `desired` is the value for which the plan was [made](Self::plan_for).
    ///
    /// ```
    /// use harness_ccm_core::prelude::*;
    ///
    /// # futures_executor::block_on(async {
    /// # let world = World::new([Account::new("123456789012".parse()?, "web")]);
    /// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
    /// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
    /// let desired = pipeline.desired().await?;
    /// let approved = pipeline.check(pipeline.plan_for(&desired).await?)?;
    /// for wave in approved.waves(&Waves::percent(10)) {
    ///     let report = pipeline.apply(&wave).await;
    ///     if !report.status().is_success() || !pipeline.verify_wave(&desired, &wave).await?.is_good() {
    ///         break;
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn verify_wave(
        &self,
        desired: &Desired,
        wave: &ApprovedPlan,
    ) -> Result<Verification, PipelineError> {
        self.verify_for(&desired.part(wave.plan().accounts().keys())).await
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("source", &self.source)
            .field("roles", &self.roles)
            .field("connectors", &self.connectors)
            .field("guards", &self.guards.iter().map(|guard| guard.name()).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
