use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A fault: its kind, the requests that it affects, and their number.
///
/// A fault counts the requests that match it. It skips the first [`skip`](Self::skip) of them, affects the others with its
/// [`probability`](Self::probability), and is used up after it has affected [`times`](Self::times) requests. By default it
/// affects the next request:
///
/// ```
/// use harness_ccm_simulator::Fault;
///
/// let third_create = Fault::hang_up().matching("POST", "/connectors").nth(3).after_commit();
/// let one_in_ten = Fault::page(502).with_probability(0.1);
/// assert_eq!("gateway=502:probability=0.1".parse(), Ok(one_in_ten));
/// ```
///
/// Whether a random fault affects a request depends only on the seed of the simulator, the position of the fault, the request
/// and the number of its earlier occurrences. The same seed therefore fails the same requests, in any order of concurrent
/// requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
#[must_use]
pub struct Fault {
    /// The kind of the fault.
    pub kind: FaultKind,
    /// Matches only requests with this method; empty for all.
    pub method: String,
    /// Matches only requests with this text in the path; empty for all.
    pub path: String,
    /// Matches only requests with this connector identifier in path or body; empty for all.
    pub identifier: String,
    /// Matches only requests with this text in path, query or body; empty for all.
    pub contains: String,
    /// The number of matching requests that the fault skips first.
    pub skip: u32,
    /// The number of requests that the fault affects; `None` for no limit.
    pub times: Option<u32>,
    /// The probability that the fault affects a matching request: from 0 (never) to 1 (always).
    pub probability: f64,
    /// Whether the request takes effect, so that only its response is lost or replaced.
    pub after_commit: bool,
    /// The delay of the response, or of its loss, in milliseconds.
    pub delay_ms: u64,
    /// The `Retry-After` of the response, in seconds.
    pub retry_after: Option<u64>,
}

/// The effect of a [`Fault`] on a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// 429 with an HTML page instead of JSON and without `Retry-After`, as the load balancer in front of Harness returns.
    Throttled,
    /// An HTML page of the gateway with this status, such as 502, 503 or 504.
    Gateway(u16),
    /// 500 `UNKNOWN_ERROR`.
    UnknownError,
    /// The connection is closed without a response.
    #[default]
    HangUp,
    /// There is no response, and the connection stays open until the client closes it.
    Timeout,
    /// The request takes effect, and the connection breaks in the middle of the response.
    Truncated,
    /// The response is correct, but late by `delay_ms`. The request takes effect after the delay, even if the client has
    /// disconnected; with `after_commit` it takes effect before the delay.
    Late,
    /// 400 `OPTIMISTIC_LOCKING_EXCEPTION`: another client wrote at the same time.
    Stale,
    /// 400: the server could not create its heartbeat task for the connector.
    Heartbeat,
    /// 200 without a connector: a policy (OPA) of the account denies the save.
    PolicyDenied,
    /// 401 `INVALID_TOKEN`.
    Unauthorized,
    /// 400 of a failed connection test, with this summary.
    TestFailed(String),
    /// 200 with the status `FAILURE`: the connection test could not reach its service inside Harness.
    CcmUnreachable,
    /// A custom response.
    #[serde(rename_all = "kebab-case")]
    Answer {
        /// The HTTP status.
        status: u16,
        /// The content type of the body.
        content_type: String,
        /// The body.
        body: String,
    },
}

impl FaultKind {
    /// Returns the name of the kind, as on a command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Gateway(_) => "gateway",
            Self::UnknownError => "unknown-error",
            Self::HangUp => "hang-up",
            Self::Timeout => "timeout",
            Self::Truncated => "truncated",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Heartbeat => "heartbeat",
            Self::PolicyDenied => "policy-denied",
            Self::Unauthorized => "unauthorized",
            Self::TestFailed(_) => "test-failed",
            Self::CcmUnreachable => "ccm-unreachable",
            Self::Answer { .. } => "answer",
        }
    }
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            kind: FaultKind::default(),
            method: String::new(),
            path: String::new(),
            identifier: String::new(),
            contains: String::new(),
            skip: 0,
            times: Some(1),
            probability: 1.0,
            after_commit: false,
            delay_ms: 0,
            retry_after: None,
        }
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, ..Self::default() }
    }
}

/// Faults of each kind.
impl Fault {
    /// A response to too many requests, see [`FaultKind::Throttled`].
    pub fn throttled() -> Self {
        FaultKind::Throttled.into()
    }

    /// A page of the gateway with this status, see [`FaultKind::Gateway`].
    pub fn page(status: u16) -> Self {
        FaultKind::Gateway(status).into()
    }

    /// A server error, see [`FaultKind::UnknownError`].
    pub fn unknown_error() -> Self {
        FaultKind::UnknownError.into()
    }

    /// No response and a closed connection, see [`FaultKind::HangUp`].
    pub fn hang_up() -> Self {
        FaultKind::HangUp.into()
    }

    /// No response and an open connection, see [`FaultKind::Timeout`].
    pub fn timeout() -> Self {
        FaultKind::Timeout.into()
    }

    /// An incomplete response, see [`FaultKind::Truncated`].
    pub fn truncated() -> Self {
        FaultKind::Truncated.into()
    }

    /// The correct response after this number of milliseconds, see [`FaultKind::Late`].
    pub fn late(milliseconds: u64) -> Self {
        Self::from(FaultKind::Late).delayed(milliseconds)
    }

    /// A conflict with another write, see [`FaultKind::Stale`].
    pub fn stale() -> Self {
        FaultKind::Stale.into()
    }

    /// A temporary failure of the server, see [`FaultKind::Heartbeat`].
    pub fn heartbeat() -> Self {
        FaultKind::Heartbeat.into()
    }

    /// A denial by policy, see [`FaultKind::PolicyDenied`].
    pub fn policy_denied() -> Self {
        FaultKind::PolicyDenied.into()
    }

    /// The response to an invalid or expired token, see [`FaultKind::Unauthorized`].
    pub fn unauthorized() -> Self {
        FaultKind::Unauthorized.into()
    }

    /// A failed connection test, see [`FaultKind::TestFailed`]. Matches only connection tests.
    pub fn test_failed(summary: impl Into<String>) -> Self {
        Self::from(FaultKind::TestFailed(summary.into())).matching("POST", "/testConnection/")
    }

    /// A connection test that cannot run, see [`FaultKind::CcmUnreachable`]. Matches only connection tests.
    pub fn ccm_unreachable() -> Self {
        Self::from(FaultKind::CcmUnreachable).matching("POST", "/testConnection/")
    }

    /// A custom JSON response, see [`FaultKind::Answer`].
    pub fn json(status: u16, body: &Value) -> Self {
        FaultKind::Answer { status, content_type: "application/json".into(), body: body.to_string() }.into()
    }
}

/// Conditions and options of a fault.
impl Fault {
    /// Matches only requests with `method`, and with `text` in path, query or body. An empty argument matches all requests.
    pub fn matching(mut self, method: &str, text: &str) -> Self {
        self.method = method.into();
        self.contains = text.into();
        self
    }

    /// Matches only requests with this text in the path.
    pub fn on_path(mut self, text: &str) -> Self {
        self.path = text.into();
        self
    }

    /// Matches only requests with this connector identifier in path or body.
    pub fn on_connector(mut self, identifier: &str) -> Self {
        self.identifier = identifier.into();
        self
    }

    /// Affects only the `n`-th matching request, counted from one.
    pub fn nth(self, n: u32) -> Self {
        self.after(n.saturating_sub(1)).times(1)
    }

    /// Skips this number of matching requests.
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Affects this number of requests.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Affects any number of requests, until it is removed.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Affects a matching request with this probability. It affects any number of requests, unless [`times`](Self::times)
    /// follows.
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self.always()
    }

    /// Lets the request take effect, so that only its response is lost or replaced.
    pub fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    /// Delays the response, or its loss, by this number of milliseconds.
    pub fn delayed(mut self, milliseconds: u64) -> Self {
        self.delay_ms = milliseconds;
        self
    }

    /// Adds `Retry-After` to the response, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// The error of a text that does not describe a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a fault: {0}; write KIND or KIND=VALUE, then :KEY=VALUE for method, path, identifier, contains, skip, nth, times, \
         probability, delay-ms, retry-after, or :always, :after-commit"
)]
pub struct InvalidFault(String);

impl FromStr for Fault {
    type Err = InvalidFault;

    /// Parses a fault of the command line, such as `hang-up:method=POST:path=/connectors:probability=0.05:after-commit`.
    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let mut parts = text.split(':');
        let mut fault = Self::from(kind(parts.next().unwrap_or_default())?);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            fault = match key {
                "method" => Self { method: value.into(), ..fault },
                "path" => fault.on_path(value),
                "identifier" => fault.on_connector(value),
                "contains" => Self { contains: value.into(), ..fault },
                "skip" => fault.after(number(key, value)?),
                "nth" => fault.nth(number(key, value)?),
                "times" => fault.times(number(key, value)?),
                "probability" => fault.with_probability(chance(value)?),
                "delay-ms" => fault.delayed(number(key, value)?),
                "retry-after" => fault.retry_after(number(key, value)?),
                "always" if value.is_empty() => fault.always(),
                "after-commit" if value.is_empty() => fault.after_commit(),
                _ => return Err(InvalidFault(format!("{part:?} is unknown"))),
            };
        }
        Ok(fault)
    }
}

fn kind(text: &str) -> Result<FaultKind, InvalidFault> {
    let (word, value) = text.split_once('=').unwrap_or((text, ""));
    let value = match word {
        "gateway" => json!({ word: number::<u16>(word, value)? }),
        "test-failed" => json!({ word: value }),
        _ => json!(text),
    };
    serde_json::from_value(value).map_err(|_| InvalidFault(format!("{text:?} is no kind")))
}

fn number<T: FromStr>(key: &str, value: &str) -> Result<T, InvalidFault> {
    value.parse().map_err(|_| InvalidFault(format!("{key} needs a number, not {value:?}")))
}

fn chance(value: &str) -> Result<f64, InvalidFault> {
    number("probability", value)
        .ok()
        .filter(|chance| (0.0..=1.0).contains(chance))
        .ok_or_else(|| InvalidFault(format!("probability needs a number between 0 and 1, not {value:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_names_every_part() {
        let text = "hang-up:method=POST:path=/connectors:identifier=aws1:nth=3:after-commit:delay-ms=20";
        let fault = Fault::hang_up().matching("POST", "").on_path("/connectors").on_connector("aws1");
        assert_eq!(text.parse(), Ok(fault.nth(3).after_commit().delayed(20)));
        assert_eq!("gateway=504:always".parse(), Ok(Fault::page(504).always()));
        let failed = Fault::from(FaultKind::TestFailed("no such role".into()));
        assert_eq!("test-failed=no such role".parse(), Ok(failed));
        for word in [
            "throttled",
            "unknown-error",
            "hang-up",
            "timeout",
            "truncated",
            "late",
            "stale",
            "heartbeat",
            "policy-denied",
            "unauthorized",
            "ccm-unreachable",
        ] {
            assert_eq!(word.parse::<Fault>().unwrap().kind.name(), word);
        }
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        for (text, named) in [
            ("fire", "fire"),
            ("gateway=hot", "hot"),
            ("late:delay-ms=soon", "soon"),
            ("late:probability=2", "2"),
            ("late:colour=red", "colour"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn json_leaves_out_what_is_usual() {
        let fault: Fault =
            serde_json::from_value(json!({"kind": {"gateway": 503}, "method": "PUT"})).unwrap();
        assert_eq!(fault, Fault::page(503).matching("PUT", ""));
        assert!(serde_json::from_value::<Fault>(json!({"kind": "hang-up", "metod": "PUT"})).is_err());
    }
}
