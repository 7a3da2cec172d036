use std::collections::BTreeSet;

use harness_ccm_core::backend::RoleProvisioner;
use harness_ccm_core::feature::{AutoStopping, CommitmentService, Feature, Word};
use harness_ccm_core::id::RoleArn;
use harness_ccm_core::internal::checks::{self, Check};
use harness_ccm_core::policy::{Principal, Principals, Statement};
use harness_ccm_core::role::{RoleAddress, RoleState};
use harness_ccm_core::route::Route;
use serde_json::Value;

use crate::handlers::iam::{Simulation, lets_in};
use crate::json::text;

/// Harness' buckets for copies of reports, by the AWS account of Harness that roles trust (Harness' Terraform module).
const BUCKETS: [(&str, &str); 2] = [
    ("891928451355", "ce-customer-billing-data-prod"),
    ("783764615875", "harness-ccm-service-data-bucket-prod-eu"),
];

#[derive(Debug)]
pub(crate) enum Verdict {
    Passed,
    Failed { summary: String, hint: String, reasons: Vec<String> },
}

fn failed(summary: &str, hint: &str, reasons: Vec<String>) -> Verdict {
    Verdict::Failed { summary: summary.into(), hint: hint.into(), reasons }
}

fn words(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(Into::into).collect()
}

/// Tests a connector: its own fields and, with a provisioner, its role.
pub(crate) async fn judge(roles: Option<&dyn RoleProvisioner>, route: &Route, connector: &Value) -> Verdict {
    let spec = &connector["spec"];
    let features = words(spec, "featuresEnabled");
    let gov = spec["isAWSGovCloudAccount"].as_bool().unwrap_or_default();
    if features.is_empty() || (gov && features.iter().any(|f| f == "BILLING" || f == "VISIBILITY")) {
        let summary = "Some of the selected features are not supported currently";
        return failed(summary, "Please select other features", vec![summary.into()]);
    }
    let access = &spec["crossAccountAccess"];
    let Ok(arn) = text(access, "crossAccountRoleArn").parse::<RoleArn>() else {
        return failed(
            "Unknown error occurred",
            "Check the role ARN",
            vec!["the role ARN is malformed".into()],
        );
    };
    let Some(roles) = roles else { return Verdict::Passed };
    let external_id = text(access, "externalId");
    let denied = |reason: String| {
        let summary =
            format!("User: Harness is not authorized to perform: sts:AssumeRole on resource: {arn}");
        failed(
            &summary,
            "Check that the role exists, trusts Harness and asks for this external id",
            vec![reason],
        )
    };
    let role = match roles.find_role(&RoleAddress::new(arn.clone(), route.clone())).await {
        Ok(Some(role)) if role.arn == arn => role,
        Ok(_) => return denied(format!("there is no role {arn}")),
        Err(error) => return denied(error.to_string()),
    };
    if !lets_in(&role.trust.to_json(), external_id) {
        return denied("the trust policy does not accept this external id".into());
    }
    if let Some(asked) = access["assumeRoleSessionDuration"].as_i64()
        && asked > i64::from(role.max_session)
    {
        let summary = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        let reason = format!(
            "the connector requires sessions of {asked} seconds, and the role allows {}",
            role.max_session
        );
        return failed(summary, "Allow the role longer sessions, or ask for shorter ones", vec![reason]);
    }
    let simulation = Simulation::of(&role);
    let own = arn.to_string();
    if !simulation.allows(checks::SIMULATE, &own) {
        let reason =
            format!("the role is not authorized to perform: {} on resource: {own}", checks::SIMULATE);
        return failed(&reason, "Let the role simulate its own policies", vec![reason.clone()]);
    }
    let missing: Vec<_> = needs(spec, &arn, &role, &features)
        .into_iter()
        .filter(|(action, resource)| !simulation.allows(action, resource))
        .map(|(action, resource)| format!("Action: {action} not allowed on Resource: {resource}"))
        .collect();
    if missing.is_empty() {
        Verdict::Passed
    } else {
        failed("Missing AWS access permissions", "Grant the missing permissions to the role", missing)
    }
}

/// Returns the actions that the features need, each with its resource. The actions are data of the core; features and kinds
/// that the core does not have are not checked.
fn needs(spec: &Value, arn: &RoleArn, role: &RoleState, features: &[String]) -> Vec<(&'static str, String)> {
    let (partition, account) = (arn.partition(), arn.account());
    let on = |check: &'static Check, resource: String| {
        check.actions.iter().map(move |action| (*action, resource.clone()))
    };
    let mut needs = Vec::new();
    for feature in known::<Feature>(features) {
        match feature {
            Feature::Optimization => {
                let kinds: BTreeSet<_> =
                    known::<AutoStopping>(&words(spec, "autostoppingFeatures")).collect();
                needs
                    .extend(checks::optimization(&kinds).into_iter().flat_map(|check| on(check, "*".into())));
                if kinds.contains(&AutoStopping::Alb) {
                    let lambda =
                        format!("arn:{partition}:iam::{account}:role/ce-optimization-service-role/*");
                    needs.extend(on(&checks::PASS_LAMBDA_ROLE, lambda));
                }
            }
            Feature::Billing => {
                let report = text(&spec["curAttributes"], "s3BucketName");
                needs.extend(on(&checks::READ_REPORT, format!("arn:{partition}:s3:::{report}")));
                needs.extend(on(&checks::READ_REPORT, format!("arn:{partition}:s3:::{report}/*")));
                let copy = bucket_for_copies(role);
                needs.extend(on(&checks::WRITE_COPY, format!("arn:{partition}:s3:::{copy}*")));
                needs.extend(on(&checks::WRITE_COPY, format!("arn:{partition}:s3:::{copy}*/*")));
                if text(&spec["curAttributes"], "reportType") == "CUR2.0" {
                    needs.extend(on(&checks::DATA_EXPORTS, "*".into()));
                }
            }
            Feature::Commitment => {
                let services = known::<CommitmentService>(&words(spec, "commitmentFeatures")).collect();
                let checks = checks::commitment(&services).into_iter();
                needs.extend(checks.flat_map(|check| on(check, "*".into())));
            }
            feature => needs.extend(on(checks::of_feature(feature), "*".into())),
        }
    }
    needs
}

fn known<T: Word>(words: &[String]) -> impl Iterator<Item = T> {
    words.iter().filter_map(|word| T::ALL.iter().copied().find(|known| known.word() == word))
}

/// Returns the bucket of the Harness cluster that the role trusts. A real server uses its own bucket; the simulator simulates
/// the cluster that the role names.
fn bucket_for_copies(role: &RoleState) -> String {
    let statements = role.trust.statements().iter();
    let accounts: Vec<_> = statements
        .filter_map(Statement::principals)
        .flat_map(Principals::iter)
        .filter_map(Principal::account)
        .collect();
    let (_, default) = BUCKETS[0];
    let fixed = BUCKETS.iter().find(|(account, _)| accounts.contains(account));
    match (fixed, accounts.iter().min()) {
        (Some((_, bucket)), _) => (*bucket).into(),
        (None, Some(account)) => format!("harness-ccm-service-data-bucket-{account}"),
        (None, None) => default.into(),
    }
}
