//! Predicts the result of Harness' connection test from documents alone, before anything is written.
//!
//! Harness assumes the role with the external id, with the session length of the connector, and then has IAM simulate the
//! role's policies for every action that the enabled features need. A prediction does not include facts that documents do not
//! show:
//! - service control policies, whose denials the test ignores too;
//! - whether the billing report exists, is set up as Harness requires, and is recent;
//! - whether IAM has propagated the latest writes.

#[doc(hidden)]
pub mod checks;

use std::collections::BTreeSet;

use self::checks::Options;
use crate::backend::TestFailure;
use crate::cluster::Cluster;
use crate::connector::{ConnectorSpec, ConnectorState, ReportState};
use crate::feature::{Feature, Named, ReportType};
use crate::id::RoleArn;
use crate::policy::{Decision, Grants, PolicyDocument, Trusted, trusted};
use crate::role::{RoleSpec, RoleState};

/// The message of STS for a session that is longer than the role's maximum (code `ValidationError`).
const SESSION_TOO_LONG: &str =
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";

/// The predicted result of a connection test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prediction {
    /// It passes, as far as role and connector determine it.
    Passes,
    /// It fails with this failure in Harness' words. It contains only certain reasons.
    Fails(TestFailure),
    /// The result is unknown, for this reason.
    Unknown(String),
}

/// Predicts the test of `connector` after it and `roles` are created, if none of them exists yet.
///
/// Use it before the first write: a connector whose test would fail should not be created. The connector's role is found in
/// `roles` by its ARN; the other roles do not affect the test.
pub fn before_writing(roles: &[RoleSpec], connector: &ConnectorSpec) -> Prediction {
    let role = roles.iter().find(|role| role.address.arn == connector.role);
    let role = role.map(|role| role.result_on(&role.created()));
    once_written(connector, None, role.as_ref())
}

/// Predicts the test of `connector` after it is written over `seen`, if one exists, with the role `role`; `None` if there is no
/// role. Values that the connector does not set stay as in `seen`.
pub fn once_written(
    connector: &ConnectorSpec,
    seen: Option<&ConnectorState>,
    role: Option<&RoleState>,
) -> Prediction {
    let kinds = connector.autostopping.clone();
    let services = connector.commitment.clone();
    let report_type = connector.report.as_ref().and_then(|report| report.report_type);
    let exported = || seen?.report.as_ref().map(ReportState::is_data_export);
    let session = connector.settings.session.map(|session| session.get().into());
    let tested = Tested {
        role: Some(connector.role.clone()),
        external_id: connector.external_id.as_str(),
        options: Options {
            features: connector.features.clone(),
            kinds: kinds.or_else(|| seen.map(|seen| known(&seen.autostopping))).unwrap_or_default(),
            services: services.or_else(|| seen.map(|seen| known(&seen.commitment))).unwrap_or_default(),
            report_bucket: connector.report.as_ref().map_or("", |report| &report.bucket),
            is_data_export: report_type.map_or_else(|| exported().unwrap_or_default(), is_data_export),
        },
        session: session.or_else(|| seen?.settings.session),
        gov_cloud: connector.gov_cloud,
    };
    tested.judge(role.map(Assumed::of))
}

/// Predicts the test of a connector with its role as it is; `None` if there is no role.
pub fn of_state(connector: &ConnectorState, role: Option<&RoleState>) -> Prediction {
    Tested::of(connector).judge(role.map(Assumed::of))
}

/// The same for a server that knows only these documents: a policy without a known text grants and denies nothing, and an
/// unknown boundary does not limit.
pub(crate) fn of_state_in_memory(connector: &ConnectorState, role: Option<&RoleState>) -> Prediction {
    let assumed = role.map(|role| {
        let grants = role
            .attached
            .iter()
            .filter(|(policy, text)| text.is_some() || crate::policy::known(policy).is_some())
            .fold(Grants::of(role.inline.values()), |grants, (policy, text)| {
                grants.with_attached(policy, text.as_ref())
            });
        Assumed { grants, ..Assumed::of(role) }
    });
    Tested::of(connector).judge(assumed)
}

/// The properties of a connector that its test uses.
struct Tested<'a> {
    /// `None` if the connector does not name a valid role.
    role: Option<RoleArn>,
    external_id: &'a str,
    options: Options<'a>,
    /// The session length in seconds, if the connector sets it.
    session: Option<i64>,
    gov_cloud: bool,
}

/// The properties of a role that the test uses.
struct Assumed<'a> {
    trust: &'a PolicyDocument,
    grants: Grants<'a>,
    max_session: u32,
}

impl<'a> Assumed<'a> {
    fn of(role: &'a RoleState) -> Self {
        Self { trust: &role.trust, grants: role.grants(), max_session: role.max_session }
    }
}

fn is_data_export(report_type: ReportType) -> bool {
    report_type == ReportType::Cur2
}

/// The values that this version knows.
fn known<T: Copy + Ord>(words: &BTreeSet<Named<T>>) -> BTreeSet<T> {
    let known = |word: &Named<T>| if let Named::Known(word) = word { Some(*word) } else { None };
    words.iter().filter_map(known).collect()
}

impl<'a> Tested<'a> {
    fn of(connector: &'a ConnectorState) -> Self {
        Self {
            role: connector.role_arn.as_deref().and_then(|arn| arn.parse().ok()),
            external_id: connector.external_id.as_deref().unwrap_or_default(),
            options: Options {
                features: known(&connector.features),
                kinds: known(&connector.autostopping),
                services: known(&connector.commitment),
                report_bucket: connector.report.as_ref().map_or("", |report| &report.bucket),
                is_data_export: connector.report.as_ref().is_some_and(ReportState::is_data_export),
            },
            session: connector.settings.session,
            gov_cloud: connector.gov_cloud,
        }
    }

    fn judge(&self, assumed: Option<Assumed<'_>>) -> Prediction {
        let refused = [Feature::Billing, Feature::Visibility];
        if self.gov_cloud && refused.iter().any(|feature| self.options.features.contains(feature)) {
            let summary = "Some of the selected features are not supported currently";
            return fails(summary, [summary.to_owned()]);
        }
        let Some(role) = &self.role else {
            return fails("Unknown error occurred", ["the role ARN is malformed".to_owned()]);
        };
        if !role.partition().is_reached_from_outside() {
            return Prediction::Unknown(format!(
                "Harness' test does not reach the partition {}",
                role.partition()
            ));
        }
        let not_assumed = |reason: &str| {
            let summary =
                format!("User: Harness is not authorized to perform: sts:AssumeRole on resource: {role}");
            fails(&summary, [reason.to_owned()])
        };
        let Some(Assumed { trust, grants, max_session }) = assumed else {
            return not_assumed(&format!("there is no role {role}"));
        };
        let doubt = match trusted(trust, self.external_id) {
            Trusted::Yes => None,
            Trusted::No => {
                return not_assumed("the trust policy does not accept this external id");
            }
            Trusted::Unknown(why) => Some(why),
        };
        if let Some(seconds) = self.session.filter(|seconds| *seconds > max_session.into()) {
            let reason = format!(
                "the connector requires sessions of {seconds} seconds, and the role allows {max_session}"
            );
            return fails(SESSION_TOO_LONG, [reason]);
        }
        self.judge_permissions(role, trust, &grants, doubt)
    }

    fn judge_permissions(
        &self,
        role: &RoleArn,
        trust: &PolicyDocument,
        grants: &Grants<'_>,
        mut doubt: Option<String>,
    ) -> Prediction {
        let own = role.to_string();
        let simulating = grants.simulate(checks::SIMULATE, &own);
        if simulating == Decision::Denied {
            let reason =
                format!("the role is not authorized to perform: {} on resource: {own}", checks::SIMULATE);
            return fails(&reason, [reason.clone()]);
        }
        let harness_bucket = Cluster::bucket_of_trusted(trust);
        let needs = checks::needs(role, &self.options, &harness_bucket);
        let mut missing = Vec::new();
        let mut unknown = Vec::new();
        for need in needs {
            match grants.simulate(need.action, &need.resource) {
                Decision::Allowed => {}
                Decision::Unknown => unknown.push(need.action),
                Decision::Denied => {
                    missing
                        .push(format!("Action: {} not allowed on Resource: {}", need.action, need.resource));
                }
            }
        }
        if !missing.is_empty() {
            return fails("Missing AWS access permissions", missing);
        }
        if simulating == Decision::Unknown {
            unknown.insert(0, checks::SIMULATE);
        }
        if let Some(first) = unknown.first() {
            let since = grants.unread().map(|cause| format!(", since {cause}")).unwrap_or_default();
            let why = match unknown.len() {
                1 => format!("it is unknown whether the role permits {first}{since}"),
                many => {
                    format!("it is unknown whether the role permits {first} and {} more{since}", many - 1)
                }
            };
            doubt.get_or_insert(why);
        }
        doubt.map_or(Prediction::Passes, Prediction::Unknown)
    }
}

fn fails(summary: &str, reasons: impl IntoIterator<Item = String>) -> Prediction {
    Prediction::Fails(TestFailure::new(summary, reasons))
}
