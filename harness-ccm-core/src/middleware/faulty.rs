use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use crate::account::AccountQuery;
use crate::backend::{
    AccountSource, ConnectionTest, ConnectorClient, ConnectorView, Expect, Removed, RoleProvisioner, Written,
};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::id::ConnectorId;
use crate::listing::Listing;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};
use crate::selector::Selector;

/// Which write fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteFault {
    /// The write that fails, counted from 0 over everything that shares the counter.
    pub write: usize,
    /// How.
    pub when: FaultTiming,
}

impl WriteFault {
    /// The write of this number fails, counted from 0.
    pub fn new(write: usize, when: FaultTiming) -> Self {
        Self { write, when }
    }
}

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultTiming {
    /// The request never arrives.
    Before,
    /// It is carried out, and the answer is lost.
    After,
    /// Nothing works from here on, as if the program had been ended.
    Crash,
}

/// A backend one of whose writes fails. Clones, and wrappers made by [`and`](Self::and), share the count.
#[derive(Clone, Debug)]
pub struct Faulty<T> {
    inner: T,
    fault: WriteFault,
    writes: Arc<AtomicUsize>,
}

impl<T> Faulty<T> {
    /// Lets `fault` happen to `backend`.
    pub fn new(backend: T, fault: WriteFault) -> Self {
        Self { inner: backend, fault, writes: Arc::default() }
    }

    /// Another backend under the same fault and the same count.
    #[must_use]
    pub fn and<U>(&self, backend: U) -> Faulty<U> {
        Faulty { inner: backend, fault: self.fault, writes: Arc::clone(&self.writes) }
    }

    /// How many writes were asked for.
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    async fn write<R: Send>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<R>> + Send,
    ) -> Result<R> {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        let WriteFault { write, when } = self.fault;
        let lost = |message: &str| Error::new(ErrorKind::Unavailable, operation, message);
        match when {
            FaultTiming::Before if number == write => Err(lost("the request never arrived")),
            FaultTiming::After if number == write => {
                work.await?;
                Err(lost("the answer was lost").with_effect(Effect::Unknown))
            }
            FaultTiming::Crash if number >= write => Err(lost("nothing works any more")),
            FaultTiming::Before | FaultTiming::After | FaultTiming::Crash => work.await,
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: AccountSource> AccountSource for Faulty<T> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        self.inner.list_accounts(query).await
    }

    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        self.inner.list_matching(query, to).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: RoleProvisioner> RoleProvisioner for Faulty<T> {
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
        self.write("put_role", self.inner.put_role(spec, expect)).await
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        self.write("remove_role", self.inner.remove_role(address, expected)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: ConnectorClient> ConnectorClient for Faulty<T> {
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
        self.write("put_connector", self.inner.put_connector(spec, expect)).await
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        self.write("remove_connector", self.inner.remove_connector(id, expected)).await
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        self.inner.test_connector(id).await
    }
}
