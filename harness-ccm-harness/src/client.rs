use async_trait::async_trait;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect, Removed, TestFailure, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::id::{ConnectorId, HarnessAccountId};
use harness_ccm_core::owner::Ownership;
use harness_ccm_core::secret::Secret;
use harness_ccm_core::{Effect, Error, ErrorKind, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::builder::HarnessConnectorsBuilder;
use crate::convert::{Seen, new_connector, read, seen, summary};
use crate::error::Failure;
use crate::http::{Call, Http, Repeat};
use crate::listing;
use crate::merge::merge;
use crate::wire::{Record, Status};

const GET: &str = "harness:GET /connectors";
const CREATE: &str = "harness:POST /connectors";
const UPDATE: &str = "harness:PUT /connectors";
const DELETE: &str = "harness:DELETE /connectors";
const TEST: &str = "harness:POST /connectors/testConnection";

/// How often a write is planned anew because somebody else wrote in between, or because its answer was lost.
const ROUNDS: usize = 4;

/// The CCM AWS connectors of one Harness account, over its API.
///
/// Clones are cheap and share their connections and their pace.
#[derive(Clone, Debug)]
pub struct HarnessConnectors {
    account: HarnessAccountId,
    http: Http,
}

/// A connector with its JSON as it was read.
struct Raw {
    connector: Value,
    state: ConnectorState,
}

impl HarnessConnectors {
    /// The connectors of `account`, reached with `key` (a personal access token or a service account's).
    pub fn builder(account: HarnessAccountId, key: Secret) -> HarnessConnectorsBuilder {
        HarnessConnectorsBuilder::new(account, key)
    }

    /// As the environment says, see [`HarnessConnectorsBuilder::from_env`].
    ///
    /// **Errors.** As there, and as [`HarnessConnectorsBuilder::build`].
    pub fn from_env() -> Result<Self> {
        HarnessConnectorsBuilder::from_env()?.build()
    }

    pub(crate) fn new(account: HarnessAccountId, http: Http) -> Self {
        Self { account, http }
    }

    /// The Harness account.
    pub fn account(&self) -> &HarnessAccountId {
        &self.account
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    async fn call(
        &self,
        method: Method,
        path: String,
        body: Option<&Value>,
        repeat: Repeat,
    ) -> (Result<Value, Failure>, bool) {
        let query = [("accountIdentifier", self.account.as_str())];
        self.http.send(&Call { method, path, query: &query, body, repeat }).await
    }

    async fn get(&self, id: &ConnectorId) -> Result<Option<Raw>> {
        let subject = subject(id);
        match self.call(Method::GET, format!("/connectors/{id}"), None, Repeat::Freely).await.0 {
            Ok(data) => accept(GET, &subject, data).map(Some),
            Err(failure) if failure.is_not_found() => Ok(None),
            Err(failure) => Err(failure.into_error(GET, &subject, false)),
        }
    }

    /// Creates the connector if there is none; `None` if there is one, or if it can not be told.
    async fn create(&self, spec: &ConnectorSpec) -> Result<Result<ConnectorState, Failure>> {
        let body = json!({ "connector": new_connector(spec) });
        match self.call(Method::POST, "/connectors".into(), Some(&body), Repeat::IfUnsent).await.0 {
            Ok(data) => Ok(Ok(accept(CREATE, &subject(&spec.id), data)?.state)),
            Err(failure) if failure.is_taken() || failure.is_unsettled() => Ok(Err(failure)),
            Err(failure) => Err(failure.into_error(CREATE, &subject(&spec.id), true)),
        }
    }

    async fn update(&self, spec: &ConnectorSpec, found: Raw) -> Result<Result<ConnectorState, Failure>> {
        let mut connector = found.connector;
        merge(&mut connector, spec);
        let body = json!({ "connector": connector });
        match self.call(Method::PUT, "/connectors".into(), Some(&body), Repeat::Freely).await.0 {
            Ok(data) => Ok(Ok(accept(UPDATE, &subject(&spec.id), data)?.state)),
            Err(failure) if failure.is_stale() || failure.is_unsettled() || failure.is_not_found() => {
                Ok(Err(failure))
            }
            Err(failure) => Err(failure.into_error(UPDATE, &subject(&spec.id), true)),
        }
    }
}

fn subject(id: &ConnectorId) -> String {
    format!("connector {id}")
}

/// Reads the record of one connector and insists that it is one of ours.
fn accept(operation: &'static str, subject: &str, data: Value) -> Result<Raw> {
    let record: Record = read(operation, data).map_err(|error| error.with_subject(subject))?;
    if record.connector.is_null() {
        let denied = record.governance_metadata.filter(|governance| governance.deny);
        return Err(match denied {
            Some(governance) => Error::new(
                ErrorKind::Denied,
                operation,
                governance.message.unwrap_or_else(|| "a policy of the Harness account refuses it".into()),
            )
            .with_remedy("see the policy sets for connectors in Harness (Account Settings, Policies)"),
            None => Error::new(ErrorKind::Protocol, operation, "the answer holds no connector"),
        }
        .with_subject(subject));
    }
    let connector = record.connector.clone();
    match seen(operation, record).map_err(|error| error.with_subject(subject))? {
        Seen::Ours(state) => Ok(Raw { connector, state: *state }),
        Seen::Other { key: _, kind } => Err(Error::new(
            ErrorKind::Conflict,
            operation,
            format!("the identifier belongs to a connector of type {kind}"),
        )
        .with_subject(subject)
        .with_remedy("choose another identifier by a naming rule")),
    }
}

fn conflict(operation: &'static str, id: &ConnectorId, message: &str) -> Error {
    Error::new(ErrorKind::Conflict, operation, message).with_subject(subject(id))
}

/// Whether the connector is what an interrupted call for `spec` left.
fn is_own(spec: &ConnectorSpec, state: &ConnectorState) -> bool {
    state.ownership(&spec.owner) == Ownership::Ours && state.account.as_ref() == Some(spec.account())
}

#[async_trait]
impl ConnectorClient for HarnessConnectors {
    async fn list_connectors(&self) -> Result<Vec<ConnectorState>> {
        listing::list(self).await
    }

    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>> {
        // Harness itself refuses to create what is there, so a create needs no read before it.
        let mut try_create = matches!(expect, Expect::Absent);
        // What a write that is not settled yet would have done.
        let mut unsettled: Option<(Failure, &'static str)> = None;
        for _ in 0..ROUNDS {
            if try_create {
                match self.create(spec).await? {
                    Ok(state) => return Ok(Written::Created(state)),
                    Err(failure) if failure.is_taken() => {}
                    Err(failure) => unsettled = Some((failure, CREATE)),
                }
            }
            let found = match (self.get(&spec.id).await, &unsettled) {
                (Err(error), Some(_)) => return Err(error.with_effect(Effect::Unknown)),
                (found, _) => found?,
            };
            let Some(found) = found else {
                if let Expect::Same(_) = expect {
                    return Err(
                        Error::new(ErrorKind::NotFound, GET, "it is gone").with_subject(subject(&spec.id))
                    );
                }
                try_create = true;
                continue;
            };
            try_create = false;
            if spec.differences(&found.state).is_empty() {
                return Ok(match unsettled {
                    None => Written::Unchanged(found.state),
                    Some((_, CREATE)) => Written::Created(found.state),
                    Some(_) => Written::Updated(found.state),
                });
            }
            let expected = match &expect {
                Expect::Absent => is_own(spec, &found.state),
                Expect::Same(observed) => found.state.same_as(observed),
            };
            if !expected {
                return Err(conflict(GET, &spec.id, "it is not as it was expected to be"));
            }
            match self.update(spec, found).await? {
                Ok(state) => return Ok(Written::Updated(state)),
                Err(failure) => unsettled = Some((failure, UPDATE)),
            }
        }
        Err(match unsettled {
            Some((failure, operation)) => failure.into_error(operation, &subject(&spec.id), true),
            None => conflict(UPDATE, &spec.id, "somebody else keeps changing it"),
        })
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        let Some(found) = self.get(id).await? else { return Ok(Removed::AlreadyGone) };
        if !found.state.same_as(expected) {
            return Err(conflict(DELETE, id, "it is not as it was expected to be"));
        }
        let (result, lost) =
            self.call(Method::DELETE, format!("/connectors/{id}"), None, Repeat::Freely).await;
        match result {
            Ok(_) => Ok(Removed::Removed),
            // An earlier attempt whose answer was lost has removed it.
            Err(failure) if failure.is_not_found() => {
                Ok(if lost { Removed::Removed } else { Removed::AlreadyGone })
            }
            Err(failure) if failure.is_unsettled() => match self.get(id).await {
                Ok(None) => Ok(Removed::Removed),
                Ok(Some(_)) => Err(failure.into_error(DELETE, &subject(id), true)),
                Err(error) => Err(error.with_effect(Effect::Unknown)),
            },
            Err(failure) => Err(failure.into_error(DELETE, &subject(id), true)),
        }
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        let path = format!("/connectors/testConnection/{id}");
        let data = match self.call(Method::POST, path, None, Repeat::Freely).await.0 {
            Ok(data) => data,
            Err(failure) => {
                if let Failure::Refused(refusal) = &failure
                    && let Some(failed) = refusal.test_failure()
                {
                    return Ok(ConnectionTest::Failed(failed));
                }
                return Err(failure.into_error(TEST, &subject(id), false));
            }
        };
        let status: Status = read(TEST, data).map_err(|error| error.with_subject(subject(id)))?;
        let errors = status.errors.as_deref().unwrap_or_default();
        match status.status.as_deref() {
            Some("SUCCESS") => Ok(ConnectionTest::Passed),
            // Harness' own service for it could not be reached: that says nothing about the role.
            Some("FAILURE") if errors.iter().any(|e| e.code == Some(450)) => {
                Err(Error::new(ErrorKind::Unavailable, TEST, summary(&status)).with_subject(subject(id)))
            }
            Some("FAILURE") => {
                let reasons = errors.iter().filter_map(|e| e.reason.clone().or_else(|| e.message.clone()));
                Ok(ConnectionTest::Failed(TestFailure::new(summary(&status), reasons)))
            }
            other => Err(Error::new(
                ErrorKind::Protocol,
                TEST,
                format!("a verdict of {} is not known", other.unwrap_or("(none)")),
            )
            .with_subject(subject(id))),
        }
    }
}
