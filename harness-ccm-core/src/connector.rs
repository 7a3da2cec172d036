//! Harness connectors of the type `CEAws` at account scope: as wanted and as seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature, Named, ReportType, Word};
use crate::id::{AccountId, ConnectorId, ConnectorName, ExternalId, OwnerId, RoleArn};
use crate::owner::{Ownership, marked};
use crate::session::SessionSeconds;

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
    /// What AutoStopping may stop; `None` leaves what is there. Words that this version does not know stay in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autostopping: Option<BTreeSet<AutoStopping>>,
    /// The services whose commitments are orchestrated; `None` leaves what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<BTreeSet<CommitmentService>>,
    /// The report; needed with [`Feature::Billing`], without a meaning otherwise: Harness drops it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<CurReport>,
    /// How long Harness' session in the account lasts; `None` leaves what is there. More than the role's own maximum, which
    /// [`RoleSpec::max_session`](crate::role::RoleSpec::max_session) raises, fails every assumption of the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionSeconds>,
    /// Whether Harness shall go without connection tests; `None` leaves what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_test: Option<bool>,
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
            session: None,
            ignore_test: None,
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
    /// What Harness makes of a connector by itself is no difference: it takes the AWS account from the role, drops the report
    /// without billing, fills in the report's region and prefix, writes null for false, for the classic report format and for
    /// no tags, and keeps lists in the order in which they came (Harness API reference). Neither are the identifier, further
    /// tags, words that this version does not know, and everything that is not modelled.
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
            session,
            ignore_test,
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
        differences.compare_words("featuresEnabled", &state.features, features);
        if let Some(kinds) = autostopping {
            differences.compare_words("autostoppingFeatures", &state.autostopping, kinds);
        }
        if let Some(services) = commitment {
            differences.compare_words("commitmentFeatures", &state.commitment, services);
        }
        if let Some(report) = report.as_ref().filter(|_| features.contains(&Feature::Billing)) {
            let seen = state.report.as_ref().map(ToString::to_string);
            differences.compare("curAttributes", &or_none(seen.as_deref()), &ReportState::from(report));
        }
        if let Some(session) = session {
            let seen = state.session_seconds.map(|seconds| seconds.to_string());
            differences.compare("assumeRoleSessionDuration", &or_none(seen.as_deref()), session);
        }
        if let Some(ignore) = ignore_test {
            differences.compare("ignoreTestConnection", &state.ignore_test, ignore);
        }
        for (key, wanted) in self.all_tags() {
            let seen = or_none(state.tags.get(&key).map(String::as_str));
            differences.compare(&format!("tags.{key}"), &seen, &wanted);
        }
        differences.0
    }
}

/// What a list of words becomes when `wanted` is written over `seen`: words that this version does not know stay.
pub(crate) fn laid_over<T: Copy + Ord>(
    seen: &BTreeSet<Named<T>>,
    wanted: &BTreeSet<T>,
) -> BTreeSet<Named<T>> {
    let unknown = seen.iter().filter(|word| matches!(word, Named::Other(_))).cloned();
    wanted.iter().map(|word| Named::Known(*word)).chain(unknown).collect()
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

    fn compare_words<T: Word + Ord>(&mut self, field: &str, seen: &BTreeSet<Named<T>>, wanted: &BTreeSet<T>) {
        self.compare(field, &list(seen), &list(&laid_over(seen, wanted)));
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
    /// How many seconds a session in the account lasts, if the connector says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_seconds: Option<i64>,
    /// Whether Harness goes without connection tests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_test: bool,
    /// By what Harness signs in where it is not the classic role and external id. It is carried and never set here: a role
    /// that trusts an identity provider is not the one that is made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialState>,
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
            session_seconds: None,
            ignore_test: false,
            credential: None,
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
            session_seconds,
            ignore_test,
            credential,
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
            && *session_seconds == other.session_seconds
            && *ignore_test == other.ignore_test
            && *credential == other.credential
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
    pub report_type: Option<Named<ReportType>>,
}

impl From<&CurReport> for ReportState {
    fn from(report: &CurReport) -> Self {
        Self {
            name: report.name.clone(),
            bucket: report.bucket.clone(),
            report_type: Some(report.report_type.into()),
        }
    }
}

/// Name, bucket and format; region and prefix are Harness' own findings.
impl fmt::Display for ReportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classic = Named::Known(ReportType::default());
        let format = self.report_type.as_ref().unwrap_or(&classic);
        write!(f, "{} in {} as {format}", self.name, self.bucket)
    }
}

/// A connector's `credential` as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialState {
    /// The way to sign in: `Default`, or `OidcAuthentication` for an identity provider.
    pub kind: String,
    /// The region of the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The role of an identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ConnectorSpec {
        let mut spec = ConnectorSpec::new(
            "aws1".parse().unwrap(),
            "prod".parse().unwrap(),
            "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap(),
            "harness:891928451355:acct".parse().unwrap(),
            [Feature::Billing, Feature::Visibility].into(),
            "tests".parse().unwrap(),
        );
        spec.report = Some(CurReport::new("cur", "bucket"));
        spec
    }

    /// What Harness makes of `spec`.
    fn stored(spec: &ConnectorSpec) -> ConnectorState {
        let mut state = ConnectorState::new(spec.id.clone());
        state.name = spec.name.as_str().into();
        state.account = Some(spec.account().clone());
        state.role_arn = Some(spec.role.to_string());
        state.external_id = Some(spec.external_id.to_string());
        state.features = laid_over(&BTreeSet::new(), &spec.features);
        state.report = spec.report.as_ref().map(ReportState::from);
        state.tags = spec.all_tags();
        state
    }

    fn fields(spec: &ConnectorSpec, state: &ConnectorState) -> Vec<String> {
        spec.differences(state).into_iter().map(|difference| difference.field).collect()
    }

    #[test]
    fn a_report_that_is_dropped_without_billing_is_no_difference() {
        let mut spec = spec();
        let mut state = stored(&spec);
        spec.features.remove(&Feature::Billing);
        state.features.remove(&Named::Known(Feature::Billing));
        state.report = None;
        assert_eq!(fields(&spec, &state), [""; 0]);
    }

    #[test]
    fn a_report_type_that_is_not_named_is_the_classic_one() {
        let mut spec = spec();
        let mut state = stored(&spec);
        state.report.as_mut().unwrap().report_type = None;
        assert_eq!(fields(&spec, &state), [""; 0]);
        spec.report.as_mut().unwrap().report_type = ReportType::Cur2;
        let differences = spec.differences(&state);
        assert_eq!(differences[0].seen, "cur in bucket as CUR1.0");
        assert_eq!(differences[0].wanted, "cur in bucket as CUR2.0");
        state.report.as_mut().unwrap().report_type = Some(Named::Other("CUR3.0".into()));
        assert_eq!(
            fields(&spec, &state),
            ["curAttributes"],
            "a format has one value: an unknown one is another"
        );
    }

    #[test]
    fn words_of_a_newer_server_are_no_difference() {
        let mut spec = spec();
        let mut state = stored(&spec);
        state.features.insert(Named::Other("TELEPATHY".into()));
        state.autostopping = [AutoStopping::Ec2.into(), Named::Other("AZURE_VM".into())].into();
        spec.autostopping = Some([AutoStopping::Ec2].into());
        assert_eq!(fields(&spec, &state), [""; 0]);
        spec.features.insert(Feature::Governance);
        let [difference] = &spec.differences(&state)[..] else { panic!("one difference") };
        assert_eq!(difference.wanted, "BILLING, VISIBILITY, GOVERNANCE, TELEPATHY", "what it will become");
    }

    #[test]
    fn options_that_the_spec_leaves_open_are_no_difference() {
        let mut spec = spec();
        let mut state = stored(&spec);
        state.session_seconds = Some(7200);
        state.ignore_test = true;
        state.autostopping = [AutoStopping::Rds.into()].into();
        state.commitment = [CommitmentService::Ec2.into()].into();
        state.credential =
            Some(CredentialState { kind: "OidcAuthentication".into(), region: None, role_arn: None });
        state.tags.insert("beside".into(), "kept".into());
        assert_eq!(fields(&spec, &state), [""; 0]);
        spec.session = Some(3600.try_into().unwrap());
        spec.ignore_test = Some(false);
        assert_eq!(fields(&spec, &state), ["assumeRoleSessionDuration", "ignoreTestConnection"]);
        state.session_seconds = None;
        assert_eq!(spec.differences(&state)[0].seen, "(none)");
    }

    #[test]
    fn a_test_that_ends_between_reading_and_writing_is_no_change() {
        let before = stored(&spec());
        let mut after = before.clone();
        after.health = Health::Failure("the role is not there yet".into());
        assert!(before.same_as(&after));
        after.session_seconds = Some(900);
        assert!(!before.same_as(&after));
    }
}
