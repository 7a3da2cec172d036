use std::path::{Path, PathBuf};

use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::config::Config;
use harness_ccm_core::files::Files as _;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::report::Roster;
use harness_ccm_core::schema as schemas;
use harness_ccm_core::source::{ListOptions, ListSource, SourceKind, open};
use harness_ccm_core::text::visible;
use serde_json::json;

use crate::arguments::{Arguments, SchemaName};
use crate::commands::{FORMAT_VERSION, SUCCESS, print};
use crate::files::Folder;
use crate::read::read_intent;
use crate::session::in_file;
use crate::{Failure, failed, output};

/// Checks the intent file and its lists, and shows its choice among the accounts of lists. Makes no calls.
pub(crate) async fn check(arguments: &Arguments, accounts: Option<&Path>) -> Result<u8, Failure> {
    let path = arguments.config.clone().unwrap_or_else(|| PathBuf::from("onboard.toml"));
    let folder = Folder::of(Some(&path));
    let harness_account = match std::env::var("HARNESS_ACCOUNT_ID") {
        Ok(account) if !account.trim().is_empty() => Some(account.trim().parse()?),
        _ => None,
    };
    let config = Config::from_toml_with_files(&read_intent(&path)?, harness_account, &folder)
        .map_err(|error| in_file(Some(&path), &error))?;
    let mut diagnostics = config.intent.check().map_err(|error| in_file(Some(&path), &error))?;
    let given = accounts.map(list).transpose()?;
    let listing = listing(&config, &folder, given).await?;
    let roster = match listing {
        Some(listing) => {
            let desired = config.intent.resolve(listing).map_err(|error| in_file(Some(&path), &error))?;
            // With known accounts, more can be reported about each rule.
            diagnostics.clone_from(&desired.diagnostics);
            Some(Roster::new(&desired, &config.intent.rules))
        }
        None => None,
    };
    if arguments.json {
        print(&json!({
            "format_version": FORMAT_VERSION,
            "diagnostics": diagnostics,
            "accounts": roster.map(|roster| roster.accounts),
        }))?;
        return Ok(SUCCESS);
    }
    if let Some(roster) = roster {
        output::data(&roster)?;
    } else {
        output::note(
            &"note: which accounts the intent selects is unknown without a list: give --accounts FILE",
        );
    }
    for diagnostic in &diagnostics {
        output::note(&format_args!("note: {}", visible(&diagnostic.to_string())));
    }
    output::note(&format_args!("{} is valid", path.display()));
    Ok(SUCCESS)
}

/// A list of accounts in a file, relative to the current folder.
fn list(path: &Path) -> Result<ListSource, Failure> {
    let reader =
        Folder::of(None).open(&path.to_string_lossy()).map_err(|error| in_file(Some(path), &error))?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let options = ListOptions::default();
    let read =
        if is_json { ListSource::from_json(reader, options) } else { ListSource::from_csv(reader, options) };
    read.map_err(|error| in_file(Some(path), &error))
}

/// Returns the accounts, if they are known without a call: `given` replaces those of each organization. All lists are read in
/// any case.
async fn listing(
    config: &Config,
    folder: &Folder,
    given: Option<ListSource>,
) -> Result<Option<Listing>, Failure> {
    let is_organization = |kind: &SourceKind| matches!(kind, SourceKind::Organizations { .. });
    let asks_aws =
        config.sources.is_empty() || config.sources.iter().any(|source| is_organization(&source.kind));
    if asks_aws && given.is_none() {
        let lists: Vec<_> =
            config.sources.iter().filter(|source| !is_organization(&source.kind)).cloned().collect();
        if !lists.is_empty() {
            open(&lists, folder, |_| Ok(Box::new(ListSource::new(Listing::partial([]))))).map_err(failed)?;
        }
        return Ok(None);
    }
    let organization = given.unwrap_or_else(|| ListSource::new(Listing::partial([])));
    let source = open(&config.sources, folder, |_| {
        let source: Box<dyn AccountSource> = Box::new(organization.clone());
        Ok(source)
    })
    .map_err(failed)?;
    source.list_accounts(&config.intent.query()).await.map(Some).map_err(failed)
}

/// Prints the JSON Schema of a file.
pub(crate) fn schema(of: SchemaName) -> Result<u8, Failure> {
    let schema = match of {
        SchemaName::Intent => schemas::intent(),
        SchemaName::Plan => schemas::plan(),
        SchemaName::Apply => schemas::apply_report(),
        SchemaName::Verify => schemas::verification(),
        SchemaName::Accounts => schemas::roster(),
    };
    print(&schema)?;
    Ok(SUCCESS)
}
