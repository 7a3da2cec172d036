use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::state::{Shared, Stored, key};
use super::{Call, MemoryAccounts, MemoryConnectors, MemoryPolicy, MemoryRoles};
use crate::account::Account;
use crate::backend::ConnectorView;
use crate::connector::{ConnectorState, UnreadableConnector};
use crate::id::{AccountId, ConnectorId, PolicyArn, RoleName};
use crate::role::{ManagedPolicy, Quotas, RoleState};

/// An organization with its roles, and a Harness account with its connectors, in memory.
///
/// ```
/// use harness_ccm_core::account::Account;
/// use harness_ccm_core::memory::World;
///
/// let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// let roles = world.roles();
/// assert!(world.journal().is_empty());
/// # let _ = roles;
/// # Ok::<(), harness_ccm_core::id::InvalidId>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct World(Shared);

impl World {
    /// An organization of these accounts, with no role and no connector.
    pub fn new(accounts: impl IntoIterator<Item = Account>) -> Self {
        let world = Self::default();
        world.0.lock().accounts = accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
        world
    }

    /// Adds a role, as if another tool had created it.
    #[must_use]
    pub fn with_role(self, role: RoleState) -> Self {
        self.0.lock().place(role);
        self
    }

    /// Adds a customer-managed policy, as if another tool had created it.
    #[must_use]
    pub fn with_policy(self, arn: PolicyArn, policy: ManagedPolicy) -> Self {
        self.0.lock().policies.insert(arn, MemoryPolicy::new(policy, BTreeMap::new()));
        self
    }

    /// Adds a connector, as if another tool had created it.
    #[must_use]
    pub fn with_connector(self, connector: ConnectorState) -> Self {
        self.with_connector_and_fields(connector, Map::new())
    }

    /// Adds a connector with fields that this library does not model.
    #[must_use]
    pub fn with_connector_and_fields(
        self,
        connector: ConnectorState,
        unmodelled: Map<String, Value>,
    ) -> Self {
        self.0.lock().connectors.insert(connector.id.clone(), Stored::new(connector, unmodelled));
        self
    }

    /// The account source of the organization.
    pub fn accounts(&self) -> MemoryAccounts {
        MemoryAccounts::new(self.0.clone())
    }

    /// The IAM of the accounts.
    pub fn roles(&self) -> MemoryRoles {
        MemoryRoles::new(self.0.clone())
    }

    /// The client of the Harness account.
    pub fn connectors(&self) -> MemoryConnectors {
        MemoryConnectors::new(self.0.clone())
    }

    /// Denies all access to an account.
    pub fn make_unreachable(&self, account: &AccountId) {
        self.0.lock().unreachable.insert(account.clone());
    }

    /// Allows access to an account again.
    pub fn make_reachable(&self, account: &AccountId) {
        self.0.lock().unreachable.remove(account);
    }

    /// Makes the server refuse connectors of an account with this message; `None` ends that.
    pub fn refuse_connector(&self, account: &AccountId, message: Option<&str>) {
        let mut state = self.0.lock();
        match message {
            Some(message) => drop(state.refused.insert(account.clone(), message.into())),
            None => drop(state.refused.remove(account)),
        }
    }

    /// Hides connectors from callers, as from an API key whose resource group does not include them. The view that callers see is
    /// set separately, by [`set_view`](Self::set_view).
    pub fn hide_connectors(&self, ids: impl IntoIterator<Item = ConnectorId>) {
        self.0.lock().hidden = ids.into_iter().collect();
    }

    /// Sets what callers learn about their view of connectors.
    pub fn set_view(&self, view: ConnectorView) {
        self.0.lock().view = Some(view);
    }

    /// Adds connectors that are listed but unreadable.
    pub fn set_unreadable_connectors(&self, connectors: impl IntoIterator<Item = UnreadableConnector>) {
        self.0.lock().unreadable = connectors.into_iter().collect();
    }

    /// Changes or adds an account, as another tool would.
    pub fn put_account(&self, account: Account) {
        self.0.lock().accounts.insert(account.id.clone(), account);
    }

    /// Removes an account from the organization; its connector stays, and its role is out of reach.
    pub fn remove_account(&self, account: &AccountId) {
        self.0.lock().accounts.remove(account);
    }

    /// Returns a role as it is.
    pub fn role(&self, account: &AccountId, name: &RoleName) -> Option<RoleState> {
        self.0.lock().role(account, name).cloned()
    }

    /// Changes a role, as another tool would. Returns whether it exists.
    pub fn edit_role(&self, account: &AccountId, name: &RoleName, edit: impl FnOnce(&mut RoleState)) -> bool {
        let mut state = self.0.lock();
        let Some(mut role) = state.role(account, name).cloned() else { return false };
        edit(&mut role);
        state.place(role);
        true
    }

    /// Finds roles only by the exact spelling of their names. Names are unique without regard to case in any event.
    pub fn show_exact_names_only(&self) {
        self.0.lock().exact_names = true;
    }

    /// Finds roles by their names in any case, which is the default.
    pub fn show_names_in_any_case(&self) {
        self.0.lock().exact_names = false;
    }

    /// Removes a role, as another tool would. Returns whether it existed.
    pub fn delete_role(&self, account: &AccountId, name: &RoleName) -> bool {
        self.0.lock().roles.remove(&key(account, name)).is_some()
    }

    /// Returns a customer-managed policy as it is.
    pub fn policy(&self, arn: &PolicyArn) -> Option<MemoryPolicy> {
        self.0.lock().policies.get(arn).cloned()
    }

    /// Removes a managed policy, as another tool would: a customer-managed one, or one of AWS, all of which exist by default.
    pub fn delete_policy(&self, arn: &PolicyArn) {
        let mut state = self.0.lock();
        state.policies.remove(arn);
        if arn.is_aws_managed() {
            state.aws_lacks.insert(arn.clone());
        }
    }

    /// Returns all customer-managed policies.
    pub fn policies(&self) -> Vec<PolicyArn> {
        self.0.lock().policies.keys().cloned().collect()
    }

    /// Sets the quotas of IAM in an account; other accounts have the usual quotas.
    pub fn set_quotas(&self, account: &AccountId, quotas: Quotas) {
        self.0.lock().quotas.insert(account.clone(), quotas);
    }

    /// Lets this many single writes to IAM succeed, and none after them; `None` ends that. One `put_role` makes
    /// several writes.
    pub fn interrupt_iam_after(&self, writes: Option<usize>) {
        self.0.lock().iam_writes_left = writes;
    }

    /// Makes a write visible to reads of roles only after this many further requests to IAM; 0 ends that. The lag is counted in
    /// requests, because nothing here takes time.
    pub fn set_iam_lag(&self, requests: u64) {
        let mut state = self.0.lock();
        state.lag = requests;
        if requests == 0 {
            state.forget_past();
        }
    }

    /// Returns every single write that IAM received since the journal was last cleared, such as
    /// `iam:AttachRolePolicy`.
    pub fn iam_writes(&self) -> Vec<Call> {
        self.0.lock().iam_writes.clone()
    }

    /// Returns a connector as it is.
    pub fn connector(&self, id: &ConnectorId) -> Option<ConnectorState> {
        self.0.lock().connectors.get(id).map(|stored| stored.state.clone())
    }

    /// Returns the fields of a connector that this library does not model.
    pub fn unmodelled(&self, id: &ConnectorId) -> Option<Map<String, Value>> {
        self.0.lock().connectors.get(id).map(|stored| stored.unmodelled.clone())
    }

    /// Changes a connector, as another tool would. Returns whether it exists.
    pub fn edit_connector(&self, id: &ConnectorId, edit: impl FnOnce(&mut ConnectorState)) -> bool {
        self.0.lock().connectors.get_mut(id).map(|stored| edit(&mut stored.state)).is_some()
    }

    /// Removes a connector, as another tool would. Returns whether it existed.
    pub fn delete_connector(&self, id: &ConnectorId) -> bool {
        self.0.lock().connectors.remove(id).is_some()
    }

    /// Returns every call since the journal was last cleared.
    pub fn journal(&self) -> Vec<Call> {
        self.0.lock().journal.clone()
    }

    /// Returns every write since the journal was last cleared.
    pub fn writes(&self) -> Vec<Call> {
        self.0.lock().journal.iter().filter(|call| call.write).cloned().collect()
    }

    /// Clears the journal.
    pub fn clear_journal(&self) {
        let mut state = self.0.lock();
        state.journal.clear();
        state.iam_writes.clear();
    }
}
