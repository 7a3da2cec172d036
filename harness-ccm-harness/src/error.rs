//! From failed calls to the core's errors.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use harness_ccm_core::{Effect, Error, ErrorKind, Retry};
use reqwest::StatusCode;

use crate::codes::{ErrorBody, of_page};

/// The operation of what is wrong before anything is sent.
pub(crate) const OPERATION: &str = "harness:configure";

/// A setting that makes no sense.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, OPERATION, message)
}

/// Why a call has no good answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Harness answered, and refused.
    Refused(ErrorBody),
    /// No answer: not reached, timed out, broken off.
    Lost {
        /// Whether the request certainly was not sent.
        unsent: bool,
        /// Where to.
        endpoint: String,
        source: reqwest::Error,
    },
    /// An answer that is none of the API's.
    Garbled { status: StatusCode, message: String, retry_after: Option<Duration> },
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
            Self::Lost { unsent, endpoint, source: _ } => {
                write!(f, "{endpoint} {}", if *unsent { "cannot be reached" } else { "gave no answer" })
            }
            Self::Garbled { message, .. } => f.write_str(message),
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
            Self::Lost { source, .. } => !source.is_builder() && !is_untrusted(source),
            Self::Garbled { status, .. } => {
                matches!(of_page(*status).0, ErrorKind::Throttled | ErrorKind::Unavailable)
            }
        }
    }

    /// Whether nothing listens at the endpoint, or what does speaks no TLS or has a certificate that is not trusted: rustls says
    /// so as invalid data.
    pub(crate) fn is_wrong_endpoint(&self) -> bool {
        use std::io::ErrorKind::{ConnectionRefused, InvalidData};
        let Self::Lost { source, unsent: true, .. } = self else { return false };
        let mut next = source.source();
        while let Some(cause) = next {
            let io = cause.downcast_ref::<std::io::Error>();
            // hyper-rustls wraps the error of the handshake in another of its kind, whose `source` passes over it.
            let inner = io.and_then(|io| io.get_ref()?.downcast_ref::<std::io::Error>());
            if io.into_iter().chain(inner).any(|io| matches!(io.kind(), ConnectionRefused | InvalidData)) {
                return true;
            }
            next = cause.source();
        }
        false
    }

    /// Whether the request may have taken effect anyway.
    pub(crate) fn is_unsettled(&self) -> bool {
        match self {
            Self::Lost { unsent, .. } => !unsent,
            Self::Refused(refusal) if refusal.is_heartbeat() => true,
            Self::Refused(ErrorBody { status, .. }) | Self::Garbled { status, .. } => {
                status.is_server_error() || status.is_success() || *status == StatusCode::REQUEST_TIMEOUT
            }
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(ErrorBody { retry_after, .. }) | Self::Garbled { retry_after, .. } => *retry_after,
            Self::Lost { .. } => None,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_not_found())
    }

    /// Whether the key may not do that: it is valid, and a permission is missing.
    pub(crate) fn is_access_denied(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == "NG_ACCESS_DENIED")
    }

    /// Whether it is an answer to a valid key, whatever it says.
    pub(crate) fn is_answer(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.meaning().0 != ErrorKind::Unauthenticated,
            Self::Garbled { status, .. } => of_page(*status).0 != ErrorKind::Unauthenticated,
            Self::Lost { .. } => false,
        }
    }

    pub(crate) fn is_taken(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_taken(),
            Self::Garbled { status, .. } => *status == StatusCode::CONFLICT,
            Self::Lost { .. } => false,
        }
    }

    pub(crate) fn is_stale(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_stale())
    }

    /// The core's error. `write` says whether the call could have changed anything.
    pub(crate) fn into_error(self, operation: &'static str, subject: &str, write: bool) -> Error {
        let effect = if write && self.is_unsettled() { Effect::Unknown } else { Effect::None };
        let message = match self.retry_after() {
            Some(asked) => format!("{self}; it asks for a pause of {} s", asked.as_secs()),
            None => self.to_string(),
        };
        let (kind, remedy) = match &self {
            Self::Refused(refusal) => refusal.meaning(),
            Self::Garbled { status, .. } => of_page(*status),
            Self::Lost { source, .. } if is_untrusted(source) => (
                ErrorKind::Unavailable,
                Some(
                    "its certificate is not trusted: name the file of your own certificate authority in HARNESS_CA_BUNDLE",
                ),
            ),
            Self::Lost { .. } => (
                ErrorKind::Unavailable,
                Some("check the endpoint, the network and any proxy in between (HTTPS_PROXY, NO_PROXY)"),
            ),
        };
        let mut error = Error::new(kind, operation, message).with_subject(subject).with_effect(effect);
        if let Some(remedy) = remedy {
            error = error.with_remedy(remedy);
        }
        match self {
            // Observing again does not help while something refers to it.
            Self::Refused(refusal) if refusal.is_referenced() => error.with_retry(Retry::Never),
            Self::Lost { source, .. } if is_untrusted(&source) => {
                error.with_retry(Retry::Never).with_source(source)
            }
            Self::Lost { source, .. } => error.with_source(source),
            Self::Refused(_) | Self::Garbled { .. } => error,
        }
    }
}

/// Whether the other side's certificate was refused. Only the text tells: the TLS stack is not ours to name.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.to_string().contains("invalid peer certificate") {
            return true;
        }
        next = cause.source();
    }
    false
}
