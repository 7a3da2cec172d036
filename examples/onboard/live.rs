use std::path::{Path, PathBuf};

use harness_ccm_aws::AwsBackend;
use harness_ccm_core::intent::Intent;
use harness_ccm_harness::HarnessConnectors;

use crate::files::Folder;
use crate::progress::Progress;
use crate::session::{Session, TokioPause, accounts, in_file, read};
use crate::{Failure, failed};

/// AWS and Harness as the environment says.
pub(crate) async fn open(config: Option<&Path>) -> Result<Session, Failure> {
    let path = config.map_or_else(|| PathBuf::from("onboard.toml"), Path::to_owned);
    let text = read(&path).map_err(|Failure(problem)| match config {
        Some(_) => Failure(problem),
        None => Failure(format!(
            "{problem}\n  remedy: write it as examples/onboard.toml shows, or name another with --config"
        )),
    })?;
    let connectors = HarnessConnectors::from_env().map_err(failed)?;
    let account = connectors.account();
    let folder = Folder::of(Some(&path));
    let intent = Intent::from_toml_with_files(&text, Some(account.clone()), &folder)
        .map_err(|error| in_file(Some(&path), &error))?;
    if intent.harness_account != *account {
        return Err(Failure(format!(
            "harness.account-id in {} is {}, but the environment leads to the Harness account {account}: make them the same",
            path.display(),
            intent.harness_account
        )));
    }
    let aws = AwsBackend::from_env().await.map_err(failed)?;
    let accounts = accounts(&intent, &folder, |role| match role {
        Some(role) => Box::new(aws.clone().with_listing_role(role.clone()).accounts()),
        None => Box::new(aws.accounts()),
    })?;
    Ok(Session {
        intent,
        accounts,
        roles: Box::new(aws.roles()),
        connectors: Box::new(connectors),
        pause: Box::new(TokioPause),
        progress: Progress::new(),
    })
}
