use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::Write;
use crate::account::AccountQuery;
use crate::backend::{
    AccountSource, ConnectionTest, ConnectorClient, ConnectorView, Expect, Removed, RoleProvisioner, Written,
};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::{Error, Result};
use crate::event::StepOutcome;
use crate::id::ConnectorId;
use crate::listing::Listing;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};
use crate::selector::Selector;

/// Is told of every write and how it ended. Closures are observers too.
pub trait WriteObserver: Send + Sync + 'static {
    /// A write ended like this. Called from the task that does the work, so it should be quick.
    fn wrote(&self, write: &Write<'_>, outcome: &StepOutcome);
}

impl<F: Fn(&Write<'_>, &StepOutcome) + Send + Sync + 'static> WriteObserver for F {
    fn wrote(&self, write: &Write<'_>, outcome: &StepOutcome) {
        self(write, outcome);
    }
}

/// A backend whose every write is told to an observer, with its outcome. Reads pass by unseen.
///
/// ```
/// use harness_ccm_core::event::StepOutcome;
/// use harness_ccm_core::memory::World;
/// use harness_ccm_core::middleware::{OnWrite, Write};
///
/// let world = World::new([]);
/// let roles = OnWrite::new(world.roles(), |write: &Write<'_>, outcome: &StepOutcome| {
///     eprintln!("{} {}: {outcome}", write.operation(), write.resource());
/// });
/// let connectors = roles.and(world.connectors()); // the same observer
/// # let _ = connectors;
/// ```
#[derive(Clone)]
pub struct OnWrite<T> {
    inner: T,
    observer: Arc<dyn WriteObserver>,
}

impl<T> OnWrite<T> {
    /// Tells `observer` of the writes of `backend`.
    pub fn new(backend: T, observer: impl WriteObserver) -> Self {
        Self { inner: backend, observer: Arc::new(observer) }
    }

    /// Another backend with the same observer.
    #[must_use]
    pub fn and<U>(&self, backend: U) -> OnWrite<U> {
        OnWrite { inner: backend, observer: Arc::clone(&self.observer) }
    }

    fn tell<R>(&self, write: &Write<'_>, result: &Result<R>)
    where
        for<'a> StepOutcome: From<&'a R> + From<&'a Error>,
    {
        let outcome = match result {
            Ok(outcome) => outcome.into(),
            Err(error) => error.into(),
        };
        self.observer.wrote(write, &outcome);
    }
}

impl<T: fmt::Debug> fmt::Debug for OnWrite<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnWrite").field(&self.inner).finish()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: AccountSource> AccountSource for OnWrite<T> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        self.inner.list_accounts(query).await
    }

    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        self.inner.list_matching(query, to).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: RoleProvisioner> RoleProvisioner for OnWrite<T> {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.inner.find_role(address).await
    }

    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        self.inner.list_roles(address).await
    }

    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        self.inner.quotas(address).await
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        let result = self.inner.put_role(spec, expect.clone()).await;
        self.tell(&Write::PutRole { spec, expect: &expect }, &result);
        result
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        let result = self.inner.remove_role(address, expected).await;
        self.tell(&Write::RemoveRole { address, expected }, &result);
        result
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: ConnectorClient> ConnectorClient for OnWrite<T> {
    async fn list_connectors(&self) -> Result<Vec<ConnectorState>> {
        self.inner.list_connectors().await
    }

    async fn view(&self) -> Result<ConnectorView> {
        self.inner.view().await
    }

    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>> {
        let result = self.inner.put_connector(spec, expect.clone()).await;
        self.tell(&Write::PutConnector { spec, expect: &expect }, &result);
        result
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        let result = self.inner.remove_connector(id, expected).await;
        self.tell(&Write::RemoveConnector { id, expected }, &result);
        result
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        self.inner.test_connector(id).await
    }
}
