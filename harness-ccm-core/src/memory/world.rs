use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::state::{Shared, Stored, key};
use super::{Call, MemoryAccounts, MemoryConnectors, MemoryPolicy, MemoryRoles};
use crate::account::Account;
use crate::backend::ConnectorView;
use crate::connector::ConnectorState;
use crate::id::{AccountId, ConnectorId, PolicyArn, RoleName};
use crate::role::{ManagedPolicy, Quotas, RoleState};

/// An organization with its roles and a Harness account with its connectors, in memory.
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

    /// Puts a role there, as if somebody else had made it.
    #[must_use]
    pub fn with_role(self, role: RoleState) -> Self {
        self.0.lock().place(role);
        self
    }

    /// Puts a customer-managed policy there, as if somebody else had made it.
    #[must_use]
    pub fn with_policy(self, arn: PolicyArn, policy: ManagedPolicy) -> Self {
        self.0.lock().policies.insert(arn, MemoryPolicy::new(policy, BTreeMap::new()));
        self
    }

    /// Puts a connector there, as if somebody else had made it.
    #[must_use]
    pub fn with_connector(self, connector: ConnectorState) -> Self {
        self.with_connector_and_fields(connector, Map::new())
    }

    /// Puts a connector there with fields that this library does not model.
    #[must_use]
    pub fn with_connector_and_fields(
        self,
        connector: ConnectorState,
        unmodelled: Map<String, Value>,
    ) -> Self {
        self.0.lock().connectors.insert(connector.id.clone(), Stored::new(connector, unmodelled));
        self
    }

    /// The organization.
    pub fn accounts(&self) -> MemoryAccounts {
        MemoryAccounts::new(self.0.clone())
    }

    /// The accounts' IAM.
    pub fn roles(&self) -> MemoryRoles {
        MemoryRoles::new(self.0.clone())
    }

    /// The Harness account.
    pub fn connectors(&self) -> MemoryConnectors {
        MemoryConnectors::new(self.0.clone())
    }

    /// Lets nobody into an account any more.
    pub fn make_unreachable(&self, account: &AccountId) {
        self.0.lock().unreachable.insert(account.clone());
    }

    /// Lets whoever has a way in into an account again.
    pub fn make_reachable(&self, account: &AccountId) {
        self.0.lock().unreachable.remove(account);
    }

    /// Has the server refuse connectors of an account with this message; `None` ends that.
    pub fn refuse_connector(&self, account: &AccountId, message: Option<&str>) {
        let mut state = self.0.lock();
        match message {
            Some(message) => drop(state.refused.insert(account.clone(), message.into())),
            None => drop(state.refused.remove(account)),
        }
    }

    /// Hides connectors from callers, as from an API key whose resource group does not have them. What a caller learns of its own
    /// view is set apart from that, by [`set_view`](Self::set_view).
    pub fn hide_connectors(&self, ids: impl IntoIterator<Item = ConnectorId>) {
        self.0.lock().hidden = ids.into_iter().collect();
    }

    /// Sets what callers learn of whether they see all connectors.
    pub fn set_view(&self, view: ConnectorView) {
        self.0.lock().view = Some(view);
    }

    /// Changes or adds an account behind everybody's back.
    pub fn put_account(&self, account: Account) {
        self.0.lock().accounts.insert(account.id.clone(), account);
    }

    /// Takes an account out of the organization; its connector stays, its role is out of reach.
    pub fn remove_account(&self, account: &AccountId) {
        self.0.lock().accounts.remove(account);
    }

    /// A role as it is.
    pub fn role(&self, account: &AccountId, name: &RoleName) -> Option<RoleState> {
        self.0.lock().role(account, name).cloned()
    }

    /// Changes a role behind everybody's back; says whether it is there.
    pub fn edit_role(&self, account: &AccountId, name: &RoleName, edit: impl FnOnce(&mut RoleState)) -> bool {
        let mut state = self.0.lock();
        let Some(mut role) = state.role(account, name).cloned() else { return false };
        edit(&mut role);
        state.place(role);
        true
    }

    /// Shows roles only to who spells their names as they are. Names are unique without regard to case in any event.
    pub fn show_exact_names_only(&self) {
        self.0.lock().exact_names = true;
    }

    /// Shows roles to who spells their names in any case, as it is from the start.
    pub fn show_names_in_any_case(&self) {
        self.0.lock().exact_names = false;
    }

    /// Removes a role behind everybody's back; says whether it was there.
    pub fn delete_role(&self, account: &AccountId, name: &RoleName) -> bool {
        self.0.lock().roles.remove(&key(account, name)).is_some()
    }

    /// A customer-managed policy as it is.
    pub fn policy(&self, arn: &PolicyArn) -> Option<MemoryPolicy> {
        self.0.lock().policies.get(arn).cloned()
    }

    /// All customer-managed policies.
    pub fn policies(&self) -> Vec<PolicyArn> {
        self.0.lock().policies.keys().cloned().collect()
    }

    /// Sets what IAM allows in an account; the usual quotas elsewhere.
    pub fn set_quotas(&self, account: &AccountId, quotas: Quotas) {
        self.0.lock().quotas.insert(account.clone(), quotas);
    }

    /// Lets this many single writes to IAM through, and none after them; `None` ends that. One `put_role` is several.
    pub fn interrupt_iam_after(&self, writes: Option<usize>) {
        self.0.lock().iam_writes_left = writes;
    }

    /// Lets reads of roles show a write only after so many further requests to IAM; 0 ends that. Counted in requests, since nothing here
    /// takes time.
    pub fn set_iam_lag(&self, requests: u64) {
        let mut state = self.0.lock();
        state.lag = requests;
        if requests == 0 {
            state.forget_past();
        }
    }

    /// Every single write that IAM received since the journal was last cleared, such as `iam:AttachRolePolicy`.
    pub fn iam_writes(&self) -> Vec<Call> {
        self.0.lock().iam_writes.clone()
    }

    /// A connector as it is.
    pub fn connector(&self, id: &ConnectorId) -> Option<ConnectorState> {
        self.0.lock().connectors.get(id).map(|stored| stored.state.clone())
    }

    /// The fields of a connector that nothing here models.
    pub fn unmodelled(&self, id: &ConnectorId) -> Option<Map<String, Value>> {
        self.0.lock().connectors.get(id).map(|stored| stored.unmodelled.clone())
    }

    /// Changes a connector behind everybody's back; says whether it is there.
    pub fn edit_connector(&self, id: &ConnectorId, edit: impl FnOnce(&mut ConnectorState)) -> bool {
        self.0.lock().connectors.get_mut(id).map(|stored| edit(&mut stored.state)).is_some()
    }

    /// Removes a connector behind everybody's back; says whether it was there.
    pub fn delete_connector(&self, id: &ConnectorId) -> bool {
        self.0.lock().connectors.remove(id).is_some()
    }

    /// Every call since the journal was last cleared.
    pub fn journal(&self) -> Vec<Call> {
        self.0.lock().journal.clone()
    }

    /// Every call since then that changed something.
    pub fn writes(&self) -> Vec<Call> {
        self.0.lock().journal.iter().filter(|call| call.write).cloned().collect()
    }

    /// Forgets all calls.
    pub fn clear_journal(&self) {
        let mut state = self.0.lock();
        state.journal.clear();
        state.iam_writes.clear();
    }
}
