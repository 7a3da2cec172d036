//! Which run this is, and what its sessions say of it.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::AppName;
use harness_ccm_core::Result;
use harness_ccm_core::id::{RoleName, RunId, SourceIdentity};
use harness_ccm_core::route::SessionIdentity;

use crate::caller::Caller;

/// The tags of sessions, where they are asked for.
const RUN_TAG: &str = "harness-ccm-run";
const OPERATOR_TAG: &str = "harness-ccm-operator";

/// A run, as AWS sees it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    identity: Mutex<SessionIdentity>,
    /// Roles that let nobody in who says who is behind the session.
    anonymous: Mutex<BTreeSet<RoleName>>,
}

impl Run {
    /// One of which nobody has heard before.
    pub(crate) fn begin() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // The seed of the hasher is drawn by chance.
        let chance = RandomState::new().hash_one(seconds).to_le_bytes();
        Self {
            id: RunId::of(seconds, u16::from_le_bytes([chance[0], chance[1]])),
            identity: Mutex::default(),
            anonymous: Mutex::default(),
        }
    }

    /// A result whose error says which run it was.
    pub(crate) fn sign<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.with_run(self.id.clone()))
    }

    pub(crate) fn identify(&self, identity: SessionIdentity) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    fn identity(&self) -> SessionIdentity {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What its sessions are called.
    pub(crate) fn session_name(&self) -> String {
        self.identity().name.within(&self.id)
    }

    /// Who is behind the session of a role, unless that role was found not to allow it.
    pub(crate) fn source(&self, role: &RoleName) -> Option<SourceIdentity> {
        let refuses = self.anonymous.lock().unwrap_or_else(PoisonError::into_inner).contains(role);
        self.identity().source.filter(|_| !refuses)
    }

    /// Does not say it to roles of that name any more.
    pub(crate) fn forget_source(&self, role: &RoleName) {
        self.anonymous.lock().unwrap_or_else(PoisonError::into_inner).insert(role.clone());
    }

    /// Keys and values of the tags of its sessions.
    pub(crate) fn tags(&self, caller: &Caller) -> Vec<(&'static str, String)> {
        if !self.identity().tags {
            return Vec::new();
        }
        let operator = caller.arn.rsplit('/').next().unwrap_or_default();
        let fits = |c: &char| c.is_alphanumeric() || " _.:/=+-@".contains(*c);
        let operator = operator.chars().filter(fits).take(256).collect();
        vec![(RUN_TAG, self.id.to_string()), (OPERATOR_TAG, operator)]
    }

    /// What it is called in the user agent, after the application that it is a part of.
    pub(crate) fn app_name(&self, application: Option<&AppName>) -> Option<AppName> {
        let own = format!("harness-ccm-{}", self.id);
        let name = application.map_or(own.clone(), |name| format!("{}+{own}", name.as_ref()));
        AppName::new(name).ok()
    }
}
