use harness_ccm_core::Result;
use harness_ccm_core::backend::{RemovalAdmission, Removed, admit_connector_removal};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::id::ConnectorId;
use reqwest::Method;

use crate::client::{HarnessConnectors, subject};
use crate::http::Repeat;
use crate::read::one;
use crate::tries::Tries;

const DELETE: &str = "harness:DELETE /connectors";

/// Removes a connector. After a lost answer it is compared again: by then the identifier may be somebody else's.
pub(crate) async fn remove(
    client: &HarnessConnectors,
    id: &ConnectorId,
    expected: &ConnectorState,
    force: bool,
) -> Result<Removed> {
    let query: &[_] = if force { &[("forceDelete", "true")] } else { &[] };
    let mut tries = Tries::new(client.http().waits(), subject(id));
    loop {
        let gone = if tries.unanswered().is_some() { Removed::Removed } else { Removed::AlreadyGone };
        let found = one(client, id).await.map_err(|error| tries.in_doubt(error))?;
        match admit_connector_removal(expected, found) {
            Ok(RemovalAdmission::AlreadyGone) => return Ok(gone),
            Ok(RemovalAdmission::Remove(_)) => {}
            Err(conflict) => return Err(tries.in_doubt(conflict.into_error(DELETE, tries.subject()))),
        }
        tries.had_no_effect();
        tries.another()?;
        let path = format!("/ng/api/connectors/{id}");
        match client.call(Method::DELETE, path, query, None, Repeat::IfUnsent).await {
            Ok(_) => return Ok(Removed::Removed),
            Err(failure) if failure.is_not_found() => return Ok(gone),
            Err(failure) if failure.is_unsettled() || failure.is_stale() => {
                tries.failed(DELETE, failure).await;
            }
            Err(failure) => return Err(failure.into_error(DELETE, tries.subject(), true)),
        }
    }
}
