use async_trait::async_trait;

use super::World;
use crate::backend::{AccountQuery, AccountSource, Listing};
use crate::error::Result;

/// The accounts of a [`World`].
#[derive(Clone, Debug)]
pub struct MemoryAccounts(World);

impl MemoryAccounts {
    pub(super) fn new(world: World) -> Self {
        Self(world)
    }
}

#[async_trait]
impl AccountSource for MemoryAccounts {
    async fn list_accounts(&self, _query: &AccountQuery) -> Result<Listing> {
        let mut state = self.0.lock();
        state.record("list_accounts", "", false);
        Ok(state.accounts.values().cloned().collect())
    }
}
