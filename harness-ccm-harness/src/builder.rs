use std::fmt;
use std::path::Path;
use std::time::Duration;

use harness_ccm_core::files::read_regular;
use harness_ccm_core::id::HarnessAccountId;
use harness_ccm_core::secret::{Secret, looks_like_key, without_keys};
use harness_ccm_core::text::quotation_marks;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::{Certificate, Url};

use crate::api::Api;
use crate::client::HarnessConnectors;
use crate::error::{OPERATION, invalid};
use crate::http::{Http, Settings};
use crate::pacing::Pacer;
use crate::retry::RetrySettings;
use crate::token;

const DEFAULT_ENDPOINT: &str = "https://app.harness.io/gateway";
const ACCOUNT_VARIABLE: &str = "HARNESS_ACCOUNT_ID";
const KEY_VARIABLE: &str = "HARNESS_PLATFORM_API_KEY";
const ENDPOINT_VARIABLE: &str = "HARNESS_ENDPOINT";
/// Harness account ids have 22 characters; a longer value is a key in the wrong place.
const LONGEST_ACCOUNT: usize = 24;
const CA_VARIABLE: &str = "HARNESS_CA_BUNDLE";
const VARIABLES: [&str; 4] = [KEY_VARIABLE, ACCOUNT_VARIABLE, ENDPOINT_VARIABLE, CA_VARIABLE];

/// The settings of a client of one Harness account; made by [`HarnessConnectors::builder`].
#[derive(Clone)]
#[must_use]
pub struct HarnessConnectorsBuilder {
    account: HarnessAccountId,
    key: Secret,
    endpoint: String,
    pace: Pace,
    request_timeout: Duration,
    retry: RetrySettings,
    certificates: Vec<u8>,
}

#[derive(Clone)]
enum Pace {
    Own { calls: u32, window: Duration, yields: bool },
    Shared(Pacer),
}

/// Shows neither the key nor the endpoint, which may contain a password.
impl fmt::Debug for HarnessConnectorsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarnessConnectorsBuilder")
            .field("account", &self.account)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl HarnessConnectors {
    /// Makes a builder for the connectors of `account`, accessed with `key` (a personal access token or a service account's).
    pub fn builder(account: HarnessAccountId, key: Secret) -> HarnessConnectorsBuilder {
        HarnessConnectorsBuilder::new(account, key)
    }

    /// Makes a client from the environment, see [`HarnessConnectorsBuilder::from_env`].
    ///
    /// **Errors.** As there, and as for [`HarnessConnectorsBuilder::build`].
    pub fn from_env() -> Result<Self> {
        HarnessConnectorsBuilder::from_env()?.build()
    }
}

impl HarnessConnectorsBuilder {
    fn new(account: HarnessAccountId, key: Secret) -> Self {
        Self {
            account,
            key,
            endpoint: DEFAULT_ENDPOINT.into(),
            pace: Pace::Own { calls: 400, window: Duration::from_mins(1), yields: false },
            request_timeout: Duration::from_mins(1),
            retry: RetrySettings::default(),
            certificates: Vec::new(),
        }
    }

    /// Makes a builder for the account in the key. Current keys contain it, `pat.<account>.<token>.<secret>`; older ones have
    /// three parts and do not.
    ///
    /// **Errors.** `Invalid` if the key does not contain an account.
    pub fn for_key(key: Secret) -> Result<Self> {
        let account = token::account_in(&key).ok_or_else(|| {
            invalid("the API key names no Harness account, as older ones of three parts do not")
                .with_remedy(format!("give the account id too ({ACCOUNT_VARIABLE})"))
        })?;
        let account = account.parse().map_err(|error| {
            invalid("the account that the API key names is not a valid account id").with_source(error)
        })?;
        Ok(Self::new(account, key))
    }

    /// Reads the environment, under the names that Harness' own Terraform provider reads:
    ///
    /// - `HARNESS_PLATFORM_API_KEY`, the key;
    /// - `HARNESS_ACCOUNT_ID`, which may be left out if the key names its account;
    /// - `HARNESS_ENDPOINT`, if set;
    /// - `HARNESS_CA_BUNDLE`, if set: a file for [`root_certificates`](Self::root_certificates). This one is our own.
    ///
    /// **Errors.** `Invalid` with the name of the missing or malformed variable; never with a value that may be a key, in any
    /// variable.
    pub fn from_env() -> Result<Self> {
        for name in VARIABLES {
            if matches!(std::env::var(name), Err(std::env::VarError::NotUnicode(_))) {
                return Err(invalid(format!("the environment variable {name} is not valid UTF-8")));
            }
        }
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(read: impl Fn(&'static str) -> Option<String>) -> Result<Self> {
        let given = |name| read(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        for name in VARIABLES {
            if let Some(what) = given(name).as_deref().and_then(quotation_marks) {
                return Err(invalid(format!("the environment variable {name} {what}")).with_remedy(
                    "write it without quotation marks: an env-file of docker run, unlike a shell, keeps them",
                ));
            }
        }
        let key = given(KEY_VARIABLE).map(Secret::new).ok_or_else(|| {
            invalid(format!("the environment variable {KEY_VARIABLE} is not set")).with_remedy(format!(
                "set it to an API key of Harness; an old one needs {ACCOUNT_VARIABLE} too"
            ))
        })?;
        let mut builder = match given(ACCOUNT_VARIABLE) {
            Some(account) => {
                let account = account.parse().map_err(|e| {
                    invalid(format!("the environment variable {ACCOUNT_VARIABLE} is malformed"))
                        .with_source(e)
                })?;
                Self::new(account, key)
            }
            None => Self::for_key(key)?,
        };
        if let Some(endpoint) = given(ENDPOINT_VARIABLE) {
            builder = builder.endpoint(endpoint);
        }
        if let Some(file) = given(CA_VARIABLE) {
            const REMEDY: &str = "name a file of certificate authorities in PEM, such as that of the proxy";
            let pem = read_regular(Path::new(&file), MOST_CERTIFICATES, "bundle of certificates").map_err(
                |error| {
                    // The value may be a key; the path of an existing file is not.
                    let hidden = !Path::new(&file).exists() && looks_like_key(&file);
                    let shown = if hidden { String::new() } else { format!(" {file}") };
                    invalid(format!("the file{shown} that {CA_VARIABLE} names cannot be read"))
                        .with_source(error)
                        .with_remedy(REMEDY)
                },
            )?;
            if parse_certificates(&pem).is_ok_and(|certificates| certificates.is_empty()) {
                let problem =
                    format!("the file {file} that {CA_VARIABLE} names has no certificate authority in it");
                return Err(invalid(problem).with_remedy(REMEDY));
            }
            builder = builder.root_certificates(pem);
        }
        Ok(builder)
    }

    /// Sets the address of the API, without `/ng/api`; by default `https://app.harness.io/gateway`.
    pub fn endpoint(mut self, base: impl Into<String>) -> Self {
        self.endpoint = base.into();
        self
    }

    /// Sets the maximum number of calls that reach Harness in any 60 seconds, from this client and its clones together; 400 by
    /// default, which is the limit per API key that Harness documents for external requests.
    pub fn calls_per_minute(mut self, limit: u32) -> Self {
        let (_, window, yields) = self.own_pace();
        self.pace = Pace::Own { calls: limit, window, yields };
        self
    }

    /// Replaces the 60 seconds of [`calls_per_minute`](Self::calls_per_minute): for tests against a scaled-down server.
    pub fn pacing_window(mut self, span: Duration) -> Self {
        let (calls, _, yields) = self.own_pace();
        self.pace = Pace::Own { calls, window: span, yields };
        self
    }

    /// Sends fewer calls after Harness reported too many, for example because others use the same key: it reduces the rate to
    /// three quarters, and raises it by a twentieth of the configured number with every minute without such a report. Off by
    /// default: then each refused call is only retried later.
    pub fn slow_down_when_throttled(mut self) -> Self {
        let (calls, window, _) = self.own_pace();
        self.pace = Pace::Own { calls, window, yields: true };
        self
    }

    /// Shares the pace of another client, for a second one with the same key: Harness counts the calls of a key, and clients
    /// that are made separately do not know of each other. It replaces the settings of the three methods above.
    pub fn share_pace_with(mut self, other: &HarnessConnectors) -> Self {
        self.pace = Pace::Shared(other.api().http().pacer().clone());
        self
    }

    fn own_pace(&self) -> (u32, Duration, bool) {
        match self.pace {
            Pace::Own { calls, window, yields } => (calls, window, yields),
            Pace::Shared(_) => (400, Duration::from_mins(1), false),
        }
    }

    /// Sets the timeout of one request, including connecting; 60 seconds by default.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how often a request is retried after a temporary failure; 8 by default, about two minutes in all, and at most 200
    /// seconds until the last try. If Harness does not answer in this time, the client sends every further request once, until
    /// Harness answers again.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retry.retries = retries;
        self
    }

    /// Sets the wait before the first retry; each further wait is twice as long, up to 30 seconds, with jitter. 500
    /// milliseconds by default.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry.first_wait = delay;
        self
    }

    /// Trusts these certificate authorities too (PEM, one or several): for a self-managed Harness, or a proxy that inspects
    /// TLS. Those that the operating system trusts stay trusted.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates = pem.into();
        self
    }

    /// Makes the client. It sends nothing yet.
    ///
    /// **Errors.** `Invalid` if the endpoint is not an http(s) URL or contains a password or an API key, if the key cannot be
    /// sent in a header, if the number of calls per minute is zero, or if the given data contains no certificate;
    /// `Unauthenticated` if the key belongs to another account than the given one.
    pub fn build(self) -> Result<HarnessConnectors> {
        let Self { account, key, endpoint, pace, request_timeout: timeout, retry, certificates } = self;
        if key.expose().is_empty() {
            return Err(invalid("the API key is empty"));
        }
        refuse_foreign_token(&account, &key)?;
        let pacer = match pace {
            Pace::Own { calls: 0, .. } => {
                return Err(invalid("the number of calls per minute is zero"));
            }
            Pace::Own { calls, window, yields } => Pacer::new(calls, window, yields),
            Pace::Shared(pacer) => pacer,
        };
        let base = base(&endpoint)?;
        if token::is_in(&key, &base) || without_keys(&endpoint) != endpoint {
            return Err(invalid("the endpoint holds an API key")
                .with_remedy(format!("write it as in {DEFAULT_ENDPOINT}, and the key in {KEY_VARIABLE}")));
        }
        let certificates = parse_certificates(&certificates)?;
        let http = Http::new(Settings { base, key, pacer, timeout, retry, certificates })?;
        Ok(HarnessConnectors::new(Api::new(account, http)))
    }
}

fn base(endpoint: &str) -> Result<Url> {
    let base = Url::parse(endpoint.trim_end_matches('/'))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            invalid("the endpoint is not an http or https URL")
                .with_remedy(format!("write it as in {DEFAULT_ENDPOINT}"))
        })?;
    if !base.username().is_empty() || base.password().is_some() {
        // Errors contain the endpoint.
        return Err(invalid("the endpoint holds a user or password")
            .with_remedy("leave it out: Harness identifies callers by their API key"));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(invalid("the endpoint holds more than an address and a path")
            .with_remedy(format!("write it as in {DEFAULT_ENDPOINT}")));
    }
    Ok(base)
}

/// The maximum length of a file of certificates, in MiB. All authorities that browsers trust take about 220 KiB.
const MOST_CERTIFICATES: u64 = 4;

fn parse_certificates(pem: &[u8]) -> Result<Vec<Certificate>> {
    if pem.is_empty() {
        return Ok(Vec::new());
    }
    let malformed = || {
        invalid("there is no certificate authority in the given PEM")
            .with_remedy("give PEM: one block of BEGIN CERTIFICATE for each authority")
    };
    let certificates = Certificate::from_pem_bundle(pem).map_err(|error| malformed().with_source(error))?;
    if certificates.is_empty() { Err(malformed()) } else { Ok(certificates) }
}

fn refuse_foreign_token(account: &HarnessAccountId, key: &Secret) -> Result<()> {
    match token::account_in(key) {
        Some(named) if named != account.as_str() => Err(Error::new(
            ErrorKind::Unauthenticated,
            OPERATION,
            // The error does not contain the value: it may be a key in the wrong place. The same applies to a name that is not
            // a valid account.
            if named.len() <= LONGEST_ACCOUNT {
                format!("the API key belongs to the Harness account {named}, not to the one that is given")
            } else {
                "the API key names another Harness account than the one that is given".to_owned()
            },
        )
        .with_remedy(format!(
            "use a key of the account that is given, or change the account id ({ACCOUNT_VARIABLE})"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(set: &'static [(&'static str, &'static str)]) -> impl Fn(&'static str) -> Option<String> {
        move |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into())
    }

    #[test]
    fn a_bundle_without_a_certificate_authority_is_refused_like_one_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("proxy.pem");
        std::fs::write(&file, "").unwrap();
        for (path, what) in [
            (file.as_path(), "has no certificate authority in it"),
            (folder.path(), "cannot be read"),
            (Path::new("/there/is/none.pem"), "cannot be read"),
        ] {
            let path = path.to_str().unwrap();
            let read = |name: &str| match name {
                KEY_VARIABLE => Some("pat.acct.token.secret".to_owned()),
                CA_VARIABLE => Some(path.to_owned()),
                _ => None,
            };
            let report = HarnessConnectorsBuilder::from_variables(read).unwrap_err().report();
            assert!(report.contains(what) && report.contains(path), "{report}");
            assert!(report.contains("remedy: name a file of certificate authorities in PEM"), "{report}");
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error =
            HarnessConnectorsBuilder::from_variables(variables(&[(KEY_VARIABLE, "sat.uuid.c")])).unwrap_err();
        assert!(error.report().contains(ACCOUNT_VARIABLE), "{error}");
        let error =
            HarnessConnectorsBuilder::from_variables(variables(&[(ACCOUNT_VARIABLE, "acc")])).unwrap_err();
        assert!(error.to_string().contains(KEY_VARIABLE), "{error}");
    }

    #[test]
    fn the_account_is_taken_from_a_key_that_names_it() {
        let set = &[(KEY_VARIABLE, "sat.acc.uuid.secret"), (ACCOUNT_VARIABLE, " ")];
        let client = HarnessConnectorsBuilder::from_variables(variables(set)).unwrap().build().unwrap();
        assert_eq!(client.account().as_str(), "acc");
        let set = &[(KEY_VARIABLE, "sat.acc.uuid.secret"), (ACCOUNT_VARIABLE, "other")];
        let error = HarnessConnectorsBuilder::from_variables(variables(set)).unwrap().build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "what is given counts, and does not fit");
    }

    #[test]
    fn a_key_in_the_wrong_variable_is_not_shown() {
        for variable in [ACCOUNT_VARIABLE, ENDPOINT_VARIABLE, CA_VARIABLE] {
            for wrong in ["pat.acc.0123456789abcdef01234567.MARKED", "wJalrXUtnFEMIK7MDENGbPxRfiCYMARKEDKEY"]
            {
                let read = |name: &'static str| match name {
                    KEY_VARIABLE => Some("sat.acc.uuid.secret".to_owned()),
                    _ => (name == variable).then(|| wrong.to_owned()),
                };
                let error = HarnessConnectorsBuilder::from_variables(read)
                    .and_then(HarnessConnectorsBuilder::build)
                    .unwrap_err();
                let told = format!("{error} {error:?} {}", error.report());
                assert!(!told.contains("MARKED"), "{told}");
            }
        }
    }

    #[test]
    fn quotation_marks_around_a_value_are_named_for_every_variable() {
        for name in VARIABLES {
            for value in ["\"MARKED\"", "'MARKED'", "\"MARKED", " \"MARKED\"\r"] {
                let read = |asked: &'static str| match asked {
                    _ if asked == name => Some(value.to_owned()),
                    KEY_VARIABLE => Some("sat.acc.uuid.secret".to_owned()),
                    _ => None,
                };
                let report = HarnessConnectorsBuilder::from_variables(read).unwrap_err().report();
                assert!(report.contains(name) && report.contains("quotation mark"), "{report}");
                assert!(!report.contains("MARKED"), "{report}");
            }
        }
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
    fn a_bad_endpoint_is_refused_and_its_password_not_shown() {
        let builder = |endpoint: &str| {
            HarnessConnectorsBuilder::new("acc".parse().unwrap(), Secret::new("sat.acc.b.c"))
                .endpoint(endpoint)
        };
        for endpoint in [
            "",
            "app.harness.io",
            "ftp://app.harness.io",
            "http://",
            "https://user:MARKED@app.harness.io",
            "https://app.harness.io?a=MARKED",
            "pat.acc.0123456789abcdef01234567.MARKED",
            "https://app.harness.io/pat.acc.0123456789abcdef01234567.MARKED",
            "https://app.harness.io/gateway/sat.acc.b.MARKED/ng",
        ] {
            let error = builder(endpoint).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{endpoint}");
            assert!(!format!("{error:?} {:?}", builder(endpoint)).contains("MARKED"), "{error:?}");
        }
    }

    #[test]
    fn certificates_are_looked_at_before_any_call() {
        let builder = HarnessConnectorsBuilder::new("acc".parse().unwrap(), Secret::new("sat.acc.b.c"));
        for pem in ["not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let error = builder.clone().root_certificates(pem).build().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Unavailable), "{error}");
        }
        let set = &[(KEY_VARIABLE, "sat.acc.uuid.secret"), (CA_VARIABLE, "/there/is/no/such/file.pem")];
        let error = HarnessConnectorsBuilder::from_variables(variables(set)).unwrap_err();
        assert!(error.message().contains(CA_VARIABLE), "{error}");
    }

    #[test]
    fn a_bundle_of_certificates_is_read_with_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("long.pem");
        std::fs::File::create(&long).unwrap().set_len((MOST_CERTIFICATES << 20) + 1).unwrap();
        let cases = [
            (long.to_str().unwrap(), "more than 4 MiB"),
            (folder.path().to_str().unwrap(), "not a regular file"),
            #[cfg(unix)]
            ("/dev/zero", "not a regular file"),
        ];
        for (file, problem) in cases {
            let read = |name| match name {
                KEY_VARIABLE => Some("sat.acc.uuid.secret".to_owned()),
                CA_VARIABLE => Some(file.to_owned()),
                _ => None,
            };
            let report = HarnessConnectorsBuilder::from_variables(read).unwrap_err().report();
            for part in [file, CA_VARIABLE, problem] {
                assert!(report.contains(part), "{part} is not in {report}");
            }
        }
        std::fs::File::options().write(true).open(&long).unwrap().set_len(MOST_CERTIFICATES << 20).unwrap();
        let read = read_regular(&long, MOST_CERTIFICATES, "bundle").unwrap();
        assert_eq!(read.len() as u64, MOST_CERTIFICATES << 20);
    }
}
