//! What a connection test asks AWS about, per feature.
//!
//! Certain (read in the public copy of Harness' server): everything but AutoStopping with kinds. That a connector that lists
//! `autostoppingFeatures` is judged by those kinds is inferred: Harness' documentation says that connectors made since April
//! 2025 use granular permissions, and the public copy of the server is older. The actions per kind are the minimal ones of the
//! public Terraform module, release 1.0.1, without the log-writing rights that only the Lambda function's own role needs, and
//! with `iam:PassRole` asked for that role only.

const VISIBILITY: &[&str] = &[
    "ecs:ListClusters*", "ecs:ListServices", "ecs:DescribeServices", "ecs:DescribeContainerInstances", "ecs:ListTasks",
    "ecs:ListContainerInstances", "ecs:DescribeTasks", "ec2:DescribeInstances*", "ec2:DescribeRegions",
    "cloudwatch:GetMetricData", "ec2:DescribeVolumes", "ec2:DescribeSnapshots", "rds:DescribeDBSnapshots",
    "rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:DescribeDBSnapshotAttributes",
];
const OPTIMIZATION: &[&str] = &[
    "elasticloadbalancing:*", "ec2:StopInstances", "autoscaling:*", "ec2:Describe*", "iam:CreateServiceLinkedRole",
    "iam:ListInstanceProfiles", "iam:ListInstanceProfilesForRole", "iam:AddRoleToInstanceProfile", "iam:PassRole",
    "ec2:StartInstances", "ec2:*", "iam:GetUser", "ec2:ModifyInstanceAttribute", "iam:ListRoles", "acm:ListCertificates",
    "lambda:*", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData", "route53:GetHostedZone", "route53:ListHostedZones",
    "route53:ListHostedZonesByName", "route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets",
    "route53:GetHealthCheck", "route53:GetHealthCheckStatus", "cloudwatch:GetMetricStatistics", "ecs:ListClusters",
    "ecs:ListContainerInstances", "ecs:ListServices", "ecs:ListTaskDefinitions", "ecs:ListTasks",
    "ecs:DescribeCapacityProviders", "ecs:DescribeClusters", "ecs:DescribeContainerInstances", "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:DescribeTaskSets", "ecs:RunTask", "ecs:StopTask",
    "ecs:StartTask", "ecs:UpdateService", "rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:ListTagsForResource",
    "rds:AddTagsToResource", "rds:RemoveTagsFromResource", "rds:ModifyDBInstance", "rds:StartDBCluster",
    "rds:StartDBInstance", "rds:StopDBCluster", "rds:StopDBInstance",
];
const COMMITMENT: &[&str] = &[
    "ec2:ModifyReservedInstances", "ec2:GetReservedInstancesExchangeQuote", "ec2:AcceptReservedInstancesExchangeQuote",
    "ec2:DescribeReservedInstancesOfferings", "ec2:DescribeReservedInstances",
    "ec2:DescribeReservedInstancesModifications", "ec2:DescribeInstanceTypeOfferings",
    "ec2:PurchaseReservedInstancesOffering", "ce:GetSavingsPlansCoverage", "ce:GetReservationCoverage",
    "ce:GetSavingsPlansUtilization", "ce:GetDimensionValues", "ce:GetReservationUtilization",
    "ce:GetSavingsPlansUtilizationDetails",
];
/// The stray quote is Harness' own.
const CLUSTER: &[&str] = &[
    "eks:ListNodegroups", "eks:DescribeFargateProfile", "eks:UntagResource", "eks:ListTagsForResource",
    "eks:ListFargateProfiles", "eks:DescribeNodegroup", "eks:DescribeIdentityProviderConfig", "eks:TagResource",
    "eks:AccessKubernetesApi", "eks:DescribeCluster", "eks:ListClusters'", "eks:ListIdentityProviderConfigs",
    "eks:AssociateIdentityProviderConfig",
];

/// The actions that a feature needs on `*`.
pub(super) fn of_feature(feature: &str) -> &'static [&'static str] {
    match feature {
        "VISIBILITY" => VISIBILITY,
        "OPTIMIZATION" => OPTIMIZATION,
        "COMMITMENT_ORCHESTRATOR" => COMMITMENT,
        "CLUSTER_ORCHESTRATOR" => CLUSTER,
        _ => &[],
    }
}

/// The actions that one kind of AutoStopping needs on `*`.
pub(super) fn of_kind(kind: &str) -> &'static [&'static str] {
    match kind {
        "EC2" => &["ec2:DescribeInstances", "ec2:CreateTags", "ec2:StartInstances", "ec2:StopInstances"],
        "SPOT" => &[
            "ec2:DescribeVolumes", "ec2:CreateImage", "ec2:DescribeImages", "ec2:TerminateInstances",
            "ec2:DeregisterImage", "ec2:DeleteSnapshot", "ec2:RequestSpotInstances",
            "ec2:DescribeSpotInstanceRequests", "ec2:DescribeAddresses", "ec2:RunInstances",
        ],
        "ASG" => &[
            "autoscaling:DescribeAutoScalingGroups", "autoscaling:UpdateAutoScalingGroup", "ec2:DescribeSpotPriceHistory",
        ],
        "RDS" => &[
            "rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:ListTagsForResource", "rds:StartDBInstance",
            "rds:StartDBCluster", "rds:StopDBInstance", "rds:StopDBCluster",
        ],
        "ECS" => &[
            "ecs:ListClusters", "ecs:ListServices", "ecs:ListTasks", "ecs:DescribeServices", "ecs:DescribeTasks",
            "ecs:DescribeTaskDefinition", "ecs:UpdateService", "tag:GetResources",
        ],
        "ALB" => ALB,
        "PROXY" => &[
            "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeKeyPairs", "ec2:RunInstances", "ec2:TerminateInstances",
            "ec2:AllocateAddress", "ec2:AssociateAddress", "ec2:DisassociateAddress", "ec2:ReleaseAddress",
            "ec2:DescribeVpcs", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeImages",
            "ec2:ModifyInstanceAttribute", "secretsmanager:GetSecretValue",
        ],
        _ => &[],
    }
}

const ALB: &[&str] = &[
    "acm:ListCertificates", "ec2:DescribeVpcs", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "iam:ListRoles",
    "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:RegisterTargets",
    "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:CreateListener", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:ModifyRule", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:SetRulePriorities",
    "elasticloadbalancing:AddTags", "elasticloadbalancing:DescribeTags", "lambda:GetFunction", "lambda:CreateFunction",
    "lambda:DeleteFunction", "lambda:AddPermission", "cloudwatch:GetMetricStatistics", "s3:ListBucket", "s3:GetObject",
    "s3:ListAllMyBuckets", "s3:GetBucketLocation",
];

/// Reading the report.
pub(super) const READ_REPORT: &[&str] = &["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"];
/// Writing Harness' copy of it.
pub(super) const WRITE_COPY: &[&str] = &["s3:ListBucket", "s3:PutObject", "s3:PutObjectAcl"];
