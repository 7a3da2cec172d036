use std::path::PathBuf;
use std::sync::Arc;

use harness_ccm_core::backend::RoleProvisioner;
use harness_ccm_core::id::{AccountId, HarnessAccountId};
use harness_ccm_core::route::Route;
use harness_ccm_core::secret::Secret;

use crate::assume_role::AssumeRole;
use crate::fault::Fault;
use crate::permissions::KeyPermissions;
use crate::settings::Settings;

/// The AWS account of Harness' clusters in the United States.
const HARNESS_AWS_ACCOUNT: &str = "891928451355";

/// The configuration, which does not change after the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) account: Option<HarnessAccountId>,
    pub(crate) keys: Vec<(Secret, KeyPermissions)>,
    pub(crate) harness_aws_account: Option<AccountId>,
    pub(crate) roles: Option<Arc<dyn RoleProvisioner>>,
    pub(crate) route: Route,
    pub(crate) assume_role: Option<Arc<dyn AssumeRole>>,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) load: Vec<PathBuf>,
    pub(crate) control: Option<bool>,
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Fault>,
    /// The initial settings.
    pub(crate) settings: Settings,
}

impl Config {
    pub(crate) fn aws_account(&self) -> &str {
        self.harness_aws_account.as_ref().map_or(HARNESS_AWS_ACCOUNT, AsRef::as_ref)
    }
}
