//! The meaning of the error codes of AWS: one table for IAM, STS and Organizations.
//!
//! Codes as in the API references of the three services; IAM's codes on the wire have no suffix `Exception`.

use harness_ccm_core::ErrorKind;

/// One row of the table. The first match decides.
struct Row {
    code: &'static str,
    /// A part of the message to which the row applies; empty for any message.
    says: &'static str,
    kind: ErrorKind,
    remedy: Option<&'static str>,
}

/// The meaning of a service's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) kind: ErrorKind,
    pub(crate) remedy: Option<&'static str>,
}

const fn code(code: &'static str, kind: ErrorKind) -> Row {
    Row { code, says: "", kind, remedy: None }
}

const fn told(code: &'static str, says: &'static str, kind: ErrorKind, remedy: &'static str) -> Row {
    Row { code, says, kind, remedy: Some(remedy) }
}

const FORBIDDEN_BY_POLICY: &str =
    "a service control policy of the organization forbids it: exempt the bootstrap role there";
/// Organizations expects a retry, which the SDK does not make.
pub(crate) const CONCURRENT_MODIFICATION: &str = "ConcurrentModificationException";

const SIGN_IN: &str = "the session has expired: sign in again (aws sso login, aws login), or set new keys with their session token";
const CHECK_CREDENTIALS: &str = "check the AWS credentials in the environment";
const CHECK_REGION: &str = "check the AWS credentials in the environment, and AWS_REGION: keys are valid only in their own \
                            partition, and in a region only if it is enabled in their account";
const SLOWER: &str =
    "run again later: every program that calls from the same account shares the rates of AWS";
const WRITERS: &str = "run again when no other client writes to the same resource";
const LATER: &str = "run again later; if this continues, see https://health.aws.amazon.com";
const SESSION_POLICY: &str = "the session policy does not fit: set the setting `restrict-session` to false";

const TABLE: &[Row] = {
    use ErrorKind::{
        Conflict, Denied, Invalid, LimitExceeded, NotFound, NotReady, Throttled, Unauthenticated, Unavailable,
    };
    &[
        // The requested resource does not exist.
        code("NoSuchEntity", NotFound),
        code("AccountNotFoundException", NotFound),
        code("ChildNotFoundException", NotFound),
        code("OrganizationalUnitNotFoundException", NotFound),
        code("ParentNotFoundException", NotFound),
        code("TargetNotFoundException", NotFound),
        // Another resource exists.
        code("EntityAlreadyExists", Conflict),
        told(
            "DeleteConflict",
            "",
            Conflict,
            "something still uses it, such as an instance profile: remove that first",
        ),
        // The caller does not have the permission.
        told("AccessDenied", "service control policy", Denied, FORBIDDEN_BY_POLICY),
        told(
            "AccessDenied",
            "session policy",
            Denied,
            "the session may not do this: set the setting `restrict-session` to false",
        ),
        told("AccessDenied", "", Denied, "allow the bootstrap role the IAM actions that the message names"),
        told("AccessDeniedException", "service control policy", Denied, FORBIDDEN_BY_POLICY),
        told(
            "AccessDeniedException",
            "",
            Denied,
            "use the management account, a delegated administrator, or a role of theirs (role of an organizations source), and allow it the operation",
        ),
        code("UnauthorizedOperation", Denied),
        // The caller is unknown.
        told("ExpiredToken", "", Unauthenticated, SIGN_IN),
        told("ExpiredTokenException", "", Unauthenticated, SIGN_IN),
        told("InvalidClientTokenId", "", Unauthenticated, CHECK_REGION),
        told("UnrecognizedClientException", "", Unauthenticated, CHECK_REGION),
        told("SignatureDoesNotMatch", "valid region", Unauthenticated, CHECK_REGION),
        told("SignatureDoesNotMatch", "", Unauthenticated, CHECK_CREDENTIALS),
        told("IncompleteSignature", "", Unauthenticated, CHECK_CREDENTIALS),
        told("InvalidAccessKeyId", "", Unauthenticated, CHECK_CREDENTIALS),
        told("MissingAuthenticationToken", "", Unauthenticated, CHECK_CREDENTIALS),
        // Too many requests, or a request at the wrong moment. The SDK does not retry the last two: another client writes at
        // the same time.
        told("Throttling", "", Throttled, SLOWER),
        told("ThrottlingException", "", Throttled, SLOWER),
        told("TooManyRequestsException", "", Throttled, SLOWER),
        told("RequestLimitExceeded", "", Throttled, SLOWER),
        told("ConcurrentModification", "", NotReady, WRITERS),
        told(CONCURRENT_MODIFICATION, "", NotReady, WRITERS),
        // A quota is exceeded.
        code("LimitExceeded", LimitExceeded),
        code("LimitExceededException", LimitExceeded),
        // The request is invalid.
        told(
            "MalformedPolicyDocument",
            "rincipal",
            Invalid,
            "a principal that the role must trust does not exist in this partition: check the setting `cluster` and the setting `trusted`",
        ),
        code("MalformedPolicyDocument", Invalid),
        told(
            "ValidationError",
            "DurationSeconds",
            Invalid,
            "lower session-seconds in reach or in the route, or raise the maximum session duration of that bootstrap role",
        ),
        code("ValidationError", Invalid),
        code("InvalidInput", Invalid),
        code("InvalidInputException", Invalid),
        code("UnmodifiableEntity", Invalid),
        code("PolicyNotAttachable", Invalid),
        // Not a missing permission: every role and caller gets the same error.
        told("RegionDisabledException", "", Invalid, "set AWS_REGION to a region in which STS is enabled"),
        told("PackedPolicyTooLarge", "", Invalid, SESSION_POLICY),
        told("PackedPolicyTooLargeException", "", Invalid, SESSION_POLICY),
        told(
            "AWSOrganizationsNotInUseException",
            "",
            Invalid,
            "use credentials of an account that belongs to an organization",
        ),
        // Errors of the service itself.
        told("ServiceFailure", "", Unavailable, LATER),
        told("ServiceException", "", Unavailable, LATER),
        told("InternalFailure", "", Unavailable, LATER),
        told("ServiceUnavailable", "", Unavailable, LATER),
    ]
};

/// Returns the code and the part of the message of each row.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|row| (row.code, row.says))
}

/// Whether AWS STS opens no session of the requested duration: because of the role's own limit, or of the limit of chained
/// sessions.
pub(crate) fn is_too_long(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("ValidationError")
        && message.is_some_and(|message| message.contains("DurationSeconds exceeds"))
}

/// Returns the meaning of an error with this code, message and HTTP status.
///
/// The status decides for codes that are not in the table, and for responses of proxies and load balancers, which have no code:
/// it still shows whether the request or the service is at fault.
pub(crate) fn meaning(code: &str, message: &str, status: u16) -> Meaning {
    if let Some(Row { kind, remedy, .. }) =
        TABLE.iter().find(|row| row.code == code && message.contains(row.says))
    {
        return Meaning { kind: *kind, remedy: *remedy };
    }
    let kind = match status {
        429 => ErrorKind::Throttled,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Protocol,
    };
    Meaning { kind, remedy: None }
}

#[cfg(test)]
mod tests {
    use harness_ccm_core::setting::Setting;

    use super::*;

    #[test]
    fn every_row_is_found_by_its_code_and_its_message() {
        for Row { code, says, kind, remedy } in TABLE {
            assert_eq!(meaning(code, says, 400), Meaning { kind: *kind, remedy: *remedy }, "{code} {says}");
            assert_eq!(meaning(code, &format!("before {says} behind"), 503).kind, *kind, "{code} {says}");
        }
    }

    #[test]
    fn every_code_matches_any_message_and_its_rows_are_adjacent() {
        let mut codes: Vec<&str> = TABLE.iter().map(|row| row.code).collect();
        codes.dedup();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), codes.len(), "the rows of a code follow one another");
        for code in codes {
            let rows: Vec<_> = TABLE.iter().filter(|row| row.code == code).collect();
            let (last, special) = rows.split_last().unwrap();
            assert!(last.says.is_empty() && special.iter().all(|row| !row.says.is_empty()), "{code}");
        }
    }

    #[test]
    fn what_the_table_means() {
        let line = |row: &Row| {
            let says = if row.says.is_empty() { String::new() } else { format!(" ..{}..", row.says) };
            let remedy = row.remedy.map(|remedy| format!(": {remedy}")).unwrap_or_default();
            format!("{}{says} is {}{remedy}", row.code, row.kind)
        };
        let lines: Vec<_> = TABLE.iter().map(line).collect();
        assert!(lines.contains(&"NoSuchEntity is not found".to_owned()), "{lines:#?}");
        assert!(lines.contains(&format!("ExpiredToken is not authenticated: {SIGN_IN}")), "{lines:#?}");
        assert!(
            lines.contains(&format!(
                "AccessDenied ..service control policy.. is access denied: {FORBIDDEN_BY_POLICY}"
            )),
            "{lines:#?}"
        );
    }

    #[test]
    fn remedies_name_settings_that_exist() {
        for remedy in TABLE.iter().filter_map(|row| row.remedy) {
            let spelled = Setting::spelled(remedy, |setting| Some(setting.name()));
            assert!(!spelled.contains("the setting"), "{remedy}");
        }
    }

    #[test]
    fn an_unknown_code_is_judged_by_the_status() {
        for (status, kind) in [
            (400, ErrorKind::Protocol),
            (403, ErrorKind::Protocol),
            (428, ErrorKind::Protocol),
            (429, ErrorKind::Throttled),
            (499, ErrorKind::Protocol),
            (500, ErrorKind::Unavailable),
            (503, ErrorKind::Unavailable),
        ] {
            assert_eq!(meaning("SomethingNew", "", status), Meaning { kind, remedy: None }, "{status}");
        }
    }
}
