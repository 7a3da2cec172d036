//! Error bodies of Harness, and what each of them means.

use std::time::Duration;

use harness_ccm_core::ErrorKind;
use harness_ccm_core::backend::TestFailure;
use reqwest::StatusCode;
use serde_json::Value;

/// An error body of any of the three shapes that Harness uses.
#[derive(Debug)]
pub(crate) struct ErrorBody {
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
        409 => (ErrorKind::Conflict, Some("observe again: what the call met was not what it expected")),
        413 => (ErrorKind::Invalid, Some("the connector is too large for the gateway: shorten its tags")),
        429 => (ErrorKind::Throttled, Some(SLOWER)),
        501 => (ErrorKind::Unsupported, None),
        408 | 500..=599 => (ErrorKind::Unavailable, Some(LATER)),
        _ => (ErrorKind::Protocol, Some(ENDPOINT)),
    }
}

impl ErrorBody {
    /// Reads a body: validation failures and server exceptions (`code` is a word), unreadable requests (`code` is a number).
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
        let mut message = message.join(": ");
        let chain: Vec<_> = list("responseMessages")
            .iter()
            .map(|entry| (text(entry, "code"), text(entry, "message")))
            .collect();
        // The message often repeats them, and sometimes they alone say what it is.
        for (_, more) in &chain {
            if !message.contains(more.as_str()) {
                message = if message.is_empty() { more.clone() } else { format!("{message}; {more}") };
            }
        }
        Some(Self {
            status,
            code,
            message,
            fields: list("errors").iter().map(|entry| text(entry, "fieldId")).collect(),
            chain,
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
        let said = ["already exists", "E11000", "duplicate key"];
        self.code == "DUPLICATE_FIELD"
            || (matches!(self.code.as_str(), "INVALID_REQUEST" | "UNKNOWN_ERROR" | "")
                && said.iter().any(|text| self.message.contains(text)))
            || (self.status == StatusCode::CONFLICT && !self.is_stale() && !self.is_referenced())
    }

    /// Whether somebody else wrote between Harness' own reading and writing.
    pub(crate) fn is_stale(&self) -> bool {
        self.code == "OPTIMISTIC_LOCKING_EXCEPTION"
    }

    /// Whether something in Harness refers to the connector.
    pub(crate) fn is_referenced(&self) -> bool {
        self.code == "ENTITY_REFERENCE_EXCEPTION"
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
            _ if self.is_referenced() => (
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A server exception.
    fn error(code: &str, message: &str) -> Value {
        json!({"status": "ERROR", "code": code, "message": message, "correlationId": "c", "detailedMessage": null,
            "responseMessages": [{"code": code, "level": "ERROR", "message": message, "exception": null, "failureTypes": []}],
            "metadata": null})
    }

    /// A violation of the request's rules.
    fn failure(message: &str, field: &str) -> Value {
        json!({"status": "FAILURE", "code": "INVALID_REQUEST", "message": format!("{field}: {message}"), "correlationId": "c",
            "errors": [{"fieldId": field, "error": message}]})
    }

    fn refusal(status: u16, body: &Value) -> ErrorBody {
        ErrorBody::parse(StatusCode::from_u16(status).unwrap(), body, None).unwrap()
    }

    /// Every situation of the Harness API reference with what it means, and a word of its remedy.
    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn every_situation_has_its_meaning() {
        use ErrorKind::{
            Conflict, Denied, Invalid, LimitExceeded, NotFound, Protocol, Throttled, Unauthenticated,
            Unavailable, Unsupported,
        };
        let invalid = |message: &str| error("INVALID_REQUEST", &format!("Invalid request: {message}"));
        let table = [
            (
                400,
                invalid(
                    "Connector: n has been given an identifier: i that already exists. Please enter a unique ID.",
                ),
                Conflict,
                "observe",
            ),
            (400, error("DUPLICATE_FIELD", "Connector [i] already exists"), Conflict, "observe"),
            (
                404,
                error("ENTITY_NOT_FOUND", "Connector with identifier [i] not found in account [a]."),
                NotFound,
                "observe",
            ),
            (
                400,
                json!({"status": "FAILURE", "code": "RESOURCE_NOT_FOUND_EXCEPTION", "errors": null,
                "message": "Connector with identifier [i] not found in account [a]."}),
                NotFound,
                "observe",
            ),
            (
                400,
                error(
                    "CONNECTOR_NOT_FOUND_EXCEPTION",
                    "No connector exists with the identifier i in account a",
                ),
                NotFound,
                "observe",
            ),
            (
                400,
                error("CONNECTOR_NOT_FOUND_EXCEPTION", "No connector found with identifier i"),
                NotFound,
                "observe",
            ),
            (400, invalid("No such connector found"), NotFound, "observe"),
            (
                400,
                invalid("No connector exists with the identifier i in account a with type CEAws"),
                Conflict,
                "another type",
            ),
            (
                400,
                error(
                    "ENTITY_REFERENCE_EXCEPTION",
                    "Could not delete the connector i as it is referenced by other entities",
                ),
                Conflict,
                "refers",
            ),
            (400, invalid("Force delete is not enabled for this account"), Denied, "force delete"),
            (
                400,
                failure("i-1 can be 128 characters long and can only contain alphanumeric", "identifier"),
                Invalid,
                "identifier",
            ),
            (400, failure("status is a keyword, so cannot be used", "identifier"), Invalid, "identifier"),
            (400, invalid("harnessSecretManager cannot be used as identifier"), Invalid, "identifier"),
            (400, failure("cannot be more than 128 characters long.", "name"), Invalid, "128"),
            (400, failure("FeaturesEnabled can't be empty", "featuresEnabled"), Invalid, "feature"),
            (
                400,
                invalid("curAttributes should be provided when the features 'BILLING' is enabled."),
                Invalid,
                "bucket",
            ),
            (
                400,
                invalid("accountId in role arn does not match accountId in overview screen"),
                Invalid,
                "role",
            ),
            (
                500,
                error("UNKNOWN_ERROR", "An error has occurred. Please contact the Harness support team."),
                Unavailable,
                "later",
            ),
            (
                400,
                invalid("Connector could not be created because we could not create the heartbeat"),
                Unavailable,
                "later",
            ),
            (
                400,
                json!({"status": "FAILURE", "code": "OPTIMISTIC_LOCKING_EXCEPTION", "message": "reload", "errors": null}),
                Conflict,
                "observe",
            ),
            (400, invalid("Exceeded static limitation. Current Limit: 100"), LimitExceeded, "plan"),
            (401, error("INVALID_TOKEN", "Token is not valid."), Unauthenticated, "API key"),
            (400, invalid("Account detail is not present in the request"), Invalid, "account id"),
            (
                403,
                json!({"status": "ERROR", "code": "NG_ACCESS_DENIED", "message": "Principal of type SERVICE_ACCOUNT ...",
                "failedPermissionChecks": [{"permission": "core_connector_edit"}]}),
                Denied,
                "edit",
            ),
            (
                400,
                json!({"code": 400, "message": "Unable to process JSON", "details": "Cannot deserialize"}),
                Invalid,
                "option",
            ),
            (404, json!({"code": 404, "message": "HTTP 404 Not Found"}), Protocol, "endpoint"),
            (429, json!({"code": "RATE_LIMIT", "message": "slow down"}), Throttled, "calls per minute"),
            (503, error("UNKNOWN_ERROR", "not now"), Unavailable, "later"),
            (501, error("UNKNOWN_ERROR", "never"), Unsupported, ""),
            (415, error("MEDIA_NOT_SUPPORTED", "Media type is not supported"), Invalid, ""),
            (200, error("NG_ACCESS_DENIED", "a refusal in a good answer"), Denied, "edit"),
            (400, invalid("something that nobody has heard of"), Invalid, "message"),
        ];
        for (status, body, kind, word) in table {
            let (found, remedy) = refusal(status, &body).meaning();
            assert_eq!(found, kind, "{status} {body}");
            assert_eq!(remedy.is_some(), !word.is_empty(), "{status} {body}: {remedy:?}");
            assert!(remedy.unwrap_or_default().contains(word), "{status} {body}: {remedy:?}");
        }
    }

    #[test]
    fn pages_of_gateways_mean_what_their_status_says() {
        for (status, kind, word) in [
            (200, ErrorKind::Protocol, "endpoint"),
            (302, ErrorKind::Protocol, "endpoint"),
            (401, ErrorKind::Unauthenticated, "API key"),
            (403, ErrorKind::Denied, "allowlist"),
            (404, ErrorKind::Protocol, "endpoint"),
            (407, ErrorKind::Denied, "HTTPS_PROXY"),
            (408, ErrorKind::Unavailable, "later"),
            (413, ErrorKind::Invalid, "large"),
            (429, ErrorKind::Throttled, "calls per minute"),
            (502, ErrorKind::Unavailable, "later"),
            (504, ErrorKind::Unavailable, "later"),
        ] {
            let (found, remedy) = of_page(StatusCode::from_u16(status).unwrap());
            assert_eq!(found, kind, "{status}");
            assert!(remedy.unwrap().contains(word), "{status}: {remedy:?}");
        }
    }

    #[test]
    fn what_is_no_body_of_harness_is_none() {
        for body in [json!(null), json!([]), json!("x"), json!({"error": "no"}), json!({"code": ["x"]})] {
            assert!(ErrorBody::parse(StatusCode::BAD_REQUEST, &body, None).is_none(), "{body}");
        }
    }

    #[test]
    fn message_and_details_are_told_together() {
        let body = json!({"code": 400, "message": "Unable to process JSON", "details": "at line 1"});
        assert_eq!(refusal(400, &body).message, "Unable to process JSON: at line 1");
    }

    #[test]
    fn a_failed_test_is_told_by_its_hints() {
        let body = json!({"status": "ERROR", "code": "HINT", "message": "Check the role,\nMissing,\nInvalid request: Missing AWS access permissions",
            "responseMessages": [{"code": "HINT", "level": "INFO", "message": "Check the role"},
                {"code": "EXPLANATION", "level": "INFO",
                    "message": "Action: a:B not allowed on Resource: *,\nAction: c:D not allowed on Resource: *"},
                {"code": "INVALID_REQUEST", "level": "ERROR", "message": "Invalid request: Missing AWS access permissions"}]});
        let failure = refusal(400, &body).test_failure().unwrap();
        assert_eq!(failure.summary, "Missing AWS access permissions");
        assert_eq!(
            failure.reasons,
            ["Action: a:B not allowed on Resource: *", "Action: c:D not allowed on Resource: *"]
        );
        assert_eq!(refusal(401, &error("INVALID_TOKEN", "no")).test_failure(), None);
    }
}
