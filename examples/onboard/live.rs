use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_ccm_aws::AwsBackend;
use harness_ccm_core::config::Config;
use harness_ccm_core::pipeline::Pipeline;
use harness_ccm_core::text::visible;
use harness_ccm_harness::{HarnessConnectors, TokioPause};

use crate::files::Folder;
use crate::output;
use crate::progress::Progress;
use crate::read::read_intent;
use crate::session::{Caller, Listings, Session, accounts, in_file};
use crate::{Failure, failed};

/// AWS and Harness as the environment says.
pub(crate) async fn open(path: Option<&Path>, listings: Listings) -> Result<Session, Failure> {
    let given = path.is_some();
    let path = path.map_or_else(|| PathBuf::from("onboard.toml"), Path::to_owned);
    let text = read_intent(&path).map_err(|Failure(problem)| {
        let remedy = "\n  remedy: write it as examples/onboard.toml shows, or name another with --config";
        Failure(if given { problem } else { problem + remedy })
    })?;
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
    let aws = AwsBackend::from_env().await.map_err(failed)?;
    let aws = aws.on_note(|note| output::note(&format_args!("note: {}", visible(&note.to_string()))));
    let aws = aws.with_session_identity(config.intent.reach.identity.clone());
    tell_endpoints(&aws, &connectors);
    output::note(&format_args!("run {}: CloudTrail has it in session names and user agents", aws.run()));
    let caller = aws.caller().await.map_err(failed)?;
    output::note(&format_args!("AWS caller: {}", visible(&caller.arn)));
    config.intent.pin.check_caller(&caller.account).map_err(|error| in_file(Some(&path), &error))?;
    let (accounts, keep) =
        accounts(&config, &folder, Caller::Account(&caller.account), listings, |role| match role {
            Some(role) => Box::new(aws.clone().with_listing_role(role.clone()).accounts()),
            None => Box::new(aws.accounts()),
        })?;
    let connectors = Arc::new(connectors);
    let pipeline = Pipeline::from_config(&config, accounts.clone(), aws.roles(), connectors.clone())
        .with_observer(Progress::new())
        .with_pause(TokioPause);
    Ok(Session { config, pipeline, accounts, keep, connectors, is_live: true })
}

/// Says where calls go if that is not AWS and Harness themselves.
fn tell_endpoints(aws: &AwsBackend, harness: &HarnessConnectors) {
    let services = ["IAM", "ORGANIZATIONS", "STS"].map(|service| format!("AWS_ENDPOINT_URL_{service}"));
    let set = services.iter().filter_map(|name| Some((name.as_str(), std::env::var(name).ok()?)));
    let all = aws.endpoint().map(|url| ("AWS_ENDPOINT_URL or the profile", url.to_owned()));
    for (name, url) in all.into_iter().chain(set.filter(|(_, url)| !url.is_empty())) {
        output::note(&format_args!("AWS endpoint: {} ({name})", visible(&without_password(&url))));
    }
    output::note(&format_args!("Harness endpoint: {}, account {}", harness.endpoint(), harness.account()));
}

/// A URL without what stands before its host.
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
