//! Converts failed calls to the core's errors.

use std::fmt;
use std::time::Duration;

use harness_ccm_core::internal::{ForeignAnswer, Peer, TransportFault};
use harness_ccm_core::{Effect, Error, ErrorKind, Retry};
use reqwest::StatusCode;

use crate::codes::{ErrorBody, Page, of_page};
use crate::situation::ENDPOINT;

/// The operation of errors before any request.
pub(crate) const OPERATION: &str = "harness:configure";

/// Returns the error of an invalid setting.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, OPERATION, message)
}

/// The reason that a call failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Harness refused the request.
    Refused(ErrorBody),
    /// There was no response, or an incomplete one: not reached, timed out, interrupted.
    Lost {
        fault: TransportFault,
        /// The address of the request.
        endpoint: String,
        source: reqwest::Error,
    },
    /// The response does not come from the API.
    Foreign { answer: ForeignAnswer, endpoint: String, retry_after: Option<Duration> },
    /// The response is longer than any of the API's.
    TooLong { status: StatusCode, most: usize },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(ErrorBody { status, code, message, .. }) => {
                write!(f, "HTTP {}", status.as_u16())?;
                if !code.is_empty() {
                    write!(f, " {code}")?;
                }
                write!(f, ": {message}")
            }
            Self::Lost { fault, endpoint, source: _ } => f.write_str(&fault.message(&harness(endpoint))),
            Self::Foreign { answer, endpoint, .. } => f.write_str(&answer.message(&harness(endpoint))),
            Self::TooLong { status, most } => {
                write!(f, "HTTP {}: the response is longer than {most} bytes", status.as_u16())
            }
        }
    }
}

impl Failure {
    /// Whether the same request may succeed a little later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                matches!(refusal.meaning().0, ErrorKind::Throttled | ErrorKind::Unavailable)
            }
            Self::Lost { fault, source, .. } => fault.is_passing() && !source.is_builder(),
            Self::Foreign { answer, endpoint, .. } => {
                of_page(*answer, &harness(endpoint)).retry == Retry::Later
            }
            Self::TooLong { .. } => false,
        }
    }

    /// Whether Harness itself gave no answer: nothing did, or a gateway in its place.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Lost { .. } => true,
            Self::Foreign { answer, .. } => answer.status != StatusCode::TOO_MANY_REQUESTS.as_u16(),
            Self::Refused(_) | Self::TooLong { .. } => false,
        }
    }

    /// Whether the endpoint is wrong if it has never responded.
    pub(crate) fn is_wrong_endpoint(&self) -> bool {
        matches!(self, Self::Lost { fault, .. } if fault.is_wrong_address())
    }

    /// Whether the request may have taken effect.
    pub(crate) fn is_unsettled(&self) -> bool {
        match self {
            Self::Lost { fault, .. } => fault.is_unsettled(),
            Self::Foreign { answer, .. } => answer.is_unsettled(),
            Self::Refused(refusal) if refusal.is_heartbeat() => true,
            Self::Refused(ErrorBody { status, .. }) | Self::TooLong { status, .. } => {
                status.is_server_error() || status.is_success() || *status == StatusCode::REQUEST_TIMEOUT
            }
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(ErrorBody { retry_after, .. }) | Self::Foreign { retry_after, .. } => *retry_after,
            Self::Lost { .. } | Self::TooLong { .. } => None,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_not_found())
    }

    /// Whether the key is valid, but does not have a permission.
    pub(crate) fn is_access_denied(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == "NG_ACCESS_DENIED")
    }

    /// Whether it is a response to a valid key, whatever its content.
    pub(crate) fn is_answer(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.meaning().0 != ErrorKind::Unauthenticated,
            Self::Foreign { answer, endpoint, .. } => {
                of_page(*answer, &harness(endpoint)).kind != ErrorKind::Unauthenticated
            }
            Self::TooLong { .. } => true,
            Self::Lost { .. } => false,
        }
    }

    pub(crate) fn is_taken(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_taken(),
            Self::Foreign { answer, .. } => answer.status == 409,
            Self::Lost { .. } | Self::TooLong { .. } => false,
        }
    }

    pub(crate) fn is_stale(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_stale())
    }

    /// Returns the core's error. `write` is whether the call could have changed anything.
    pub(crate) fn into_error(self, operation: &'static str, subject: &str, write: bool) -> Error {
        let effect = if write && self.is_unsettled() { Effect::Unknown } else { Effect::None };
        let message = match self.retry_after() {
            Some(asked) => format!("{self}; it asks for a pause of {} s", asked.as_secs()),
            None => self.to_string(),
        };
        let (kind, retry, remedy) = match &self {
            Self::Refused(refusal) => {
                let (kind, remedy) = refusal.meaning();
                // Observing again does not help while another object refers to it.
                let retry = refusal.is_referenced().then_some(Retry::Never);
                (kind, retry, remedy.map(str::to_owned))
            }
            Self::Foreign { answer, endpoint, .. } => {
                let Page { kind, retry, remedy } = of_page(*answer, &harness(endpoint));
                (kind, Some(retry), remedy)
            }
            Self::TooLong { .. } => (ErrorKind::Protocol, None, Some(ENDPOINT.to_owned())),
            Self::Lost { fault, endpoint, .. } => {
                let retry = (!fault.is_passing()).then_some(Retry::Never);
                (ErrorKind::Unavailable, retry, Some(fault.remedy(&harness(endpoint))))
            }
        };
        let mut error = Error::new(kind, operation, message).with_subject(subject).with_effect(effect);
        if let Some(remedy) = remedy {
            error = error.with_remedy(remedy);
        }
        if let Some(retry) = retry {
            error = error.with_retry(retry);
        }
        match self {
            Self::Lost { source, .. } => error.with_source(source),
            Self::Refused(_) | Self::Foreign { .. } | Self::TooLong { .. } => error,
        }
    }
}

/// Harness at this address, as network errors name it.
fn harness(endpoint: &str) -> Peer<'_> {
    Peer {
        name: endpoint,
        endpoint: "the endpoint of Harness (HARNESS_ENDPOINT)",
        bundle: "a proxy that looks into TLS answers, or a Harness of your own: name the file of its certificate authority in HARNESS_CA_BUNDLE",
    }
}
