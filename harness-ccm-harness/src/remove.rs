use harness_ccm_core::Result;
use harness_ccm_core::backend::{RemovalAdmission, Removed, admit_connector_removal};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::id::ConnectorId;
use reqwest::Method;

use crate::api::{Api, subject};
use crate::read::one;
use crate::retry::{CallKind, Next, WriteAttempts, next};

const DELETE: &str = "harness:DELETE /connectors";

/// Removes a connector. After a lost response it is compared again: the identifier may belong to another connector by then.
pub(crate) async fn remove(
    api: &Api,
    id: &ConnectorId,
    expected: &ConnectorState,
    force: bool,
) -> Result<Removed> {
    let query: &[_] = if force { &[("forceDelete", "true")] } else { &[] };
    let mut attempts = WriteAttempts::new(api.http().retry(), subject(id));
    loop {
        let gone = if attempts.unanswered().is_some() { Removed::Removed } else { Removed::AlreadyGone };
        let found = one(api, id).await.map_err(|error| attempts.in_doubt(error))?;
        match admit_connector_removal(expected, found) {
            Ok(RemovalAdmission::AlreadyGone) => return Ok(gone),
            Ok(RemovalAdmission::Remove(_)) => {}
            Err(conflict) => return Err(attempts.in_doubt(conflict.into_error(DELETE, attempts.subject()))),
        }
        attempts.had_no_effect();
        attempts.another()?;
        let path = format!("/ng/api/connectors/{id}");
        match api.call(Method::DELETE, path, query, None, CallKind::Write).await {
            Ok(_) => return Ok(Removed::Removed),
            Err(failure) if failure.is_not_found() => return Ok(gone),
            Err(failure) if next(CallKind::Write, &failure, true) == Next::ReadBack => {
                attempts.failed(DELETE, failure).await;
            }
            Err(failure) => return Err(failure.into_error(DELETE, attempts.subject(), true)),
        }
    }
}
