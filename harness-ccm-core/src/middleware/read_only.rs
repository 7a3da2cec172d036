use async_trait::async_trait;

use crate::account::AccountQuery;
use crate::backend::{
    AccountSource, ConnectionTest, ConnectorClient, ConnectorView, Expect, Removed, RoleProvisioner, Written,
};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::{Error, ErrorKind, Result};
use crate::id::ConnectorId;
use crate::listing::Listing;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};
use crate::selector::Selector;

/// A backend that refuses every write, for whoever is only to look. A connection test is no write.
#[derive(Clone, Debug)]
pub struct ReadOnly<T>(T);

impl<T> ReadOnly<T> {
    /// Refuses the writes of `backend`.
    pub fn new(backend: T) -> Self {
        Self(backend)
    }
}

fn refused<R>(operation: &'static str) -> Result<R> {
    Err(Error::new(ErrorKind::ReadOnly, operation, "this backend may only be read"))
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: AccountSource> AccountSource for ReadOnly<T> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        self.0.list_accounts(query).await
    }

    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        self.0.list_matching(query, to).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: RoleProvisioner> RoleProvisioner for ReadOnly<T> {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.0.find_role(address).await
    }

    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        self.0.list_roles(address).await
    }

    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        self.0.quotas(address).await
    }

    async fn put_role(&self, _spec: &RoleSpec, _expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        refused("put_role")
    }

    async fn remove_role(&self, _address: &RoleAddress, _expected: &RoleState) -> Result<Removed> {
        refused("remove_role")
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: ConnectorClient> ConnectorClient for ReadOnly<T> {
    async fn list_connectors(&self) -> Result<Vec<ConnectorState>> {
        self.0.list_connectors().await
    }

    async fn view(&self) -> Result<ConnectorView> {
        self.0.view().await
    }

    async fn put_connector(
        &self,
        _spec: &ConnectorSpec,
        _expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>> {
        refused("put_connector")
    }

    async fn remove_connector(&self, _id: &ConnectorId, _expected: &ConnectorState) -> Result<Removed> {
        refused("remove_connector")
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        self.0.test_connector(id).await
    }
}
