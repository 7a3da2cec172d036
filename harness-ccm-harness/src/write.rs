//! Creates and updates connectors: nothing is overwritten unread, and after a lost response the connector is read back.

use harness_ccm_core::backend::{Admission, Conflict, Expect, Written, admit_connector};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::{Effect, Error, ErrorKind, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, subject};
use crate::convert::new_connector;
use crate::error::Failure;
use crate::http::Body;
use crate::merge::merge;
use crate::read::{GET, Raw, accept, ask, found};
use crate::retry::{CallKind, Next, WriteAttempts, next};

const CREATE: &str = "harness:POST /connectors";
const UPDATE: &str = "harness:PUT /connectors";

/// The result of sending one write.
enum Sent {
    Done(Box<ConnectorState>),
    /// Nothing yet, or unknown: read the current state, then decide again.
    Open(Failure),
}

pub(crate) async fn put(
    api: &Api,
    spec: &ConnectorSpec,
    expect: &Expect<ConnectorState>,
) -> Result<Written<ConnectorState>> {
    let mut attempts = WriteAttempts::new(api.http().retry(), subject(&spec.id));
    // Harness itself refuses to create an existing connector, so a creation needs no read before it.
    let mut try_create = matches!(expect, Expect::Absent);
    loop {
        let mut taken = None;
        if try_create {
            attempts.another()?;
            match create(api, spec).await.map_err(|error| attempts.in_doubt(error))? {
                Sent::Done(state) => return Ok(Written::Created(*state)),
                Sent::Open(failure) if failure.is_taken() => taken = Some(failure),
                Sent::Open(failure) => attempts.failed(CREATE, failure).await,
            }
        }
        let answer = ask(api, &spec.id).await;
        if taken.is_some() && answer.as_ref().is_err_and(Failure::is_access_denied) {
            return Err(attempts.in_doubt(Conflict::Unseen.into_error(CREATE, attempts.subject())));
        }
        let found = found(&spec.id, answer).map_err(|error| attempts.in_doubt(error))?;
        if found.is_none() {
            attempts.had_no_effect();
        }
        match admit_connector(spec, found, expect) {
            Ok(Admission::Create) => {
                if let Some(failure) = taken {
                    // The connector existed at the write, but not at the read.
                    attempts.failed(CREATE, failure).await;
                }
                try_create = true;
            }
            Ok(Admission::Unchanged(found)) => {
                return Ok(match attempts.unanswered() {
                    None => Written::Unchanged(found.state),
                    Some(CREATE) => Written::Created(found.state),
                    Some(_) => Written::Updated(found.state),
                });
            }
            Ok(Admission::Finish(found) | Admission::Update(found)) => {
                try_create = false;
                attempts.had_no_effect();
                attempts.another()?;
                match update(api, spec, found).await? {
                    Sent::Done(state) => return Ok(Written::Updated(*state)),
                    Sent::Open(failure) => attempts.failed(UPDATE, failure).await,
                }
            }
            Err(conflict) => return Err(attempts.in_doubt(conflict.into_error(GET, attempts.subject()))),
        }
    }
}

async fn create(api: &Api, spec: &ConnectorSpec) -> Result<Sent> {
    let sent = send(api, Method::POST, new_connector(spec)).await;
    settle(spec, CREATE, sent)
}

async fn update(api: &Api, spec: &ConnectorSpec, found: Raw) -> Result<Sent> {
    let mut connector = found.connector;
    merge(&mut connector, spec);
    let sent = send(api, Method::PUT, connector).await;
    settle(spec, UPDATE, sent)
}

async fn send(api: &Api, method: Method, connector: Value) -> Result<Value, Failure> {
    let body = json!({ "connector": connector });
    api.call(method, "/ng/api/connectors", &[], Some(Body::Json(&body)), CallKind::Write).await
}

fn settle(spec: &ConnectorSpec, operation: &'static str, sent: Result<Value, Failure>) -> Result<Sent> {
    let subject = subject(&spec.id);
    let data = match sent {
        Ok(data) => data,
        Err(failure)
            if failure.is_taken()
                || next(CallKind::Write, &failure, true) == Next::ReadBack
                || (failure.is_not_found() && operation == UPDATE) =>
        {
            return Ok(Sent::Open(failure));
        }
        Err(failure) => return Err(failure.into_error(operation, &subject, true)),
    };
    let state = match accept(operation, &subject, &data) {
        Ok(raw) => raw.state,
        // Harness accepted the write; only its response is unreadable.
        Err(error) if error.kind() == ErrorKind::Protocol => return Err(error.with_effect(Effect::Unknown)),
        Err(error) => return Err(error),
    };
    let lost: Vec<_> =
        spec.differences(&state).iter().map(|difference| difference.field().into_owned()).collect();
    if lost.is_empty() {
        return Ok(Sent::Done(Box::new(state)));
    }
    let message = format!("Harness accepted the connector but left out: {}", lost.join(", "));
    Err(Error::new(ErrorKind::Unsupported, operation, message)
        .with_subject(subject)
        .with_effect(Effect::Unknown)
        .with_remedy("this Harness does not know the option yet: leave it out, or update Harness"))
}
