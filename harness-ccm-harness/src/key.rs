use harness_ccm_core::timestamp::Timestamp;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde::Deserialize;

use crate::api::Api;
use crate::convert::read as read_as;
use crate::http::Body;
use crate::retry::CallKind;

const OPERATION: &str = "harness:POST /token/validate";

/// The owner and the expiry of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyOwner {
    /// The name of the user or service account, if Harness returns it.
    pub name: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// The expiry of the key; `None` if it never expires.
    pub valid_until: Option<Timestamp>,
}

impl KeyOwner {
    /// Whether the key is still valid this many seconds after `now`.
    pub fn holds_for(&self, seconds: i64, now: Timestamp) -> bool {
        self.valid_until
            .is_none_or(|end| end.as_unix_seconds().saturating_sub(now.as_unix_seconds()) > seconds)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// Milliseconds since 1970; 0 if it never expires.
    #[serde(default)]
    valid_to: Option<i64>,
}

pub(crate) async fn validate(api: &Api) -> Result<KeyOwner> {
    let data = api
        .call(Method::POST, "/ng/api/token/validate", &[], Some(Body::Key), CallKind::Read)
        .await
        .map_err(|failure| failure.into_error(OPERATION, "the API key", false))?;
    let Token { username, email, valid_to } = read_as(OPERATION, data)?;
    let end = valid_to.filter(|end| *end != 0).map(Timestamp::from_unix_milliseconds);
    let valid_until = end.transpose().map_err(|error| {
        Error::new(ErrorKind::Protocol, OPERATION, "the key's expiry is not a valid time").with_source(error)
    })?;
    let told = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(KeyOwner { name: told(username), email: told(email), valid_until })
}
