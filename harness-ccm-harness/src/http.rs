//! The one path on which requests go out.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use harness_ccm_core::secret::Secret;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode, Url, redirect};
use serde_json::Value;

use crate::builder::invalid;
use crate::error::{Failure, Refusal};
use crate::pacing::Pacer;

/// A page of a hundred connectors has some 200 kB.
const MAX_BODY: usize = 16 << 20;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(2);

/// What may be done about a passing failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Send it again: it reads, or has the same effect twice as once.
    Freely,
    /// Only if it certainly had no effect.
    IfUnsent,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Below `/ng/api`.
    pub(crate) path: String,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<&'a Value>,
    pub(crate) repeat: Repeat,
}

#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    base: Url,
    key: Secret,
    pacer: Pacer,
    retries: usize,
    first_delay: Duration,
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
    pub(crate) fn new(
        base: Url,
        key: Secret,
        pacer: Pacer,
        timeout: Duration,
        retries: u32,
        first_delay: Duration,
    ) -> Result<Self> {
        let mut header = HeaderValue::from_str(key.expose())
            .map_err(|_| invalid("the API key holds characters that no key has"))?;
        header.set_sensitive(true);
        let mut builder = Client::builder()
            .default_headers(HeaderMap::from_iter([(
                reqwest::header::HeaderName::from_static("x-api-key"),
                header,
            )]))
            .user_agent(concat!("harness-ccm/", env!("CARGO_PKG_VERSION")))
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
        }
        let client = builder.build().map_err(|e| {
            Error::new(ErrorKind::Unavailable, "harness:configure", "no HTTP client").with_source(e)
        })?;
        Ok(Self {
            client,
            base,
            key,
            pacer,
            retries: usize::try_from(retries).unwrap_or(usize::MAX),
            first_delay,
        })
    }

    /// Sends a request, again where that is safe, and returns `data` of a good answer.
    ///
    /// The flag says whether an earlier attempt may have taken effect.
    pub(crate) async fn send(&self, call: &Call<'_>) -> (Result<Value, Failure>, bool) {
        let lost = AtomicBool::new(false);
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.first_delay)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(self.retries)
            .with_jitter();
        let result = (|| self.attempt(call))
            .retry(backoff)
            .when(|failure| {
                let again =
                    failure.is_passing() && (call.repeat == Repeat::Freely || !failure.is_unsettled());
                if again && failure.is_unsettled() {
                    lost.store(true, Ordering::Relaxed);
                }
                again
            })
            .adjust(|failure, wait| {
                // No wait means that the retries are used up.
                let wait = wait?;
                Some(
                    failure
                        .retry_after()
                        .map_or(wait, |asked| asked.clamp(wait, LONGEST_RETRY_AFTER.max(wait))),
                )
            })
            .await;
        (result, lost.into_inner())
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Value, Failure> {
        self.pacer.wait().await;
        let mut url = self.base.clone();
        url.set_path(&format!("{}/ng/api{}", self.base.path().trim_end_matches('/'), call.path));
        url.query_pairs_mut().extend_pairs(call.query);
        let mut request = self.client.request(call.method.clone(), url);
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let lost = |source: reqwest::Error| Failure::Lost {
            unsent: source.is_connect() || source.is_builder(),
            endpoint: self.base.to_string(),
            // The address holds the account id and nothing more, but the endpoint is named already.
            source: source.without_url(),
        };
        let mut response = request.send().await.map_err(lost)?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Err(Failure::Garbled {
                    status,
                    message: format!("the answer is longer than {MAX_BODY} bytes"),
                });
            }
        }
        self.read(status, &body, retry_after)
    }

    fn read(&self, status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> Result<Value, Failure> {
        // Whatever comes back is shown to people; if a server should repeat the key, it stops here.
        let text = String::from_utf8_lossy(body).replace(self.key.expose(), "***");
        let json = serde_json::from_str::<Value>(&text).ok();
        let bare = json.is_none();
        let mut json = json.unwrap_or_default();
        if status.is_success() && json.get("status").and_then(Value::as_str) == Some("SUCCESS") {
            return Ok(json.get_mut("data").map(Value::take).unwrap_or_default());
        }
        if let Some(refusal) = Refusal::parse(status, &json, retry_after) {
            return Err(Failure::Refused(refusal));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let (code, chain) = (String::new(), Vec::new());
            return Err(Failure::Refused(Refusal {
                status,
                code,
                message: "too many requests".into(),
                chain,
                retry_after,
            }));
        }
        let what = if bare { "a page that is not JSON" } else { "JSON without a result" };
        let from = self.base.host_str().unwrap_or_default();
        Err(Failure::Garbled { status, message: format!("HTTP {} with {what} from {from}", status.as_u16()) })
    }
}

/// `Retry-After` in seconds. Harness documents none; a gateway in between may send one.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
