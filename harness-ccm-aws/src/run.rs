//! The id of a run, and the identity in its sessions.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::AppName;
use harness_ccm_core::Result;
use harness_ccm_core::id::{RoleName, RunId, SourceIdentity};
use harness_ccm_core::route::SessionIdentity;

use crate::caller::Caller;

/// The tags of sessions, if they are requested.
const RUN_TAG: &str = "harness-ccm-run";
const OPERATOR_TAG: &str = "harness-ccm-operator";

/// A run, as visible to AWS.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    identity: Mutex<SessionIdentity>,
    /// Roles that do not permit a source identity.
    anonymous: Mutex<BTreeSet<RoleName>>,
}

impl Run {
    /// Makes a run with a new id.
    pub(crate) fn begin() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // The seed of the hasher is random.
        let chance = RandomState::new().hash_one(seconds).to_le_bytes();
        Self {
            id: RunId::of(seconds, u16::from_le_bytes([chance[0], chance[1]])),
            identity: Mutex::default(),
            anonymous: Mutex::default(),
        }
    }

    /// Adds the id of the run to the error of a result.
    pub(crate) fn sign<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.with_run(self.id.clone()))
    }

    pub(crate) fn identify(&self, identity: SessionIdentity) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    fn identity(&self) -> SessionIdentity {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the name of its sessions.
    pub(crate) fn session_name(&self) -> String {
        self.identity().name.within(&self.id)
    }

    /// Returns the source identity for a session of a role, unless the role was found not to permit one.
    pub(crate) fn source(&self, role: &RoleName) -> Option<SourceIdentity> {
        let refuses = self.anonymous.lock().unwrap_or_else(PoisonError::into_inner).contains(role);
        self.identity().source.filter(|_| !refuses)
    }

    /// Omits the source identity for roles of that name from now on.
    pub(crate) fn forget_source(&self, role: &RoleName) {
        self.anonymous.lock().unwrap_or_else(PoisonError::into_inner).insert(role.clone());
    }

    /// Returns keys and values of the tags of its sessions.
    pub(crate) fn tags(&self, caller: &Caller) -> Vec<(&'static str, String)> {
        if !self.identity().tags {
            return Vec::new();
        }
        let operator = caller.arn.rsplit('/').next().unwrap_or_default();
        let fits = |c: &char| c.is_alphanumeric() || " _.:/=+-@".contains(*c);
        let operator = operator.chars().filter(fits).take(256).collect();
        vec![(RUN_TAG, self.id.to_string()), (OPERATOR_TAG, operator)]
    }

    /// Returns its name in the user agent, after the name of the application.
    pub(crate) fn app_name(&self, application: Option<&AppName>) -> Option<AppName> {
        let own = format!("harness-ccm-{}", self.id);
        let name = application.map_or(own.clone(), |name| format!("{}+{own}", name.as_ref()));
        AppName::new(name).ok()
    }
}
