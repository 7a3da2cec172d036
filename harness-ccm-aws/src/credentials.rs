//! Credentials whose errors contain a remedy.

use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use harness_ccm_core::internal::{ForeignAnswer, Sent, TransportFault};
use harness_ccm_core::secret::without_keys;
use harness_ccm_core::{Error, ErrorKind, Result};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::codes::{Meaning, meaning};
use crate::environment::CredentialSource;
use crate::error::{AWS, CausedBy as _, causes, explained, has, of_credentials, without_code};
use crate::refusal::named;
use crate::region::RegionInUse;

const OPERATION: &str = "aws:credentials";

/// The timeout of credentials: a program that prints them has a minute.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The SDK's credentials, with other errors: the SDK's errors contain no remedy and can occur in any call.
#[derive(Debug)]
pub(crate) struct Guided {
    credentials: SharedCredentialsProvider,
    source: CredentialSource,
    region: RegionInUse,
    /// If no setting leads to credentials, so that the instance is asked: settings that look as if they did.
    misleading: Option<Vec<String>>,
    /// The credentials of the first load, which checked that there are any, for the first call: a program for credentials may
    /// prompt a person.
    first: Mutex<Option<Credentials>>,
    /// A load that continues although its call was cancelled: the next attempt of that call waits for it instead of starting
    /// another one.
    running: tokio::sync::Mutex<Option<JoinHandle<provider::Result>>>,
}

impl Guided {
    /// Returns the configuration with such credentials. Loads them once.
    ///
    /// **Errors.** `Unauthenticated` if there are none, with the remedy.
    pub(crate) async fn load(
        config: SdkConfig,
        source: CredentialSource,
        region: RegionInUse,
        misleading: Option<Vec<String>>,
    ) -> Result<SdkConfig> {
        let Some(credentials) = config.credentials_provider() else { return Ok(config) };
        let guided = Self::new(credentials, source, region, misleading);
        let first = guided.credentials().await.map_err(|error| of_credentials(&error))?;
        *guided.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(first);
        Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(guided)).build())
    }

    fn new(
        credentials: SharedCredentialsProvider,
        source: CredentialSource,
        region: RegionInUse,
        misleading: Option<Vec<String>>,
    ) -> Self {
        Self {
            credentials,
            source,
            region,
            misleading,
            first: Mutex::new(None),
            running: tokio::sync::Mutex::new(None),
        }
    }

    /// Loads them, or waits for a running load.
    async fn loaded(&self) -> provider::Result {
        let mut running = self.running.lock().await;
        let task = running.get_or_insert_with(|| {
            let credentials = self.credentials.clone();
            tokio::spawn(async move {
                let loading = credentials.provide_credentials();
                timeout(PATIENCE, loading)
                    .await
                    .unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(PATIENCE)))
            })
        });
        let result = task.await;
        *running = None;
        result.unwrap_or_else(|_| Err(CredentialsError::unhandled("loading them was ended")))
    }

    async fn credentials(&self) -> provider::Result {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(first) = first {
            return Ok(first);
        }
        self.loaded().await.map_err(|error| CredentialsError::provider_error(self.explain(&error)))
    }

    fn explain(&self, error: &CredentialsError) -> Error {
        if let Some(ours) = explained(error) {
            let error = Error::new(ours.kind(), OPERATION, ours.message());
            return error.with_remedy(ours.remedy().unwrap_or_default());
        }
        let failure = |kind, message: &str, remedy: String| {
            Error::new(kind, OPERATION, without_keys(message)).caused_by(error).with_remedy(remedy)
        };
        let source = &self.source;
        if let Some(answer) = foreign_answer(error) {
            return answer.error(OPERATION, &AWS, Sent::Read);
        }
        let fault = has::<ConnectorError>(error).then(|| TransportFault::of(error, None));
        if let Some(fault @ TransportFault::Certificate(_)) = fault {
            return fault.error(OPERATION, &AWS, Sent::Read).caused_by(error);
        }
        if let Some(Refused { code, said, is_role }) = refused_by_sts(error) {
            let message = if is_role {
                format!(
                    "the role in role_arn of the profile could not be assumed with {source}: {said} ({code})"
                )
            } else {
                // The service that judges a token may repeat it.
                format!(
                    "AWS STS refused {source} ({code}); its message is not shown, because it may contain the token"
                )
            };
            let Meaning { kind, .. } = meaning(&code, &said, 403);
            let kind = if matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable) {
                kind
            } else {
                ErrorKind::Unauthenticated
            };
            let remedy = self.remedy_of(&code, &said, is_role);
            return Error::new(kind, OPERATION, without_keys(&message)).with_remedy(remedy);
        }
        if let Some(misleading) = &self.misleading
            && (is_not_loaded(error) || !misleading.is_empty())
        {
            let mut message = "no AWS credentials were found".to_owned();
            for what in misleading {
                message.push_str("; ");
                message.push_str(what);
            }
            return failure(ErrorKind::Unauthenticated, &message, source.remedy());
        }
        let message = format!("no credentials came from {source}");
        if matches!(error, CredentialsError::ProviderTimedOut(_)) {
            let message = format!("{message} within {} seconds", PATIENCE.as_secs());
            return failure(ErrorKind::Unavailable, &message, source.remedy());
        }
        match source {
            CredentialSource::Instance => failure(ErrorKind::Unauthenticated, &message, source.remedy()),
            CredentialSource::Container if fault.is_some() => {
                failure(ErrorKind::Unavailable, &message, source.remedy())
            }
            _ => match fault {
                Some(fault) => {
                    let message = format!("{message}: {}", fault.message(&AWS));
                    failure(ErrorKind::Unavailable, &message, fault.remedy(&AWS))
                }
                None => failure(ErrorKind::Unauthenticated, &message, source.remedy()),
            },
        }
    }

    fn remedy_of(&self, code: &str, said: &str, is_role: bool) -> String {
        if RegionInUse::is_about(code) {
            return self.region.remedy();
        }
        match meaning(code, said, 403).kind {
            ErrorKind::Denied if is_role => named(said).map_or_else(
                || {
                    "let the role in role_arn of the profile trust the identity that source_profile or credential_source leads \
                     to, and allow this identity sts:AssumeRole on it; if its trust policy asks for an external id, set \
                     external_id; if it asks for a code of a device, see `aws sts get-session-token`"
                        .into()
                },
                str::to_owned,
            ),
            ErrorKind::Throttled | ErrorKind::Unavailable => "try again later".into(),
            ErrorKind::Invalid if is_role => {
                "correct role_arn, external_id or role_session_name of the profile, as the message says".into()
            }
            _ => self.source.remedy(),
        }
    }
}

impl ProvideCredentials for Guided {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.credentials.fallback_on_interrupt()
    }
}

/// Whether nothing was configured, or the source did not respond.
fn is_not_loaded(error: &CredentialsError) -> bool {
    let is = |cause: &(dyn StdError + 'static)| {
        matches!(cause.downcast_ref(), Some(CredentialsError::CredentialsNotLoaded(_)))
    };
    causes(error).any(is)
}

/// The code and message with which STS refused a role of the profile, or a token.
struct Refused {
    code: String,
    said: String,
    /// Whether it was about the role of a profile, and not about the source of its credentials.
    is_role: bool,
}

fn refused_by_sts(error: &CredentialsError) -> Option<Refused> {
    let refused = |code: Option<&str>, message: Option<&str>, is_role| {
        Some(Refused { code: code?.to_owned(), said: message.unwrap_or("no message").to_owned(), is_role })
    };
    for cause in causes(error) {
        if let Some(error) = cause.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return refused(error.code(), error.message(), true);
        }
        if let Some(error) = cause.downcast_ref::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>() {
            return refused(error.code(), error.message(), false);
        }
    }
    None
}

/// A response to a role of the profile, or to a token, that does not come from AWS STS.
fn foreign_answer(error: &CredentialsError) -> Option<ForeignAnswer> {
    causes(error).find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return of_somebody_else(error);
        }
        of_somebody_else(cause.downcast_ref::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>()?)
    })
}

fn of_somebody_else<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<ForeignAnswer> {
    match error {
        SdkError::ServiceError(answer) if error.code().is_none() => Some(without_code(answer.raw())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    /// A provider that responds when it is told to.
    #[derive(Debug, Default)]
    struct Slow {
        asked: AtomicUsize,
        answer: Notify,
    }

    #[derive(Clone, Debug, Default)]
    struct Asked(Arc<Slow>);

    impl ProvideCredentials for Asked {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async {
                self.0.asked.fetch_add(1, Ordering::SeqCst);
                self.0.answer.notified().await;
                Ok(Credentials::new("AKIA", "secret", None, None, "test"))
            })
        }
    }

    #[tokio::test]
    async fn a_call_that_is_cancelled_and_repeated_loads_credentials_once() {
        let asked = Asked::default();
        let provider = SharedCredentialsProvider::new(asked.clone());
        let guided = Guided::new(provider, CredentialSource::Instance, RegionInUse::given("us-east-1"), None);
        // The attempt ends while it waits for the response.
        let attempt = futures_util::future::poll_immediate(Box::pin(guided.credentials()));
        assert!(attempt.await.is_none());
        tokio::task::yield_now().await;
        assert_eq!(asked.0.asked.load(Ordering::SeqCst), 1);
        asked.0.answer.notify_one();
        assert_eq!(guided.credentials().await.unwrap().access_key_id(), "AKIA");
        assert_eq!(asked.0.asked.load(Ordering::SeqCst), 1);
    }
}
