//! Error bodies of Harness, and what each of them means.

use std::time::Duration;

use harness_ccm_core::ErrorKind;
use harness_ccm_core::backend::TestFailure;
use reqwest::StatusCode;
use serde_json::Value;

/// An error body of any of the three shapes that Harness uses.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Empty if it is a number.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The fields that broke a rule.
    fields: Vec<String>,
    /// Code and message of each `responseMessages` entry.
    chain: Vec<(String, String)>,
    pub(crate) retry_after: Option<Duration>,
}

/// The kind of the core's error, and what a person can do.
type Meaning = (ErrorKind, Option<&'static str>);

const KEY: &str = "check that the API key has not expired and belongs to this Harness account and cluster";
const PERMISSION: &str =
    "give the key's user or service account connector view, edit and delete at account scope";
const SLOWER: &str = "lower the calls per minute, or let other users of this key finish first";
const LATER: &str = "try again later; if it stays so, see https://status.harness.io";
const ENDPOINT: &str = "check the endpoint: it ends right before /ng/api";
const IDENTIFIER: &str =
    "choose an identifier out of letters, digits, _ and $ that is no reserved word, by a naming rule";
const NAME: &str = "choose a name of up to 128 letters, digits, spaces, dots, hyphens, slashes and underscores, by a naming rule";

/// Remedies for answers that are none of Harness' own, by HTTP status.
pub(crate) fn of_page(status: StatusCode) -> Meaning {
    match status.as_u16() {
        401 => (ErrorKind::Unauthenticated, Some(KEY)),
        403 => (
            ErrorKind::Denied,
            Some("the gateway refused the call: check the key's rights and the account's IP allowlist"),
        ),
        407 => (ErrorKind::Denied, Some("the proxy wants a user: put one into HTTPS_PROXY")),
        413 => (ErrorKind::Invalid, Some("the connector is too large for the gateway: shorten its tags")),
        429 => (ErrorKind::Throttled, Some(SLOWER)),
        501 => (ErrorKind::Unsupported, None),
        408 | 500..=599 => (ErrorKind::Unavailable, Some(LATER)),
        _ => (ErrorKind::Protocol, Some(ENDPOINT)),
    }
}

impl Refusal {
    /// Reads a body: validation failures and server exceptions (`code` is a word), unparseable requests (`code` is a number).
    /// `None` if it is neither, such as a gateway's page.
    pub(crate) fn parse(status: StatusCode, body: &Value, retry_after: Option<Duration>) -> Option<Self> {
        let code = match body.get("code")? {
            Value::String(code) => code.clone(),
            Value::Number(_) => String::new(),
            _ => return None,
        };
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |key: &str| body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let message = [text(body, "message"), text(body, "details"), text(body, "detailedMessage")];
        let message: Vec<_> = message.into_iter().filter(|text| !text.is_empty()).collect();
        Some(Self {
            status,
            code,
            message: message.join(": "),
            fields: list("errors").iter().map(|entry| text(entry, "fieldId")).collect(),
            chain: list("responseMessages")
                .iter()
                .map(|entry| (text(entry, "code"), text(entry, "message")))
                .collect(),
            retry_after,
        })
    }

    pub(crate) fn is_not_found(&self) -> bool {
        match self.code.as_str() {
            "ENTITY_NOT_FOUND"
            | "RESOURCE_NOT_FOUND_EXCEPTION"
            | "RESOURCE_NOT_FOUND"
            | "CONNECTOR_NOT_FOUND_EXCEPTION" => true,
            "INVALID_REQUEST" => self.message.contains("No such connector found"),
            _ => false,
        }
    }

    /// Whether the identifier is in use already.
    pub(crate) fn is_taken(&self) -> bool {
        self.code == "DUPLICATE_FIELD"
            || (self.code == "INVALID_REQUEST" && self.message.contains("already exists"))
    }

    /// Whether somebody else wrote between Harness' own reading and writing.
    pub(crate) fn is_stale(&self) -> bool {
        self.code == "OPTIMISTIC_LOCKING_EXCEPTION"
    }

    /// Whether Harness could not set up its own supervision of the connector, which passes.
    pub(crate) fn is_heartbeat(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.message.to_ascii_lowercase().contains("heartbeat")
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

    pub(crate) fn meaning(&self) -> Meaning {
        // A refusal inside a 200 is one by its code.
        let status = if self.status.is_success() { 400 } else { self.status.as_u16() };
        match (status, self.code.as_str()) {
            (401, _) | (_, "INVALID_TOKEN" | "TOKEN_EXPIRED" | "EXPIRED_TOKEN") => {
                (ErrorKind::Unauthenticated, Some(KEY))
            }
            (403, _) | (_, "NG_ACCESS_DENIED") => (ErrorKind::Denied, Some(PERMISSION)),
            (429, _) => (ErrorKind::Throttled, Some(SLOWER)),
            _ if self.is_not_found() => {
                (ErrorKind::NotFound, Some("observe again: it is not there any more"))
            }
            _ if self.is_taken() => (
                ErrorKind::Conflict,
                Some("observe again: a connector of that identifier has appeared meanwhile"),
            ),
            _ if self.is_stale() => {
                (ErrorKind::Conflict, Some("observe again: somebody else is writing the same connector"))
            }
            (_, "ENTITY_REFERENCE_EXCEPTION") => (
                ErrorKind::Conflict,
                Some("remove what refers to the connector in Harness first, or delete it by force"),
            ),
            _ if self.is_heartbeat() => (ErrorKind::Unavailable, Some(LATER)),
            (501, _) => (ErrorKind::Unsupported, None),
            (408 | 500..=599, _) => (ErrorKind::Unavailable, Some(LATER)),
            // Numbered codes are the parser's: it met a word or a shape that this server does not know.
            (400 | 422, "") => (
                ErrorKind::Invalid,
                Some(
                    "this Harness does not know an option that was sent: leave out the newest ones, such as the report type",
                ),
            ),
            (400, _) => self.meaning_of_rule(),
            (404, _) => (ErrorKind::Protocol, Some(ENDPOINT)),
            (400..=499, _) => (ErrorKind::Invalid, None),
            _ => (ErrorKind::Protocol, Some(ENDPOINT)),
        }
    }

    /// A rule that the request breaks; all of them share one code, and only the text tells which it is.
    fn meaning_of_rule(&self) -> Meaning {
        let message = self.message.as_str();
        let on = |field: &str| self.fields.iter().any(|name| name.rsplit('.').next() == Some(field));
        let remedy = if message.contains("Exceeded static limitation") {
            let remedy = "the Harness plan limits the number of connectors; ask for a larger one";
            return (ErrorKind::LimitExceeded, Some(remedy));
        } else if message.contains("No connector exists") && message.contains("with type") {
            let remedy =
                "the identifier belongs to a connector of another type: choose another by a naming rule";
            return (ErrorKind::Conflict, Some(remedy));
        } else if message.to_ascii_lowercase().replace(' ', "").contains("forcedelete") {
            let remedy = "have force delete enabled in Harness' default settings, or remove what refers to the connector";
            return (ErrorKind::Denied, Some(remedy));
        } else if message.contains("curAttributes") {
            "name the report and its bucket: billing.report = { name = \"...\", bucket = \"...\" }"
        } else if message.contains("accountId in role arn") {
            "the connector's AWS account and its role's account differ: make them the same"
        } else if message.contains("Account detail is not present") {
            "give the Harness account id"
        } else if message.contains("FeaturesEnabled") || on("featuresEnabled") {
            "give the account at least one feature"
        } else if on("identifier") || message.contains("is a keyword") || message.contains("as identifier") {
            IDENTIFIER
        } else if on("name") {
            NAME
        } else {
            "change what the message names, then run again"
        };
        (ErrorKind::Invalid, Some(remedy))
    }
}
