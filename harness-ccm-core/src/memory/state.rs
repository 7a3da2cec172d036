use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::{Call, MemoryPolicy};
use crate::account::Account;
use crate::backend::ConnectorView;
use crate::connector::{ConnectorState, UnreadableConnector};
use crate::id::{AccountId, ConnectorId, PolicyArn, RoleName};
use crate::role::{ListedRole, Quotas, RoleState};

/// The state that a world and its three backends share.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere while the lock was held leaves no inconsistent state: every change is one
        // assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The content of a world.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) unreachable: BTreeSet<AccountId>,
    pub(super) refused: BTreeMap<AccountId, String>,
    pub(super) roles: BTreeMap<RoleKey, RoleState>,
    /// Whether roles are found only by the exact spelling of their names.
    pub(super) exact_names: bool,
    pub(super) policies: BTreeMap<PolicyArn, MemoryPolicy>,
    /// Policies of AWS that do not exist; all others do.
    pub(super) aws_lacks: BTreeSet<PolicyArn>,
    pub(super) quotas: BTreeMap<AccountId, Quotas>,
    pub(super) connectors: BTreeMap<ConnectorId, Stored>,
    /// The connectors that callers may not view.
    pub(super) hidden: BTreeSet<ConnectorId>,
    /// The view that callers see; all connectors by default.
    pub(super) view: Option<ConnectorView>,
    /// Connectors whose records no caller can read.
    pub(super) unreadable: Vec<UnreadableConnector>,
    pub(super) clock: i64,
    pub(super) journal: Vec<Call>,
    pub(super) iam_writes: Vec<Call>,
    pub(super) iam_writes_left: Option<usize>,
    /// How many requests the reads of roles are behind the writes.
    pub(super) lag: u64,
    requests: u64,
    /// The roles before each write that may not be visible yet, with the number of its request.
    past: VecDeque<(u64, BTreeMap<RoleKey, RoleState>)>,
}

/// Account and name of a role in lower case, because IAM ignores the case of role names.
pub(super) type RoleKey = (AccountId, String);

pub(super) fn key(account: &AccountId, name: &RoleName) -> RoleKey {
    (account.clone(), name.folded())
}

/// A connector with the fields that this library does not model, as a server of another version stores them.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) state: ConnectorState,
    pub(super) unmodelled: Map<String, Value>,
}

impl Stored {
    pub(super) fn new(mut state: ConnectorState, unmodelled: Map<String, Value>) -> Self {
        state.unmodelled = unmodelled.keys().map(|field| format!("spec.{field}")).collect();
        Self { state, unmodelled }
    }
}

impl State {
    /// Counts a request to IAM.
    pub(super) fn count_request(&mut self) {
        self.requests += 1;
        while self.past.front().is_some_and(|(number, _)| self.requests - number > self.lag) {
            self.past.pop_front();
        }
    }

    /// Makes all writes visible.
    pub(super) fn forget_past(&mut self) {
        self.past.clear();
    }

    /// Keeps the state before the latest request, which changes roles.
    pub(super) fn keep_past(&mut self) {
        self.count_request();
        if self.lag > 0 {
            self.past.push_back((self.requests, self.roles.clone()));
        }
    }

    /// Returns the role as a read shows it, and counts the read as a request.
    pub(super) fn shown_role(&mut self, account: &AccountId, name: &RoleName) -> Option<RoleState> {
        self.count_request();
        let exact = self.exact_names;
        let roles = self.past.front().map_or(&self.roles, |(_, before)| before);
        roles.get(&key(account, name)).filter(|role| !exact || role.arn.name() == name).cloned()
    }

    /// Returns the roles of an account as a list shows them, and counts the list as a request.
    pub(super) fn shown_roles(&mut self, account: &AccountId) -> Vec<ListedRole> {
        self.count_request();
        let roles = self.past.front().map_or(&self.roles, |(_, before)| before);
        let here = roles.iter().filter(|((of, _), _)| of == account);
        here.map(|(_, role)| ListedRole::new(role.arn.clone(), Some(role.trust.clone()))).collect()
    }

    /// Returns the role of that name, if the spelling finds it.
    pub(super) fn role(&self, account: &AccountId, name: &RoleName) -> Option<&RoleState> {
        self.roles.get(&key(account, name)).filter(|role| !self.exact_names || role.arn.name() == name)
    }

    /// Returns the same role, to change it.
    pub(super) fn role_entry_mut(&mut self, account: &AccountId, name: &RoleName) -> Option<&mut RoleState> {
        let exact = self.exact_names;
        self.roles.get_mut(&key(account, name)).filter(|role| !exact || role.arn.name() == name)
    }

    pub(super) fn record(&mut self, operation: &'static str, subject: impl Into<String>, write: bool) {
        self.journal.push(Call::new(operation, subject, write));
    }
}
