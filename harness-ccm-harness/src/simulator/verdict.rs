use harness_ccm_core::id::RoleArn;
use harness_ccm_core::policy::{Actions, Decision, Effect, Grants, Permission, PolicyDocument, Statement};
use harness_ccm_core::role::{RoleAddress, RoleState};
use serde_json::Value;

use super::builder::SimulatorBuilder;
use super::checks;
use super::store::text;

/// Harness' buckets for copies of reports, by the AWS account that is trusted (Harness' Terraform module).
const BUCKETS: [(&str, &str); 2] = [
    ("891928451355", "ce-customer-billing-data-prod"),
    ("783764615875", "harness-ccm-service-data-bucket-prod-eu"),
];

#[derive(Debug)]
pub(super) enum Verdict {
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

/// Judges a connector: by what can be seen in it, and by its role if there is a way to look at roles.
pub(super) async fn judge(config: &SimulatorBuilder, connector: &Value) -> Verdict {
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
    let Some(roles) = &config.roles else { return Verdict::Passed };
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
    let role = match roles.find_role(&RoleAddress::new(arn.clone(), config.route.clone())).await {
        Ok(Some(role)) if role.arn == arn => role,
        Ok(_) => return denied(format!("there is no role {arn}")),
        Err(error) => return denied(error.to_string()),
    };
    if !trusts(&role.trust, external_id) {
        return denied("the trust policy does not let in who presents this external id".into());
    }
    let admin = administrator();
    let grants = grants(&role, admin.as_ref());
    let allowed = |action: &str, resource: &str| {
        let permission = Permission { action: action.into(), resource: resource.into() };
        grants.decide(&permission) == Decision::Allowed
    };
    let own = arn.to_string();
    if !allowed("iam:SimulatePrincipalPolicy", &own) {
        let reason =
            format!("the role is not authorized to perform: iam:SimulatePrincipalPolicy on resource: {own}");
        return failed(&reason, "Let the role simulate its own policies", vec![reason.clone()]);
    }
    let missing: Vec<_> = needs(spec, &arn, &role, &features)
        .into_iter()
        .filter(|(action, resource)| !allowed(action, resource))
        .map(|(action, resource)| format!("Action: {action} not allowed on Resource: {resource}"))
        .collect();
    if missing.is_empty() {
        Verdict::Passed
    } else {
        failed("Missing AWS access permissions", "Grant the missing permissions to the role", missing)
    }
}

/// Action and resource of everything that the features need.
fn needs(spec: &Value, arn: &RoleArn, role: &RoleState, features: &[String]) -> Vec<(&'static str, String)> {
    let everywhere =
        |actions: &'static [&'static str]| actions.iter().map(|action| (*action, "*".to_owned()));
    let on = |actions: &'static [&'static str], resource: String| {
        actions.iter().map(move |action| (*action, resource.clone())).collect::<Vec<_>>()
    };
    let partition = arn.partition();
    let mut needs = Vec::new();
    for feature in features {
        let kinds = words(spec, "autostoppingFeatures");
        match feature.as_str() {
            "OPTIMIZATION" if !kinds.is_empty() => {
                for kind in &kinds {
                    needs.extend(everywhere(checks::of_kind(kind)));
                    if kind == "ALB" {
                        let account = arn.account();
                        let lambda =
                            format!("arn:{partition}:iam::{account}:role/ce-optimization-service-role/*");
                        needs.push(("iam:PassRole", lambda));
                    }
                }
            }
            "BILLING" => {
                let bucket = text(&spec["curAttributes"], "s3BucketName");
                needs.extend(on(checks::READ_REPORT, format!("arn:{partition}:s3:::{bucket}")));
                needs.extend(on(checks::READ_REPORT, format!("arn:{partition}:s3:::{bucket}/*")));
                let trust = role.trust.to_json();
                let copy = BUCKETS.iter().find(|(account, _)| trust.contains(account)).or(BUCKETS.first());
                if let Some((_, bucket)) = copy {
                    needs.extend(on(checks::WRITE_COPY, format!("arn:{partition}:s3:::{bucket}*")));
                    needs.extend(on(checks::WRITE_COPY, format!("arn:{partition}:s3:::{bucket}*/*")));
                }
            }
            feature => needs.extend(everywhere(checks::of_feature(feature))),
        }
    }
    needs
}

/// Everything that the role's policies grant. AWS-managed ones whose text is not known leave doubt.
fn grants<'a>(role: &'a RoleState, admin: Option<&'a PolicyDocument>) -> Grants<'a> {
    let mut documents: Vec<_> = role.inline.values().collect();
    let mut opaque = false;
    for (policy, text) in &role.attached {
        match text {
            Some(document) => documents.push(document),
            None if policy.is_aws_managed() && policy.name() == "AdministratorAccess" => {
                documents.extend(admin);
            }
            None => opaque = true,
        }
    }
    let grants = Grants::of(documents);
    if opaque { grants.with_opaque_policy() } else { grants }
}

fn administrator() -> Option<PolicyDocument> {
    Statement::allow(["*"], ["*"]).ok().map(|statement| PolicyDocument::new([statement]))
}

/// Whether some statement lets somebody in who presents this external id. Who Harness is, the statement says.
fn trusts(trust: &PolicyDocument, external_id: &str) -> bool {
    trust.statements().iter().any(|statement| {
        let Actions::Only(actions) = statement.actions() else { return false };
        let assume = actions.iter().any(|action| {
            ["sts:assumerole", "sts:*", "*"].contains(&action.as_str().to_ascii_lowercase().as_str())
        });
        let conditions = statement.conditions().iter().all(|(operator, keys)| {
            operator.as_str().eq_ignore_ascii_case("StringEquals")
                && keys.iter().all(|(key, values)| {
                    key.as_str().eq_ignore_ascii_case("sts:ExternalId") && values.contains(external_id)
                })
        });
        statement.effect() == Effect::Allow
            && statement.principals().is_some_and(|who| who.iter().any(|one| !one.is_orphaned()))
            && assume
            && conditions
    })
}
