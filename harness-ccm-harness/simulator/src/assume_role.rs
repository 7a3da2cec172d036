use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::json::text;

/// Assumes roles as Harness does, for AWS endpoints that evaluate trust policies themselves.
///
/// If one is configured, a connection test calls it after the checks that need no AWS. A refusal fails the test with its
/// message. If a `RoleProvisioner` is configured, the test also evaluates the trust policy that it reads. This evaluation alone
/// is correct for emulators that let every caller assume every role.
#[async_trait]
pub trait AssumeRole: fmt::Debug + Send + Sync {
    /// Assumes the role once.
    ///
    /// **Errors.** The unchanged error message of the AWS Security Token Service.
    async fn assume_role(&self, request: &AssumeRequest) -> Result<(), String>;
}

/// The parameters with which Harness assumes a role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssumeRequest {
    /// The ARN of the role.
    pub role_arn: String,
    /// The external id, if the connector has one.
    pub external_id: Option<String>,
    /// The duration of the session in seconds, if the connector sets one.
    pub session_seconds: Option<u32>,
    /// Whether Harness would use its GovCloud credentials.
    pub gov_cloud: bool,
}

impl AssumeRequest {
    pub(crate) fn of(spec: &Value) -> Self {
        let access = &spec["crossAccountAccess"];
        Self {
            role_arn: text(access, "crossAccountRoleArn").into(),
            external_id: access["externalId"].as_str().map(Into::into),
            session_seconds: access["assumeRoleSessionDuration"].as_u64().and_then(|s| u32::try_from(s).ok()),
            gov_cloud: spec["isAWSGovCloudAccount"].as_bool().unwrap_or_default(),
        }
    }
}
