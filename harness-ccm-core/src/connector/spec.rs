use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ConnectorSettings;
use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature};
use crate::id::{AccountId, ConnectorId, ConnectorName, ExternalId, OwnerId, RoleArn};
use crate::owner::marked;

/// The desired state of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ConnectorSpec {
    /// Its identifier. Immutable in Harness.
    pub id: ConnectorId,
    /// Its display name.
    pub name: ConnectorName,
    /// The role that Harness assumes. Its account is the connector's account.
    pub role: RoleArn,
    /// The external id that Harness presents.
    pub external_id: ExternalId,
    /// The enabled features.
    pub features: BTreeSet<Feature>,
    /// The kinds of resources that AutoStopping may stop; `None` keeps the current ones. Kinds in the existing
    /// connector that this version does not know always stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autostopping: Option<BTreeSet<AutoStopping>>,
    /// The services whose commitments are orchestrated; `None` keeps the current ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<BTreeSet<CommitmentService>>,
    /// The AWS Cost and Usage Report; required with [`Feature::Billing`]. Harness drops the report of a connector without this feature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<CurReport>,
    /// Optional settings.
    #[serde(default, skip_serializing_if = "ConnectorSettings::is_empty")]
    pub settings: ConnectorSettings,
    /// Whether the account is in GovCloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gov_cloud: bool,
    /// The user's tags, without the owner mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The owner whose mark it has.
    pub owner: OwnerId,
}

impl ConnectorSpec {
    /// A connector with these features and no options.
    pub fn new(
        id: ConnectorId,
        name: ConnectorName,
        role: RoleArn,
        external_id: ExternalId,
        features: BTreeSet<Feature>,
        owner: OwnerId,
    ) -> Self {
        Self {
            id,
            name,
            role,
            external_id,
            features,
            autostopping: None,
            commitment: None,
            report: None,
            settings: ConnectorSettings::default(),
            gov_cloud: false,
            tags: BTreeMap::new(),
            owner,
        }
    }

    /// The AWS account.
    pub fn account(&self) -> &AccountId {
        self.role.account()
    }

    /// All tags to write: the user's tags and the owner mark.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        marked(&self.tags, &self.owner)
    }
}
