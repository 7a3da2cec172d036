use async_trait::async_trait;

use super::state::Shared;
use crate::account::{Account, AccountQuery};
use crate::backend::AccountSource;
use crate::error::{Error, ErrorKind, Result};
use crate::listing::Listing;

/// The accounts of a [`World`](super::World).
///
/// Returns only the requested details, as AWS does, to reveal a pipeline that forgets to request them. An account made without
/// organizational units is directly under the root, and one without tags has none.
#[derive(Clone, Debug)]
pub struct MemoryAccounts(Shared);

impl MemoryAccounts {
    pub(super) fn new(world: Shared) -> Self {
        Self(world)
    }
}

#[async_trait]
impl AccountSource for MemoryAccounts {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        let mut state = self.0.lock();
        state.record("list_accounts", "", false);
        let accounts = state.accounts.values().map(|account| requested_part(account.clone(), *query));
        Ok(Listing::complete(accounts.collect::<Result<Vec<_>>>()?))
    }
}

fn requested_part(mut account: Account, query: AccountQuery) -> Result<Account> {
    let path = account.ou_path.take().unwrap_or_default();
    account.ou_ids = match account.ou_ids.take() {
        _ if !query.ou_ids && !query.ou_paths => None,
        None if path.is_empty() => Some(Vec::new()),
        None if query.ou_ids => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "list_accounts",
                format!("account {} was made with names of units, but without their ids", account.id),
            )
            .with_remedy("add Account::with_ou_ids"));
        }
        ids => ids,
    };
    account.ou_path = query.ou_paths.then_some(path);
    account.tags = query.tags.then(|| account.tags.take().unwrap_or_default());
    Ok(account)
}
