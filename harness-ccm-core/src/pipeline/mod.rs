//! All stages in a row, for who needs no more than that. Each stage can be called alone too.

mod error;

pub use error::PipelineError;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::account::AccountQuery;
use crate::apply::{ApplyOptions, Report, apply_plan};
use crate::backend::{AccountSource, ConnectorClient, NoPause, Pause, RoleProvisioner};
use crate::config::Config;
use crate::error::ErrorKind;
use crate::event::{EventSink, NoEvents};
use crate::id::AccountId;
use crate::init::{Draft, draft_intent};
use crate::intent::{Desired, Intent, InvalidIntent};
use crate::limits::Limits;
use crate::listing::Listing;
use crate::observe::{ObserveOptions, Observed, observe_accounts};
use crate::plan::{ApprovedPlan, Guard, Mode, Plan, PlanOptions, PlanRejected, make_plan};
use crate::report::Coverage;
use crate::verify::{Verification, VerifyOptions, verify_accounts};

/// An intent and the backends that it is carried out on.
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
/// Clones share the backends. Every future is `Send`, so that a server can spawn it.
#[derive(Clone)]
pub struct Pipeline {
    intent: Intent,
    limits: Limits,
    guards: Vec<Arc<dyn Guard>>,
    source: Arc<dyn AccountSource>,
    roles: Arc<dyn RoleProvisioner>,
    connectors: Arc<dyn ConnectorClient>,
    plan: PlanOptions,
    observe: ObserveOptions,
    apply: ApplyOptions,
    verify: VerifyOptions,
    observer: Arc<dyn EventSink>,
    pause: Arc<dyn Pause>,
}

impl Pipeline {
    /// This intent on these backends, with default limits and options. `Arc` and `Box` of a backend are backends too.
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
            plan: PlanOptions::default(),
            observe: ObserveOptions::default(),
            apply: ApplyOptions::default(),
            verify: VerifyOptions::default(),
            observer: Arc::new(NoEvents),
            pause: Arc::new(NoPause),
        }
    }

    /// The intent of a configuration, with its limits. Its sources are opened by [`open`](crate::source::open).
    pub fn from_config(
        config: &Config,
        source: impl AccountSource,
        roles: impl RoleProvisioner,
        connectors: impl ConnectorClient,
    ) -> Self {
        Self::new(config.intent.clone(), source, roles, connectors).with_limits(config.limits)
    }

    /// Sets how much a plan may change before it is refused.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a rule of your own that plans must pass.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Guard + 'static) -> Self {
        self.guards.push(Arc::new(guard));
        self
    }

    /// Sets what plans may do.
    #[must_use]
    pub fn with_plan_options(mut self, options: PlanOptions) -> Self {
        self.plan = options;
        self
    }

    /// Sets how plans are applied.
    #[must_use]
    pub fn with_apply_options(mut self, options: ApplyOptions) -> Self {
        self.apply = options;
        self
    }

    /// Sets how connectors are tested.
    #[must_use]
    pub fn with_verify_options(mut self, options: VerifyOptions) -> Self {
        self.verify = options;
        self
    }

    /// Sets how many accounts are read, written or tested at the same time.
    #[must_use]
    pub fn with_concurrency(mut self, accounts: usize) -> Self {
        self.observe = self.observe.with_concurrency(accounts);
        self.apply = self.apply.with_concurrency(accounts);
        self.verify = self.verify.with_concurrency(accounts);
        self
    }

    /// Sets who is told what happens.
    #[must_use]
    pub fn with_observer(mut self, observer: impl EventSink + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Sets how it waits between two tests of a connector that does not pass yet. Without it, it does not wait.
    #[must_use]
    pub fn with_pause(mut self, pause: impl Pause + 'static) -> Self {
        self.pause = Arc::new(pause);
        self
    }

    /// The intent.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Lists the accounts.
    ///
    /// **Errors.** Those of the account source.
    pub async fn list(&self) -> Result<Listing, PipelineError> {
        Ok(self.source.list_accounts(&self.intent.query()).await?)
    }

    /// An intent from what exists, see [`draft_intent`]. Its rules are by unit and tag where the source knows them.
    ///
    /// **Errors.** As for listing accounts and connectors.
    pub async fn draft(&self) -> Result<Draft, PipelineError> {
        let query = AccountQuery::new().with_ou_paths().with_tags();
        let listing = match self.source.list_accounts(&query).await {
            // A list may have neither units nor tags.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.source.list_accounts(&AccountQuery::new()).await?
            }
            listing => listing?,
        };
        let (roles, connectors) = (&*self.roles, &*self.connectors);
        Ok(draft_intent(&self.intent, listing, roles, connectors, self.observe, &*self.observer).await?)
    }

    /// What the intent makes of a listing. Pure.
    ///
    /// **Errors.** The intent does not fit the accounts.
    pub fn resolve(&self, listing: Listing) -> Result<Desired, InvalidIntent> {
        self.intent.resolve(listing)
    }

    /// Lists the accounts, and says what is desired of each.
    ///
    /// **Errors.** Those of the account source, or the intent does not fit the accounts.
    pub async fn desired(&self) -> Result<Desired, PipelineError> {
        Ok(self.resolve(self.list().await?)?)
    }

    /// Reads what is there, as far as a plan of this mode needs it.
    ///
    /// **Errors.** The connectors could not be listed. An account that could not be read is a gap in the result.
    pub async fn observe(&self, desired: &Desired) -> Result<Observed, PipelineError> {
        self.observe_for(desired, self.plan).await
    }

    async fn observe_for(&self, desired: &Desired, options: PlanOptions) -> Result<Observed, PipelineError> {
        let observe_options = self.observe.with_scope(options.scope()).with_search(options.search);
        Ok(observe_accounts(desired, &*self.roles, &*self.connectors, observe_options, &*self.observer)
            .await?)
    }

    /// Lists, resolves, reads and plans. Writes nothing.
    ///
    /// **Errors.** Those of [`desired`](Self::desired) and [`observe`](Self::observe).
    pub async fn plan(&self) -> Result<Plan, PipelineError> {
        self.plan_for(&self.desired().await?).await
    }

    /// Reads and plans for accounts that are [narrowed](Desired::only) or judged already. Writes nothing.
    ///
    /// **Errors.** Those of [`observe`](Self::observe).
    pub async fn plan_for(&self, desired: &Desired) -> Result<Plan, PipelineError> {
        Ok(make_plan(desired, &self.observe(desired).await?, self.plan))
    }

    /// Plans to take everything of ours out of these accounts, whatever the rules say of them; out of all listed accounts if `None`.
    /// Writes nothing. Limits are for what rules do unasked: check it with [`Limits::none`].
    ///
    /// **Errors.** One of the accounts is not listed; those of [`plan`](Self::plan).
    pub async fn plan_offboarding(
        &self,
        accounts: Option<&BTreeSet<AccountId>>,
    ) -> Result<Plan, PipelineError> {
        self.plan_offboarding_for(self.desired().await?, accounts).await
    }

    /// The same for accounts that are judged already.
    ///
    /// **Errors.** One of the accounts is not listed; those of [`observe`](Self::observe).
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

    /// Lets a plan pass the limits and guards.
    ///
    /// **Errors.** What refuses it.
    pub fn check(&self, plan: Plan) -> Result<ApprovedPlan, PlanRejected> {
        plan.check_with(&self.limits, &self.guards())
    }

    /// Whether a saved plan is for the Harness account and the owner of this intent: to be asked before anything is listed.
    ///
    /// **Errors.** It is for another one.
    pub fn check_intent_of(&self, saved: &Plan) -> Result<(), PlanRejected> {
        let Intent { harness_account, owner, .. } = &self.intent;
        if saved.harness_account == *harness_account && saved.owner == *owner {
            return Ok(());
        }
        let intent = (harness_account.clone(), owner.clone());
        let plan = (saved.harness_account.clone(), saved.owner.clone());
        Err(PlanRejected::OtherIntent { plan, intent })
    }

    /// What of a plan that was saved and approved earlier may still be done: plans anew with its options, lets the whole new plan pass
    /// limits and guards, and [keeps of it](ApprovedPlan::within) what the saved plan has too. The saved plan never says what is written.
    ///
    /// **Errors.** The saved plan is for another Harness account or owner, the connectors could not be listed, or the new plan is
    /// refused.
    pub async fn check_saved(&self, saved: &Plan, desired: &Desired) -> Result<ApprovedPlan, PipelineError> {
        self.check_intent_of(saved)?;
        let desired = desired.clone().with_former(saved.removed_roles());
        let observed = self.observe_for(&desired, saved.options).await?;
        Ok(self.check(make_plan(&desired, &observed, saved.options))?.within(saved, &observed))
    }

    /// Whether limits and guards let a plan pass.
    ///
    /// **Errors.** What refuses it.
    pub fn judge(&self, plan: &Plan) -> Result<(), PlanRejected> {
        plan.judge_with(&self.limits, &self.guards())
    }

    fn guards(&self) -> Vec<&dyn Guard> {
        self.guards.iter().map(|guard| &**guard).collect()
    }

    /// Does what an approved plan, or one of its [waves](ApprovedPlan::waves), says.
    pub async fn apply(&self, approved: &ApprovedPlan) -> Report {
        apply_plan(approved, &*self.roles, &*self.connectors, &self.apply, &*self.observer).await
    }

    /// Plans, checks and applies.
    ///
    /// **Errors.** Those of [`plan`](Self::plan) and [`check`](Self::check): then nothing was written.
    pub async fn run(&self) -> Result<Report, PipelineError> {
        let plan = self.plan().await?;
        Ok(self.apply(&self.check(plan)?).await)
    }

    /// Says how much of the organization is onboarded, and what Harness has stored of its connectors. Enters no account, tests nothing.
    ///
    /// **Errors.** Those of [`desired`](Self::desired), or the connectors could not be listed.
    pub async fn coverage(&self) -> Result<Coverage, PipelineError> {
        self.coverage_for(&self.desired().await?).await
    }

    /// The same for accounts that are narrowed or judged already.
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn coverage_for(&self, desired: &Desired) -> Result<Coverage, PipelineError> {
        Ok(Coverage::new(desired, &self.connectors.list_connectors().await?))
    }

    /// The same with the releases of the permissions that the roles match, for which every account is entered.
    ///
    /// **Errors.** As for [`coverage_for`](Self::coverage_for).
    pub async fn coverage_with_releases_for(&self, desired: &Desired) -> Result<Coverage, PipelineError> {
        let options = PlanOptions::default();
        let observed = self.observe_for(desired, options).await?;
        let mut coverage = Coverage::new(desired, &observed.connectors);
        coverage.releases = Some(make_plan(desired, &observed, options).releases());
        Ok(coverage)
    }

    /// Tests the connector of every account that is to be onboarded.
    ///
    /// **Errors.** Those of [`desired`](Self::desired), or the connectors could not be listed.
    pub async fn verify(&self) -> Result<Verification, PipelineError> {
        self.verify_for(&self.desired().await?).await
    }

    /// The same for accounts that are narrowed or judged already.
    ///
    /// **Errors.** The connectors could not be listed.
    pub async fn verify_for(&self, desired: &Desired) -> Result<Verification, PipelineError> {
        let listed = self.connectors.list_connectors().await?;
        let (pause, observer) = (&*self.pause, &*self.observer);
        Ok(verify_accounts(desired, &listed, &*self.connectors, pause, self.verify, observer).await)
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
