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

/// A configuration and the backends that it is carried out on.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) pipeline: Pipeline,
    pub(crate) accounts: Arc<dyn AccountSource>,
    /// Where its listings are kept.
    pub(crate) keep: Option<KeptFiles>,
    pub(crate) connectors: Arc<dyn ConnectorClient>,
    pub(crate) progress: Progress,
    /// Whether the backends are real: then it is said which organization was found.
    pub(crate) is_live: bool,
}

/// What is waited for while accounts are listed.
const LISTING: &str = "listing the accounts, with what the rules ask for";

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

    /// With the organizational units, which people want to see even where no rule needs them, if the source knows them.
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

    /// An intent from what exists.
    pub(crate) async fn draft(&self) -> Result<Draft, Failure> {
        self.progress
            .during("reading accounts, connectors and roles", self.pipeline.draft())
            .await
            .map_err(unplanned)
    }

    /// Waits for something that lists the connectors first; what comes after that tells of itself.
    pub(crate) async fn with_connectors<T>(&self, work: impl Future<Output = T>) -> T {
        self.progress.during("listing the connectors", work).await
    }

    pub(crate) async fn desired(&self) -> Result<Desired, Failure> {
        Ok(self.config.intent.resolve(self.list_accounts().await?)?)
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
}

/// Whose credentials list the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller<'a> {
    /// Nobody's: the organization is a sample in memory.
    Nobody,
    /// Those of this account.
    #[cfg_attr(not(feature = "live"), expect(dead_code, reason = "nobody else lists accounts without it"))]
    Account(&'a AccountId),
}

/// The sources that the configuration names, kept between runs if it says so.
pub(crate) fn accounts(
    config: &Config,
    folder: &Folder,
    caller: Caller<'_>,
    listings: Listings,
    organization: impl Fn(Option<&Hop>) -> Box<dyn AccountSource>,
) -> Result<(Arc<dyn AccountSource>, Option<KeptFiles>), Failure> {
    // First of all: nothing is listed for a run that could not keep it.
    let keep = config.listing.as_ref().map(|listing| folder.keep(&listing.file)).transpose()?;
    // With other credentials, sources or pins it is a listing of something else.
    let origin = format!("{caller:?} {:?} {:?}", config.sources, config.intent.pin);
    // A rehearsal must not replace what live runs keep. The sample's accounts are nobody's.
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
