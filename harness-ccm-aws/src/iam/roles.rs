use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_sdk_iam::Client;
use harness_ccm_core::id::RoleArn;
use harness_ccm_core::{ErrorKind, Result};

use crate::retry::{Retrier, WRITTEN_LATELY};
use crate::sessions::Sessions;

/// Roles in the accounts of an organization, through IAM.
#[derive(Clone, Debug)]
pub struct IamRoles {
    pub(super) client: Client,
    pub(super) sessions: Sessions,
    pub(super) retrier: Retrier,
    pub(super) recent: Recent,
}

/// The roles that were written here, with the times: reads of these may show an older state.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<BTreeMap<RoleArn, Instant>>>);

impl Recent {
    pub(super) fn note(&self, role: &RoleArn) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(role.clone(), Instant::now());
    }

    pub(super) fn has(&self, role: &RoleArn) -> bool {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(role).is_some_and(|when| when.elapsed() < WRITTEN_LATELY)
    }
}

impl IamRoles {
    pub(crate) fn new(client: Client, sessions: Sessions, retrier: Retrier) -> Self {
        Self { client, sessions, retrier, recent: Recent::default() }
    }
}

/// Removing a missing role is a success.
pub(super) fn gone(answer: Result<()>) -> Result<()> {
    match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
