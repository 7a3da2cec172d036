//! The release of the catalogue that is rendered: the public module's statements with its defects mended.
//!
//! Mended, each with its reason:
//! - commitment: writing does not need reading to be switched on too, and both are granted when asked (the module forgets
//!   the write group on its own);
//! - encrypted volumes: `kms:ViaService` names the account's own regions (the module names two American ones);
//! - `iam:PassRole` of AutoStopping load balancers reaches only the Lambda execution role (the module: every role, which with
//!   `lambda:CreateFunction` is a way to any privilege);
//! - Auto Scaling groups: the actions of the documentation are added to those of the module;
//! - cluster orchestration: the module has nothing; the list is what the connection test asks for, with `eks:List*` because the
//!   test's own text misspells `eks:ListClusters`;
//! - every ARN has the account's partition (the module: `aws`);
//! - bucket resources end where the bucket's name ends; only Harness' own, whose number varies, keep the `*`.

use super::Template;
use crate::feature::AutoStopping;

/// Without it every connection test fails: Harness simulates the role's policies on the role itself.
pub(super) const SIMULATE: Template = Template {
    sid: "HarnessSimulate",
    actions: &["iam:SimulatePrincipalPolicy"],
    resources: &["${role}"],
    conditions: &[],
};

pub(super) const VISIBILITY: Template = Template {
    sid: "HarnessVisibility",
    actions: &[
        "ecs:ListClusters*",
        "ecs:DescribeClusters",
        "ecs:ListServices",
        "ecs:DescribeServices",
        "ecs:DescribeContainerInstances",
        "ecs:ListTasks",
        "ecs:ListContainerInstances",
        "ecs:DescribeTasks",
        "ec2:DescribeInstances*",
        "ec2:DescribeRegions",
        "ec2:DescribeVolumes",
        "ec2:DescribeSnapshots",
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:DescribeDBSnapshotAttributes",
        "cloudwatch:GetMetricData",
        "ce:GetRightsizingRecommendation",
    ],
    resources: &["*"],
    conditions: &[],
};

pub(super) fn autostopping(kind: AutoStopping) -> &'static Template {
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

const EC2: Template = Template {
    sid: "HarnessAutoStoppingEc2",
    actions: &["ec2:DescribeInstances", "ec2:CreateTags", "ec2:StartInstances", "ec2:StopInstances"],
    resources: &["*"],
    conditions: &[],
};

const EC2_SPOT: Template = Template {
    sid: "HarnessAutoStoppingEc2Spot",
    actions: &[
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
    ],
    resources: &["*"],
    conditions: &[],
};

const ASG: Template = Template {
    sid: "HarnessAutoStoppingAsg",
    actions: &[
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:UpdateAutoScalingGroup",
        "autoscaling:DescribePolicies",
        "autoscaling:SuspendProcesses",
        "autoscaling:ResumeProcesses",
        "ec2:DescribeSpotPriceHistory",
    ],
    resources: &["*"],
    conditions: &[],
};

const RDS: Template = Template {
    sid: "HarnessAutoStoppingRds",
    actions: &[
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:ListTagsForResource",
        "rds:StartDBInstance",
        "rds:StartDBCluster",
        "rds:StopDBInstance",
        "rds:StopDBCluster",
    ],
    resources: &["*"],
    conditions: &[],
};

const ECS: Template = Template {
    sid: "HarnessAutoStoppingEcs",
    actions: &[
        "ecs:ListClusters",
        "ecs:ListServices",
        "ecs:ListTasks",
        "ecs:DescribeServices",
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
        "ecs:UpdateService",
        "tag:GetResources",
    ],
    resources: &["*"],
    conditions: &[],
};

const ALB: Template = Template {
    sid: "HarnessAutoStoppingAlb",
    actions: &[
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
    ],
    resources: &["*"],
    conditions: &[],
};

/// Goes with [`ALB`], apart from it because it has resources of its own.
pub(super) const PASS_LAMBDA_ROLE: Template = Template {
    sid: "HarnessPassLambdaRole",
    actions: &["iam:PassRole"],
    resources: &["arn:${partition}:iam::${account}:role/ce-optimization-service-role/*"],
    conditions: &[],
};

const PROXY: Template = Template {
    sid: "HarnessAutoStoppingProxy",
    actions: &[
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
    ],
    resources: &["*"],
    conditions: &[],
};

pub(super) const ENCRYPTED_VOLUMES: Template = Template {
    sid: "HarnessEncryptedVolumes",
    actions: &[
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:DescribeKey",
        "kms:RetireGrant",
        "kms:CreateGrant",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
    ],
    resources: &["*"],
    conditions: &[
        ("StringEquals", "aws:ResourceTag/harness.io/allowForAutoStopping", &["true"]),
        ("StringEquals", "kms:ViaService", &["${services}"]),
    ],
};

pub(super) const LAMBDA_ROLE_PATH: &str = "/ce-optimization-service-role/";
pub(super) const LAMBDA_ROLE_NAME: &str = "HarnessCELambdaExecutionRole";

pub(super) const LAMBDA: Template = Template {
    sid: "HarnessAutoStoppingLambda",
    actions: &[
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInsightsPath",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:CreateNetworkAcl",
        "ec2:CreateNetworkAclEntry",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ],
    resources: &["*"],
    conditions: &[],
};

pub(super) const BILLING: [Template; 3] = [
    Template {
        sid: "HarnessReadReport",
        actions: &["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"],
        resources: &["arn:${partition}:s3:::${cur_bucket}", "arn:${partition}:s3:::${cur_bucket}/*"],
        conditions: &[],
    },
    Template {
        sid: "HarnessWriteCopy",
        actions: &["s3:ListBucket", "s3:PutObject", "s3:PutObjectAcl"],
        resources: &[
            "arn:${partition}:s3:::${harness_bucket}*",
            "arn:${partition}:s3:::${harness_bucket}*/*",
        ],
        conditions: &[],
    },
    Template {
        sid: "HarnessReadOrganization",
        actions: &["cur:DescribeReportDefinitions", "organizations:Describe*", "organizations:List*"],
        resources: &["*"],
        conditions: &[],
    },
];

pub(super) const COMMITMENT_READ: Template = Template {
    sid: "HarnessCommitmentRead",
    actions: &[
        "ec2:DescribeReservedInstancesOfferings",
        "ec2:DescribeReservedInstances",
        "ec2:DescribeInstanceTypeOfferings",
        "ce:GetSavingsPlansUtilization",
        "ce:GetReservationUtilization",
        "ce:GetDimensionValues",
        "ce:GetSavingsPlansUtilizationDetails",
        "ce:GetReservationCoverage",
        "ce:GetSavingsPlansCoverage",
        "ce:GetCostAndUsage",
        "savingsplans:DescribeSavingsPlans",
        "organizations:DescribeOrganization",
        "rds:DescribeReservedDBInstancesOfferings",
        "rds:DescribeReservedDBInstances",
        "pricing:GetProducts",
    ],
    resources: &["*"],
    conditions: &[],
};

pub(super) const COMMITMENT_WRITE: Template = Template {
    sid: "HarnessCommitmentWrite",
    actions: &[
        "ec2:PurchaseReservedInstancesOffering",
        "ec2:GetReservedInstancesExchangeQuote",
        "ec2:AcceptReservedInstancesExchangeQuote",
        "ec2:DescribeReservedInstancesModifications",
        "ec2:ModifyReservedInstances",
        "savingsplans:DescribeSavingsPlansOfferings",
        "savingsplans:CreateSavingsPlan",
        "rds:PurchaseReservedDBInstancesOffering",
    ],
    resources: &["*"],
    conditions: &[],
};

pub(super) const CLUSTER_ORCHESTRATION: Template = Template {
    sid: "HarnessClusterOrchestration",
    actions: &[
        "eks:List*",
        "eks:DescribeNodegroup",
        "eks:DescribeFargateProfile",
        "eks:TagResource",
        "eks:UntagResource",
        "eks:DescribeIdentityProviderConfig",
        "eks:AssociateIdentityProviderConfig",
        "eks:AccessKubernetesApi",
        "eks:DescribeCluster",
    ],
    resources: &["*"],
    conditions: &[],
};
