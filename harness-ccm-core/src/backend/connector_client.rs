use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{ConnectorListing, ConnectorView, Expect, Removed, Written};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::Result;
use crate::id::ConnectorId;

/// Manages the connectors of one Harness account.
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
    /// **Effect.** None: it only reads.
    ///
    /// **Idempotency.** May be called any number of times; each call lists again.
    ///
    /// **Order and completeness.** Every such connector, sorted by identifier, each once, even while other clients write.
    /// The result is complete or an error, never a shorter list. It includes connectors without a valid AWS account id. A record
    /// that cannot be read, because it breaks Harness' rules or has a field of an unknown shape, is
    /// [unreadable](ConnectorListing::unreadable): it is listed and does not end the listing.
    ///
    /// **Errors.** `Unauthenticated`, `Denied`, `Throttled`, `Unavailable`, `Protocol`. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn list_connectors(&self) -> Result<ConnectorListing>;

    /// Returns whether [`list_connectors`](Self::list_connectors) shows all connectors, or perhaps only those that the caller
    /// may view.
    ///
    /// A backend that does not know returns [`ConnectorView::Unknown`], never [`ConnectorView::All`]. Roles then keep
    /// permissions that a hidden connector may use.
    ///
    /// **Effect.** None: it only reads.
    ///
    /// **Idempotency.** May be called any number of times; each call checks again.
    ///
    /// **Errors.** `Unauthenticated`, and any other error that also ends a listing. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn view(&self) -> Result<ConnectorView>;

    /// Brings the connector to the state of `spec`.
    ///
    /// **Effect.** After `Ok` the connector has the spec's fields, tags and owner mark. Fields and words that the spec does not
    /// know, other tags, and options that are `None` do not change. Only this connector is changed. It neither starts
    /// connection tests nor waits for them.
    ///
    /// **Idempotency.** The same spec again returns [`Written::Unchanged`] and sends no write. Safe to call again after any
    /// error: a connector with that identifier and the spec's own owner mark that belongs to the same AWS account counts as
    /// the result of an interrupted call, and is completed.
    ///
    /// **Precondition.** [`Expect::Absent`]: there is no connector with that identifier, or our own for that account.
    /// [`Expect::Same`]: the connector is as it was observed, or already as desired. Otherwise `Conflict`, before the first
    /// write, also for an observed connector that does not exist any more: a new plan is needed, as
    /// [`AfterObserving`](crate::Retry::AfterObserving) says. [`admit_connector`](super::admit_connector) is this rule. Harness
    /// has no versions to compare: another write between our read and our write is not detected.
    ///
    /// **Errors.** `Conflict` as above; `Invalid` (Harness refused a field), `Denied` (permission, or a policy of the account),
    /// `Unauthenticated`, `LimitExceeded`, `Throttled`, `Unavailable`, `Protocol`; `Unsupported` if the server accepted the
    /// connector but left out an option that it does not know. After a lost response the backend reads back; effect is `Unknown`
    /// only if that failed too, or found a later write of another client. If the response to a creation was lost and the
    /// connector is as desired, it counts as created.
    ///
    /// **Cancellation.** A connector is written by one call: dropping the future leaves it either written or
    /// not.
    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>>;

    /// Removes the connector.
    ///
    /// **Effect.** After `Ok` there is no connector with that identifier. It is a hard delete: the identifier is free
    /// again.
    ///
    /// **Idempotency.** Removing a missing connector returns [`Removed::AlreadyGone`].
    ///
    /// **Precondition.** The connector is as it was observed in `expected`, including the owner mark; otherwise `Conflict`,
    /// before the write. [`admit_connector_removal`](super::admit_connector_removal) is this rule. The planner decides whether it
    /// may be removed at all.
    ///
    /// **Errors.** `Conflict` also if another Harness resource refers to the connector; otherwise as for
    /// [`put_connector`](Self::put_connector).
    ///
    /// **Cancellation.** Dropping the future leaves it either removed or not.
    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed>;

    /// Makes Harness test the connector: it assumes the role and asks AWS whether the features' actions are
    /// allowed.
    ///
    /// **Effect.** The result becomes the connector's stored [`health`](ConnectorState::health); nothing else changes.
    ///
    /// **Idempotency.** May be called any number of times.
    ///
    /// **Order and completeness.** A failed test is a result, not an error.
    ///
    /// **Errors.** `NotFound` if there is no such connector; `Unauthenticated`, `Denied`, `Throttled`, `Unavailable`,
    /// `Protocol` if there is no result.
    ///
    /// **Cancellation.** Dropping the future leaves the old or the new result stored.
    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest>;
}

/// The result of a connection test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionTest {
    /// Harness has the permissions that the connector's features need.
    Passed,
    /// Harness does not have them.
    Failed(TestFailure),
}

/// The failure of a connection test, in Harness' words.
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
