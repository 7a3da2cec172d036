use std::time::Duration;

use harness_ccm_core::id::HarnessAccountId;
use harness_ccm_core::secret::Secret;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Url;

use crate::client::HarnessConnectors;
use crate::http::Http;
use crate::pacing::Pacer;

const OPERATION: &str = "harness:configure";
const DEFAULT_ENDPOINT: &str = "https://app.harness.io/gateway";
const ACCOUNT_VARIABLE: &str = "HARNESS_ACCOUNT_ID";
const KEY_VARIABLE: &str = "HARNESS_PLATFORM_API_KEY";
const ENDPOINT_VARIABLE: &str = "HARNESS_ENDPOINT";

/// How to reach one Harness account; made by [`HarnessConnectors::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct HarnessConnectorsBuilder {
    account: HarnessAccountId,
    key: Secret,
    endpoint: String,
    calls_per_minute: u32,
    window: Duration,
    request_timeout: Duration,
    retries: u32,
    first_delay: Duration,
}

impl HarnessConnectorsBuilder {
    pub(crate) fn new(account: HarnessAccountId, key: Secret) -> Self {
        Self {
            account,
            key,
            endpoint: DEFAULT_ENDPOINT.into(),
            calls_per_minute: 400,
            window: Duration::from_mins(1),
            request_timeout: Duration::from_mins(1),
            retries: 8,
            first_delay: Duration::from_millis(500),
        }
    }

    /// Reads `HARNESS_ACCOUNT_ID`, `HARNESS_PLATFORM_API_KEY` and, if set, `HARNESS_ENDPOINT`: the names that Harness' own
    /// Terraform provider reads.
    ///
    /// **Errors.** `Invalid`, naming the variable that is missing or malformed; never its value if that is the key.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(read: impl Fn(&'static str) -> Option<String>) -> Result<Self> {
        let required = |name: &'static str| {
            read(name).filter(|value| !value.trim().is_empty()).ok_or_else(|| {
                invalid(format!("the environment variable {name} is not set"))
                    .with_remedy(format!("set {ACCOUNT_VARIABLE} and {KEY_VARIABLE}"))
            })
        };
        let account = required(ACCOUNT_VARIABLE)?.trim().parse().map_err(|e| {
            invalid(format!("the environment variable {ACCOUNT_VARIABLE} is malformed")).with_source(e)
        })?;
        let builder = Self::new(account, Secret::new(required(KEY_VARIABLE)?));
        Ok(match read(ENDPOINT_VARIABLE).filter(|value| !value.trim().is_empty()) {
            Some(endpoint) => builder.endpoint(endpoint.trim()),
            None => builder,
        })
    }

    /// Where the API is, up to and without `/ng/api`; by default `https://app.harness.io/gateway`.
    pub fn endpoint(mut self, base: impl Into<String>) -> Self {
        self.endpoint = base.into();
        self
    }

    /// At most how many calls are sent in any 60 seconds, by this client and its clones together; 400 by default, which is the
    /// limit per API key that Harness documents for external requests.
    pub fn calls_per_minute(mut self, calls: u32) -> Self {
        self.calls_per_minute = calls;
        self
    }

    /// Replaces the 60 seconds of [`calls_per_minute`](Self::calls_per_minute): for tests against a scaled-down server.
    pub fn pacing_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How long one request may take, connecting included; 60 seconds by default.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How many times a request is sent again after a passing failure; 8 by default, some two minutes in all.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// How long to wait before the first retry; each further wait is twice as long, up to 30 seconds, with jitter. 500
    /// milliseconds by default.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// **Errors.** `Invalid` if the endpoint is no http(s) URL, if the key can not be a header, if no call per minute is
    /// allowed; `Unauthenticated` if the key names another account than the one given.
    pub fn build(self) -> Result<HarnessConnectors> {
        let Self { account, key, endpoint, calls_per_minute, window, request_timeout, retries, first_delay } =
            self;
        if key.expose().is_empty() {
            return Err(invalid("the API key is empty"));
        }
        refuse_foreign_token(&account, &key)?;
        if calls_per_minute == 0 {
            return Err(invalid("with no call per minute there is nothing to do"));
        }
        let base = Url::parse(endpoint.trim_end_matches('/'))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                invalid("the endpoint is not an http or https URL")
                    .with_remedy("give it like https://app.harness.io/gateway")
            })?;
        let pacer = Pacer::new(calls_per_minute, window);
        let http = Http::new(base, key, pacer, request_timeout, retries, first_delay)?;
        Ok(HarnessConnectors::new(account, http))
    }
}

/// Tokens of four parts name their account in the second; older ones of three parts name none (Harness API reference).
fn refuse_foreign_token(account: &HarnessAccountId, key: &Secret) -> Result<()> {
    let parts: Vec<_> = key.expose().split('.').collect();
    match parts[..] {
        [_, named, _, _] if named != account.as_str() => Err(Error::new(
            ErrorKind::Unauthenticated,
            OPERATION,
            format!("the API key belongs to the Harness account {named}, not to {account}"),
        )
        .with_remedy(format!("use a key of the account {account}, or change the account id"))),
        _ => Ok(()),
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, OPERATION, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(set: &'static [(&'static str, &'static str)]) -> impl Fn(&'static str) -> Option<String> {
        move |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into())
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error =
            HarnessConnectorsBuilder::from_variables(variables(&[(KEY_VARIABLE, "sat.a.b.c")])).unwrap_err();
        assert!(error.to_string().contains(ACCOUNT_VARIABLE), "{error}");
        let error =
            HarnessConnectorsBuilder::from_variables(variables(&[(ACCOUNT_VARIABLE, "acc")])).unwrap_err();
        assert!(error.to_string().contains(KEY_VARIABLE), "{error}");
    }

    #[test]
    fn the_endpoint_has_a_default() {
        let set = &[(ACCOUNT_VARIABLE, "acc"), (KEY_VARIABLE, "sat.acc.b.c")];
        let builder = HarnessConnectorsBuilder::from_variables(variables(set)).unwrap();
        assert_eq!(builder.endpoint, DEFAULT_ENDPOINT);
        builder.build().unwrap();
    }

    #[test]
    fn a_token_of_another_account_is_refused_and_not_shown() {
        let build =
            |key: &str| HarnessConnectorsBuilder::new("acc".parse().unwrap(), Secret::new(key)).build();
        let error = build("sat.other.uuid.MARKED").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(!error.report().contains("MARKED"));
        build("sat.acc.uuid.MARKED").unwrap();
        build("sat.uuid.MARKED").expect("a token of three parts names no account");
    }

    #[test]
    fn a_bad_endpoint_is_refused() {
        for endpoint in ["", "app.harness.io", "ftp://app.harness.io", "http://"] {
            let builder = HarnessConnectorsBuilder::new("acc".parse().unwrap(), Secret::new("sat.acc.b.c"));
            assert!(builder.endpoint(endpoint).build().is_err(), "{endpoint}");
        }
    }
}
