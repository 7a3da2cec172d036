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

/// The CCM AWS connectors of one Harness account, over its API.
///
/// Beside [`ConnectorClient`] it offers what onboarding can use of the API and the trait has no words for.
///
/// Clones are cheap and share their connections and their pace. Requests go through the proxy that `HTTPS_PROXY`, `HTTP_PROXY`
/// and `NO_PROXY` name; never to this machine itself.
#[derive(Clone, Debug)]
pub struct HarnessConnectors(Api);

impl HarnessConnectors {
    /// The Harness account.
    pub fn account(&self) -> &HarnessAccountId {
        self.0.account()
    }

    /// Says in the user agent of each request in which run it is sent: the run of AWS has an id to give here.
    #[must_use]
    pub fn with_run(self, run: &RunId) -> Self {
        Self(self.0.in_run(run))
    }

    /// Where the API is. Holds no password: an endpoint with one is refused.
    pub fn endpoint(&self) -> &str {
        self.0.http().base()
    }

    /// Reads one connector; `None` if there is none of that identifier.
    ///
    /// **Effect.** None. One request: `GET /ng/api/connectors/{id}`.
    ///
    /// **Errors.** `Conflict` if the identifier belongs to a connector of another type, `Protocol` if its record cannot be read; otherwise as
    /// [`list_connectors`](ConnectorClient::list_connectors).
    pub async fn get_connector(&self, id: &ConnectorId) -> Result<Option<ConnectorState>> {
        Ok(read::one(&self.0, id).await?.map(|raw| raw.state))
    }

    /// Reads the connectors of these identifiers, sorted and each once. Those that do not exist, those of another type, and those
    /// whose records cannot be read, are left out.
    ///
    /// **Effect.** None. One request for every thousand: `POST /ng/api/connectors/listbyfqn`.
    ///
    /// Harness documents no check of permissions there. So take what is missing in the answer for "not to be seen", and ask
    /// [`get_connector`](Self::get_connector) before acting on its absence.
    ///
    /// **Errors.** As [`list_connectors`](ConnectorClient::list_connectors).
    pub async fn read_connectors(&self, ids: &BTreeSet<ConnectorId>) -> Result<Vec<ConnectorState>> {
        read::many(&self.0, ids).await
    }

    /// Whether a connector could be created under this identifier.
    ///
    /// **Effect.** None, and nothing is reserved: somebody else may take it before you do. One request:
    /// `GET /ng/api/connectors/validateUniqueIdentifier`. It looks at connectors of every type.
    ///
    /// **Errors.** As [`list_connectors`](ConnectorClient::list_connectors).
    pub async fn is_identifier_free(&self, id: &ConnectorId) -> Result<bool> {
        read::is_free(&self.0, id).await
    }

    /// How Harness comes into AWS accounts: its own AWS account, the external id that its console proposes, its templates.
    ///
    /// The templates are those of `partition`, of which GovCloud has its own; account and external id are those of the commercial
    /// partition anyway.
    ///
    /// **Effect.** None. One request: `GET /ccm/api/connector/awsaccountconnectiondetail`, which every valid key may send.
    ///
    /// **Errors.** As [`list_connectors`](ConnectorClient::list_connectors); `Protocol` also if the answer names no AWS account.
    pub async fn account_connection(&self, partition: Partition) -> Result<AccountConnection> {
        account_connection::read(&self.0, partition).await
    }

    /// Whose the API key is, and until when it holds.
    ///
    /// **Effect.** None. One request: `POST /ng/api/token/validate`, whose body is the key (Harness' own command line tool, 2026). It
    /// is told to nobody else: neither logs nor errors have it.
    ///
    /// **Errors.** `Unauthenticated` if the key is not known or not valid any more, `Denied` if its service account is disabled or has
    /// no access; otherwise as [`list_connectors`](ConnectorClient::list_connectors). A Harness that does not know the call
    /// answers with `Protocol` or `NotFound`.
    pub async fn key_owner(&self) -> Result<KeyOwner> {
        key::validate(&self.0).await
    }

    /// Removes a connector even if something in Harness refers to it, which then points to nothing.
    ///
    /// **Effect, idempotency, precondition, cancellation.** As [`remove_connector`](ConnectorClient::remove_connector), with
    /// `forceDelete=true`.
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

    /// Asks for an identifier that no connector has: Harness looks at permissions before it looks at what there is, so a key whose
    /// resource group has only some connectors is refused (Harness API reference, RBAC). One request.
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
