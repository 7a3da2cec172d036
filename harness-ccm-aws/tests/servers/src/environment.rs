//! The environment in which a client calls an AWS of the tests and no other.

use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};

/// The secret of every key: signatures are not checked here.
const SECRET: &str = "test";
const REGION: &str = "us-east-1";

/// The variables with which every AWS SDK calls only `endpoint`, with the credentials of `key`.
pub(crate) fn variables(endpoint: String, key: &str) -> [(&'static str, String); 6] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", key.into()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.into()),
        ("AWS_REGION", REGION.into()),
        ("AWS_DEFAULT_REGION", REGION.into()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
    ]
}

/// A configuration of the SDK for the same, which does not wait before retries or for anything else.
///
/// It has no timeouts: with a clock that jumps they would all end at once.
pub(crate) async fn sdk_config(endpoint: String, key: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new(key, SECRET, None, None, "test"))
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(Instantly)
        .load()
        .await
}

/// Does not wait.
#[derive(Debug)]
struct Instantly;

impl AsyncSleep for Instantly {
    fn sleep(&self, _: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}
