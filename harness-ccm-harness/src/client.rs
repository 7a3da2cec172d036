use std::collections::BTreeSet;

use async_trait::async_trait;
use harness_ccm_core::Result;
use harness_ccm_core::backend::{
    ConnectionTest, ConnectorClient, ConnectorListing, ConnectorView, Expect, Removed, Written,
};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::id::{ConnectorId, HarnessAccountId, Partition, RunId};

use crate::account_connection::{self, AccountConnection};
use crate::api::Api;
use crate::key::{self, KeyOwner};
use crate::{connection_test, listing, read, remove, write};

/// A client of the CCM AWS connectors of one Harness account, over its API.
///
/// In addition to [`ConnectorClient`], it offers further parts of the API that are useful for onboarding.
///
/// Clones are cheap and share their connections and their pace. Requests go through the proxy that `HTTPS_PROXY`, `HTTP_PROXY`
/// and `NO_PROXY` name, except requests to this machine itself.
#[derive(Clone, Debug)]
pub struct HarnessConnectors(Api);

impl HarnessConnectors {
    /// Returns the Harness account.
    pub fn account(&self) -> &HarnessAccountId {
        self.0.account()
    }

    /// Adds the run to the user agent of each request: the backend of AWS returns the id of the run.
    #[must_use]
    pub fn with_run(self, run: &RunId) -> Self {
        Self(self.0.in_run(run))
    }

    /// Returns the address of the API. It contains no password: an endpoint with one is refused.
    pub fn endpoint(&self) -> &str {
        self.0.http().base()
    }

    /// Reads one connector; `None` if no connector has that identifier.
    ///
    /// **Effect.** None. One request: `GET /ng/api/connectors/{id}`.
    ///
    /// **Errors.** `Conflict` if the identifier belongs to a connector of another type, `Protocol` if its record is unreadable;
    /// otherwise as for [`list_connectors`](ConnectorClient::list_connectors).
    pub async fn get_connector(&self, id: &ConnectorId) -> Result<Option<ConnectorState>> {
        Ok(read::one(&self.0, id).await?.map(|raw| raw.state))
    }

    /// Reads the connectors of these identifiers, sorted and each once. It leaves out those that do not exist, those of another
    /// type, and those whose records are unreadable.
    ///
    /// **Effect.** None. One request for every thousand: `POST /ng/api/connectors/listbyfqn`.
    ///
    /// Harness documents no permission check there. A connector that is missing in the response may therefore only be
    /// invisible: call [`get_connector`](Self::get_connector) before acting on its absence.
    ///
    /// **Errors.** As for [`list_connectors`](ConnectorClient::list_connectors).
    pub async fn read_connectors(&self, ids: &BTreeSet<ConnectorId>) -> Result<Vec<ConnectorState>> {
        read::many(&self.0, ids).await
    }

    /// Returns whether a connector could be created under this identifier.
    ///
    /// **Effect.** None, and nothing is reserved: another client may use it before you do. One request: `GET
    /// /ng/api/connectors/validateUniqueIdentifier`. It checks connectors of every type.
    ///
    /// **Errors.** As for [`list_connectors`](ConnectorClient::list_connectors).
    pub async fn is_identifier_free(&self, id: &ConnectorId) -> Result<bool> {
        read::is_free(&self.0, id).await
    }

    /// Returns the details of Harness' access to AWS accounts: its own AWS account, the external id that its console proposes,
    /// its templates.
    ///
    /// The templates are those of `partition`, of which GovCloud has its own; account and external id are always those of the
    /// commercial partition.
    ///
    /// **Effect.** None. One request: `GET /ccm/api/connector/awsaccountconnectiondetail`, which every valid key may send.
    ///
    /// **Errors.** As for [`list_connectors`](ConnectorClient::list_connectors); `Protocol` also if the response contains no
    /// AWS account.
    pub async fn account_connection(&self, partition: Partition) -> Result<AccountConnection> {
        account_connection::read(&self.0, partition).await
    }

    /// Returns the owner and the expiry of the API key.
    ///
    /// **Effect.** None. One request: `POST /ng/api/token/validate`, whose body is the key (Harness' own command line tool,
    /// 2026). The key is sent only there: logs and errors do not contain it.
    ///
    /// **Errors.** `Unauthenticated` if the key is unknown or no longer valid, `Denied` if its service account is disabled or
    /// has no access; otherwise as for [`list_connectors`](ConnectorClient::list_connectors). A Harness that does not have the
    /// call returns `Protocol` or `NotFound`.
    pub async fn key_owner(&self) -> Result<KeyOwner> {
        key::validate(&self.0).await
    }

    /// Removes a connector even if something in Harness refers to it, which then points to nothing.
    ///
    /// **Effect, idempotency, precondition, cancellation.** As for [`remove_connector`](ConnectorClient::remove_connector),
    /// with `forceDelete=true`.
    ///
    /// **Errors.** As there; `Denied` if the Harness account does not have force delete enabled.
    pub async fn force_remove_connector(
        &self,
        id: &ConnectorId,
        expected: &ConnectorState,
    ) -> Result<Removed> {
        remove::remove(&self.0, id, expected, true).await
    }

    pub(crate) fn new(api: Api) -> Self {
        Self(api)
    }

    pub(crate) fn api(&self) -> &Api {
        &self.0
    }
}

#[async_trait]
impl ConnectorClient for HarnessConnectors {
    async fn list_connectors(&self) -> Result<ConnectorListing> {
        listing::list(&self.0).await
    }

    /// Requests an identifier that no connector has: Harness checks permissions before existence, so a key whose resource group
    /// has only some connectors is refused (Harness API reference, RBAC). One request.
    async fn view(&self) -> Result<ConnectorView> {
        read::view(&self.0).await
    }

    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>> {
        write::put(&self.0, spec, &expect).await
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        remove::remove(&self.0, id, expected, false).await
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        connection_test::run(&self.0, id).await
    }
}
