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
    /// **Effect.** None. This method only reads.
    ///
    /// **Idempotency.** A caller may repeat the call. Each call lists the connectors again.
    ///
    /// **Order and completeness.** The result contains every connector exactly once, sorted by identifier, even while other
    /// programs write. The result is complete or an error, never a shorter list. Connectors without a valid AWS account id are
    /// included. A record that breaks Harness' rules, or that has a field of an unknown shape, is listed as
    /// [unreadable](ConnectorListing::unreadable). Such a record does not end the listing.
    ///
    /// **Errors.** `Unauthenticated`, `Denied`, `Throttled`, `Unavailable` and `Protocol`. The effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn list_connectors(&self) -> Result<ConnectorListing>;

    /// Returns whether [`list_connectors`](Self::list_connectors) shows all connectors, or perhaps only those that the caller may
    /// view.
    ///
    /// A backend that does not know returns [`ConnectorView::Unknown`], never [`ConnectorView::All`]. Roles then keep the
    /// permissions that a hidden connector may use.
    ///
    /// **Effect.** None. This method only reads.
    ///
    /// **Idempotency.** A caller may repeat the call. Each call checks again.
    ///
    /// **Errors.** The errors of [`list_connectors`](Self::list_connectors). The effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn view(&self) -> Result<ConnectorView>;

    /// Brings the connector to the state of `spec`.
    ///
    /// **Effect.** After `Ok`, the connector has the fields, tags and owner mark of `spec`. Three kinds of values stay unchanged:
    /// fields and option values that [`ConnectorSpec`] cannot express, other tags, and options that are `None` in `spec`. The
    /// method changes only this connector. The method neither starts a connection test nor waits for one.
    ///
    /// **Idempotency.** A second call with the same spec returns [`Written::Unchanged`] and sends no write. A caller may repeat
    /// the call after any error. A connector with the same identifier, AWS account and owner mark as `spec` counts as the result
    /// of an interrupted call, and the method completes this connector.
    ///
    /// **Precondition.** With [`Expect::Absent`], either no connector has the identifier, or the connector with the identifier
    /// has the AWS account and the owner mark of `spec`. With [`Expect::Same`], the connector is in the expected state or already
    /// in the state of `spec`. If the precondition fails, the result is `Conflict`, and nothing was written. This includes an
    /// expected connector that no longer exists. After a `Conflict`, the caller needs a new plan, see
    /// [`AfterObserving`](crate::Retry::AfterObserving). [`admit_connector`](super::admit_connector) implements this rule.
    /// Harness cannot compare versions, so the method does not detect a write of another program between its own read and write.
    ///
    /// **Errors.**
    ///
    /// - `Conflict` if the precondition fails.
    /// - `Invalid` if Harness refuses a field.
    /// - `Denied` if the caller lacks a permission, or if a policy of the Harness account forbids the write.
    /// - `Unsupported` if Harness accepts the connector but drops an option that this server does not support.
    /// - `Unauthenticated`, `LimitExceeded`, `Throttled`, `Unavailable` and `Protocol`.
    ///
    /// After a lost response, the method reads the connector. The effect is `Unknown` only if that read fails too, or if that
    /// read shows a later write of another program. If the response to a creation is lost and the connector is in the state of
    /// `spec`, the result is [`Written::Created`].
    ///
    /// **Cancellation.** One call writes a connector. After the future is dropped, the connector is either written or not.
    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>>;

    /// Removes the connector.
    ///
    /// **Effect.** After `Ok`, no connector has the identifier. The deletion is permanent, and the identifier is free again.
    ///
    /// **Idempotency.** Removing a missing connector returns [`Removed::AlreadyGone`].
    ///
    /// **Precondition.** The connector is in the state `expected`, including the owner mark. If the precondition fails, the
    /// result is `Conflict`, and nothing was written. [`admit_connector_removal`](super::admit_connector_removal) implements this
    /// rule. The planner decides whether to remove a connector.
    ///
    /// **Errors.** `Conflict` also if another Harness resource refers to the connector. The other errors are those of
    /// [`put_connector`](Self::put_connector).
    ///
    /// **Cancellation.** After the future is dropped, the connector is either removed or not.
    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed>;

    /// Makes Harness test the connector. Harness assumes the role and asks AWS whether the actions of the features are allowed.
    ///
    /// **Effect.** The result becomes the stored [`health`](ConnectorState::health) of the connector. Nothing else changes.
    ///
    /// **Idempotency.** A caller may repeat the call.
    ///
    /// **Order and completeness.** A failed test is a result and not an error.
    ///
    /// **Errors.** `NotFound` if the connector does not exist. `Unauthenticated`, `Denied`, `Throttled`, `Unavailable` and
    /// `Protocol` if there is no result.
    ///
    /// **Cancellation.** After the future is dropped, Harness has stored either the old or the new result.
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
    /// Harness lacks some of these permissions.
    Failed(TestFailure),
}

/// The failure of a connection test, as Harness describes it.
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
    /// Makes a failure with this summary and these reasons.
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
