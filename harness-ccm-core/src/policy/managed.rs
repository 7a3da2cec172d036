//! What is known of policies that AWS maintains.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{PolicyDocument, Statement};
use crate::id::PolicyArn;

/// What is known of the text of a policy that AWS maintains.
#[derive(Clone, Copy, Debug)]
pub enum Known {
    /// Its text.
    Exactly(&'static PolicyDocument),
    /// Two bounds of its text, which is long and changes often.
    Between {
        /// What it grants at least.
        least: &'static PolicyDocument,
        /// What it does not exceed.
        most: &'static PolicyDocument,
    },
}

/// What is known of the text of a policy that AWS maintains; `None` for any other.
///
/// The facts are of 2026, from the policies as AWS publishes them: `PowerUserAccess` version 12, `ViewOnlyAccess` version 46.
/// The lower bounds are the services that Harness asks about. The upper bounds are AWS' own description of the policies: actions
/// that look.
pub fn known(policy: &PolicyArn) -> Option<Known> {
    if !policy.is_aws_managed() {
        return None;
    }
    let (_, name) = policy.as_str().split_once(":policy/")?;
    Some(match name {
        "AdministratorAccess" => Known::Exactly(everything()?),
        "PowerUserAccess" => Known::Exactly(POWER_USER.as_ref()?),
        "ReadOnlyAccess" => Known::Between { least: READ_LEAST.as_ref()?, most: READ_MOST.as_ref()? },
        "job-function/ViewOnlyAccess" => {
            Known::Between { least: VIEW_LEAST.as_ref()?, most: VIEW_MOST.as_ref()? }
        }
        _ => return None,
    })
}

/// Whether an attachment that is wanted is given by those that are there: by itself, or by a policy that is known to be wider.
pub(crate) fn is_attachment_given(wanted: &PolicyArn, attached: &BTreeSet<&PolicyArn>) -> bool {
    let wider: &[&str] = match wanted.as_str().split_once(":aws:policy/") {
        Some((_, "job-function/ViewOnlyAccess")) => &["ReadOnlyAccess", "AdministratorAccess"],
        Some((_, "ReadOnlyAccess" | "PowerUserAccess")) => &["AdministratorAccess"],
        _ => &[],
    };
    attached.contains(wanted)
        || attached.iter().filter(|policy| policy.is_aws_managed()).any(|policy| {
            policy.as_str().split_once(":policy/").is_some_and(|(_, name)| wider.contains(&name))
        })
}

/// All actions on all resources.
pub(super) fn everything() -> Option<&'static PolicyDocument> {
    static EVERYTHING: LazyLock<Option<PolicyDocument>> = LazyLock::new(|| allowing(&["*"]));
    EVERYTHING.as_ref()
}

fn allowing(actions: &[&str]) -> Option<PolicyDocument> {
    let statement = Statement::allow(actions.iter().copied(), ["*"]).ok()?;
    Some(PolicyDocument::new([statement]))
}

static POWER_USER: LazyLock<Option<PolicyDocument>> = LazyLock::new(|| {
    let all_but = Statement::allow_all_but(["iam:*", "organizations:*", "account:*"], ["*"]).ok()?;
    let and = Statement::allow(
        [
            "account:GetAccountInformation",
            "account:GetGovCloudAccountInformation",
            "account:GetPrimaryEmail",
            "account:ListRegions",
            "iam:CreateServiceLinkedRole",
            "iam:DeleteServiceLinkedRole",
            "iam:ListRoles",
            "organizations:DescribeEffectivePolicy",
            "organizations:DescribeOrganization",
        ],
        ["*"],
    )
    .ok()?;
    Some(PolicyDocument::new([all_but, and]))
});

static VIEW_LEAST: LazyLock<Option<PolicyDocument>> = LazyLock::new(|| {
    allowing(&[
        "acm:ListCertificates",
        "autoscaling:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        "ec2:DescribeAddresses",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeHost*",
        "ec2:DescribeImage*",
        "ec2:DescribeInstance*",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeNetwork*",
        "ec2:DescribeRegions",
        "ec2:DescribeReserved*",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshot*",
        "ec2:DescribeSpot*",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVolume*",
        "ec2:DescribeVpc*",
        "ec2:GetReservedInstancesExchangeQuote",
        "ec2:ListImagesInRecycleBin",
        "ec2:ListSnapshotsInRecycleBin",
        "ecs:Describe*",
        "ecs:List*",
        "eks:DescribeCluster",
        "eks:DescribeFargateProfile",
        "eks:DescribeIdentityProviderConfig",
        "eks:DescribeNodegroup",
        "eks:ListClusters",
        "eks:ListFargateProfiles",
        "eks:ListIdentityProviderConfigs",
        "eks:ListNodegroups",
        "eks:ListTagsForResource",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "iam:List*",
        "lambda:List*",
        "organizations:List*",
        "rds:Describe*",
        "route53:Get*",
        "route53:List*",
        "s3:ListAllMyBuckets",
        "s3:ListBucket",
    ])
});

static READ_LEAST: LazyLock<Option<PolicyDocument>> = LazyLock::new(|| {
    allowing(&[
        "acm:Describe*",
        "acm:Get*",
        "acm:List*",
        "autoscaling:Describe*",
        "autoscaling:GetPredictiveScalingForecast",
        "autoscaling-plans:Describe*",
        "autoscaling-plans:GetScalingPlanResourceForecastData",
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        "ec2:Describe*",
        "ec2:Get*",
        "ec2:ListImagesInRecycleBin",
        "ec2:ListSnapshotsInRecycleBin",
        "ecs:Describe*",
        "ecs:List*",
        "eks:Describe*",
        "eks:List*",
        "elasticbeanstalk:Check*",
        "elasticbeanstalk:Describe*",
        "elasticbeanstalk:List*",
        "elasticbeanstalk:Request*",
        "elasticbeanstalk:Retrieve*",
        "elasticbeanstalk:Validate*",
        "elasticloadbalancing:Describe*",
        "iam:Generate*",
        "iam:Get*",
        "iam:List*",
        "iam:Simulate*",
        "lambda:Get*",
        "lambda:List*",
        "organizations:Describe*",
        "organizations:List*",
        "rds:Describe*",
        "rds:Download*",
        "rds:List*",
        "route53:Get*",
        "route53:List*",
        "route53:Test*",
        "s3:DescribeJob",
        "s3:Get*",
        "s3:List*",
        "tag:Get*",
    ])
});

/// What begins the names of actions that `ViewOnlyAccess` can grant: AWS describes it as List, Describe, Get, View and Lookup;
/// it searches and fetches in batches too.
static VIEW_MOST: LazyLock<Option<PolicyDocument>> = LazyLock::new(|| allowing(VIEWING));

const VIEWING: &[&str] =
    &["*:List*", "*:Describe*", "*:Get*", "*:View*", "*:Lookup*", "*:Search*", "*:BatchGet*", "*:Is*"];

static READ_MOST: LazyLock<Option<PolicyDocument>> = LazyLock::new(|| {
    let reading = [
        "*:Batch*",
        "*:Can*",
        "*:Check*",
        "*:Compare*",
        "*:Count*",
        "*:Detect*",
        "*:Discover*",
        "*:Download*",
        "*:Estimate*",
        "*:Evaluate*",
        "*:Export*",
        "*:Filter*",
        "*:Generate*",
        "*:Head*",
        "*:Infer*",
        "*:Peek*",
        "*:Poll*",
        "*:Preview*",
        "*:Query*",
        "*:Read*",
        "*:Receive*",
        "*:Request*",
        "*:Resolve*",
        "*:Retrieve*",
        "*:Scan*",
        "*:Select*",
        "*:Show*",
        "*:Simulate*",
        "*:Start*Query*",
        "*:Stop*Query*",
        "*:Test*",
        "*:Translate*",
        "*:Validate*",
        "*:Verify*",
    ];
    allowing(&[VIEWING, &reading].concat())
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Grants;

    fn arn(name: &str) -> PolicyArn {
        format!("arn:aws:iam::aws:policy/{name}").parse().unwrap()
    }

    #[test]
    fn bounds_are_in_their_order() {
        for name in ["ReadOnlyAccess", "job-function/ViewOnlyAccess"] {
            let Some(Known::Between { least, most }) = known(&arn(name)) else { panic!("{name}") };
            assert!(Grants::of([most]).cover(least).is_complete(), "{name}");
        }
        let (Some(Known::Between { least: view, .. }), Some(Known::Between { least: read, .. })) =
            (known(&arn("job-function/ViewOnlyAccess")), known(&arn("ReadOnlyAccess")))
        else {
            panic!()
        };
        assert!(Grants::of([read]).cover(view).is_complete(), "reading includes viewing");
        assert!(known(&"arn:aws:iam::123456789012:policy/AdministratorAccess".parse().unwrap()).is_none());
        assert!(known(&arn("ViewOnlyAccess")).is_none(), "it is under job-function");
    }

    #[test]
    fn a_wider_attachment_will_do() {
        let (view, read, admin) =
            (arn("job-function/ViewOnlyAccess"), arn("ReadOnlyAccess"), arn("AdministratorAccess"));
        assert!(is_attachment_given(&view, &[&view].into()));
        assert!(is_attachment_given(&view, &[&read].into()));
        assert!(is_attachment_given(&read, &[&admin].into()));
        assert!(!is_attachment_given(&read, &[&view].into()));
        let own: PolicyArn = "arn:aws:iam::123456789012:policy/AdministratorAccess".parse().unwrap();
        assert!(!is_attachment_given(&view, &[&own].into()));
        assert!(!is_attachment_given(&own, &[&admin].into()), "what is in it is not known");
    }
}
