//! Error bodies of Harness, and their meanings.

use std::time::Duration;

use harness_ccm_core::backend::TestFailure;
use harness_ccm_core::internal::{ForeignAnswer, Peer};
use harness_ccm_core::{ErrorKind, Retry};
use reqwest::StatusCode;
use serde_json::Value;

use crate::situation::{ENDPOINT, KEY, LATER_OR_PROXY, SLOWER, Situation};

/// An error body of any of the three shapes that Harness uses.
#[derive(Debug)]
pub(crate) struct ErrorBody {
    pub(crate) status: StatusCode,
    /// Empty if it is a number.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The invalid fields.
    fields: Vec<String>,
    /// Code and message of each `responseMessages` entry.
    chain: Vec<(String, String)>,
    pub(crate) retry_after: Option<Duration>,
}

const GATEWAY: &str = "the gateway refused the call: check the key's rights and the account's IP allowlist";
const UNEXPECTED: &str = "observe again: the connector is not as the call expected";
const TOO_LARGE: &str = "the connector is too large for the gateway: shorten its tags";

/// The meaning of a response that does not come from Harness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) kind: ErrorKind,
    pub(crate) retry: Retry,
    pub(crate) remedy: Option<String>,
}

/// Harness' gateway returns pages too, so some statuses come from Harness. The others have the same meaning for every service.
pub(crate) fn of_page(answer: ForeignAnswer, harness: &Peer<'_>) -> Page {
    let own = |kind, retry, remedy: &str| Page { kind, retry, remedy: Some(remedy.to_owned()) };
    match answer.status {
        401 => own(ErrorKind::Unauthenticated, Retry::Never, KEY),
        403 => own(ErrorKind::Denied, Retry::Never, GATEWAY),
        404 => own(ErrorKind::Protocol, Retry::Never, ENDPOINT),
        409 => own(ErrorKind::Conflict, Retry::AfterObserving, UNEXPECTED),
        413 => own(ErrorKind::Invalid, Retry::Never, TOO_LARGE),
        429 => own(ErrorKind::Throttled, Retry::Later, SLOWER),
        501 => Page { kind: ErrorKind::Unsupported, retry: Retry::Never, remedy: None },
        408 | 500.. => own(ErrorKind::Unavailable, Retry::Later, LATER_OR_PROXY),
        _ => {
            let (kind, retry, remedy) = answer.meaning(harness);
            Page { kind, retry, remedy: Some(remedy) }
        }
    }
}

impl ErrorBody {
    /// Parses a body: validation failures and server exceptions (`code` is a word), unreadable requests (`code` is a number).
    /// `None` for anything else, such as a gateway's page.
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
        // The message often repeats them, and sometimes only they show the cause.
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

    /// Whether another client wrote between Harness' own read and write.
    pub(crate) fn is_stale(&self) -> bool {
        self.code == "OPTIMISTIC_LOCKING_EXCEPTION"
    }

    /// Whether another object in Harness refers to the connector.
    pub(crate) fn is_referenced(&self) -> bool {
        self.code == "ENTITY_REFERENCE_EXCEPTION"
    }

    /// Whether Harness could not set up its own monitoring of the connector, which is temporary.
    pub(crate) fn is_heartbeat(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.message.to_ascii_lowercase().contains("heartbeat")
    }

    /// The failed connection test in this error: Harness reports one as an error of hints and explanations.
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

    pub(crate) fn meaning(&self) -> (ErrorKind, Option<&'static str>) {
        self.situation().meaning()
    }

    pub(crate) fn situation(&self) -> Situation {
        use Situation as S;
        // A refusal within a 200 response is recognized by its code.
        let status = if self.status.is_success() { 400 } else { self.status.as_u16() };
        match (status, self.code.as_str()) {
            (401, _) | (_, "INVALID_TOKEN" | "TOKEN_EXPIRED" | "EXPIRED_TOKEN") => S::UnknownKey,
            (403, _) | (_, "NG_ACCESS_DENIED") => S::NoPermission,
            (429, _) => S::TooManyCalls,
            _ if self.is_not_found() => S::NotFound,
            _ if self.is_taken() => S::Taken,
            _ if self.is_stale() => S::Stale,
            _ if self.is_referenced() => S::Referenced,
            _ if self.is_heartbeat() => S::NoSupervision,
            (501, _) => S::NotImplemented,
            (408 | 500..=599, _) => S::Fault,
            // Numeric codes come from the parser: it found a value or a type that this server does not know.
            (400 | 422, "") => S::UnknownOption,
            (400, _) => self.broken_rule(),
            (404, _) => S::UnknownPath,
            (400..=499, _) => S::OtherRequest,
            _ => S::NoRefusal,
        }
    }

    /// A rule that the request breaks; all of them share one code, and only the text distinguishes them.
    fn broken_rule(&self) -> Situation {
        use Situation as S;
        let message = self.message.as_str();
        let on = |field: &str| self.fields.iter().any(|name| name.rsplit('.').next() == Some(field));
        if message.contains("Exceeded static limitation") {
            S::ConnectorLimit
        } else if message.contains("No connector exists") && message.contains("with type") {
            S::OtherType
        } else if message.to_ascii_lowercase().replace(' ', "").contains("forcedelete") {
            S::NoForceDelete
        } else if message.contains("curAttributes") {
            S::NoReport
        } else if message.contains("accountId in role arn") {
            S::OtherRoleAccount
        } else if message.contains("Account detail is not present") {
            S::NoAccount
        } else if message.contains("FeaturesEnabled") || on("featuresEnabled") {
            S::NoFeature
        } else if on("identifier") || message.contains("is a keyword") || message.contains("as identifier") {
            S::BadIdentifier
        } else if on("name") {
            S::BadName
        } else {
            S::OtherRule
        }
    }
}

#[cfg(test)]
mod tests {
    use harness_ccm_core::internal::BodyForm;
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

    /// Every situation of the Harness API reference with its meaning, and a word of its remedy.
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
        let harness = Peer { name: "Harness", endpoint: "the endpoint", bundle: "" };
        for (status, kind, retry, word) in [
            (200, ErrorKind::Protocol, Retry::Never, "page to sign in"),
            (302, ErrorKind::Protocol, Retry::Never, "page to sign in"),
            (401, ErrorKind::Unauthenticated, Retry::Never, "API key"),
            (403, ErrorKind::Denied, Retry::Never, "allowlist"),
            (404, ErrorKind::Protocol, Retry::Never, "endpoint"),
            (407, ErrorKind::Unavailable, Retry::Never, "HTTPS_PROXY"),
            (408, ErrorKind::Unavailable, Retry::Later, "later"),
            (409, ErrorKind::Conflict, Retry::AfterObserving, "observe again"),
            (413, ErrorKind::Invalid, Retry::Never, "large"),
            (429, ErrorKind::Throttled, Retry::Later, "calls per minute"),
            (502, ErrorKind::Unavailable, Retry::Later, "later"),
            (504, ErrorKind::Unavailable, Retry::Later, "later"),
        ] {
            let page = of_page(ForeignAnswer { status, body: BodyForm::Html }, &harness);
            assert_eq!((page.kind, page.retry), (kind, retry), "{status}");
            assert!(page.remedy.as_ref().unwrap().contains(word), "{status}: {page:?}");
        }
    }

    #[test]
    fn a_body_that_is_not_from_harness_is_none() {
        for body in [json!(null), json!([]), json!("x"), json!({"error": "no"}), json!({"code": ["x"]})] {
            assert!(ErrorBody::parse(StatusCode::BAD_REQUEST, &body, None).is_none(), "{body}");
        }
    }

    #[test]
    fn message_and_details_are_combined() {
        let body = json!({"code": 400, "message": "Unable to process JSON", "details": "at line 1"});
        assert_eq!(refusal(400, &body).message, "Unable to process JSON: at line 1");
    }

    #[test]
    fn a_failed_test_has_the_reasons_from_its_hints() {
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
