//! The only place that sends requests.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use harness_ccm_core::id::RunId;
use harness_ccm_core::internal::{BodyForm, ForeignAnswer, Stage, TransportFault};
use harness_ccm_core::secret::Secret;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Certificate, Client, Method, StatusCode, Url, redirect};
use serde_json::Value;

use crate::codes::ErrorBody;
use crate::error::{Failure, invalid};
use crate::pacing::Pacer;
use crate::retry::{self, CallKind, LONGEST_RETRY_AFTER, Outage, RetrySettings};
use crate::token;

/// The maximum length of a response: a page of a hundred connectors has about 200 kB, a thousand of them two megabytes.
const MAX_BODY: usize = 16 << 20;

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    Json(&'a Value),
    /// The API key itself, as plain text.
    Key,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// The path below the endpoint.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Body<'a>>,
    pub(crate) kind: CallKind,
}

/// The settings for sending requests, from the builder.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) base: Url,
    pub(crate) key: Secret,
    pub(crate) pacer: Pacer,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetrySettings,
    pub(crate) certificates: Vec<Certificate>,
}

/// The user agent of requests.
const AGENT: &str = concat!("harness-ccm/", env!("CARGO_PKG_VERSION"));

#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    base: Url,
    key: Secret,
    pacer: Pacer,
    retry: RetrySettings,
    agent: String,
    outage: Arc<Outage>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("base", &self.base.as_str())
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Http {
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        let Settings { base, key, pacer, timeout, retry, certificates } = settings;
        let mut header = HeaderValue::from_str(key.expose())
            .map_err(|_| invalid("the API key contains characters that are not allowed in keys"))?;
        header.set_sensitive(true);
        let mut builder = Client::builder()
            .default_headers(HeaderMap::from_iter([(HeaderName::from_static("x-api-key"), header)]))
            // A redirect would carry the key to another host.
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(10)));
        if base
            .host_str()
            .is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]")
        {
            // This machine is never behind a proxy.
            builder = builder.no_proxy();
            if base.scheme() == "http" {
                // Then there is no TLS either, and loading the system's authorities takes longer than many a call.
                builder = builder.tls_certs_only([]);
            }
        }
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|e| {
            Error::new(ErrorKind::Unavailable, "harness:configure", "no HTTP client").with_source(e)
        })?;
        Ok(Self { client, base, key, pacer, retry, agent: AGENT.to_owned(), outage: Arc::default() })
    }

    /// Returns the same client, with this run in its requests.
    pub(crate) fn in_run(self, run: &RunId) -> Self {
        Self { agent: format!("{AGENT} run/{run}"), ..self }
    }

    pub(crate) fn base(&self) -> &str {
        self.base.as_str()
    }

    pub(crate) fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    /// The retries of the next call.
    pub(crate) fn retry(&self) -> RetrySettings {
        self.outage.settings(self.retry)
    }

    /// Sends a request, with the retries of its kind, and returns `data` of a successful response.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let answered = || self.outage.answered();
        let waiting = |failure: &Failure, wait| {
            tracing::info!(method = %call.method, path = call.path, %failure, ?wait, "trying again");
        };
        let result = retry::send(self.retry(), call.kind, answered, || self.attempt(call), waiting).await;
        self.outage.record(call.kind, &result);
        result
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), call.path));
        url.query_pairs_mut().extend_pairs(&call.query);
        let mut request = self.client.request(call.method.clone(), url).header(USER_AGENT, &self.agent);
        request = match call.body {
            None => request,
            Some(Body::Json(body)) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            Some(Body::Key) => request.header(CONTENT_TYPE, "text/plain").body(self.key.expose().to_owned()),
        };
        let lost = |stage: Stage| {
            move |source: reqwest::Error| {
                let unsent = source.is_connect() || source.is_builder();
                let stage = if unsent { Stage::Connecting } else { stage };
                Failure::Lost {
                    fault: TransportFault::of(&source, Some(stage)),
                    endpoint: self.base.to_string(),
                    // The address contains only the account id in addition, but the error names the endpoint already.
                    source: source.without_url(),
                }
            }
        };
        let place = self.pacer.wait().await;
        tracing::trace!(method = %call.method, path = call.path, "sending");
        let answer = request.send().await;
        drop(place);
        let mut response = answer.map_err(lost(Stage::Awaiting))?;
        self.outage.record_response();
        let status = response.status();
        let retry_after = retry_after(response.headers());
        tracing::debug!(method = %call.method, path = call.path, status = status.as_u16(), "answered");
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.pacer.throttled(retry_after.map(|asked| asked.min(LONGEST_RETRY_AFTER)));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost(Stage::Reading))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Err(Failure::TooLong { status, most: MAX_BODY });
            }
        }
        self.read(status, &body, retry_after)
    }

    fn read(&self, status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> Result<Value, Failure> {
        if status.is_success()
            && let Ok(mut json) = serde_json::from_slice::<Value>(body)
            && json.get("status").and_then(Value::as_str) == Some("SUCCESS")
        {
            return Ok(json.get_mut("data").map(Value::take).unwrap_or_default());
        }
        // The rest is shown to people; if a server repeats the key, it is removed here.
        let text = token::redacted(&self.key, &String::from_utf8_lossy(body));
        let json = serde_json::from_str::<Value>(&text);
        if let Ok(json) = &json
            && let Some(refusal) = ErrorBody::parse(status, json, retry_after)
        {
            return Err(Failure::Refused(refusal));
        }
        let answer = ForeignAnswer { status: status.as_u16(), body: BodyForm::of(body) };
        Err(Failure::Foreign { answer, endpoint: self.base.to_string(), retry_after })
    }
}

/// Returns `Retry-After`, in seconds or as a date (RFC 9110). Harness documents none; a gateway in between may send one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    // The difference of two times of the server's own clock; ours may be wrong.
    let now =
        text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(HeaderName, &str)]) -> Option<Duration> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        retry_after(&headers.collect())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[(RETRY_AFTER, " 17 ")]), Some(Duration::from_secs(17)));
        assert_eq!(asked(&[(RETRY_AFTER, "soon")]), None);
        let at = "Sun, 06 Nov 1994 08:49:37 GMT";
        let server = [(RETRY_AFTER, at), (DATE, "Sun, 06 Nov 1994 08:48:37 GMT")];
        assert_eq!(asked(&server), Some(Duration::from_mins(1)), "by the server's own clock");
        assert_eq!(asked(&[(RETRY_AFTER, at)]), Some(Duration::ZERO), "long past by ours");
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let wait = asked(&[(RETRY_AFTER, &soon)]).unwrap();
        assert!((90..=100).contains(&wait.as_secs()), "{wait:?}");
    }
}
