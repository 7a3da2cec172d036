//! One table from Harness' answers to the core's errors.

use std::time::Duration;

use harness_ccm_core::backend::TestFailure;
use harness_ccm_core::{Effect, Error, ErrorKind, Retry};
use reqwest::StatusCode;
use serde_json::Value;

/// Why a call has no good answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Harness answered, and refused.
    Refused(Refusal),
    /// No answer: not reached, timed out, broken off.
    Lost {
        /// Whether the request certainly was not sent.
        unsent: bool,
        /// Where to.
        endpoint: String,
        source: reqwest::Error,
    },
    /// An answer that is none of the API's.
    Garbled { status: StatusCode, message: String },
}

/// An error body of any of the three shapes that Harness uses.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Code and message of each `responseMessages` entry.
    pub(crate) chain: Vec<(String, String)>,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads a body: validation failures and server exceptions (`code` is a word), unparseable requests (`code` is a number).
    /// `None` if it is neither, such as a gateway's page.
    pub(crate) fn parse(status: StatusCode, body: &Value, retry_after: Option<Duration>) -> Option<Self> {
        let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
        let code = match body.get("code")? {
            Value::String(code) => code.clone(),
            Value::Number(_) => String::new(),
            _ => return None,
        };
        let details = body.get("details").or_else(|| body.get("detailedMessage")).and_then(Value::as_str);
        let message = [Some(message), details].into_iter().flatten().filter(|text| !text.is_empty());
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let chain =
            body.get("responseMessages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Some(Self {
            status,
            code,
            message: message.collect::<Vec<_>>().join(": "),
            chain: chain.iter().map(|entry| (text(entry, "code"), text(entry, "message"))).collect(),
            retry_after,
        })
    }

    fn is_not_found(&self) -> bool {
        matches!(
            self.code.as_str(),
            "ENTITY_NOT_FOUND"
                | "RESOURCE_NOT_FOUND_EXCEPTION"
                | "RESOURCE_NOT_FOUND"
                | "CONNECTOR_NOT_FOUND_EXCEPTION"
        ) || self.message.contains("No such connector found")
    }

    /// The failed connection test that this is: Harness reports one as an error of hints and explanations.
    pub(crate) fn test_failure(&self) -> Option<TestFailure> {
        if self.code != "HINT" && !self.chain.iter().any(|(code, _)| code == "HINT") {
            return None;
        }
        let of = |wanted: &'static str| {
            self.chain.iter().filter(move |(code, _)| code == wanted).map(|(_, text)| text)
        };
        let summary = self.chain.iter().rev().find(|(code, _)| code != "HINT" && code != "EXPLANATION");
        let summary = summary.map_or(self.message.as_str(), |(_, text)| text.as_str());
        let reasons =
            of("EXPLANATION").flat_map(|text| text.split('\n')).map(|line| line.trim().trim_end_matches(','));
        Some(TestFailure::new(
            summary.strip_prefix("Invalid request: ").unwrap_or(summary),
            reasons.filter(|line| !line.is_empty()),
        ))
    }

    fn classify(&self) -> (ErrorKind, Option<&'static str>) {
        let message = self.message.as_str();
        match (self.status.as_u16(), self.code.as_str()) {
            (401, _) | (_, "INVALID_TOKEN" | "TOKEN_EXPIRED" | "EXPIRED_TOKEN") => (
                ErrorKind::Unauthenticated,
                Some(
                    "check that the API key has not expired and belongs to this Harness account and cluster",
                ),
            ),
            (403, _) | (_, "NG_ACCESS_DENIED") => (
                ErrorKind::Denied,
                Some("give the key's service account connector view, edit and delete at account scope"),
            ),
            (429, _) => (
                ErrorKind::Throttled,
                Some("lower the calls per minute, or let other users of this key finish first"),
            ),
            _ if self.is_not_found() => (ErrorKind::NotFound, None),
            _ if self.is_taken() => (
                ErrorKind::Conflict,
                Some("observe again: a connector of that identifier has appeared meanwhile"),
            ),
            (_, "OPTIMISTIC_LOCKING_EXCEPTION") => (ErrorKind::Conflict, None),
            (_, "ENTITY_REFERENCE_EXCEPTION") => {
                (ErrorKind::Conflict, Some("remove what refers to the connector in Harness first"))
            }
            _ if message.contains("Exceeded static limitation") => (
                ErrorKind::LimitExceeded,
                Some("the Harness plan limits the number of connectors; ask for a larger one"),
            ),
            (408 | 500..=599, _) => (ErrorKind::Unavailable, None),
            (400, _) if message.to_ascii_lowercase().contains("heartbeat") => (ErrorKind::Unavailable, None),
            (400, _) if message.contains("identifier") => (
                ErrorKind::Invalid,
                Some(
                    "choose an identifier out of letters, digits, _ and $ that is no reserved word, by a naming rule",
                ),
            ),
            (400..=499, _) if self.status != StatusCode::NOT_FOUND => (ErrorKind::Invalid, None),
            _ => (ErrorKind::Protocol, Some("check the endpoint: it ends right before /ng/api")),
        }
    }

    fn is_taken(&self) -> bool {
        self.code == "DUPLICATE_FIELD" || self.message.contains("already exists")
    }
}

impl Failure {
    /// Whether the same request may succeed a little later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                matches!(refusal.classify().0, ErrorKind::Throttled | ErrorKind::Unavailable)
                    && refusal.status != StatusCode::NOT_IMPLEMENTED
            }
            Self::Lost { source, .. } => !source.is_builder(),
            Self::Garbled { status, .. } => {
                (status.is_server_error() && *status != StatusCode::NOT_IMPLEMENTED)
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
        }
    }

    /// Whether the request may have taken effect all the same.
    pub(crate) fn is_unsettled(&self) -> bool {
        match self {
            Self::Lost { unsent, .. } => !unsent,
            Self::Refused(Refusal { status, .. }) | Self::Garbled { status, .. } => {
                status.is_server_error() || status.is_success() || *status == StatusCode::REQUEST_TIMEOUT
            }
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            Self::Lost { .. } | Self::Garbled { .. } => None,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_not_found())
    }

    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_taken())
    }

    pub(crate) fn is_stale(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == "OPTIMISTIC_LOCKING_EXCEPTION")
    }

    /// The core's error. `write` says whether the call could have changed anything.
    pub(crate) fn into_error(self, operation: &'static str, subject: &str, write: bool) -> Error {
        let effect = if write && self.is_unsettled() { Effect::Unknown } else { Effect::None };
        let error = match self {
            Self::Refused(refusal) => {
                let (kind, remedy) = refusal.classify();
                let Refusal { status, code, message, .. } = &refusal;
                let code = if code.is_empty() { String::new() } else { format!(" {code}") };
                let mut error =
                    Error::new(kind, operation, format!("HTTP {}{code}: {message}", status.as_u16()));
                if let Some(remedy) = remedy {
                    error = error.with_remedy(remedy);
                }
                if refusal.code == "ENTITY_REFERENCE_EXCEPTION" {
                    error = error.with_retry(Retry::Never);
                }
                error
            }
            Self::Lost { unsent, endpoint, source } => {
                let what = if unsent { "can not be reached" } else { "gave no answer" };
                Error::new(ErrorKind::Unavailable, operation, format!("{endpoint} {what}"))
                    .with_remedy("check the endpoint, the network and any proxy in between")
                    .with_source(source)
            }
            Self::Garbled { status, message } => match status.as_u16() {
                401 => Error::new(ErrorKind::Unauthenticated, operation, message).with_remedy(
                    "check that the API key has not expired and belongs to this Harness account and cluster",
                ),
                403 => Error::new(ErrorKind::Denied, operation, message).with_remedy(
                    "the gateway refused the call: check the key's rights and the account's IP allowlist",
                ),
                429 => Error::new(ErrorKind::Throttled, operation, message)
                    .with_remedy("lower the calls per minute, or let other users of this key finish first"),
                408 | 500..=599 => Error::new(ErrorKind::Unavailable, operation, message),
                _ => Error::new(ErrorKind::Protocol, operation, message)
                    .with_remedy("check the endpoint: it ends right before /ng/api"),
            },
        };
        error.with_subject(subject).with_effect(effect)
    }
}
