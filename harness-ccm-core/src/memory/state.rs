use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::{Call, MemoryPolicy};
use crate::account::Account;
use crate::backend::ConnectorView;
use crate::connector::ConnectorState;
use crate::id::{AccountId, ConnectorId, PolicyArn, RoleName};
use crate::role::{Quotas, RoleState};

/// What a world and its three backends share.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere while the lock was held leaves no half-made state: every change is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in a world.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) unreachable: BTreeSet<AccountId>,
    pub(super) refused: BTreeMap<AccountId, String>,
    pub(super) roles: BTreeMap<(AccountId, RoleName), RoleState>,
    pub(super) policies: BTreeMap<PolicyArn, MemoryPolicy>,
    pub(super) quotas: BTreeMap<AccountId, Quotas>,
    pub(super) connectors: BTreeMap<ConnectorId, Stored>,
    /// The connectors that callers may not view.
    pub(super) hidden: BTreeSet<ConnectorId>,
    /// What callers learn of whether they see all; all unless said otherwise.
    pub(super) view: Option<ConnectorView>,
    pub(super) clock: i64,
    pub(super) journal: Vec<Call>,
    pub(super) iam_writes: Vec<Call>,
    pub(super) iam_writes_left: Option<usize>,
}

/// A connector with the fields that nothing here models, such as a server of another age keeps.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) state: ConnectorState,
    pub(super) unmodelled: Map<String, Value>,
}

impl State {
    pub(super) fn record(&mut self, operation: &'static str, subject: impl Into<String>, write: bool) {
        self.journal.push(Call::new(operation, subject, write));
    }
}
