//! Harness connectors of the type `CEAws` at account scope: as wanted and as seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature, Named};
use crate::id::{AccountId, ConnectorId, ConnectorName, ExternalId, OwnerId, RoleArn};
use crate::owner::{Ownership, marked};

/// A connector as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectorSpec {
    /// Its identifier. Immutable in Harness.
    pub id: ConnectorId,
    /// Its display name.
    pub name: ConnectorName,
    /// The role that Harness assumes; the connector's account is the role's.
    pub role: RoleArn,
    /// The external id that Harness presents.
    pub external_id: ExternalId,
    /// The features that are enabled.
    pub features: BTreeSet<Feature>,
    /// What AutoStopping may stop; `None` leaves what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autostopping: Option<BTreeSet<AutoStopping>>,
    /// The services whose commitments are orchestrated; `None` leaves what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<BTreeSet<CommitmentService>>,
    /// The report; needed with [`Feature::Billing`], without a meaning otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<CurReport>,
    /// Whether the account is in GovCloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gov_cloud: bool,
    /// The user's tags; the owner mark is not among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Whose mark it carries.
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
            gov_cloud: false,
            tags: BTreeMap::new(),
            owner,
        }
    }

    /// The AWS account.
    pub fn account(&self) -> &AccountId {
        self.role.account()
    }

    /// All tags to write: the user's and the owner mark.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        marked(&self.tags, &self.owner)
    }

    /// In what `state` differs from what is wanted here, field by field. Empty means that nothing has to be written.
    ///
    /// The identifier is not compared, further tags and everything that is not modelled are no difference.
    pub fn differences(&self, state: &ConnectorState) -> Vec<FieldDifference> {
        let Self {
            id: _,
            name,
            role,
            external_id,
            features,
            autostopping,
            commitment,
            report,
            gov_cloud,
            tags: _,
            owner: _,
        } = self;
        let mut differences = Differences::default();
        let or_none = |text: Option<&str>| text.unwrap_or("(none)").to_owned();
        let seen_account = or_none(state.account.as_ref().map(AsRef::as_ref));
        differences.compare("name", &state.name, name);
        differences.compare("awsAccountId", &seen_account, self.account());
        differences.compare("crossAccountRoleArn", &or_none(state.role_arn.as_deref()), role);
        differences.compare("externalId", &or_none(state.external_id.as_deref()), external_id);
        differences.compare("isAWSGovCloudAccount", &state.gov_cloud, gov_cloud);
        differences.compare("featuresEnabled", &list(&state.features), &list(&known(features)));
        if let Some(kinds) = autostopping {
            differences.compare("autostoppingFeatures", &list(&state.autostopping), &list(&known(kinds)));
        }
        if let Some(services) = commitment {
            differences.compare("commitmentFeatures", &list(&state.commitment), &list(&known(services)));
        }
        if let Some(report) = report {
            // Region and prefix are filled in by Harness, and are not ours to compare.
            let seen = state.report.as_ref().map(|seen| format!("{} in {}", seen.name, seen.bucket));
            let wanted = format!("{} in {}", report.name, report.bucket);
            differences.compare("curAttributes", &or_none(seen.as_deref()), &wanted);
        }
        for (key, wanted) in self.all_tags() {
            let seen = or_none(state.tags.get(&key).map(String::as_str));
            differences.compare(&format!("tags.{key}"), &seen, &wanted);
        }
        differences.0
    }
}

fn known<T: Copy + Ord>(words: &BTreeSet<T>) -> BTreeSet<Named<T>> {
    words.iter().map(|word| Named::Known(*word)).collect()
}

fn list(words: &BTreeSet<impl fmt::Display>) -> String {
    let words: Vec<_> = words.iter().map(ToString::to_string).collect();
    if words.is_empty() { "(none)".into() } else { words.join(", ") }
}

#[derive(Default)]
struct Differences(Vec<FieldDifference>);

impl Differences {
    fn compare(&mut self, field: &str, seen: &dyn fmt::Display, wanted: &dyn fmt::Display) {
        let (seen, wanted) = (seen.to_string(), wanted.to_string());
        if seen != wanted {
            self.0.push(FieldDifference { field: field.into(), seen, wanted });
        }
    }
}

/// One field in which something is not as wanted, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDifference {
    /// The field, by its name in the API.
    pub field: String,
    /// What is there.
    pub seen: String,
    /// What is wanted.
    pub wanted: String,
}

/// A connector as it is.
///
/// What Harness keeps beside these fields is not modelled, and is carried through every update by the backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectorState {
    /// Its identifier.
    pub id: ConnectorId,
    /// Its display name.
    pub name: String,
    /// The AWS account (`spec.awsAccountId`), if it holds a proper id.
    pub account: Option<AccountId>,
    /// The role that Harness assumes, as it stands there.
    pub role_arn: Option<String>,
    /// The external id, as it stands there.
    pub external_id: Option<String>,
    /// The features that are enabled.
    pub features: BTreeSet<Named<Feature>>,
    /// What AutoStopping may stop.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub autostopping: BTreeSet<Named<AutoStopping>>,
    /// The services whose commitments are orchestrated.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub commitment: BTreeSet<Named<CommitmentService>>,
    /// The report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportState>,
    /// Whether it is marked as a GovCloud account's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gov_cloud: bool,
    /// All tags, the owner mark among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// The verdict of the last connection test.
    #[serde(default)]
    pub health: Health,
}

impl ConnectorState {
    /// A connector that nothing is known of but its identifier.
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
            gov_cloud: false,
            tags: BTreeMap::new(),
            created_at: 0,
            health: Health::default(),
        }
    }

    /// Whose it is, as `owner` sees it.
    pub fn ownership(&self, owner: &OwnerId) -> Ownership {
        Ownership::read(&self.tags, owner)
    }

    /// Whether `other` is the same state. The verdict of the connection test moves by itself and does not count.
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
            gov_cloud,
            tags,
            created_at,
            health: _,
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
            && *gov_cloud == other.gov_cloud
            && *tags == other.tags
            && *created_at == other.created_at
    }
}

/// A connector's report as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportState {
    /// The report's name.
    pub name: String,
    /// The bucket's name.
    pub bucket: String,
    /// The format, if the server names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_type: Option<String>,
}

/// The verdict of a connector's last connection test, as Harness stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Health {
    /// Never tested, or a word that this version does not know.
    #[default]
    Unknown,
    /// A first test is under way.
    Pending,
    /// It passed.
    Success,
    /// It failed, in Harness' words.
    Failure(String),
}
