use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness_ccm_core::ErrorKind;
use harness_ccm_core::apply::accept;
use harness_ccm_core::backend::{AccountSource, ConnectorClient};
use harness_ccm_core::config::Config;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::init::Draft;
use harness_ccm_core::intent::Desired;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::pipeline::Pipeline;
use harness_ccm_core::plan::ApprovedPlan;
use harness_ccm_core::route::Hop;
use harness_ccm_core::source::{Kept, SourceKind, SourceSpec, is_kept_for_another, open};
use harness_ccm_examples::{INTENT, sample_world};

use crate::files::{Folder, KeptFiles, now};
use crate::output;
use crate::progress::Progress;
use crate::read::read_intent;
use crate::{Failure, failed, unplanned};

/// A configuration and its backends.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) pipeline: Pipeline,
    pub(crate) accounts: Arc<dyn AccountSource>,
    /// The files for its listings.
    pub(crate) keep: Option<KeptFiles>,
    pub(crate) connectors: Arc<dyn ConnectorClient>,
    pub(crate) progress: Progress,
    /// Whether the backends are real: then the program prints which organization it found.
    pub(crate) is_live: bool,
}

/// The progress text while accounts are listed.
const LISTING: &str = "listing the accounts, with the details that the rules need";

/// The listings of accounts that a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listings {
    /// A new one.
    New,
    /// A stored one too, if it is not older than the configuration permits.
    KeptToo,
}

impl Session {
    /// The sample organization in memory.
    pub(crate) fn memory(
        config: Option<&Path>,
        listings: Listings,
        progress: Progress,
    ) -> Result<Self, Failure> {
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
            accounts(&config, &folder, Caller::Nobody, listings, |_| Box::new(world.accounts()))?;
        let connectors = Arc::new(world.connectors());
        let pipeline = Pipeline::from_config(&config, accounts.clone(), world.roles(), connectors.clone())
            .with_observer(progress.clone());
        Ok(Self { config, pipeline, accounts, keep, connectors, progress, is_live: false })
    }

    pub(crate) async fn list_accounts(&self) -> Result<Listing, Failure> {
        let listing = self.progress.during(LISTING, self.pipeline.list()).await.map_err(unplanned)?;
        self.tell_organization(&listing);
        Ok(listing)
    }

    /// Requests the organizational units, which users want to see even if no rule needs them, if the source knows them.
    pub(crate) async fn list_with_units(&self) -> Result<Listing, Failure> {
        let query = self.config.intent.query().with_ou_paths();
        match self.progress.during(LISTING, self.accounts.list_accounts(&query)).await {
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

    /// Drafts an intent from existing resources.
    pub(crate) async fn draft(&self) -> Result<Draft, Failure> {
        self.progress
            .during("reading accounts, connectors and roles", self.pipeline.draft())
            .await
            .map_err(unplanned)
    }

    /// Waits for an operation that lists the connectors first; later parts report their own progress.
    pub(crate) async fn with_connectors<T>(&self, work: impl Future<Output = T>) -> T {
        self.progress.during("listing the connectors", work).await
    }

    pub(crate) async fn desired(&self) -> Result<Desired, Failure> {
        Ok(self.config.intent.resolve(self.list_accounts().await?)?)
    }

    /// Accepts the listing on which the plan was based as the baseline for later listings, if listings are stored. This
    /// precedes the first write: a later run then also compares the writes of an interrupted run.
    pub(crate) fn accept(&self, approved: &ApprovedPlan) {
        if let Some(keep) = &self.keep {
            match accept(keep, approved, &self.config.limits) {
                Ok(acceptance) => output::note(&format_args!("note: {acceptance}")),
                Err(error) => output::note(&format_args!("note: {}", error.report())),
            }
        }
    }
}

/// The owner of the credentials that list the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller<'a> {
    /// No owner: the organization is a sample in memory.
    Nobody,
    /// This account owns them.
    #[cfg_attr(not(feature = "live"), expect(dead_code, reason = "only live backends need credentials"))]
    Account(&'a AccountId),
}

/// The sources in the configuration, stored between runs if the configuration requires it.
pub(crate) fn accounts(
    config: &Config,
    folder: &Folder,
    caller: Caller<'_>,
    listings: Listings,
    organization: impl Fn(Option<&Hop>) -> Box<dyn AccountSource>,
) -> Result<(Arc<dyn AccountSource>, Option<KeptFiles>), Failure> {
    // This is checked first: a run that could not store its listing lists nothing.
    let keep = config.listing.as_ref().map(|listing| folder.keep(&listing.file)).transpose()?;
    // With other credentials, sources or pins it is a listing of other accounts.
    let origin = format!("{caller:?} {:?} {:?}", config.sources, config.intent.pin);
    // A run in memory must not replace the listings of live runs. The accounts of the sample belong to no one.
    let is_rehearsal = caller == Caller::Nobody;
    let keep = keep.filter(|_| !is_rehearsal || !lists_an_organization(config));
    let keep = keep.filter(|keep| {
        let is_others = is_rehearsal && is_kept_for_another(keep, &origin);
        if is_others {
            output::note(
                &"note: the kept listings are those of other runs: this rehearsal leaves them as they are",
            );
        }
        !is_others
    });
    let source = open(&config.sources, folder, |role| Ok(organization(role))).map_err(failed)?;
    let max_age = match listings {
        Listings::New => Duration::ZERO,
        Listings::KeptToo => config.listing.as_ref().map(|listing| listing.max_age).unwrap_or_default(),
    };
    Ok(match keep {
        Some(keep) => {
            let kept = Kept::new(source, keep.clone(), now()?).with_max_age(max_age).with_origin(&origin);
            (Arc::new(kept), Some(keep))
        }
        None => (source.into(), None),
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
