use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::Write;
use crate::account::AccountQuery;
use crate::backend::{
    AccountSource, ConnectionTest, ConnectorClient, ConnectorListing, ConnectorView, Expect, PolicyPresence,
    Removed, RoleProvisioner, Written,
};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::{Error, Result};
use crate::event::StepOutcome;
use crate::id::{ConnectorId, PolicyArn};
use crate::listing::Listing;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};
use crate::selector::Selector;

/// Receives every write with its outcome. Closures are observers too.
pub trait WriteObserver: Send + Sync + 'static {
    /// Called after a write. It runs in the task that does the work, so it should return quickly.
    fn wrote(&self, write: &Write<'_>, outcome: &StepOutcome);
}

impl<F: Fn(&Write<'_>, &StepOutcome) + Send + Sync + 'static> WriteObserver for F {
    fn wrote(&self, write: &Write<'_>, outcome: &StepOutcome) {
        self(write, outcome);
    }
}

/// A wrapper that reports every write of a backend, with its outcome, to an observer. It does not report reads.
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
    /// Reports the writes of `backend` to `observer`.
    pub fn new(backend: T, observer: impl WriteObserver) -> Self {
        Self { inner: backend, observer: Arc::new(observer) }
    }

    /// Wraps another backend with the same observer.
    #[must_use]
    pub fn and<U>(&self, backend: U) -> OnWrite<U> {
        OnWrite { inner: backend, observer: Arc::clone(&self.observer) }
    }

    fn report<R>(&self, write: &Write<'_>, result: &Result<R>)
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

    async fn find_policy(&self, address: &RoleAddress, policy: &PolicyArn) -> Result<PolicyPresence> {
        self.inner.find_policy(address, policy).await
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        let result = self.inner.put_role(spec, expect.clone()).await;
        self.report(&Write::PutRole { spec, expect: &expect }, &result);
        result
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        let result = self.inner.remove_role(address, expected).await;
        self.report(&Write::RemoveRole { address, expected }, &result);
        result
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: ConnectorClient> ConnectorClient for OnWrite<T> {
    async fn list_connectors(&self) -> Result<ConnectorListing> {
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
        self.report(&Write::PutConnector { spec, expect: &expect }, &result);
        result
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        let result = self.inner.remove_connector(id, expected).await;
        self.report(&Write::RemoveConnector { id, expected }, &result);
        result
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        self.inner.test_connector(id).await
    }
}
