//! From the SDK's errors to the core's: one table.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use harness_ccm_core::{Effect, Error, ErrorKind};

/// What an error of the service means. Codes as in the API references of IAM, STS and Organizations; IAM's wire codes have no
/// suffix `Exception`.
fn kind(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "NoSuchEntity"
        | "AccountNotFoundException"
        | "ChildNotFoundException"
        | "ParentNotFoundException"
        | "TargetNotFoundException" => ErrorKind::NotFound,
        "EntityAlreadyExists" | "DeleteConflict" => ErrorKind::Conflict,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "RegionDisabledException" => {
            ErrorKind::Denied
        }
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken" => ErrorKind::Unauthenticated,
        "Throttling" | "ThrottlingException" | "TooManyRequestsException" | "RequestLimitExceeded" => {
            ErrorKind::Throttled
        }
        // Somebody writes at the same time; the SDK does not retry these.
        "ConcurrentModification" | "ConcurrentModificationException" => ErrorKind::NotReady,
        "LimitExceeded" | "LimitExceededException" => ErrorKind::LimitExceeded,
        "MalformedPolicyDocument"
        | "InvalidInput"
        | "ValidationError"
        | "InvalidInputException"
        | "UnmodifiableEntity"
        | "PolicyNotAttachable"
        | "PackedPolicyTooLarge"
        | "PackedPolicyTooLargeException"
        | "AWSOrganizationsNotInUseException" => ErrorKind::Invalid,
        "ServiceFailure" | "ServiceException" | "InternalFailure" | "ServiceUnavailable" => {
            ErrorKind::Unavailable
        }
        _ => return None,
    })
}

/// For codes that are not in the table, and for answers of proxies and load balancers, which have none: the status still says
/// whose fault it is. After one of the server's own, nobody knows whether a write was carried out.
fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        429 => ErrorKind::Throttled,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Protocol,
    }
}

fn remedy(code: &str, message: &str) -> Option<&'static str> {
    Some(match code {
        "MalformedPolicyDocument" if message.contains("rincipal") => {
            "a principal that the role shall trust does not exist in this partition: check harness.cluster and harness.trusted"
        }
        "AWSOrganizationsNotInUseException" => {
            "use credentials of an account that belongs to an organization"
        }
        "AccessDenied" | "AccessDeniedException" if message.contains("service control policy") => {
            "a service control policy of the organization forbids it: exempt the bootstrap role there"
        }
        "AccessDeniedException" => {
            "use the management account, a delegated administrator, or a role of theirs (role of an organizations source), and allow it the operation"
        }
        "AccessDenied" if message.contains("session policy") => {
            "the session may not do this: set reach.restrict-session to false"
        }
        "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => {
            "the session policy does not fit: set reach.restrict-session to false"
        }
        "RegionDisabledException" => "set AWS_REGION to a region in which STS is enabled",
        "AccessDenied" => "allow the bootstrap role the IAM actions that the message names",
        "ValidationError" if message.contains("DurationSeconds") => {
            "lower session-seconds in reach or in the route, or raise the maximum session duration of that bootstrap role"
        }
        "ExpiredToken" | "ExpiredTokenException" => "sign in again",
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId" => "check the AWS credentials in the environment",
        "DeleteConflict" => "something still uses it, such as an instance profile: remove that first",
        _ => return None,
    })
}

/// Whether a call may have changed something when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Write,
}

/// An SDK error as a core error.
#[expect(clippy::needless_pass_by_value, reason = "it is made for `map_err`")]
pub(crate) fn from_sdk<E>(operation: &'static str, call: Call, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let unknown = if call == Call::Write { Effect::Unknown } else { Effect::None };
    match &error {
        SdkError::ServiceError(answer) => {
            let code = error.code().unwrap_or("(no code)").to_owned();
            let message = error.message().unwrap_or("no message").to_owned();
            let kind = kind(&code).unwrap_or_else(|| kind_of_status(answer.raw().status().as_u16()));
            let effect = if kind == ErrorKind::Unavailable { unknown } else { Effect::None };
            let mapped = Error::new(kind, operation, format!("{message} ({code})")).with_effect(effect);
            match remedy(&code, &message) {
                Some(remedy) => mapped.with_remedy(remedy),
                None => mapped,
            }
        }
        SdkError::ConstructionFailure(_) => {
            Error::new(ErrorKind::Invalid, operation, "the request could not be built")
                .with_source(chain(&error))
        }
        SdkError::TimeoutError(_) => {
            Error::new(ErrorKind::Unavailable, operation, "no answer in time").with_effect(unknown)
        }
        // Not the connection but what comes before it: credentials that could not be found or renewed.
        SdkError::DispatchFailure(failure) if failure.is_other() => {
            Error::new(ErrorKind::Unauthenticated, operation, "the request could not be signed")
                .with_source(chain(&error))
                .with_remedy("check the AWS credentials in the environment, or sign in again")
        }
        SdkError::DispatchFailure(_) => {
            Error::new(ErrorKind::Unavailable, operation, "AWS could not be reached")
                .with_effect(unknown)
                .with_source(chain(&error))
                .with_remedy("check the network, the region, and AWS_ENDPOINT_URL if it is set")
        }
        _ => Error::new(ErrorKind::Protocol, operation, "the answer could not be understood")
            .with_effect(unknown)
            .with_source(chain(&error)),
    }
}

/// The SDK's sources in one line: its own types are no part of this crate's interface.
#[derive(Debug)]
struct Chain(String);

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Chain {}

fn chain(error: &(dyn StdError + 'static)) -> Chain {
    let mut parts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        parts.push(cause.to_string());
        next = cause.source();
    }
    Chain(parts.join(": "))
}
