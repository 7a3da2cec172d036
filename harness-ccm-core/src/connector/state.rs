use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ConnectorSettingsState, PolicyWarning};
use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature, Named, ReportType};
use crate::id::{AccountId, ConnectorId, OwnerId};
use crate::owner::{ADOPTED_AS_IT_IS, ADOPTED_TAG, Ownership};
use crate::timestamp::Timestamp;

/// The observed state of a connector.
///
/// Other fields that Harness stores are not modelled; the backend preserves them in every update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ConnectorState {
    /// Its identifier.
    pub id: ConnectorId,
    /// Its display name.
    pub name: String,
    /// The AWS account (`spec.awsAccountId`), if it is a valid id.
    pub account: Option<AccountId>,
    /// The role that Harness assumes, unparsed.
    pub role_arn: Option<String>,
    /// The external id, unparsed.
    pub external_id: Option<String>,
    /// The enabled features.
    pub features: BTreeSet<Named<Feature>>,
    /// The kinds of resources that AutoStopping may stop.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub autostopping: BTreeSet<Named<AutoStopping>>,
    /// The services whose commitments are orchestrated.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub commitment: BTreeSet<Named<CommitmentService>>,
    /// The AWS Cost and Usage Report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportState>,
    /// Optional settings.
    #[serde(default, skip_serializing_if = "ConnectorSettingsState::is_empty")]
    pub settings: ConnectorSettingsState,
    /// How Harness authenticates if it does not use role and external id, for example with an identity provider (OIDC). Updates
    /// preserve this value. This library never sets it, because the roles that it creates trust no identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialState>,
    /// Whether Harness has the connector flagged as one for an account in GovCloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gov_cloud: bool,
    /// All tags, including the owner mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The fields that have a value and that this library does not model. Each entry is the path of a field in Harness' API, with
    /// dots between the names. Updates preserve these fields.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unmodelled: BTreeSet<String>,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// The result of the last connection test.
    #[serde(default)]
    pub health: Health,
    /// When the last connection test ended, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested_at: Option<Timestamp>,
    /// When a connection test last passed, if one ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_at: Option<Timestamp>,
    /// The warnings from policies of the Harness account about the write that led to this state. Harness reports them only in its
    /// response to the write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_warnings: Vec<PolicyWarning>,
}

impl ConnectorState {
    /// A connector of which only the identifier is known.
    pub fn new(id: ConnectorId) -> Self {
        Self {
            name: id.as_str().into(),
            id,
            account: None,
            role_arn: None,
            external_id: None,
            features: BTreeSet::new(),
            autostopping: BTreeSet::new(),
            commitment: BTreeSet::new(),
            report: None,
            settings: ConnectorSettingsState::default(),
            credential: None,
            gov_cloud: false,
            tags: BTreeMap::new(),
            unmodelled: BTreeSet::new(),
            created_at: 0,
            health: Health::default(),
            tested_at: None,
            passed_at: None,
            policy_warnings: Vec::new(),
        }
    }

    /// Whether it was adopted and is still as its creator made it.
    pub(crate) fn is_adopted_as_it_is(&self) -> bool {
        self.tags.get(ADOPTED_TAG).is_some_and(|value| value == ADOPTED_AS_IT_IS)
    }

    /// Its ownership, as seen by `owner`.
    pub fn ownership(&self, owner: &OwnerId) -> Ownership {
        Ownership::read(&self.tags, owner)
    }

    /// Whether `other` is the same state. These fields are not compared: the results of connection tests, which change without a
    /// write, the [unmodelled](Self::unmodelled) fields, and the policy warnings.
    pub fn same_as(&self, other: &Self) -> bool {
        let Self {
            id,
            name,
            account,
            role_arn,
            external_id,
            features,
            autostopping,
            commitment,
            report,
            settings,
            credential,
            gov_cloud,
            tags,
            unmodelled: _,
            created_at,
            health: _,
            tested_at: _,
            passed_at: _,
            policy_warnings: _,
        } = self;
        *id == other.id
            && *name == other.name
            && *account == other.account
            && *role_arn == other.role_arn
            && *external_id == other.external_id
            && *features == other.features
            && *autostopping == other.autostopping
            && *commitment == other.commitment
            && *report == other.report
            && *settings == other.settings
            && *credential == other.credential
            && *gov_cloud == other.gov_cloud
            && *tags == other.tags
            && *created_at == other.created_at
    }
}

/// The observed report of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReportState {
    /// The report's name.
    pub name: String,
    /// The bucket's name.
    pub bucket: String,
    /// The format, if the server returns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_type: Option<Named<ReportType>>,
}

impl ReportState {
    /// A report with the format that the server returns, if any.
    pub fn new(
        name: impl Into<String>,
        bucket: impl Into<String>,
        report_type: Option<Named<ReportType>>,
    ) -> Self {
        Self { name: name.into(), bucket: bucket.into(), report_type }
    }
}

impl From<&CurReport> for ReportState {
    fn from(report: &CurReport) -> Self {
        Self {
            name: report.name.clone(),
            bucket: report.bucket.clone(),
            report_type: report.report_type.map(Named::Known),
        }
    }
}

impl ReportState {
    /// Whether it is a data export, which the role of its connector must be able to read.
    pub fn is_data_export(&self) -> bool {
        self.report_type == Some(Named::Known(ReportType::Cur2))
    }
}

/// Prints name, bucket and, if set, format; region and prefix are Harness' own values.
impl fmt::Display for ReportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.bucket)?;
        self.report_type.as_ref().map_or(Ok(()), |format| write!(f, " as {format}"))
    }
}

/// The observed `credential` of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CredentialState {
    /// The authentication type: `Default`, or `OidcAuthentication` for an identity provider.
    pub kind: String,
    /// The region of the authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The role of an identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}

impl CredentialState {
    /// A credential of this type, without details.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), region: None, role_arn: None }
    }

    /// Sets the region of the authentication, if the server returns it.
    #[must_use]
    pub fn with_region(mut self, region: Option<String>) -> Self {
        self.region = region;
        self
    }

    /// Sets the role of an identity provider, if the server returns it.
    #[must_use]
    pub fn with_role_arn(mut self, role_arn: Option<String>) -> Self {
        self.role_arn = role_arn;
        self
    }
}

/// The result of a connector's last connection test, as Harness stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Health {
    /// Never tested, or a status that this version does not know.
    #[default]
    Unknown,
    /// The first test is running.
    Pending,
    /// It passed.
    Success,
    /// It failed.
    Failure {
        /// Harness' message.
        message: String,
    },
}
