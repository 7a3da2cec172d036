//! The response envelopes of the API.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::clock::now_ms;
use crate::settings::Era;

/// A response: HTTP status and JSON body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// The `data` of a successful response as JSON text, or an error response.
pub(crate) type Outcome = Result<String, Answer>;

fn correlation_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Answer {
    pub(crate) fn of(outcome: Outcome) -> Self {
        let data = match outcome {
            Ok(data) => data,
            Err(refusal) => return refusal,
        };
        let id = correlation_id();
        let body = format!(r#"{{"status":"SUCCESS","data":{data},"metaData":null,"correlationId":"{id}"}}"#);
        Self { status: 200, body }
    }

    /// An error response with the status `ERROR` and one message, as for a server exception.
    pub(crate) fn error(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::chain(status, code, &[(code, "ERROR", message.into())])
    }

    /// The response with the code `INVALID_REQUEST`. Harness adds a prefix to its message.
    pub(crate) fn invalid(message: &str) -> Self {
        Self::error(400, "INVALID_REQUEST", format!("Invalid request: {message}"))
    }

    /// An error response with the status `ERROR` and a chain of messages, the outermost first.
    pub(crate) fn chain(status: u16, code: &str, messages: &[(&str, &str, String)]) -> Self {
        Self { status, body: Self::error_body(code, messages).to_string() }
    }

    fn error_body(code: &str, messages: &[(&str, &str, String)]) -> Value {
        let joined = messages.iter().map(|(_, _, text)| text.as_str()).collect::<Vec<_>>().join(",\n");
        let entries: Vec<_> = messages
            .iter()
            .map(|(code, level, text)| {
                json!({"code": code, "level": level, "message": text, "exception": null, "failureTypes": []})
            })
            .collect();
        json!({"status": "ERROR", "code": code, "message": joined, "correlationId": correlation_id(),
            "detailedMessage": null, "responseMessages": entries, "metadata": null})
    }

    /// The response to a request with invalid fields. It lists all violations.
    pub(crate) fn violations(violations: &[(&str, String)]) -> Self {
        let message = violations
            .iter()
            .map(|(field, error)| format!("{field}: {error}"))
            .collect::<Vec<_>>()
            .join(", ");
        let errors: Vec<_> =
            violations.iter().map(|(field, error)| json!({"fieldId": field, "error": error})).collect();
        let body = json!({"status": "FAILURE", "code": "INVALID_REQUEST", "message": message,
            "correlationId": correlation_id(), "errors": errors});
        Self { status: 400, body: body.to_string() }
    }

    /// An error response with the status `FAILURE` that names no field.
    pub(crate) fn failure(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"status": "FAILURE", "code": code, "message": message,
            "correlationId": correlation_id(), "errors": null});
        Self { status, body: body.to_string() }
    }

    /// The response for a server exception without a more specific code.
    pub(crate) fn unknown() -> Self {
        Self::error(500, "UNKNOWN_ERROR", "An error has occurred. Please contact the Harness support team.")
    }

    /// The response to a token that is invalid, expired or of another account.
    pub(crate) fn foreign_token() -> Self {
        Self::error(401, "INVALID_TOKEN", "Token is not valid.")
    }

    /// The response to a write that conflicts with another write.
    pub(crate) fn stale() -> Self {
        let message = "The connector was changed by somebody else meanwhile. Please reload it and try again.";
        Self::failure(400, "OPTIMISTIC_LOCKING_EXCEPTION", message)
    }

    /// The response to a failed connection test, with a hint, the reasons and a summary.
    pub(crate) fn test_failed(summary: &str, hint: &str, reasons: &[String]) -> Self {
        let messages = [
            ("HINT", "INFO", hint.to_owned()),
            ("EXPLANATION", "INFO", reasons.join("\n")),
            ("INVALID_REQUEST", "ERROR", format!("Invalid request: {summary}")),
        ];
        Self::chain(400, "HINT", &messages)
    }

    /// The response to a connection test that could not run because CCM's own service does not respond.
    pub(crate) fn ccm_unreachable() -> Self {
        let summary = "Unexpected Error";
        let errors = json!([{"reason": summary, "message": summary, "code": 450}]);
        let verdict = json!({"status": "FAILURE", "errors": errors, "errorSummary": summary, "testedAt": now_ms(),
            "delegateId": null, "taskId": null});
        Self::of(Ok(verdict.to_string()))
    }

    /// The response to a save that a policy of the account denies: status 200 without a connector.
    pub(crate) fn policy_denied(policy: &str, message: &str) -> Self {
        Self::without_connector(&Self::governance("error", [(policy, message)]))
    }

    /// The governance metadata of a save, from the names and messages of policies. The status `error` denies the save,
    /// `warning` does not.
    pub(crate) fn governance<'a>(
        status: &str,
        policies: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Value {
        let deny = status == "error";
        let (mut details, mut messages) = (Vec::new(), Vec::new());
        for (policy, message) in policies {
            details.push(json!({"policyMetadata": [{"policyName": policy, "severity": status, "denyMessages": [message],
                "status": status, "error": ""}], "policySetId": policy, "policySetName": policy, "status": status,
                "deny": deny}));
            messages.push(message);
        }
        json!({"id": "0", "deny": deny, "details": details, "message": messages.join("; "), "timestamp": "0",
            "status": status, "entity": "", "type": "connector", "action": "onsave"})
    }

    /// A successful response without a connector: the save was not done.
    pub(crate) fn without_connector(governance: &Value) -> Self {
        Self::of(Ok(json!({"connector": null, "createdAt": null, "lastModifiedAt": null, "status": null,
            "activityDetails": null, "harnessManaged": false, "gitDetails": null, "entityValidityDetails": null,
            "governanceMetadata": governance, "isFavorite": false})
        .to_string()))
    }

    /// The response to a request without the required permission.
    pub(crate) fn denied(message: &str, failed: Value) -> Self {
        let mut body =
            Self::error_body("NG_ACCESS_DENIED", &[("NG_ACCESS_DENIED", "ERROR", message.to_owned())]);
        body["failedPermissionChecks"] = failed;
        Self { status: 403, body: body.to_string() }
    }

    /// The response for a missing connector or scope, as current servers return it.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::error(404, "ENTITY_NOT_FOUND", message)
    }

    /// The response to an update or test of a missing connector.
    pub(crate) fn no_connector(era: Era, message: String) -> Self {
        match era {
            Era::NotFoundEverywhere => Self::not_found(message),
            Era::Y2023 | Era::Today => Self::error(400, "CONNECTOR_NOT_FOUND_EXCEPTION", message),
        }
    }

    /// The response to a parameter that cannot be parsed: for JAX-RS, such a path does not exist.
    pub(crate) fn bad_parameter() -> Self {
        Self::no_such_path()
    }

    /// The response to an unknown path.
    pub(crate) fn no_such_path() -> Self {
        Self::failure(400, "RESOURCE_NOT_FOUND_EXCEPTION", "HTTP 404 Not Found")
    }

    /// The response to a value that its enumeration does not have.
    pub(crate) fn unknown_word(field: &str, word: &str) -> Self {
        Self::unreadable(format!(
            "Cannot deserialize value from String {word:?} for {field}: not one of the values accepted"
        ))
    }

    /// The response to a body that cannot be parsed. Its code is a number.
    pub(crate) fn unreadable(details: impl Into<String>) -> Self {
        let body = json!({"code": 400, "message": "Unable to process JSON", "details": details.into()});
        Self { status: 400, body: body.to_string() }
    }
}
