use harness_ccm_core::backend::{ConnectionTest, TestFailure};
use harness_ccm_core::id::ConnectorId;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;

use crate::api::{Api, subject};
use crate::convert::{read, summary};
use crate::error::Failure;
use crate::retry::CallKind;
use crate::wire::Status;

const TEST: &str = "harness:POST /connectors/testConnection";
/// The code of a result that is not about the role: Harness' own service for the test could not be reached.
const NOT_TESTED: i64 = 450;

/// Lets Harness test the connector. A failed test is an error of hints and explanations.
pub(crate) async fn run(api: &Api, id: &ConnectorId) -> Result<ConnectionTest> {
    let path = format!("/ng/api/connectors/testConnection/{id}");
    let data = match api.call(Method::POST, path, &[], None, CallKind::Read).await {
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
    let (kind, message) = match status.status.as_deref() {
        Some("SUCCESS") => return Ok(ConnectionTest::Passed),
        Some("FAILURE") if errors.iter().any(|error| error.code == Some(NOT_TESTED)) => {
            (ErrorKind::Unavailable, summary(&status))
        }
        Some("FAILURE") => {
            let reasons = errors.iter().filter_map(|e| e.reason.clone().or_else(|| e.message.clone()));
            return Ok(ConnectionTest::Failed(TestFailure::new(summary(&status), reasons)));
        }
        Some("PENDING") => (ErrorKind::NotReady, "the test is still under way".to_owned()),
        other => (ErrorKind::Protocol, format!("the test result {} is unknown", other.unwrap_or("(none)"))),
    };
    Err(Error::new(kind, TEST, message).with_subject(subject(id)))
}
