use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::json::text;

/// Assumes roles as Harness does, for AWS endpoints that judge trust policies themselves.
///
/// Where the simulator is given one, a connection test begins with it; what it refuses fails the test with its words. Without,
/// trust is judged by reading the role, which is also right for emulators that let everybody assume everything.
#[async_trait]
pub trait AssumeRole: fmt::Debug + Send + Sync {
    /// Assumes the role once.
    ///
    /// **Errors.** What the security token service says, as it says it.
    async fn assume_role(&self, request: &AssumeRequest) -> Result<(), String>;
}

/// What Harness presents to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssumeRequest {
    /// The role.
    pub role_arn: String,
    /// The external id.
    pub external_id: Option<String>,
    /// The length of the session, if the connector sets one.
    pub session_seconds: Option<u32>,
    /// Whether Harness would come with its keys for GovCloud.
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
