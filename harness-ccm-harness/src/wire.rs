//! The fields that are read from Harness' responses, except the settings of a connector. Writing never uses these types: an update merges into the JSON as read, so
//! fields that are not named here remain.

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::feature::{AutoStopping, CommitmentService, Feature, Named, ReportType};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The type of AWS connectors of CCM. Harness compares it without regard to case.
pub(crate) const CONNECTOR_TYPE: &str = "CEAws";

/// `data` of a read or a write of one connector, with the connector itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    #[serde(default)]
    pub(crate) created_at: Option<i64>,
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) status: Option<Status>,
    #[serde(default)]
    pub(crate) governance_metadata: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connector {
    pub(crate) identifier: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) tags: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(crate) spec: Option<Spec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spec {
    #[serde(default)]
    pub(crate) cross_account_access: Option<CrossAccountAccess>,
    #[serde(default)]
    pub(crate) aws_account_id: Option<String>,
    #[serde(default, rename = "isAWSGovCloudAccount")]
    pub(crate) gov_cloud: Option<bool>,
    #[serde(default)]
    pub(crate) features_enabled: Option<BTreeSet<Named<Feature>>>,
    #[serde(default)]
    pub(crate) autostopping_features: Option<BTreeSet<Named<AutoStopping>>>,
    #[serde(default)]
    pub(crate) commitment_features: Option<BTreeSet<Named<CommitmentService>>>,
    #[serde(default)]
    pub(crate) cur_attributes: Option<CurAttributes>,
    #[serde(default)]
    pub(crate) credential: Option<Credential>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Credential {
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) spec: Option<CredentialSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialSpec {
    #[serde(default)]
    pub(crate) iam_role_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CrossAccountAccess {
    #[serde(default)]
    pub(crate) cross_account_role_arn: Option<String>,
    #[serde(default)]
    pub(crate) external_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CurAttributes {
    #[serde(default)]
    pub(crate) report_name: Option<String>,
    #[serde(default)]
    pub(crate) s3_bucket_name: Option<String>,
    #[serde(default)]
    pub(crate) report_type: Option<Named<ReportType>>,
}

/// The result of a connection test, stored or new. No write depends on it, so a field of an unknown shape counts as missing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) error_summary: Option<String>,
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) errors: Option<Vec<StatusError>>,
    /// Milliseconds since 1970; 0 if there was no test.
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) tested_at: Option<i64>,
    /// Like `last_tested_at`, of the last test that passed.
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) last_connected_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StatusError {
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) reason: Option<String>,
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) message: Option<String>,
    #[serde(default, deserialize_with = "if_understood")]
    pub(crate) code: Option<i64>,
}

/// One page of `listV2`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    #[serde(default)]
    pub(crate) total_items: Option<u64>,
    /// Records, each of which is parsed separately.
    #[serde(default)]
    pub(crate) content: Vec<Value>,
}

fn if_understood<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}
