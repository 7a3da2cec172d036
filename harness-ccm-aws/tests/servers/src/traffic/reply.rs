use std::time::SystemTime;

use serde_json::json;

use crate::wire::call::AwsService;
use crate::wire::failure::Failure;
use crate::wire::xml::{self, Xml};

/// The reply to a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// The connection is closed without a response.
    HangUp,
    /// The connection is closed within the response.
    Truncated(Answer),
    /// The body has no end.
    Endless(Answer),
    /// No response until the request of this number is released.
    Held(usize),
}

/// A response as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
    /// The server's time.
    pub(crate) date: SystemTime,
}

/// A service's response.
#[derive(Debug)]
pub(crate) enum Outcome {
    Json(serde_json::Value),
    Xml(Xml),
    Failed(Failure),
}

impl Answer {
    pub(crate) fn of(service: AwsService, action: &str, outcome: &Outcome, date: SystemTime) -> Self {
        let is_json = service == AwsService::Organizations;
        let content_type = if is_json { "application/x-amz-json-1.1" } else { "text/xml" }.to_owned();
        let (status, body) = match outcome {
            Outcome::Json(value) => (200, value.to_string()),
            Outcome::Xml(xml) => (200, xml.response(action)),
            Outcome::Failed(Failure { status, code, message }) if is_json => {
                (*status, json!({"__type": code, "Message": message}).to_string())
            }
            Outcome::Failed(Failure { status, code, message }) => {
                (*status, xml::error(*status, code, message))
            }
        };
        Self { status, content_type, body, date }
    }
}
