//! Reading connectors by identifier.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::backend::ConnectorView;
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::id::ConnectorId;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, subject};
use crate::convert::{Seen, read, seen};
use crate::error::Failure;
use crate::governance;
use crate::http::Body;
use crate::retry::CallKind;

pub(crate) const GET: &str = "harness:GET /connectors";
const MANY: &str = "harness:POST /connectors/listbyfqn";
const IS_FREE: &str = "harness:GET /connectors/validateUniqueIdentifier";

/// The maximum number of identifiers in one call.
const AT_ONCE: usize = 1000;

/// A connector with its JSON as read.
pub(crate) struct Raw {
    pub(crate) connector: Value,
    pub(crate) state: ConnectorState,
}

impl Borrow<ConnectorState> for Raw {
    fn borrow(&self) -> &ConnectorState {
        &self.state
    }
}

pub(crate) async fn one(api: &Api, id: &ConnectorId) -> Result<Option<Raw>> {
    found(id, ask(api, id).await)
}

/// The response to a read of one connector.
pub(crate) async fn ask(api: &Api, id: &ConnectorId) -> Result<Value, Failure> {
    api.call(Method::GET, format!("/ng/api/connectors/{id}"), &[], None, CallKind::Read).await
}

/// Returns the connector in such a response.
pub(crate) fn found(id: &ConnectorId, answer: Result<Value, Failure>) -> Result<Option<Raw>> {
    match answer {
        Ok(data) => accept(GET, &subject(id), &data).map(Some),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure.into_error(GET, &subject(id), false)),
    }
}

/// An identifier that no connector has.
const NOBODYS: &str = "harness_ccm_which_connectors_may_be_seen";

pub(crate) async fn view(api: &Api) -> Result<ConnectorView> {
    let path = format!("/ng/api/connectors/{NOBODYS}");
    match api.call(Method::GET, path, &[], None, CallKind::Read).await {
        Err(failure) if failure.is_not_found() => Ok(ConnectorView::All),
        Err(failure) if failure.is_access_denied() => Ok(ConnectorView::Some),
        Err(failure) if failure.is_answer() => {
            tracing::info!(%failure, "it is unknown whether all connectors are visible");
            Ok(ConnectorView::Unknown)
        }
        Err(failure) => Err(failure.into_error(GET, &format!("connector {NOBODYS}"), false)),
        // It was chosen by a person, so the response is only about this one.
        Ok(_) => Ok(ConnectorView::Unknown),
    }
}

pub(crate) async fn many(api: &Api, ids: &BTreeSet<ConnectorId>) -> Result<Vec<ConnectorState>> {
    let names: Vec<_> = ids.iter().map(|id| format!("{}/{id}", api.account())).collect();
    let mut found = BTreeMap::new();
    for names in names.chunks(AT_ONCE) {
        let body = json!(names);
        let data = api
            .call(Method::POST, "/ng/api/connectors/listbyfqn", &[], Some(Body::Json(&body)), CallKind::Read)
            .await
            .map_err(|failure| failure.into_error(MANY, "", false))?;
        for record in read::<Vec<Value>>(MANY, data)? {
            match seen(&record) {
                Seen::Ours(state) => drop(found.insert(state.id.clone(), *state)),
                Seen::Unreadable(odd) => tracing::warn!(%odd, "left out"),
                Seen::Other { kind: _ } => {}
            }
        }
    }
    Ok(found.into_values().collect())
}

pub(crate) async fn is_free(api: &Api, id: &ConnectorId) -> Result<bool> {
    let path = "/ng/api/connectors/validateUniqueIdentifier";
    let query = [("identifier", id.as_str())];
    let data = api
        .call(Method::GET, path, &query, None, CallKind::Read)
        .await
        .map_err(|failure| failure.into_error(IS_FREE, &subject(id), false))?;
    read(IS_FREE, data).map_err(|error| error.with_subject(subject(id)))
}

/// Reads the record of one connector and fails if it is not one of ours.
pub(crate) fn accept(operation: &'static str, subject: &str, data: &Value) -> Result<Raw> {
    let connector = data.get("connector").cloned().unwrap_or_default();
    if connector.is_null() {
        let denial = data.get("governanceMetadata").and_then(governance::denial);
        let error = match denial {
            Some(message) => Error::new(ErrorKind::Denied, operation, message).with_remedy(
                "change what the policy forbids, or the policy sets for connectors in Harness (Account Settings, Policies)",
            ),
            None if operation == GET => {
                Error::new(ErrorKind::Protocol, operation, "the answer holds no connector")
            }
            None => Error::new(
                ErrorKind::Protocol,
                operation,
                "the answer holds no connector, and no policy that denied it",
            )
            .with_remedy(
                "a policy of the Harness account is the likely cause (Account Settings, Policies): check whether the connector exists before you run again",
            ),
        };
        return Err(error.with_subject(subject));
    }
    match seen(data) {
        Seen::Ours(state) => Ok(Raw { connector, state: *state }),
        Seen::Unreadable(odd) => Err(Error::new(ErrorKind::Protocol, operation, odd.to_string())
            .with_subject(subject)
            .with_remedy("correct or remove it in Harness")),
        Seen::Other { kind } => Err(Error::new(
            ErrorKind::Conflict,
            operation,
            format!("the identifier belongs to a connector of type {kind}"),
        )
        .with_subject(subject)
        .with_remedy("choose another identifier by a naming rule")),
    }
}
