//! From the SDK's errors to the core's.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use harness_ccm_core::secret::without_keys;
use harness_ccm_core::{Effect, Error, ErrorKind, Retry};

use crate::ca_bundle::{TRUST, is_untrusted};
use crate::codes::{Meaning, meaning};
use crate::denial::Denial;

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
            let Meaning { kind, remedy } = meaning(&code, &message, answer.raw().status().as_u16());
            let effect = if kind == ErrorKind::Unavailable { unknown } else { Effect::None };
            let of_iam = kind == ErrorKind::Denied && operation.starts_with("iam:");
            if let Some(denial) = of_iam.then(|| Denial::parse(&message)).flatten() {
                // What AWS says names the account and the session: the same refusal elsewhere is the same text without it.
                return Error::new(kind, operation, denial.to_string())
                    .with_source(Chain(without_keys(&message)))
                    .with_remedy(denial.remedy());
            }
            let mapped = Error::new(kind, operation, format!("{message} ({code})")).with_effect(effect);
            match remedy {
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
            let (kind, message, remedy) = match explained(&error) {
                Some(ours) => (ours.kind(), ours.message(), ours.remedy().unwrap_or_default()),
                None => (
                    ErrorKind::Unauthenticated,
                    "the request could not be signed",
                    "check the AWS credentials in the environment, or sign in again",
                ),
            };
            Error::new(kind, operation, message).with_source(chain(&error)).with_remedy(remedy)
        }
        SdkError::DispatchFailure(_) if is_untrusted(&error) => Error::new(
            ErrorKind::Unavailable,
            operation,
            "the certificate of the server that answers is not trusted",
        )
        .with_retry(Retry::Never)
        .with_source(chain(&error))
        .with_remedy(TRUST),
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

/// An error of credentials, in the words of [`Guided`](crate::credentials::Guided).
pub(crate) fn of_credentials(error: &CredentialsError) -> Error {
    const OPERATION: &str = "aws:credentials";
    let (kind, message, remedy) = match explained(error) {
        Some(ours) => (ours.kind(), ours.message(), ours.remedy()),
        None => (ErrorKind::Unauthenticated, "no AWS credentials were found", None),
    };
    let mapped = Error::new(kind, OPERATION, message).with_source(chain(error));
    match remedy {
        Some(remedy) => mapped.with_remedy(remedy),
        None => mapped,
    }
}

/// The SDK's sources in one line: its own types are no part of this crate's interface.
#[derive(Debug)]
pub(crate) struct Chain(String);

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Chain {}

pub(crate) fn chain(error: &(dyn StdError + 'static)) -> Chain {
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        // What is one of ours stands in the message already.
        if cause.downcast_ref::<Error>().is_none() {
            let text = cause.to_string();
            parts.extend(Some(text).filter(|text| parts.last() != Some(text)));
        }
        next = cause.source();
    }
    Chain(without_keys(&parts.join(": ")))
}

/// The error among the causes that is one of ours already: that of [`Guided`](crate::credentials::Guided).
fn explained<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(ours) = cause.downcast_ref() {
            return Some(ours);
        }
        next = cause.source();
    }
    None
}
