//! Release 2026-11 of the catalogue: the latest statements of the public module, with their defects fixed.
//!
//! Fixes and their reasons:
//! - commitment: buying includes reading, because the connection test requires both (the module grants neither if only the
//!   write switch is on);
//! - encrypted volumes: `kms:ViaService` names the account's own regions (the module names two American ones);
//! - `iam:PassRole` of AutoStopping load balancers applies only to the Lambda execution role (the module: every role, which
//!   allows privilege escalation with `lambda:CreateFunction`). It has no condition on `iam:PassedToService`: a simulation
//!   without that key, such as Harness' connection test, would return denied;
//! - load balancers: no permission to write logs, which only the Lambda function's own role needs;
//! - Auto Scaling groups: the actions of the documentation are added to those of the module;
//! - cluster orchestration: the module has no permissions; the list is that of the connection test, with `eks:List*` because
//!   the test itself misspells `eks:ListClusters`;
//! - governance attaches only the selected AWS-managed policy, by its existing ARN (the module: always
//!   `ViewOnlyAccess`; a page of the documentation: `job-function/ReadOnlyAccess`, which does not exist);
//! - every ARN has the account's partition (the module: `aws`);
//! - bucket resources end at the end of the bucket name. Only Harness' own keeps the `*`, which also matches other buckets
//!   with such names: its number varies, and the connection test uses exactly that pattern;
//! - reports in the format CUR 2.0 are read from the data exports, if a connector has such a report;
//! - commitments are read and bought per service, including `ElastiCache`, and the accounts of the organization are listed, as
//!   Harness' documentation requires since 2026.
//!
//! The rendering defects of the module cannot occur here: a statement without action or resource cannot be built, and a
//! bucket without a name is an error.
//!
//! Policies have the names and descriptions of the module, including misspellings, so that managed policies of the module are
//! adopted and not created again. Only `HarnessClusterOrchestrationPolicy` is not in the module.

use super::template::{Contents, Holder, Policy, Template, When};
use crate::feature::{AutoStopping, CommitmentService};

pub(super) const CONTENTS: Contents = Contents {
    policies: POLICIES,
    view_only: &["job-function/ViewOnlyAccess"],
    read_only: &["ReadOnlyAccess"],
    commitments: &[],
};

const POLICIES: &[Policy] = &[
    Policy {
        name: "HarnessGetRolePolicy",
        description: "Policy granting Harness Simulate Principle Policy",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "HarnessSimulate",
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
            sid: "HarnessVisibility",
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
                    "ec2:DescribeVolumes",
                    "ec2:DescribeSnapshots",
                    "rds:DescribeDBSnapshots",
                    "rds:DescribeDBInstances",
                    "rds:DescribeDBClusters",
                    "rds:DescribeDBSnapshotAttributes",
                    "cloudwatch:GetMetricData",
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
                sid: "HarnessReadReport",
                actions: &[(When::Billing, &["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"])],
                resources: &["arn:${partition}:s3:::${cur_bucket}", "arn:${partition}:s3:::${cur_bucket}/*"],
                conditions: &[],
            },
            Template {
                sid: "HarnessWriteCopy",
                actions: &[(When::Billing, &["s3:ListBucket", "s3:PutObject", "s3:PutObjectAcl"])],
                resources: &[
                    "arn:${partition}:s3:::${harness_bucket}*",
                    "arn:${partition}:s3:::${harness_bucket}*/*",
                ],
                conditions: &[],
            },
            Template {
                sid: "HarnessReadOrganization",
                actions: &[
                    (
                        When::Billing,
                        &["cur:DescribeReportDefinitions", "organizations:Describe*", "organizations:List*"],
                    ),
                    (When::DataExports, &["bcm-data-exports:GetExport", "bcm-data-exports:ListExports"]),
                ],
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
                sid: "HarnessAutoStoppingAlb",
                actions: &[(
                    When::Kind(AutoStopping::Alb),
                    &[
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
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "HarnessPassLambdaRole",
                actions: &[(When::Kind(AutoStopping::Alb), &["iam:PassRole"])],
                resources: &["arn:${partition}:iam::${account}:role/ce-optimization-service-role/*"],
                conditions: &[],
            },
            Template {
                sid: "HarnessAutoStoppingProxy",
                actions: &[(
                    When::Kind(AutoStopping::Proxy),
                    &[
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
                sid: "HarnessAutoStoppingEc2",
                actions: &[(
                    When::Kind(AutoStopping::Ec2),
                    &["ec2:DescribeInstances", "ec2:CreateTags", "ec2:StartInstances", "ec2:StopInstances"],
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "HarnessAutoStoppingEc2Spot",
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
                sid: "HarnessAutoStoppingAsg",
                actions: &[(
                    When::Kind(AutoStopping::Asg),
                    &[
                        "autoscaling:DescribeAutoScalingGroups",
                        "autoscaling:UpdateAutoScalingGroup",
                        "autoscaling:DescribePolicies",
                        "autoscaling:SuspendProcesses",
                        "autoscaling:ResumeProcesses",
                        "ec2:DescribeSpotPriceHistory",
                    ],
                )],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "HarnessAutoStoppingRds",
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
                sid: "HarnessAutoStoppingEcs",
                actions: &[(
                    When::Kind(AutoStopping::Ecs),
                    &[
                        "ecs:ListClusters",
                        "ecs:ListServices",
                        "ecs:ListTasks",
                        "ecs:DescribeServices",
                        "ecs:DescribeTasks",
                        "ecs:DescribeTaskDefinition",
                        "ecs:UpdateService",
                        "tag:GetResources",
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
            sid: "HarnessEncryptedVolumes",
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
                ("StringEquals", "kms:ViaService", &["${services}"]),
            ],
        }],
    },
    Policy {
        name: "HarnessSecretAccessPolicy",
        description: "Policy granting Harness Access to Secrets",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "HarnessSecrets",
            actions: &[(When::Secrets, &["secretsmanager:GetSecretValue"])],
            resources: &["${secrets}"],
            conditions: &[],
        }],
    },
    Policy {
        name: "HarnessCommitmentPolicy",
        description: "Policy granting Harness Access to Enable Commitment Orchestration",
        holder: Holder::CrossAccount,
        statements: &[
            Template {
                sid: "HarnessCommitmentRead",
                actions: &[
                    (
                        When::Commitment,
                        &[
                            "ce:GetSavingsPlansUtilization",
                            "ce:GetReservationUtilization",
                            "ce:GetDimensionValues",
                            "ce:GetSavingsPlansUtilizationDetails",
                            "ce:GetReservationCoverage",
                            "ce:GetSavingsPlansCoverage",
                            "ce:GetCostAndUsage",
                            "savingsplans:DescribeSavingsPlans",
                            "organizations:DescribeOrganization",
                            "organizations:ListAccounts",
                        ],
                    ),
                    (
                        When::CommitmentOf(CommitmentService::Ec2),
                        &[
                            "ec2:DescribeReservedInstancesOfferings",
                            "ec2:DescribeReservedInstances",
                            "ec2:DescribeInstanceTypeOfferings",
                        ],
                    ),
                    (
                        When::CommitmentOf(CommitmentService::Rds),
                        &[
                            "rds:DescribeReservedDBInstancesOfferings",
                            "rds:DescribeReservedDBInstances",
                            "pricing:GetProducts",
                        ],
                    ),
                    (
                        When::CommitmentOf(CommitmentService::ElastiCache),
                        &[
                            "elasticache:DescribeReservedCacheNodesOfferings",
                            "elasticache:DescribeReservedCacheNodes",
                        ],
                    ),
                ],
                resources: &["*"],
                conditions: &[],
            },
            Template {
                sid: "HarnessCommitmentWrite",
                actions: &[
                    (
                        When::PurchaseOf(CommitmentService::Ec2),
                        &[
                            "ec2:PurchaseReservedInstancesOffering",
                            "ec2:GetReservedInstancesExchangeQuote",
                            "ec2:AcceptReservedInstancesExchangeQuote",
                            "ec2:DescribeReservedInstancesModifications",
                            "ec2:ModifyReservedInstances",
                            "savingsplans:DescribeSavingsPlansOfferings",
                            "savingsplans:CreateSavingsPlan",
                        ],
                    ),
                    (When::PurchaseOf(CommitmentService::Rds), &["rds:PurchaseReservedDBInstancesOffering"]),
                    (
                        When::PurchaseOf(CommitmentService::ElastiCache),
                        &["elasticache:PurchaseReservedCacheNodesOffering"],
                    ),
                ],
                resources: &["*"],
                conditions: &[],
            },
        ],
    },
    Policy {
        name: "HarnessClusterOrchestrationPolicy",
        description: "Policy granting Harness Access to Enable Cluster Orchestration",
        holder: Holder::CrossAccount,
        statements: &[Template {
            sid: "HarnessClusterOrchestration",
            actions: &[(
                When::ClusterOrchestration,
                &[
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
            )],
            resources: &["*"],
            conditions: &[],
        }],
    },
    Policy {
        name: "HarnessOptimsationLambdaPolicy",
        description: "Policy granting Harness Access to Enable Cost Optimisation",
        holder: Holder::Lambda,
        statements: &[Template {
            sid: "HarnessAutoStoppingLambda",
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
