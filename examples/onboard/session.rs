use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use harness_ccm_core::ErrorKind;
use harness_ccm_core::apply::accept;
use harness_ccm_core::backend::{AccountSource, ConnectorClient, NoPause, Pause, RoleProvisioner};
use harness_ccm_core::config::Config;
use harness_ccm_core::intent::Desired;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::{ObserveOptions, Observed, observe};
use harness_ccm_core::plan::{ApprovedPlan, Mode, Plan, PlanOptions, plan};
use harness_ccm_core::route::Hop;
use harness_ccm_core::source::{Kept, SourceKind, SourceSpec, open};
use harness_ccm_core::verify::{Verification, VerifyOptions, verify};
use harness_ccm_examples::{INTENT, sample_world};

use crate::arguments::BackendName;
use crate::files::{Folder, KeptFiles, now};
use crate::output;
use crate::progress::Progress;
use crate::read::read_intent;
use crate::{Failure, failed};

/// A configuration and the backends that it is carried out on.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) accounts: Box<dyn AccountSource>,
    /// Where its listings are kept.
    pub(crate) keep: Option<KeptFiles>,
    pub(crate) roles: Box<dyn RoleProvisioner>,
    pub(crate) connectors: Box<dyn ConnectorClient>,
    pub(crate) pause: Box<dyn Pause>,
    pub(crate) progress: Progress,
    /// Whether the backends are real: then it is said which organization was found.
    pub(crate) is_live: bool,
}

/// Which listings of accounts a run may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listings {
    /// A new one.
    New,
    /// A kept one too, if it is as young as the configuration says.
    KeptToo,
}

impl Session {
    /// The sample organization in memory.
    pub(crate) fn memory(config: Option<&Path>, listings: Listings) -> Result<Self, Failure> {
        let text = match config {
            Some(path) => read_intent(path)?,
            None => INTENT.into(),
        };
        if config.is_some() {
            output::note(&"in memory: a sample organization; --backend live is the real one");
        }
        let folder = Folder::of(config);
        let config =
            Config::from_toml_with_files(&text, None, &folder).map_err(|error| in_file(config, &error))?;
        let world = sample_world()?;
        let (accounts, keep) =
            accounts(&config, &folder, BackendName::Memory, listings, |_| Box::new(world.accounts()))?;
        Ok(Self {
            config,
            accounts,
            keep,
            roles: Box::new(world.roles()),
            connectors: Box::new(world.connectors()),
            pause: Box::new(NoPause),
            progress: Progress::new(),
            is_live: false,
        })
    }

    pub(crate) async fn list_accounts(&self) -> Result<Listing, Failure> {
        let listing = self.accounts.list_accounts(&self.config.intent.query()).await.map_err(failed)?;
        self.tell_organization(&listing);
        Ok(listing)
    }

    /// With the organizational units, which people want to see even where no rule needs them, if the source knows them.
    pub(crate) async fn list_with_units(&self) -> Result<Listing, Failure> {
        match self.accounts.list_accounts(&self.config.intent.query().with_ou_paths()).await {
            Err(error) if error.kind() == ErrorKind::Unsupported => self.list_accounts().await,
            Err(error) => Err(failed(error)),
            Ok(listing) => {
                self.tell_organization(&listing);
                Ok(listing)
            }
        }
    }

    fn tell_organization(&self, listing: &Listing) {
        if !self.is_live {
            return;
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for account in listing.accounts() {
            let organization = account.organization.as_ref().map_or("unknown".into(), |id| format!("{id}"));
            let payer = account.payer.as_ref();
            let payer = payer.map(|payer| format!(" (management account {payer})")).unwrap_or_default();
            *counts.entry(format!("{organization}{payer}")).or_default() += 1;
        }
        for (organization, count) in counts {
            output::note(&format_args!("AWS organization: {organization}, {count} accounts"));
        }
    }

    pub(crate) async fn desired(&self) -> Result<Desired, Failure> {
        Ok(self.config.intent.resolve(self.list_accounts().await?)?)
    }

    pub(crate) async fn observe(&self, desired: &Desired, mode: Mode) -> Result<Observed, Failure> {
        let options = ObserveOptions::default().with_scope(PlanOptions::default().with_mode(mode).scope());
        observe(desired, &*self.roles, &*self.connectors, options, &self.progress).await.map_err(failed)
    }

    pub(crate) async fn plan(&self, desired: &Desired, options: PlanOptions) -> Result<Plan, Failure> {
        Ok(plan(desired, &self.observe(desired, options.mode).await?, options))
    }

    /// Makes the listing that the plan was made on the one with which later listings are compared, if listings are kept. Comes before
    /// the first write: what a run that is cut off has written is then compared too.
    pub(crate) fn accept(&self, approved: &ApprovedPlan) {
        if let Some(keep) = &self.keep {
            match accept(keep, approved, &self.config.limits) {
                Ok(acceptance) => output::note(&format_args!("note: {acceptance}")),
                Err(error) => output::note(&format_args!("note: {}", error.report())),
            }
        }
    }

    pub(crate) async fn verify(&self, desired: &Desired) -> Result<Verification, Failure> {
        let connectors = self.connectors.list_connectors().await.map_err(failed)?;
        let options = VerifyOptions::default();
        Ok(verify(desired, &connectors, &*self.connectors, &*self.pause, options, &self.progress).await)
    }
}

/// The sources that the configuration names, kept between runs if it says so.
pub(crate) fn accounts(
    config: &Config,
    folder: &Folder,
    backend: BackendName,
    listings: Listings,
    organization: impl Fn(Option<&Hop>) -> Box<dyn AccountSource>,
) -> Result<(Box<dyn AccountSource>, Option<KeptFiles>), Failure> {
    // First of all: nothing is listed for a run that could not keep it.
    let keep = config.listing.as_ref().map(|listing| folder.keep(&listing.file)).transpose()?;
    // The sample's accounts are nobody's: a rehearsal must not replace what live runs keep.
    let keep = keep.filter(|_| backend == BackendName::Live || !lists_an_organization(config));
    let source = open(&config.sources, folder, |role| Ok(organization(role))).map_err(failed)?;
    let max_age = match listings {
        Listings::New => Duration::ZERO,
        Listings::KeptToo => config.listing.as_ref().map(|listing| listing.max_age).unwrap_or_default(),
    };
    Ok(match keep {
        Some(keep) => {
            let kept = Kept::new(source, keep.clone(), now()?).with_max_age(max_age);
            (Box::new(kept), Some(keep))
        }
        None => (source, None),
    })
}

/// Whether an organization of AWS is among the sources.
fn lists_an_organization(config: &Config) -> bool {
    let is_one = |source: &SourceSpec| matches!(source.kind, SourceKind::Organizations { .. });
    config.sources.is_empty() || config.sources.iter().any(is_one)
}

pub(crate) fn in_file(path: Option<&Path>, error: &dyn std::error::Error) -> Failure {
    match path {
        Some(path) => Failure(format!("{}: {error}", path.display())),
        None => Failure(error.to_string()),
    }
}

/// Waits as tokio does.
#[derive(Debug)]
#[cfg_attr(not(feature = "live"), expect(dead_code, reason = "nothing in memory needs waiting for"))]
pub(crate) struct TokioPause;

#[async_trait]
impl Pause for TokioPause {
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
