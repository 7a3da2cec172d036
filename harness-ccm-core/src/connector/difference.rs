use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ConnectorSettings, ConnectorSettingsState, ConnectorSpec, ConnectorState, ReportState};
use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature, Named, ReportType, Word};
use crate::id::{AccountId, ConnectorName, ExternalId, RoleArn};
use crate::session::SessionSeconds;

/// One field in which a connector is not as desired, with both values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectorDifference {
    /// The display name.
    Name {
        /// The current name.
        observed: String,
        /// The desired name.
        desired: ConnectorName,
    },
    /// The AWS account.
    Account {
        /// The current account, if it is a valid id.
        observed: Option<AccountId>,
        /// The desired account.
        desired: AccountId,
    },
    /// The role that Harness assumes.
    Role {
        /// The current role, unparsed.
        observed: Option<String>,
        /// The desired role.
        desired: RoleArn,
    },
    /// The external id.
    ExternalId {
        /// The current external id, unparsed.
        observed: Option<String>,
        /// The desired external id.
        desired: ExternalId,
    },
    /// Whether it is marked as a GovCloud account's; the observed value is the opposite.
    GovCloud {
        /// The desired value.
        desired: bool,
    },
    /// The enabled features.
    Features {
        /// The currently enabled features.
        observed: BTreeSet<Named<Feature>>,
        /// The desired features, including words that this version does not know.
        desired: BTreeSet<Named<Feature>>,
    },
    /// The kinds of resources that `AutoStopping` may stop.
    AutoStopping {
        /// The current kinds.
        observed: BTreeSet<Named<AutoStopping>>,
        /// The desired kinds.
        desired: BTreeSet<Named<AutoStopping>>,
    },
    /// The services whose commitments are orchestrated.
    Commitment {
        /// The current services.
        observed: BTreeSet<Named<CommitmentService>>,
        /// The desired services.
        desired: BTreeSet<Named<CommitmentService>>,
    },
    /// The report.
    Report {
        /// The current report.
        observed: Option<ReportState>,
        /// The desired report.
        desired: ReportState,
    },
    /// The session length of Harness.
    Session {
        /// The current seconds, if set.
        observed: Option<i64>,
        /// The desired seconds.
        desired: SessionSeconds,
    },
    /// Whether Harness skips connection tests; the observed value is the opposite.
    IgnoreTest {
        /// The desired value.
        desired: bool,
    },
    /// One tag.
    Tag {
        /// The key.
        key: String,
        /// The current value.
        observed: Option<String>,
        /// The desired value.
        desired: String,
    },
}

impl ConnectorDifference {
    /// The field's name in Harness' API.
    pub fn field(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Name { .. } => "name",
            Self::Account { .. } => "awsAccountId",
            Self::Role { .. } => "crossAccountRoleArn",
            Self::ExternalId { .. } => "externalId",
            Self::GovCloud { .. } => "isAWSGovCloudAccount",
            Self::Features { .. } => "featuresEnabled",
            Self::AutoStopping { .. } => "autostoppingFeatures",
            Self::Commitment { .. } => "commitmentFeatures",
            Self::Report { .. } => "curAttributes",
            Self::Session { .. } => "assumeRoleSessionDuration",
            Self::IgnoreTest { .. } => "ignoreTestConnection",
            Self::Tag { key, .. } => return Cow::Owned(format!("tags.{key}")),
        })
    }

    /// Whether the difference does not affect the connector's function: its name and its tags. Another tool's connector need not
    /// have ours.
    pub fn is_label(&self) -> bool {
        matches!(self, Self::Name { .. } | Self::Tag { .. })
    }
}

/// Prints the field with its current and desired value.
impl fmt::Display for ConnectorDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field())?;
        match self {
            Self::Name { observed, desired } => write!(f, "{observed} -> {desired}"),
            Self::Account { observed, desired } => write!(f, "{} -> {desired}", OrNone(observed.as_ref())),
            Self::Role { observed, desired } => write!(f, "{} -> {desired}", OrNone(observed.as_ref())),
            Self::ExternalId { observed, desired } => write!(f, "{} -> {desired}", OrNone(observed.as_ref())),
            Self::GovCloud { desired } | Self::IgnoreTest { desired } => {
                write!(f, "{} -> {desired}", !desired)
            }
            Self::Features { observed, desired } => write!(f, "{} -> {}", list(observed), list(desired)),
            Self::AutoStopping { observed, desired } => write!(f, "{} -> {}", list(observed), list(desired)),
            Self::Commitment { observed, desired } => write!(f, "{} -> {}", list(observed), list(desired)),
            Self::Report { observed, desired } => write!(f, "{} -> {desired}", OrNone(observed.as_ref())),
            Self::Session { observed, desired } => write!(f, "{} -> {desired}", OrNone(observed.as_ref())),
            Self::Tag { key: _, observed, desired } => {
                write!(f, "{} -> {desired}", OrNone(observed.as_ref()))
            }
        }
    }
}

struct OrNone<'a, T>(Option<&'a T>);

impl<T: fmt::Display> fmt::Display for OrNone<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("(none)"),
        }
    }
}

fn list(words: &BTreeSet<impl fmt::Display>) -> String {
    let words: Vec<_> = words.iter().map(ToString::to_string).collect();
    if words.is_empty() { "(none)".into() } else { words.join(", ") }
}

/// A list of words after `wanted` is written over `seen`: words that this version does not know stay.
pub(crate) fn laid_over<T: Copy + Ord>(
    seen: &BTreeSet<Named<T>>,
    wanted: &BTreeSet<T>,
) -> BTreeSet<Named<T>> {
    let unknown = seen.iter().filter(|word| matches!(word, Named::Other(_))).cloned();
    wanted.iter().map(|word| Named::Known(*word)).chain(unknown).collect()
}

impl CurReport {
    /// The connector's report after this one is written over it: an unset format stays.
    pub(crate) fn over(&self, seen: Option<&ReportState>) -> ReportState {
        let mut report = ReportState::from(self);
        report.report_type = report.report_type.or_else(|| seen?.report_type.clone());
        report
    }
}

impl ReportState {
    /// Whether Harness reads the same report: an unset format means the classic one.
    fn means(&self, other: &Self) -> bool {
        let classic = Named::Known(ReportType::Cur1);
        let format = |report: &Self| report.report_type.clone().unwrap_or_else(|| classic.clone());
        (&self.name, &self.bucket) == (&other.name, &other.bucket) && format(self) == format(other)
    }
}

/// Adds the difference of a list of words, if there is one.
fn words<T: Word + Ord>(
    observed: &BTreeSet<Named<T>>,
    wanted: &BTreeSet<T>,
    difference: impl FnOnce(BTreeSet<Named<T>>, BTreeSet<Named<T>>) -> ConnectorDifference,
) -> Option<ConnectorDifference> {
    let desired = laid_over(observed, wanted);
    (*observed != desired).then(|| difference(observed.clone(), desired))
}

impl ConnectorSpec {
    /// Returns the fields in which `state` differs from this spec. Empty means that nothing has to be written.
    ///
    /// Harness' own changes to a connector are not differences: it takes the AWS account from the role, drops the report if
    /// billing is off, fills in the report's region and prefix, and writes null instead of false, of the classic report format
    /// and of an empty set of tags (Harness API reference). The following are not compared: the identifier, the order of lists,
    /// tags that this spec does not contain, features, kinds and services that this version does not know, and unmodelled fields.
    pub fn differences(&self, state: &ConnectorState) -> Vec<ConnectorDifference> {
        use ConnectorDifference as D;
        let Self {
            id: _,
            name,
            role,
            external_id,
            features,
            autostopping,
            commitment,
            report,
            settings,
            gov_cloud,
            tags: _,
            owner: _,
        } = self;
        let mut found = Vec::new();
        if state.name != name.as_str() {
            found.push(D::Name { observed: state.name.clone(), desired: name.clone() });
        }
        if state.account.as_ref() != Some(self.account()) {
            found.push(D::Account { observed: state.account.clone(), desired: self.account().clone() });
        }
        if state.role_arn.as_ref() != Some(&role.to_string()) {
            found.push(D::Role { observed: state.role_arn.clone(), desired: role.clone() });
        }
        if state.external_id.as_deref() != Some(external_id.as_str()) {
            found.push(D::ExternalId { observed: state.external_id.clone(), desired: external_id.clone() });
        }
        if state.gov_cloud != *gov_cloud {
            found.push(D::GovCloud { desired: *gov_cloud });
        }
        found.extend(words(&state.features, features, |observed, desired| D::Features { observed, desired }));
        found.extend(autostopping.as_ref().and_then(|kinds| {
            words(&state.autostopping, kinds, |observed, desired| D::AutoStopping { observed, desired })
        }));
        found.extend(commitment.as_ref().and_then(|services| {
            words(&state.commitment, services, |observed, desired| D::Commitment { observed, desired })
        }));
        if let Some(report) = report.as_ref().filter(|_| features.contains(&Feature::Billing)) {
            let desired = report.over(state.report.as_ref());
            if !state.report.as_ref().is_some_and(|observed| observed.means(&desired)) {
                found.push(D::Report { observed: state.report.clone(), desired });
            }
        }
        found.extend(settings.differences(&state.settings));
        for (key, desired) in self.all_tags() {
            let observed = state.tags.get(&key);
            if observed != Some(&desired) {
                found.push(D::Tag { observed: observed.cloned(), key, desired });
            }
        }
        found
    }
}

impl ConnectorSettings {
    fn differences(&self, state: &ConnectorSettingsState) -> impl Iterator<Item = ConnectorDifference> {
        let Self { session, ignore_test } = self;
        let observed = state.session;
        let session = session.filter(|session| observed != Some(session.get().into()));
        let ignore_test = ignore_test.filter(|ignore| state.ignore_test != *ignore);
        let session = session.map(|desired| ConnectorDifference::Session { observed, desired });
        let ignore_test = ignore_test.map(|desired| ConnectorDifference::IgnoreTest { desired });
        session.into_iter().chain(ignore_test)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::{CredentialState, Health};

    fn spec() -> ConnectorSpec {
        let mut spec = ConnectorSpec::new(
            "aws1".parse().unwrap(),
            "prod".parse().unwrap(),
            "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap(),
            "harness:891928451355:acct".parse().unwrap(),
            [Feature::Billing, Feature::Visibility].into(),
            "tests".parse().unwrap(),
        );
        spec.report = Some(CurReport::new("cur", "bucket").with_type(ReportType::Cur1));
        spec
    }

    /// The state that Harness stores for `spec`.
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
        spec.differences(state).iter().map(|difference| difference.field().into_owned()).collect()
    }

    #[test]
    fn a_report_dropped_without_billing_is_not_a_difference() {
        let mut spec = spec();
        let mut state = stored(&spec);
        spec.features.remove(&Feature::Billing);
        state.features.remove(&Named::Known(Feature::Billing));
        state.report = None;
        assert_eq!(fields(&spec, &state), [""; 0]);
    }

    #[test]
    fn an_unset_report_type_is_the_classic_one() {
        let mut spec = spec();
        let mut state = stored(&spec);
        state.report.as_mut().unwrap().report_type = None;
        assert_eq!(fields(&spec, &state), [""; 0]);
        spec.report.as_mut().unwrap().report_type = Some(ReportType::Cur2);
        assert_eq!(
            spec.differences(&state)[0].to_string(),
            "curAttributes: cur in bucket -> cur in bucket as CUR2.0"
        );
        state.report.as_mut().unwrap().report_type = Some(Named::Other("CUR3.0".into()));
        assert_eq!(
            fields(&spec, &state),
            ["curAttributes"],
            "a format has one value, so an unknown one differs"
        );
    }

    #[test]
    fn a_report_type_that_the_spec_does_not_set_stays() {
        let mut spec = spec();
        spec.report = Some(CurReport::new("cur", "bucket"));
        let mut state = stored(&spec);
        let kept = [None, Some(ReportType::Cur2.into()), Some(Named::Other("CUR3.0".into()))];
        for report_type in kept {
            state.report.as_mut().unwrap().report_type = report_type;
            assert_eq!(fields(&spec, &state), [""; 0]);
        }
        state.report.as_mut().unwrap().report_type = Some(ReportType::Cur2.into());
        spec.report.as_mut().unwrap().name = "other".into();
        assert_eq!(
            spec.differences(&state)[0].to_string(),
            "curAttributes: cur in bucket as CUR2.0 -> other in bucket as CUR2.0"
        );
    }

    #[test]
    fn words_of_a_newer_server_are_not_differences() {
        let mut spec = spec();
        let mut state = stored(&spec);
        state.features.insert(Named::Other("TELEPATHY".into()));
        state.autostopping = [AutoStopping::Ec2.into(), Named::Other("AZURE_VM".into())].into();
        spec.autostopping = Some([AutoStopping::Ec2].into());
        assert_eq!(fields(&spec, &state), [""; 0]);
        spec.features.insert(Feature::Governance);
        let [difference] = &spec.differences(&state)[..] else { panic!("one difference") };
        assert_eq!(
            difference.to_string(),
            "featuresEnabled: BILLING, VISIBILITY, TELEPATHY -> BILLING, VISIBILITY, GOVERNANCE, TELEPATHY",
            "the resulting list"
        );
    }

    #[test]
    fn options_that_the_spec_does_not_set_are_not_differences() {
        let mut spec = spec();
        let mut state = stored(&spec);
        state.settings.session = Some(7200);
        state.settings.ignore_test = true;
        state.autostopping = [AutoStopping::Rds.into()].into();
        state.commitment = [CommitmentService::Ec2.into()].into();
        state.credential =
            Some(CredentialState { kind: "OidcAuthentication".into(), region: None, role_arn: None });
        state.tags.insert("beside".into(), "kept".into());
        assert_eq!(fields(&spec, &state), [""; 0]);
        spec.settings.session = Some(3600.try_into().unwrap());
        spec.settings.ignore_test = Some(false);
        assert_eq!(fields(&spec, &state), ["assumeRoleSessionDuration", "ignoreTestConnection"]);
        state.settings.session = None;
        assert_eq!(spec.differences(&state)[0].to_string(), "assumeRoleSessionDuration: (none) -> 3600");
        state.tags.remove("harness-ccm-owner");
        assert_eq!(
            spec.differences(&state).last().map(ToString::to_string).as_deref(),
            Some("tags.harness-ccm-owner: (none) -> tests")
        );
    }

    #[test]
    fn a_test_that_ends_between_reading_and_writing_is_not_a_change() {
        let before = stored(&spec());
        let mut after = before.clone();
        after.health = Health::Failure { message: "the role does not exist yet".into() };
        assert!(before.same_as(&after));
        after.settings.session = Some(900);
        assert!(!before.same_as(&after));
    }
}
