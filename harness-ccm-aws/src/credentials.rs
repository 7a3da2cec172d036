//! Credentials that say what to do when there are none.

use std::error::Error as _;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use harness_ccm_core::secret::without_keys;
use harness_ccm_core::{Error, ErrorKind, Result};

use crate::ca_bundle::{TRUST, is_untrusted};
use crate::environment::CredentialSource;
use crate::error::{chain, of_credentials};
use crate::region::RegionInUse;

/// The SDK's credentials. Its errors do not say what to run, and come up in the middle of any call: so they are put into words here.
#[derive(Debug)]
pub(crate) struct Guided {
    credentials: SharedCredentialsProvider,
    source: CredentialSource,
    region: RegionInUse,
    /// Those that were loaded to see whether there are any, for the first call: a program for credentials may ask somebody.
    first: Mutex<Option<Credentials>>,
}

impl Guided {
    /// The configuration with credentials that say what to do. Loads them once.
    ///
    /// **Errors.** `Unauthenticated` if there are none, with what to do.
    pub(crate) async fn load(
        config: SdkConfig,
        source: CredentialSource,
        region: RegionInUse,
    ) -> Result<SdkConfig> {
        let Some(credentials) = config.credentials_provider() else { return Ok(config) };
        let guided = Self { credentials, source, region, first: Mutex::new(None) };
        let first = guided.credentials().await.map_err(|error| of_credentials(&error))?;
        *guided.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(first);
        Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(guided)).build())
    }

    async fn credentials(&self) -> provider::Result {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(first) = first {
            return Ok(first);
        }
        match self.credentials.provide_credentials().await {
            Ok(credentials) => Ok(credentials),
            Err(error) => Err(CredentialsError::provider_error(self.explain(&error))),
        }
    }

    fn explain(&self, error: &CredentialsError) -> Error {
        const OPERATION: &str = "aws:credentials";
        let refused = refused_by_sts(error);
        let untrusted = is_untrusted(error);
        let missing = matches!(error, CredentialsError::CredentialsNotLoaded(_))
            && self.source == CredentialSource::Instance;
        let (kind, message) = match &refused {
            _ if untrusted => {
                (ErrorKind::Unavailable, "the certificate of the server that answers is not trusted".into())
            }
            _ if missing => (ErrorKind::Unauthenticated, "no AWS credentials were found".to_owned()),
            Some((code, said)) => {
                (ErrorKind::Unauthenticated, format!("{} gives no credentials: {said} ({code})", self.source))
            }
            None => (ErrorKind::Unauthenticated, format!("{} gives no credentials", self.source)),
        };
        let remedy = match refused.as_ref().map(|(code, _)| code.as_str()) {
            _ if untrusted => TRUST.to_owned(),
            Some(code) if RegionInUse::is_about(code) => self.region.remedy(),
            Some("AccessDenied") if !matches!(self.source, CredentialSource::WebIdentity { .. }) => {
                "let the role in role_arn of the profile trust whoever source_profile or credential_source leads to, and allow \
                 these sts:AssumeRole on it; if the role asks for a code of a device, see `aws sts get-session-token`"
                    .into()
            }
            _ => self.source.remedy(),
        };
        Error::new(kind, OPERATION, without_keys(&message)).with_source(chain(error)).with_remedy(remedy)
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

/// Code and message with which STS refused a role of the profile, or a token.
fn refused_by_sts(error: &CredentialsError) -> Option<(String, String)> {
    let said = |code: Option<&str>, message: Option<&str>| {
        Some((code?.to_owned(), message.unwrap_or("no message").to_owned()))
    };
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(error) = cause.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return said(error.code(), error.message());
        }
        if let Some(error) = cause.downcast_ref::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>() {
            return said(error.code(), error.message());
        }
        next = cause.source();
    }
    None
}
