use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_ccm_aws::AwsBackend;
use harness_ccm_core::ErrorKind;
use harness_ccm_core::config::Config;
use harness_ccm_core::id::Partition;
use harness_ccm_core::pipeline::Pipeline;
use harness_ccm_core::text::visible;
use harness_ccm_harness::{HarnessConnectors, TokioPause};

use crate::files::{Folder, now};
use crate::output;
use crate::progress::Progress;
use crate::read::read_intent;
use crate::session::{Caller, Listings, Session, accounts, in_file};
use crate::{Failure, failed};

/// AWS and Harness from the environment. If no intent file is named and none exists, it runs without one, unless it needs one.
pub(crate) async fn open(
    path: Option<&Path>,
    listings: Listings,
    needs_file: bool,
    progress: Progress,
) -> Result<Session, Failure> {
    let given = path.is_some();
    let path = path.map_or_else(|| PathBuf::from("onboard.toml"), Path::to_owned);
    let text = match read_intent(&path) {
        Ok(text) => text,
        Err(_) if !given && !needs_file && !path.exists() => String::new(),
        Err(Failure(problem)) => {
            let remedy = "\n  remedy: write it as examples/onboard.toml shows, or name another with --config; `init` drafts one from existing connectors and roles";
            return Err(Failure(if given { problem } else { problem + remedy }));
        }
    };
    let connectors = HarnessConnectors::from_env().map_err(failed)?;
    let account = connectors.account();
    let folder = Folder::of(Some(&path));
    let config = Config::from_toml_with_files(&text, Some(account.clone()), &folder)
        .map_err(|error| in_file(Some(&path), &error))?;
    if config.intent.harness_account != *account {
        return Err(Failure(format!(
            "harness.account-id in {} is {}, but the environment leads to the Harness account {account}: make them the same",
            path.display(),
            config.intent.harness_account
        )));
    }
    let aws =
        progress.during("getting AWS credentials", Box::pin(AwsBackend::from_env())).await.map_err(failed)?;
    let aws = aws.on_note(|note| output::note(&format_args!("note: {}", visible(&note.to_string()))));
    let aws = aws.with_session_identity(config.intent.reach.identity.clone());
    let connectors = connectors.with_run(aws.run());
    output::begin(aws.run());
    tell_endpoints(&aws, &connectors);
    progress.during("checking the Harness API key", preflight(&connectors, &config)).await?;
    let caller = progress.during("checking the AWS credentials", aws.caller()).await.map_err(failed)?;
    output::note(&format_args!("AWS caller: {}", visible(&caller.arn)));
    config.intent.pin.check_caller(&caller.account).map_err(|error| in_file(Some(&path), &error))?;
    let (accounts, keep) =
        accounts(&config, &folder, Caller::Account(&caller.account), listings, |role| match role {
            Some(role) => Box::new(aws.clone().with_listing_role(role.clone()).accounts()),
            None => Box::new(aws.accounts()),
        })?;
    let connectors = Arc::new(connectors);
    let pipeline = Pipeline::from_config(&config, accounts.clone(), aws.roles(), connectors.clone())
        .with_observer(progress.clone())
        .with_run(aws.run().clone())
        .with_pause(TokioPause);
    Ok(Session { config, pipeline, accounts, keep, connectors, progress, is_live: true })
}

/// Prints the owner of the key, and the differences between Harness' details and the intent. An invalid key ends the run before
/// it starts; a Harness that does not provide these details does not.
async fn preflight(connectors: &HarnessConnectors, config: &Config) -> Result<(), Failure> {
    match connectors.key_owner().await {
        Ok(owner) => {
            let name = owner.name.as_deref().or(owner.email.as_deref()).unwrap_or("(unknown)");
            let end = owner.valid_until.map_or("no end".into(), |end| end.to_string());
            output::note(&format_args!("Harness key: of {}, valid until: {end}", visible(name)));
            if !owner.holds_for(ENOUGH_SECONDS, now()?) {
                output::note(
                    &"warning: the Harness key expires within a day: it may expire during a long run",
                );
            }
        }
        Err(error) if matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::Denied) => {
            return Err(failed(error));
        }
        Err(error) => {
            output::note(&format_args!("note: the owner of the Harness key is unknown: {}", error.report()));
        }
    }
    match connectors.account_connection(Partition::Aws).await {
        Ok(connection) => {
            for difference in connection.differences(&config.intent.cluster, &config.intent.external_id) {
                output::note(&format_args!("warning: {}", visible(&difference.to_string())));
            }
        }
        Err(error) => {
            output::note(&format_args!("note: Harness' access to accounts is unknown: {}", error.report()));
        }
    }
    Ok(())
}

/// The time for which a key should be valid.
const ENOUGH_SECONDS: i64 = 24 * 60 * 60;

/// Prints the destination of the calls if that is not AWS and Harness themselves.
fn tell_endpoints(aws: &AwsBackend, harness: &HarnessConnectors) {
    let services = ["IAM", "ORGANIZATIONS", "STS"].map(|service| format!("AWS_ENDPOINT_URL_{service}"));
    let set = services.iter().filter_map(|name| Some((name.as_str(), std::env::var(name).ok()?)));
    let all = aws.endpoint().map(|url| ("AWS_ENDPOINT_URL or the profile", url.to_owned()));
    for (name, url) in all.into_iter().chain(set.filter(|(_, url)| !url.is_empty())) {
        output::note(&format_args!("AWS endpoint: {} ({name})", visible(&without_password(&url))));
    }
    output::note(&format_args!("Harness endpoint: {}, account {}", harness.endpoint(), harness.account()));
}

/// A URL without the part before its host.
fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            let path = path.split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => "(not a URL)".into(),
    }
}
