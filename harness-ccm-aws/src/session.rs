//! One session in an account.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

/// The time before their expiry at which credentials are renewed.
const MARGIN: Duration = Duration::from_mins(5);

/// Access to one account: the caller's own credentials, or those of an assumed role.
#[derive(Clone, Debug)]
pub(crate) struct Session(Option<Credentials>);

impl Session {
    /// The caller's own credentials.
    pub(crate) const OWN: Self = Self(None);

    /// The credentials of an assumed role.
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self(Some(credentials))
    }

    /// The credentials for one IAM call.
    pub(crate) fn config(&self) -> aws_sdk_iam::config::Builder {
        let config = aws_sdk_iam::config::Builder::new();
        match &self.0 {
            Some(credentials) => config.credentials_provider(credentials.clone()),
            None => config,
        }
    }

    /// The credentials for one call of Organizations.
    pub(crate) fn organizations(&self) -> aws_sdk_organizations::config::Builder {
        let config = aws_sdk_organizations::config::Builder::new();
        match &self.0 {
            Some(credentials) => config.credentials_provider(credentials.clone()),
            None => config,
        }
    }

    /// The credentials for one call of STS.
    pub(crate) fn sts(&self) -> aws_sdk_sts::config::Builder {
        let config = aws_sdk_sts::config::Builder::new();
        match &self.0 {
            Some(credentials) => config.credentials_provider(credentials.clone()),
            None => config,
        }
    }

    /// Whether the session lasts for a while. `now` is the time of AWS, which decides about the expiry of the session.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        self.0.as_ref().and_then(Credentials::expiry).is_none_or(|expiry| expiry > now + MARGIN)
    }
}
