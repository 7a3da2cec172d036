//! Release 1.0.1 of the public Terraform module (2025-05-13), as published, including its defects.
//!
//! - `kms:ViaService` names two American regions, regardless of the account's regions.
//! - `iam:PassRole` for load balancers applies to every role.
//! - Governance always attaches `ViewOnlyAccess`; `ReadOnlyAccess` is attached in addition.
//! - There are no permissions for cluster orchestration.
//! - The partition, which the module hard-codes, is filled in, so that it can be used elsewhere too.
//!
//! If only the switch for buying commitments is on, the module creates nothing; here buying includes reading, so this
//! cannot happen.

use super::template::{Contents, Holder, Policy, Template, When};
use crate::feature::{AutoStopping, CommitmentService};

pub(super) const CONTENTS: Contents = Contents {
    policies: POLICIES,
    view_only: &["job-function/ViewOnlyAccess"],
    // The second policy is what a user of the module would add to `governance_policy_arns`.
    read_only: &["job-function/ViewOnlyAccess", "ReadOnlyAccess"],
    commitments: &[CommitmentService::Ec2, CommitmentService::Rds],
};

const POLICIES: &[Policy] = &[
    Policy {
        name: "HarnessGetRolePolicy",
        description: "Policy granting Harness Simulate Principle Policy",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "",
            actions: &[(When::Always, &["iam:SimulatePrincipalPolicy"])],
            resources: &["${role}"],
            conditions: &[],
        }],
    },
    Policy {
        name: "HarnessEventsMonitoringPolicy",
        description: "Policy granting Harness Access to Enable Event Collection",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "",
            actions: &[(
                When::Visibility,
                &[
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
                    "cloudwatch:GetMetricData",
                    "ec2:DescribeVolumes",
                    "ec2:DescribeSnapshots",
                    "rds:DescribeDBSnapshots",
                    "rds:DescribeDBInstances",
                    "rds:DescribeDBClusters",
                    "rds:DescribeDBSnapshotAttributes",
                    "ce:GetRightsizingRecommendation",
                ],
            )],
            resources: &["*"],
            conditions: &[],
        }],
    },
    Policy {
        name: "HarnessBillingMonitoringPolicy",
        description: "Policy granting Harness Access to Collect Billing Data",
        holder: Holder::CrossAccount,
        statements: &[
            Template {
                sid: "readBillingBucket",
                actions: &[(When::Billing, &["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"])],
                resources: &["arn:${partition}:s3:::${cur_bucket}", "arn:${partition}:s3:::${cur_bucket}/*"],
                conditions: &[],
            },
            Template {
                sid: "writeHarnessBucket",
                actions: &[(When::Billing, &["s3:ListBucket", "s3:PutObject", "s3:PutObjectAcl"])],
                resources: &[
                    "arn:${partition}:s3:::${harness_bucket}*",
                    "arn:${partition}:s3:::${harness_bucket}/*",
                ],
                conditions: &[],
            },
            Template {
                sid: "readOrg",
                actions: &[(
                    When::Billing,
                    &["cur:DescribeReportDefinitions", "organizations:Describe*", "organizations:List*"],
                )],
                resources: &["*"],
                conditions: &[],
            },
        ],
    },
    Policy {
        name: "HarnessAutostoppingLoadBalancers",
        description: "Policy granting Harness Access to create load balancers",
        holder: Holder::CrossAccount,
        statements: &[
            Template {
                sid: "alb",
                actions: &[(
                    When::Kind(AutoStopping::Alb),
                    &[
                        "acm:ListCertificates",
                        "ec2:DescribeVpcs",
                        "ec2:DescribeSecurityGroups",
                        "elasticloadbalancing:DescribeLoadBalancers",
                        "iam:ListRoles",
                        "ec2:DescribeSubnets",
                        "elasticloadbalancing:CreateLoadBalancer",
                        "elasticloadbalancing:SetSecurityGroups",
                        "elasticloadbalancing:DescribeTargetGroups",
                        "elasticloadbalancing:CreateTargetGroup",
                        "elasticloadbalancing:AddTags",
                        "lambda:GetFunction",
                        "lambda:CreateFunction",
                        "iam:PassRole",
                        "lambda:AddPermission",
                        "elasticloadbalancing:RegisterTargets",
                        "lambda:DeleteFunction",
                        "elasticloadbalancing:DeleteLoadBalancer",
                        "elasticloadbalancing:DescribeTargetHealth",
                        "elasticloadbalancing:DescribeListeners",
                        "elasticloadbalancing:CreateListener",
                        "elasticloadbalancing:DescribeRules",
                        "elasticloadbalancing:CreateRule",
                        "elasticloadbalancing:DescribeTags",
                        "elasticloadbalancing:DeleteTargetGroup",
                        "elasticloadbalancing:DeleteRule",
                        "elasticloadbalancing:SetRulePriorities",
                        "elasticloadbalancing:ModifyTargetGroup",
                        "elasticloadbalancing:ModifyRule",
                        "cloudwatch:GetMetricStatistics",
                        "s3:ListBucket",
                        "s3:GetObject",
                        "s3:ListAllMyBuckets",
                        "s3:GetBucketLocation",
                        "elasticloadbalancing:DescribeLoadBalancerAttributes",
                        "logs:CreateLogGroup",
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                    ],
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "proxy",
                actions: &[(
                    When::Kind(AutoStopping::Proxy),
                    &[
                        "ec2:DescribeInstanceTypeOfferings",
                        "ec2:DescribeKeyPairs",
                        "ec2:RunInstances",
                        "secretsmanager:GetSecretValue",
                        "ec2:AllocateAddress",
                        "ec2:DescribeVpcs",
                        "ec2:DescribeSecurityGroups",
                        "ec2:DescribeSubnets",
                        "ec2:TerminateInstances",
                        "ec2:DescribeImages",
                        "ec2:AssociateAddress",
                        "ec2:DisassociateAddress",
                        "ec2:ReleaseAddress",
                        "ec2:ModifyInstanceAttribute",
                    ],
                )],
                resources: &["*"],
                conditions: &[],
            },
        ],
    },
    Policy {
        name: "HarnessAutostoppingResources",
        description: "Policy granting Harness Access to autostop resources",
        holder: Holder::CrossAccount,
        statements: &[
            Template {
                sid: "ec2",
                actions: &[(
                    When::Kind(AutoStopping::Ec2),
                    &["ec2:DescribeInstances", "ec2:CreateTags", "ec2:StartInstances", "ec2:StopInstances"],
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "ec2spot",
                actions: &[(
                    When::Kind(AutoStopping::Ec2Spot),
                    &[
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
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "asg",
                actions: &[(
                    When::Kind(AutoStopping::Asg),
                    &[
                        "autoscaling:DescribeAutoScalingGroups",
                        "autoscaling:UpdateAutoScalingGroup",
                        "ec2:DescribeSpotPriceHistory",
                    ],
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "rds",
                actions: &[(
                    When::Kind(AutoStopping::Rds),
                    &[
                        "rds:DescribeDBInstances",
                        "rds:DescribeDBClusters",
                        "rds:ListTagsForResource",
                        "rds:StartDBInstance",
                        "rds:StartDBCluster",
                        "rds:StopDBInstance",
                        "rds:StopDBCluster",
                    ],
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "ecs",
                actions: &[(
                    When::Kind(AutoStopping::Ecs),
                    &[
                        "ecs:ListClusters",
                        "tag:GetResources",
                        "ecs:ListServices",
                        "ecs:ListTasks",
                        "ecs:DescribeServices",
                        "ecs:UpdateService",
                        "ecs:DescribeTaskDefinition",
                        "ecs:DescribeTasks",
                    ],
                )],
                resources: &["*"],
                conditions: &[],
            },
        ],
    },
    Policy {
        name: "HarnessAutostoppingCMKEBS",
        description: "Policy granting Harness Access to CMK for EBS",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "",
            actions: &[(
                When::EncryptedVolumes,
                &[
                    "kms:Decrypt",
                    "kms:Encrypt",
                    "kms:DescribeKey",
                    "kms:RetireGrant",
                    "kms:CreateGrant",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                ],
            )],
            resources: &["*"],
            conditions: &[
                ("StringEquals", "aws:ResourceTag/harness.io/allowForAutoStopping", &["true"]),
                (
                    "StringEquals",
                    "kms:ViaService",
                    &[
                        "ec2.us-west-2.amazonaws.com",
                        "rds.us-west-2.amazonaws.com",
                        "ecs.us-east-2.amazonaws.com",
                    ],
                ),
            ],
        }],
    },
    Policy {
        name: "HarnessCommitmentPolicy",
        description: "Policy granting Harness Access to Enable Commitment Orchestration",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "",
            actions: &[
                (
                    When::Commitment,
                    &[
                        "ec2:DescribeReservedInstancesOfferings",
                        "ce:GetSavingsPlansUtilization",
                        "ce:GetReservationUtilization",
                        "ec2:DescribeInstanceTypeOfferings",
                        "ce:GetDimensionValues",
                        "ce:GetSavingsPlansUtilizationDetails",
                        "ec2:DescribeReservedInstances",
                        "ce:GetReservationCoverage",
                        "ce:GetSavingsPlansCoverage",
                        "savingsplans:DescribeSavingsPlans",
                        "organizations:DescribeOrganization",
                        "ce:GetCostAndUsage",
                        "rds:DescribeReservedDBInstancesOfferings",
                        "pricing:GetProducts",
                    ],
                ),
                (
                    When::Purchase,
                    &[
                        "ec2:PurchaseReservedInstancesOffering",
                        "ec2:GetReservedInstancesExchangeQuote",
                        "ec2:AcceptReservedInstancesExchangeQuote",
                        "ec2:DescribeReservedInstancesModifications",
                        "ec2:ModifyReservedInstances",
                        "savingsplans:DescribeSavingsPlansOfferings",
                        "savingsplans:CreateSavingsPlan",
                        "rds:PurchaseReservedDBInstancesOffering",
                    ],
                ),
            ],
            resources: &["*"],
            conditions: &[],
        }],
    },
    Policy {
        name: "HarnessSecretAccessPolicy",
        description: "Policy granting Harness Access to Secrets",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "",
            actions: &[(When::Secrets, &["secretsmanager:GetSecretValue"])],
            resources: &["${secrets}"],
            conditions: &[],
        }],
    },
    Policy {
        name: "HarnessOptimsationLambdaPolicy",
        description: "Policy granting Harness Access to Enable Cost Optimisation",
        holder: Holder::Lambda,
        statements: &[Template {
            sid: "",
            actions: &[(
                When::Kind(AutoStopping::Alb),
                &[
                    "ec2:CreateNetworkInterface",
                    "ec2:CreateNetworkInsightsPath",
                    "ec2:CreateNetworkInterfacePermission",
                    "ec2:CreateNetworkAcl",
                    "ec2:CreateNetworkAclEntry",
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                ],
            )],
            resources: &["*"],
            conditions: &[],
        }],
    },
];
