use harness_ccm_core::id::{ConnectorId, HarnessAccountId, RunId};
use reqwest::Method;
use serde_json::Value;

use crate::error::Failure;
use crate::http::{Body, Call, Http};
use crate::retry::CallKind;

/// The API of one Harness account, which all operations use.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    account: HarnessAccountId,
    http: Http,
}

impl Api {
    pub(crate) fn new(account: HarnessAccountId, http: Http) -> Self {
        Self { account, http }
    }

    /// The same API, with the run in each request.
    pub(crate) fn in_run(self, run: &RunId) -> Self {
        Self { http: self.http.in_run(run), ..self }
    }

    pub(crate) fn account(&self) -> &HarnessAccountId {
        &self.account
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    /// Sends a request to `path` below the endpoint, with the account in its query.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: impl Into<String>,
        query: &[(&'static str, &str)],
        body: Option<Body<'_>>,
        kind: CallKind,
    ) -> Result<Value, Failure> {
        // Harness' gateway finds the cluster by the second one (Harness' MCP server sends it with every request).
        let account = ["accountIdentifier", "routingId"].map(|name| (name, self.account.as_str()));
        let query = account.iter().chain(query).map(|(key, value)| (*key, (*value).to_owned())).collect();
        self.http.send(&Call { method, path: path.into(), query, body, kind }).await
    }
}

/// A connector as the subject of an error.
pub(crate) fn subject(id: &ConnectorId) -> String {
    format!("connector {id}")
}
