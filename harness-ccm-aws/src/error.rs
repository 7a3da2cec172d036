//! Converts the SDK's errors to the core's.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use harness_ccm_core::internal::{BodyForm, ForeignAnswer, Peer, Sent, Stage, TransportFault};
use harness_ccm_core::secret::{looks_like_key, without_keys};
use harness_ccm_core::{Effect, Error, ErrorKind};

use crate::bodies::{MOST_MIB, is_too_long};
use crate::ca_bundle::TRUST;
use crate::codes::{Meaning, meaning};
use crate::denial::Denial;
use crate::page_guard::ForeignPage;

/// AWS, as network errors name it.
pub(crate) const AWS: Peer<'_> =
    Peer { name: "AWS", endpoint: "the endpoint of AWS (AWS_REGION, AWS_ENDPOINT_URL)", bundle: TRUST };

const CHECK_SETTINGS: &str = "check the region, and, if they are set, AWS_ENDPOINT_URL, endpoint_url and services of the profile, \
                              AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT";

/// Converts an SDK error.
#[expect(clippy::needless_pass_by_value, reason = "it is made for `map_err`")]
pub(crate) fn from_sdk<E>(operation: &'static str, sent: Sent, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(answer) => {
            let Some(code) = error.code() else {
                return without_code(answer.raw()).error(operation, &AWS, sent);
            };
            let message = error.message().unwrap_or("no message").to_owned();
            let Meaning { kind, remedy } = meaning(code, &message, answer.raw().status().as_u16());
            let effect = if kind == ErrorKind::Unavailable { sent.if_unsettled() } else { Effect::None };
            let of_iam = kind == ErrorKind::Denied && operation.starts_with("iam:");
            if let Some(denial) = of_iam.then(|| Denial::parse(&message)).flatten() {
                // AWS' message contains the account and the session: without them, the same refusal elsewhere has the same
                // text.
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
                .caused_by(&error)
                .with_remedy(CHECK_SETTINGS)
        }
        SdkError::TimeoutError(_) => TransportFault::Late.error(operation, &AWS, sent),
        // Not a fault of the connection but of an earlier step: credentials that could not be renewed, or settings without an
        // endpoint.
        SdkError::DispatchFailure(failure) if failure.is_other() && !is_of_connection(failure) => {
            let (kind, message, remedy) = match explained(&error) {
                Some(ours) => (ours.kind(), ours.message(), ours.remedy().unwrap_or_default()),
                None if has::<CredentialsError>(&error) => (
                    ErrorKind::Unauthenticated,
                    "the request could not be signed",
                    "check the AWS credentials in the environment, or sign in again",
                ),
                None => (ErrorKind::Invalid, "the request could not be built", CHECK_SETTINGS),
            };
            Error::new(kind, operation, message).caused_by(&error).with_remedy(remedy)
        }
        _ if is_too_long(&error) => {
            let message = format!("the response is longer than {MOST_MIB} MiB, which no response of AWS is");
            Error::new(ErrorKind::Protocol, operation, message)
                .with_effect(sent.if_unsettled())
                .with_remedy(CHECK_SETTINGS)
        }
        SdkError::DispatchFailure(_) => {
            TransportFault::of(&error, None).error(operation, &AWS, sent).caused_by(&error)
        }
        _ => {
            let page = find(&error).map(|ForeignPage(answer)| *answer);
            if let Some(answer) = page.or_else(|| foreign(error.raw_response()?)) {
                return answer.error(operation, &AWS, sent);
            }
            let fault = TransportFault::of(&error, Some(Stage::Reading));
            fault.error(operation, &AWS, sent).caused_by(&error)
        }
    }
}

/// Whether a request failed in transit, and not before it was sent.
fn is_of_connection(failure: &DispatchFailure) -> bool {
    let error = failure.as_connector_error();
    error.is_some_and(|error| error.as_other().is_some() || TransportFault::is_of_connection(error))
}

/// The kind of a response that the interface of AWS does not have; `None` if its body was not read.
pub(crate) fn foreign(answer: &HttpResponse) -> Option<ForeignAnswer> {
    let body = BodyForm::of(answer.body().bytes()?);
    Some(ForeignAnswer { status: answer.status().as_u16(), body })
}

/// A response without an error code: it does not come from AWS.
pub(crate) fn without_code(answer: &HttpResponse) -> ForeignAnswer {
    let unread = ForeignAnswer { status: answer.status().as_u16(), body: BodyForm::Text };
    foreign(answer).unwrap_or(unread)
}

/// An error of credentials, in the wording of [`Guided`](crate::credentials::Guided).
pub(crate) fn of_credentials(error: &CredentialsError) -> Error {
    const OPERATION: &str = "aws:credentials";
    let (kind, message, remedy) = match explained(error) {
        Some(ours) => (ours.kind(), ours.message(), ours.remedy()),
        None => (ErrorKind::Unauthenticated, "no AWS credentials were found", None),
    };
    let mapped = Error::new(kind, OPERATION, message).caused_by(error);
    match remedy {
        Some(remedy) => mapped.with_remedy(remedy),
        None => mapped,
    }
}

/// The SDK's sources in one line: its own types are not part of this crate's interface.
#[derive(Debug)]
struct Chain(String);

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Chain {}

/// Keeps the SDK's text of the causes.
pub(crate) trait CausedBy {
    fn caused_by(self, error: &(dyn StdError + 'static)) -> Self;
}

impl CausedBy for Error {
    fn caused_by(self, error: &(dyn StdError + 'static)) -> Self {
        let chain = chain(error);
        if chain.0.is_empty() { self } else { self.with_source(chain) }
    }
}

/// The texts of the causes of an error, if they certainly contain no keys.
///
/// The SDK's causes may contain a whole request, with the tokens in its headers and its body, and no rule finds every token in
/// a text. A cause is therefore left out unless it is a short text of words: those of connections are.
fn chain(error: &(dyn StdError + 'static)) -> Chain {
    let mut parts: Vec<String> = Vec::new();
    let mut left_out = false;
    for cause in causes(error).skip(1) {
        // The message contains the text of our own errors already.
        if cause.is::<Error>() {
            continue;
        }
        let text = cause.to_string();
        if text == "service error" {
            // The rest is the service's own text, which may repeat the request.
            break;
        }
        if !cause.is::<Chain>() && !is_harmless(&text) {
            left_out = true;
        } else if parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    if parts.is_empty() && left_out {
        parts.push("the message of the AWS SDK is not shown, because it may contain keys".into());
    }
    Chain(parts.join(": "))
}

/// The maximum length of a shown cause, in bytes.
const LONGEST: usize = 160;

/// Whether the text of a cause is a short one of words.
fn is_harmless(text: &str) -> bool {
    let strange = |letter: char| letter.is_control() || "{}[]/\\\"=<>@&".contains(letter);
    text.len() <= LONGEST && !text.contains(strange) && !looks_like_key(text)
}

/// An error and its causes.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| <dyn StdError>::source(*error))
}

/// The error of this type among the causes.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(<dyn StdError>::downcast_ref)
}

/// Whether an error of this type is among the causes.
pub(crate) fn has<T: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    find::<T>(error).is_some()
}

/// Returns the error among the causes that is one of ours already: that of [`Guided`](crate::credentials::Guided).
pub(crate) fn explained<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    find(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error of the SDK that contains its input.
    #[derive(Debug)]
    struct Says(&'static str, Option<Box<Says>>);

    impl std::fmt::Display for Says {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Says {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_ref().map(|cause| cause.as_ref() as _)
        }
    }

    fn shown(text: &'static str) -> String {
        chain(&Says("outer", Some(Box::new(Says(text, None))))).to_string()
    }

    #[test]
    fn causes_of_connections_are_shown() {
        for text in [
            "tcp connect error",
            "Connection refused (os error 111)",
            "failed to lookup address information: Name or service not known",
            "invalid peer certificate: UnknownIssuer",
            "HTTP connect timeout occurred after 5s",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn causes_that_may_hold_keys_are_left_out() {
        for text in [
            "failed to build: Request { headers: {\"x-amz-sso_bearer_token\": \"short\"} }",
            "Action=AssumeRole&ExternalId=hunter2",
            "http://user:hunter2@192.168.1.1/c",
            "invalid URI (invalid uri character): /hunter2",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
            "ghp_0123456789abcdefABCDEF0123456789abcd",
            "AKIAIOSFODNN7EXAMPLE",
            "one line\nand another",
        ] {
            let shown = shown(text);
            assert_eq!(
                shown, "the message of the AWS SDK is not shown, because it may contain keys",
                "{text}"
            );
        }
        let refused =
            Says("outer", Some(Box::new(Says("service error", Some(Box::new(Says("hunter2", None)))))));
        assert_eq!(chain(&refused).to_string(), "");
        let long = "word ".repeat(40).leak();
        assert!(shown(long).contains("not shown"));
    }
}
