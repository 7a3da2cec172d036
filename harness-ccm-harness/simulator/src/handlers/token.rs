//! The validation of a key: its owner and its expiry (source: Harness' own command line tool, 2026).

use serde_json::json;

use crate::answer::{Answer, Outcome};
use crate::handlers::access::Caller;
use crate::incoming::Incoming;
use crate::state::State;

/// Validates the key in the body, which is plain text. It must be the key that authenticates the request: clients send the
/// same key twice.
pub(crate) fn validate(state: &State, caller: &Caller, incoming: &Incoming) -> Outcome {
    let is_text = incoming.header("content-type").is_some_and(|kind| kind.starts_with("text/plain"));
    if !is_text {
        return Err(Answer::failure(415, "UNSUPPORTED_MEDIA_TYPE", "HTTP 415 Unsupported Media Type"));
    }
    if incoming.header("x-api-key").is_none_or(|key| key.as_bytes() != &incoming.body[..]) {
        return Err(Answer::foreign_token());
    }
    let Some(valid_to) = state.settings().key_valid_to else {
        return Err(Answer::denied("The service account is disabled", json!([])));
    };
    Ok(json!({"accountIdentifier": caller.account, "username": "simulated", "email": "simulated@harness.local",
        "validFrom": 0, "validTo": valid_to, "valid": true})
    .to_string())
}
