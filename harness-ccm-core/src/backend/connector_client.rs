use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{ConnectorListing, ConnectorView, Expect, Removed, Written};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::Result;
use crate::id::ConnectorId;

/// What makes the connectors: one Harness account.
///
/// ```
/// use harness_ccm_core::backend::ConnectionTest;
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let _ = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors()).run().await?;
/// let connectors = world.connectors();
/// for connector in connectors.list_connectors().await?.connectors {
///     assert_eq!(connectors.test_connector(&connector.id).await?, ConnectionTest::Passed);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ConnectorClient: fmt::Debug + Send + Sync + 'static {
    /// Lists all connectors of the type `CEAws` at account scope.
    ///
    /// **Effect.** None: it reads only.
    ///
    /// **Idempotency.** May be called any number of times; each call lists anew.
    ///
    /// **Order and completeness.** Every such connector, sorted by identifier, each once, also while others write. All or an
    /// error: never a shorter list. Connectors without a proper AWS account id are part of it. A record that cannot be read, since it
    /// breaks Harness' own rules or has a field of an unknown shape, is one of the
    /// [unreadable](ConnectorListing::unreadable): it neither ends the listing nor vanishes from it.
    ///
    /// **Errors.** `Unauthenticated`, `Denied`, `Throttled`, `Unavailable`, `Protocol`. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future leaves nothing behind.
    async fn list_connectors(&self) -> Result<ConnectorListing>;

    /// Tells whether [`list_connectors`](Self::list_connectors) shows all connectors that there are, or perhaps only those that
    /// the caller may view.
    ///
    /// A backend that cannot tell answers [`ConnectorView::Unknown`], never [`ConnectorView::All`]: then roles keep what a
    /// connector that is not seen may use.
    ///
    /// **Effect.** None: it reads only.
    ///
    /// **Idempotency.** May be called any number of times; each call asks anew.
    ///
    /// **Errors.** `Unauthenticated`, and whatever else ends a listing as well. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future leaves nothing behind.
    async fn view(&self) -> Result<ConnectorView>;

    /// Makes the connector what `spec` says.
    ///
    /// **Effect.** After `Ok` the connector has the spec's fields, tags and owner mark. Fields and words that the spec does not
    /// know, further tags and options left at `None` are as they were. At most this one connector is touched. Connection tests
    /// are neither waited for nor asked for.
    ///
    /// **Idempotency.** The same spec again answers [`Written::Unchanged`] and sends no write. Safe to call again after any
    /// error: a connector of that identifier that carries the spec's own owner mark and belongs to the same AWS account counts
    /// as what an interrupted call left, and is completed.
    ///
    /// **Precondition.** [`Expect::Absent`]: there is no connector of that identifier, or our own for that account.
    /// [`Expect::Same`]: the connector is as it was observed, or already as wanted. Otherwise `Conflict`, before the first
    /// write, also for a connector that was observed and is gone: the plan has to be made anew, as
    /// [`AfterObserving`](crate::Retry::AfterObserving) says. [`admit_connector`](super::admit_connector) is this rule. Harness
    /// has no versions to compare: a writer between our read and our write is not noticed.
    ///
    /// **Errors.** `Conflict` as above; `Invalid` (Harness refused a field), `Denied` (permission, or a policy of the account), `Unauthenticated`, `LimitExceeded`, `Throttled`,
    /// `Unavailable`, `Protocol`; `Unsupported` if the server took the connector but left out an option that it does not know.
    /// A lost answer is settled by reading back; effect is `Unknown` only if that failed too, or found what somebody else wrote
    /// since. Where a creation's answer was lost, what is found as wanted counts as created.
    ///
    /// **Cancellation.** A connector is written by one call: dropping the future leaves it written or not.
    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>>;

    /// Removes the connector.
    ///
    /// **Effect.** After `Ok` there is no connector of that identifier. It is a hard delete: the identifier is free again.
    ///
    /// **Idempotency.** Removing what is gone answers [`Removed::AlreadyGone`].
    ///
    /// **Precondition.** The connector is as it was observed in `expected`, the owner mark included; otherwise `Conflict`, before
    /// the write. [`admit_connector_removal`](super::admit_connector_removal) is this rule. Whether it may be removed at all is the
    /// planner's decision.
    ///
    /// **Errors.** `Conflict` also if something in Harness refers to the connector; otherwise as for
    /// [`put_connector`](Self::put_connector).
    ///
    /// **Cancellation.** Dropping the future leaves it removed or not.
    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed>;

    /// Has Harness test the connector: it assumes the role and asks AWS whether the features' actions are allowed.
    ///
    /// **Effect.** The verdict becomes the connector's stored [`health`](ConnectorState::health); nothing else changes.
    ///
    /// **Idempotency.** May be called any number of times.
    ///
    /// **Order and completeness.** A failed test is an answer, not an error.
    ///
    /// **Errors.** `NotFound` if there is no such connector; `Unauthenticated`, `Denied`, `Throttled`, `Unavailable`,
    /// `Protocol` if no verdict could be had.
    ///
    /// **Cancellation.** Dropping the future leaves the old or the new verdict stored.
    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest>;
}

/// The verdict of a connection test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionTest {
    /// Harness can do what the connector's features need.
    Passed,
    /// It cannot.
    Failed(TestFailure),
}

/// Why a connection test failed, in Harness' words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TestFailure {
    /// The summary.
    pub summary: String,
    /// The reasons, such as `Action: ec2:DescribeVolumes not allowed on Resource: *`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

impl TestFailure {
    /// A failure with its summary and reasons.
    pub fn new(summary: impl Into<String>, reasons: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { summary: summary.into(), reasons: reasons.into_iter().map(Into::into).collect() }
    }
}

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: ConnectorClient + ?Sized> ConnectorClient for $pointer<T> {
            async fn list_connectors(&self) -> Result<ConnectorListing> {
                (**self).list_connectors().await
            }

            async fn view(&self) -> Result<ConnectorView> {
                (**self).view().await
            }

            async fn put_connector(
                &self,
                spec: &ConnectorSpec,
                expect: Expect<ConnectorState>,
            ) -> Result<Written<ConnectorState>> {
                (**self).put_connector(spec, expect).await
            }

            async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
                (**self).remove_connector(id, expected).await
            }

            async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
                (**self).test_connector(id).await
            }
        }
    )+};
}

forward!(Arc Box);
