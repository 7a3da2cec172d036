//! The permissions catalogue: what the role needs for each feature, as data, and its rendering for one account.
//!
//! Facts are from the public Terraform module of Harness (release 1.0.1 and its successor), the feature permissions page of the
//! Harness documentation, and Harness' connection test. What the module gets wrong is mended, and `current.rs` says what and why.

mod current;

use std::collections::BTreeSet;

use crate::cluster::Cluster;
use crate::feature::{AutoStopping, FeatureSet, GovernanceAccess};
use crate::id::{InvalidId, PolicyArn, RoleArn, RoleName, RolePath};
use crate::policy::{InvalidPolicy, PolicyDocument, Principals, Statement};

/// One statement of the catalogue before it is rendered.
struct Template {
    sid: &'static str,
    actions: &'static [&'static str],
    resources: &'static [&'static str],
    conditions: &'static [(&'static str, &'static str, &'static [&'static str])],
}

/// What a role needs in one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// The identity policy of the cross-account role.
    pub policy: PolicyDocument,
    /// The managed policies that are attached to it.
    pub attached: BTreeSet<PolicyArn>,
    /// The execution role of the Lambda function behind AutoStopping load balancers, where one is needed.
    pub lambda: Option<LambdaRole>,
}

/// The execution role of the Lambda function behind AutoStopping load balancers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaRole {
    /// Its path. Harness finds the role by it, so it is not to be changed.
    pub path: RolePath,
    /// Its name without the prefix.
    pub name: RoleName,
    /// Its trust policy.
    pub trust: PolicyDocument,
    /// Its identity policy.
    pub policy: PolicyDocument,
}

/// What the role `role` needs for `features`, in the account and partition of its ARN.
pub fn permissions(
    features: &FeatureSet,
    role: &RoleArn,
    cluster: &Cluster,
    regions: &BTreeSet<String>,
) -> Result<Permissions, InvalidPolicy> {
    let FeatureSet { visibility, governance, optimization, billing, commitment, cluster_orchestration } =
        features;
    let mut templates = vec![&current::SIMULATE];
    let mut attached = BTreeSet::new();
    let mut lambda = None;
    let partition = role.partition();
    if *visibility {
        templates.push(&current::VISIBILITY);
    }
    if let Some(governance) = governance {
        let name = match governance.access {
            GovernanceAccess::ViewOnly => "job-function/ViewOnlyAccess",
            GovernanceAccess::ReadOnly => "ReadOnlyAccess",
        };
        attached.extend(format!("arn:{partition}:iam::aws:policy/{name}").parse::<PolicyArn>());
        attached.extend(governance.enforcement_policies.iter().cloned());
    }
    if let Some(optimization) = optimization {
        templates.extend(optimization.kinds.iter().map(|kind| current::autostopping(*kind)));
        if optimization.encrypted_volumes {
            templates.push(&current::ENCRYPTED_VOLUMES);
        }
        if optimization.kinds.contains(&AutoStopping::Alb) {
            templates.push(&current::PASS_LAMBDA_ROLE);
            let (path, name) = lambda_role_name().map_err(invalid)?;
            lambda = Some(LambdaRole {
                path,
                name,
                trust: PolicyDocument::new([Statement::trust(
                    Principals::service(["lambda.amazonaws.com"]),
                    ["sts:AssumeRole"],
                )?]),
                policy: PolicyDocument::new([render(&current::LAMBDA, &[])?]),
            });
        }
    }
    if billing.is_some() {
        templates.extend(&current::BILLING);
    }
    if let Some(commitment) = commitment {
        templates.push(&current::COMMITMENT_READ);
        if commitment.purchase {
            templates.push(&current::COMMITMENT_WRITE);
        }
    }
    if *cluster_orchestration {
        templates.push(&current::CLUSTER_ORCHESTRATION);
    }
    let services: Vec<String> = regions
        .iter()
        .flat_map(|region| ["ec2", "rds", "ecs"].map(|service| format!("{service}.{region}.amazonaws.com")))
        .collect();
    let values = [
        ("${partition}", vec![partition.to_string()]),
        ("${account}", vec![role.account().to_string()]),
        ("${role}", vec![role.to_string()]),
        ("${cur_bucket}", billing.iter().map(|billing| billing.report.bucket.clone()).collect()),
        ("${harness_bucket}", vec![cluster.bucket.clone()]),
        ("${services}", services),
    ];
    let statements =
        templates.into_iter().map(|template| render(template, &values)).collect::<Result<Vec<_>, _>>()?;
    Ok(Permissions { policy: PolicyDocument::new(statements), attached, lambda })
}

/// Path and name of the Lambda execution role. Harness finds the role by them.
pub fn lambda_role_name() -> Result<(RolePath, RoleName), InvalidId> {
    Ok((current::LAMBDA_ROLE_PATH.parse()?, current::LAMBDA_ROLE_NAME.parse()?))
}

fn invalid(error: impl std::fmt::Display) -> InvalidPolicy {
    InvalidPolicy::new(error.to_string())
}

/// Fills in the placeholders. One that stands alone may stand for several values.
fn fill(text: &str, values: &[(&str, Vec<String>)]) -> Vec<String> {
    if let Some((_, all)) = values.iter().find(|(key, _)| *key == text) {
        return all.clone();
    }
    let filled = values
        .iter()
        .filter_map(|(key, all)| all.first().map(|value| (key, value)))
        .fold(text.to_owned(), |text, (key, value)| text.replace(key, value));
    vec![filled]
}

fn render(template: &Template, values: &[(&str, Vec<String>)]) -> Result<Statement, InvalidPolicy> {
    let Template { sid, actions, resources, conditions } = template;
    let resources = resources.iter().flat_map(|resource| fill(resource, values));
    let mut statement = Statement::allow(actions.iter().copied(), resources)?.with_sid(*sid);
    for (operator, key, wanted) in *conditions {
        statement =
            statement.with_condition(operator, key, wanted.iter().flat_map(|value| fill(value, values)));
    }
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::{Governance, Optimization};

    #[test]
    fn a_member_with_everything_fits_the_inline_limit() {
        let role: RoleArn = "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap();
        let features = FeatureSet::new()
            .with_visibility()
            .with_governance(Governance::default())
            .with_optimization(Optimization::default());
        let rendered = permissions(&features, &role, &Cluster::us(), &BTreeSet::new()).unwrap();
        assert!(rendered.policy.size() < 10_240, "{}", rendered.policy.size());
        assert!(rendered.lambda.is_some());
        let json = rendered.policy.to_json();
        assert!(!json.contains("${"), "{json}");
        assert!(json.contains("arn:aws:iam::123456789012:role/ce-optimization-service-role/*"));
    }

    #[test]
    fn partition_is_everywhere() {
        let role: RoleArn = "arn:aws-us-gov:iam::123456789012:role/HarnessCERole".parse().unwrap();
        let features = FeatureSet::new().with_governance(Governance::default());
        let rendered = permissions(&features, &role, &Cluster::us(), &BTreeSet::new()).unwrap();
        assert_eq!(
            rendered.attached.iter().map(PolicyArn::as_str).collect::<Vec<_>>(),
            ["arn:aws-us-gov:iam::aws:policy/job-function/ViewOnlyAccess"]
        );
        assert!(!rendered.policy.to_json().contains("arn:aws:"));
    }
}
