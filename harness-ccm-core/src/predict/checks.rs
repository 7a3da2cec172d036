//! The requests of Harness' connection test to AWS, per feature: `iam:SimulatePrincipalPolicy` on the role itself, with the
//! action names exactly as written here, each on the given resource. Every result must be `allowed`.
//!
//! The facts have two sources of different certainty:
//! - [`Certainty::Read`]: read in the public copy of Harness' server (`CEAWSConnectorValidator`, undated, 2024 or later);
//! - [`Certainty::Inferred`]: the requests for a connector that lists kinds of AutoStopping or services of commitments, or whose
//!   report is a data export. Harness' documentation says that connectors created since April 2025 use granular permissions, and
//!   the public copy of the server is older. For a kind, the actions are those that release 1.0.1 of Harness' Terraform module
//!   grants, without the permission to write logs, which only the Lambda function's own role needs, and with `iam:PassRole` only
//!   on that role. For services and data exports, the actions are those of Harness' documentation.
//!
//! The choice between the two is made in one place for each feature, [`optimization`] and [`commitment`].

use std::collections::BTreeSet;

use crate::feature::{AutoStopping, CommitmentService, Feature};
use crate::id::RoleArn;

/// The certainty that the server requests a list of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Read in the server's code.
    Read,
    /// Derived from the documentation and from the grants of Harness' module.
    Inferred,
}

/// Actions that the server requests together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The actions, verbatim.
    pub actions: &'static [&'static str],
    /// The certainty of the list.
    pub certainty: Certainty,
}

const fn read(actions: &'static [&'static str]) -> Check {
    Check { actions, certainty: Certainty::Read }
}

const fn inferred(actions: &'static [&'static str]) -> Check {
    Check { actions, certainty: Certainty::Inferred }
}

/// The requests on `*` for a feature. Empty for billing, whose requests are about buckets, see [`needs`], and for
/// governance, which is never tested.
pub fn of_feature(feature: Feature) -> &'static Check {
    match feature {
        Feature::Visibility => &VISIBILITY,
        Feature::Optimization => &OPTIMIZATION,
        Feature::Commitment => &COMMITMENT,
        Feature::ClusterOrchestration => &CLUSTER_ORCHESTRATION,
        Feature::Billing | Feature::Governance => &NOTHING,
    }
}

/// The requests on `*` for one kind of AutoStopping.
pub fn of_kind(kind: AutoStopping) -> &'static Check {
    match kind {
        AutoStopping::Ec2 => &EC2,
        AutoStopping::Ec2Spot => &EC2_SPOT,
        AutoStopping::Asg => &ASG,
        AutoStopping::Ecs => &ECS,
        AutoStopping::Rds => &RDS,
        AutoStopping::Alb => &ALB,
        AutoStopping::Proxy => &PROXY,
    }
}

/// The requests on `*` for optimization: by kind if the connector lists kinds, otherwise all at once.
pub fn optimization(kinds: &BTreeSet<AutoStopping>) -> Vec<&'static Check> {
    if kinds.is_empty() {
        vec![of_feature(Feature::Optimization)]
    } else {
        kinds.iter().map(|kind| of_kind(*kind)).collect()
    }
}

/// The requests on `*` for commitment orchestration: by service if the connector lists services, otherwise all at once.
pub fn commitment(services: &BTreeSet<CommitmentService>) -> Vec<&'static Check> {
    if services.is_empty() {
        return vec![of_feature(Feature::Commitment)];
    }
    let of_service = |service: &CommitmentService| match service {
        CommitmentService::Ec2 => &COMMITMENT_EC2,
        CommitmentService::Rds => &COMMITMENT_RDS,
        CommitmentService::ElastiCache => &COMMITMENT_ELASTICACHE,
    };
    std::iter::once(&COMMITMENT_OF_ALL).chain(services.iter().map(of_service)).collect()
}

/// One request that the server has simulated by AWS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Need {
    /// The action, verbatim.
    pub action: &'static str,
    /// The resource, verbatim.
    pub resource: String,
}

/// The properties of a connector that decide the requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options<'a> {
    /// The enabled features.
    pub features: BTreeSet<Feature>,
    /// The kinds of resources that AutoStopping may stop.
    pub kinds: BTreeSet<AutoStopping>,
    /// The services whose commitments are orchestrated.
    pub services: BTreeSet<CommitmentService>,
    /// The bucket of the report.
    pub report_bucket: &'a str,
    /// Whether the report is a data export, in the format CUR 2.0.
    pub is_data_export: bool,
}

impl Options<'_> {
    /// Options with these features, and nothing else.
    pub fn new(features: BTreeSet<Feature>) -> Self {
        Self { features, ..Self::default() }
    }
}

/// All requests about `role`. `harness_bucket` is the bucket to which Harness copies the report.
pub fn needs(role: &RoleArn, options: &Options<'_>, harness_bucket: &str) -> Vec<Need> {
    let Options { features, kinds, services, report_bucket, is_data_export } = options;
    let (partition, account) = (role.partition(), role.account());
    let on = |check: &'static Check, resource: String| {
        check.actions.iter().map(move |action| Need { action, resource: resource.clone() })
    };
    let mut needs = Vec::new();
    for feature in features {
        match feature {
            Feature::Optimization => {
                needs.extend(optimization(kinds).into_iter().flat_map(|check| on(check, "*".into())));
                if kinds.contains(&AutoStopping::Alb) {
                    let lambda =
                        format!("arn:{partition}:iam::{account}:role/ce-optimization-service-role/*");
                    needs.extend(on(&PASS_LAMBDA_ROLE, lambda));
                }
            }
            Feature::Billing => {
                let bucket = |name: &str| format!("arn:{partition}:s3:::{name}");
                needs.extend(on(&READ_REPORT, bucket(report_bucket)));
                needs.extend(on(&READ_REPORT, bucket(&format!("{report_bucket}/*"))));
                needs.extend(on(&WRITE_COPY, bucket(&format!("{harness_bucket}*"))));
                needs.extend(on(&WRITE_COPY, bucket(&format!("{harness_bucket}*/*"))));
                if *is_data_export {
                    needs.extend(on(&DATA_EXPORTS, "*".into()));
                }
            }
            Feature::Commitment => {
                needs.extend(commitment(services).into_iter().flat_map(|check| on(check, "*".into())));
            }
            feature => needs.extend(on(of_feature(*feature), "*".into())),
        }
    }
    needs
}

/// Requested on the role itself for all features: without it the server cannot simulate anything.
pub const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

/// Requested on the bucket of the report and its objects.
pub const READ_REPORT: Check = read(&["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"]);

/// Requested on Harness' bucket and its objects.
pub const WRITE_COPY: Check = read(&["s3:ListBucket", "s3:PutObject", "s3:PutObjectAcl"]);

/// Requested on `*` for a report that is a data export: Harness' documentation requires it since 2026.
pub const DATA_EXPORTS: Check = inferred(&["bcm-data-exports:ListExports", "bcm-data-exports:GetExport"]);

/// Requested on the roles under the path of the Lambda execution role, for AutoStopping load balancers.
pub const PASS_LAMBDA_ROLE: Check = inferred(&["iam:PassRole"]);

const NOTHING: Check = read(&[]);
const VISIBILITY: Check = read(&[
    "ecs:ListClusters*",
    "ecs:ListServices",
    "ecs:DescribeServices",
    "ecs:DescribeContainerInstances",
    "ecs:ListTasks",
    "ecs:ListContainerInstances",
    "ecs:DescribeTasks",
    "ec2:DescribeInstances*",
    "ec2:DescribeRegions",
    "cloudwatch:GetMetricData",
    "ec2:DescribeVolumes",
    "ec2:DescribeSnapshots",
    "rds:DescribeDBSnapshots",
    "rds:DescribeDBInstances",
    "rds:DescribeDBClusters",
    "rds:DescribeDBSnapshotAttributes",
]);

const OPTIMIZATION: Check = read(&[
    "elasticloadbalancing:*",
    "ec2:StopInstances",
    "autoscaling:*",
    "ec2:Describe*",
    "iam:CreateServiceLinkedRole",
    "iam:ListInstanceProfiles",
    "iam:ListInstanceProfilesForRole",
    "iam:AddRoleToInstanceProfile",
    "iam:PassRole",
    "ec2:StartInstances",
    "ec2:*",
    "iam:GetUser",
    "ec2:ModifyInstanceAttribute",
    "iam:ListRoles",
    "acm:ListCertificates",
    "lambda:*",
    "cloudwatch:ListMetrics",
    "cloudwatch:GetMetricData",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "route53:ChangeResourceRecordSets",
    "route53:ListResourceRecordSets",
    "route53:GetHealthCheck",
    "route53:GetHealthCheckStatus",
    "cloudwatch:GetMetricStatistics",
    "ecs:ListClusters",
    "ecs:ListContainerInstances",
    "ecs:ListServices",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeClusters",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:DescribeTaskSets",
    "ecs:RunTask",
    "ecs:StopTask",
    "ecs:StartTask",
    "ecs:UpdateService",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:ListTagsForResource",
    "rds:AddTagsToResource",
    "rds:RemoveTagsFromResource",
    "rds:ModifyDBInstance",
    "rds:StartDBCluster",
    "rds:StartDBInstance",
    "rds:StopDBCluster",
    "rds:StopDBInstance",
]);

const COMMITMENT: Check = read(&[
    "ec2:ModifyReservedInstances",
    "ec2:GetReservedInstancesExchangeQuote",
    "ec2:AcceptReservedInstancesExchangeQuote",
    "ec2:DescribeReservedInstancesOfferings",
    "ec2:DescribeReservedInstances",
    "ec2:DescribeReservedInstancesModifications",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:PurchaseReservedInstancesOffering",
    "ce:GetSavingsPlansCoverage",
    "ce:GetReservationCoverage",
    "ce:GetSavingsPlansUtilization",
    "ce:GetDimensionValues",
    "ce:GetReservationUtilization",
    "ce:GetSavingsPlansUtilizationDetails",
]);

/// Requested for a connector that lists any services. The actions are those of Harness' documentation of 2026.
const COMMITMENT_OF_ALL: Check = inferred(&[
    "ce:GetSavingsPlansCoverage",
    "ce:GetReservationCoverage",
    "ce:GetSavingsPlansUtilization",
    "ce:GetDimensionValues",
    "ce:GetReservationUtilization",
    "ce:GetSavingsPlansUtilizationDetails",
    "ce:GetCostAndUsage",
    "organizations:ListAccounts",
]);

const COMMITMENT_EC2: Check = inferred(&[
    "ec2:ModifyReservedInstances",
    "ec2:GetReservedInstancesExchangeQuote",
    "ec2:AcceptReservedInstancesExchangeQuote",
    "ec2:DescribeReservedInstancesOfferings",
    "ec2:DescribeReservedInstances",
    "ec2:DescribeReservedInstancesModifications",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:PurchaseReservedInstancesOffering",
    "savingsplans:DescribeSavingsPlansOfferings",
    "savingsplans:CreateSavingsPlan",
]);

const COMMITMENT_RDS: Check = inferred(&[
    "rds:DescribeReservedDBInstances",
    "rds:DescribeReservedDBInstancesOfferings",
    "rds:PurchaseReservedDBInstancesOffering",
]);

const COMMITMENT_ELASTICACHE: Check = inferred(&[
    "elasticache:DescribeReservedCacheNodes",
    "elasticache:DescribeReservedCacheNodesOfferings",
    "elasticache:PurchaseReservedCacheNodesOffering",
]);

/// The stray quote is in Harness' own list.
const CLUSTER_ORCHESTRATION: Check = read(&[
    "eks:ListNodegroups",
    "eks:DescribeFargateProfile",
    "eks:UntagResource",
    "eks:ListTagsForResource",
    "eks:ListFargateProfiles",
    "eks:DescribeNodegroup",
    "eks:DescribeIdentityProviderConfig",
    "eks:TagResource",
    "eks:AccessKubernetesApi",
    "eks:DescribeCluster",
    "eks:ListClusters'",
    "eks:ListIdentityProviderConfigs",
    "eks:AssociateIdentityProviderConfig",
]);

const EC2: Check =
    inferred(&["ec2:DescribeInstances", "ec2:CreateTags", "ec2:StartInstances", "ec2:StopInstances"]);

const EC2_SPOT: Check = inferred(&[
    "ec2:DescribeVolumes",
    "ec2:CreateImage",
    "ec2:DescribeImages",
    "ec2:TerminateInstances",
    "ec2:DeregisterImage",
    "ec2:DeleteSnapshot",
    "ec2:RequestSpotInstances",
    "ec2:DescribeSpotInstanceRequests",
    "ec2:DescribeAddresses",
    "ec2:RunInstances",
]);

const ASG: Check = inferred(&[
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:UpdateAutoScalingGroup",
    "ec2:DescribeSpotPriceHistory",
]);

const RDS: Check = inferred(&[
    "rds:DescribeDBInstances",
    "rds:DescribeDBClusters",
    "rds:ListTagsForResource",
    "rds:StartDBInstance",
    "rds:StartDBCluster",
    "rds:StopDBInstance",
    "rds:StopDBCluster",
]);

const ECS: Check = inferred(&[
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "ecs:DescribeServices",
    "ecs:DescribeTasks",
    "ecs:DescribeTaskDefinition",
    "ecs:UpdateService",
    "tag:GetResources",
]);

const ALB: Check = inferred(&[
    "acm:ListCertificates",
    "ec2:DescribeVpcs",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "iam:ListRoles",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:SetSecurityGroups",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:CreateTargetGroup",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:RegisterTargets",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:DeleteRule",
    "elasticloadbalancing:SetRulePriorities",
    "elasticloadbalancing:AddTags",
    "elasticloadbalancing:DescribeTags",
    "lambda:GetFunction",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:AddPermission",
    "cloudwatch:GetMetricStatistics",
    "s3:ListBucket",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "s3:GetBucketLocation",
]);

const PROXY: Check = inferred(&[
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeKeyPairs",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
    "ec2:AllocateAddress",
    "ec2:AssociateAddress",
    "ec2:DisassociateAddress",
    "ec2:ReleaseAddress",
    "ec2:DescribeVpcs",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeImages",
    "ec2:ModifyInstanceAttribute",
    "secretsmanager:GetSecretValue",
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "testing")]
    #[test]
    fn the_lists_are_those_of_the_server() {
        use crate::feature::Word as _;
        use crate::testing::published::connection_test;

        for feature in Feature::ALL {
            let mut ours: BTreeSet<String> =
                of_feature(*feature).actions.iter().map(|action| (*action).to_owned()).collect();
            if *feature == Feature::Billing {
                ours.extend(
                    READ_REPORT.actions.iter().chain(WRITE_COPY.actions).map(|action| (*action).to_owned()),
                );
            }
            assert_eq!(ours, connection_test(feature.word()), "{feature}");
        }
    }

    #[test]
    fn kinds_replace_the_full_list() {
        let role = "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap();
        let count = |kinds: &[AutoStopping]| {
            let mut options = Options::new([Feature::Optimization].into());
            options.kinds = kinds.iter().copied().collect();
            needs(&role, &options, "").len()
        };
        assert_eq!(count(&[]), 52);
        assert_eq!(count(&[AutoStopping::Ec2]), 4);
        assert_eq!(count(&[AutoStopping::Ec2, AutoStopping::Alb]), 4 + 34 + 1);
    }
}
