//! The permissions of the catalogue, and its refusals with their remedies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use harness_ccm_core::catalog::{AccountRefusal, Permissions, Refusal, Release, Request};
use harness_ccm_core::cluster::{Cluster, TrustBy};
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CurReport, Feature, FeatureSet, Governance, GovernanceAccess,
    Optimization,
};
use harness_ccm_core::id::{PolicyArn, RoleArn};
use harness_ccm_core::policy::{Decision, Grants, Permission};

fn role(partition: &str) -> RoleArn {
    format!("arn:{partition}:iam::123456789012:role/HarnessCERole").parse().unwrap()
}

fn here(partition: &str) -> Cluster {
    Cluster::us().with_trusted(vec![format!("arn:{partition}:iam::210987654321:user/harness")])
}

fn billing() -> Billing {
    Billing::new(CurReport::new("harness-cur", "acme-cost-reports"))
}

fn everything() -> FeatureSet {
    let secret = "arn:${partition}:secretsmanager:us-east-1:${account}:secret:tls-*".parse().unwrap();
    FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::default())
        .with_optimization(Optimization::default().with_encrypted_volumes().with_secrets([secret]))
        .with_billing(billing())
        .with_commitment(Commitment::new().with_purchase())
        .with_cluster_orchestration()
}

fn rendered(features: &FeatureSet, partition: &str, release: Release) -> Permissions {
    let (role, cluster) = (role(partition), here(partition));
    Request::new(features, &role, &cluster)
        .with_release(release)
        .with_regions(["eu-central-1"])
        .permissions()
        .unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refusals(features: &FeatureSet, partition: &str, cluster: &Cluster) -> Vec<Refusal> {
    Request::new(features, &role(partition), cluster).refusals()
}

/// The one refusal, and its remedy.
fn refusal(features: &FeatureSet, partition: &str, cluster: &Cluster) -> (Refusal, String) {
    let mut refusals = refusals(features, partition, cluster);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    let refusal = refusals.remove(0);
    let remedy = refusal.remedy();
    (refusal, remedy)
}

fn decide(permissions: &Permissions, action: &str, resource: &str) -> Decision {
    let merged = permissions.merged();
    Grants::of([&merged]).decide(&Permission::new(action, resource))
}

#[test]
fn govcloud_with_visibility_is_refused() {
    let (found, remedy) = refusal(&FeatureSet::new().with_visibility(), "aws-us-gov", &here("aws-us-gov"));
    assert_eq!(found, Refusal::Account(AccountRefusal::GovCloud { features: vec![Feature::Visibility] }));
    assert!(remedy.contains("add a rule for GovCloud accounts"), "{remedy}");
    let both = FeatureSet::new().with_visibility().with_billing(billing());
    let (found, _) = refusal(&both, "aws-us-gov", &here("aws-us-gov"));
    assert_eq!(found.to_string(), "Harness refuses billing and visibility for GovCloud accounts");
    let governance = FeatureSet::new().with_governance(Governance::default());
    assert!(refusals(&governance, "aws-us-gov", &here("aws-us-gov")).is_empty());
}

#[test]
fn a_report_without_bucket_or_name_is_refused() {
    let with = |name: &str, bucket: &str| {
        let features = FeatureSet::new().with_billing(Billing::new(CurReport::new(name, bucket)));
        refusal(&features, "aws", &Cluster::us())
    };
    let (found, remedy) = with("cur", "");
    assert_eq!(found, Refusal::ReportWithoutBucket);
    assert!(remedy.contains("the setting `report-bucket`"), "{remedy}");
    assert!(!matches!(found, Refusal::Account(_)));
    assert_eq!(with(" ", "bucket").0, Refusal::ReportWithoutName);
    let (found, remedy) = with("cur", "arn:aws:s3:::bucket");
    assert_eq!(found, Refusal::BucketArn { bucket: "arn:aws:s3:::bucket".into() });
    assert!(remedy.contains("arn:aws:s3:::"), "{remedy}");
    for bucket in ["bucket/prefix", "s3://bucket", "buck*t", "a b"] {
        assert_eq!(with("cur", bucket).0, Refusal::BucketName { bucket: bucket.into() });
    }
    let everything_wrong = FeatureSet::new().with_billing(Billing::new(CurReport::new("", "")));
    assert_eq!(refusals(&everything_wrong, "aws", &Cluster::us()).len(), 2, "everything is reported at once");
}

#[test]
fn a_principal_of_another_partition_is_refused() {
    let governance = FeatureSet::new().with_governance(Governance::default());
    let (found, remedy) = refusal(&governance, "aws-us-gov", &Cluster::eu());
    let Refusal::Account(AccountRefusal::ForeignPrincipal { principal, .. }) = &found else {
        panic!("{found:?}")
    };
    assert!(principal.starts_with("arn:aws:iam::783764615875:user/"), "{principal}");
    assert!(remedy.contains("ask Harness"), "{remedy}");
    let (found, remedy) = refusal(&governance, "aws-cn", &Cluster::eu());
    assert!(matches!(found, Refusal::Account(AccountRefusal::ForeignPrincipal { .. })));
    assert!(remedy.contains("skip accounts in China"), "{remedy}");
    for partition in ["aws", "aws-us-gov", "aws-cn"] {
        let own = Cluster::self_managed("210987654321".parse().unwrap());
        assert!(refusals(&governance, partition, &own).is_empty(), "an account id has no partition");
    }
}

#[test]
fn no_one_and_everyone_are_not_trusted() {
    let visibility = FeatureSet::new().with_visibility();
    for trusted in [vec![], vec!["*"], vec!["harness"], vec!["AIDACKCEVSQ6C2EXAMPLE"]] {
        let cluster = Cluster::us().with_trusted(trusted.into_iter().map(Into::into).collect());
        let (found, remedy) = refusal(&visibility, "aws", &cluster);
        assert!(matches!(found, Refusal::Principal { .. }), "{found:?}");
        assert!(remedy.contains("the setting `trusted`"), "{remedy}");
    }
    let root = Cluster::us()
        .with_trusted(vec!["arn:aws:iam::891928451355:root".into()])
        .with_trust_by(TrustBy::NarrowedAccount);
    assert!(
        matches!(refusal(&visibility, "aws", &root).0, Refusal::Principal { .. }),
        "nothing to narrow it to"
    );
    assert!(refusals(&visibility, "aws", &root.with_trust_by(TrustBy::Account)).is_empty());
}

#[test]
fn encrypted_volumes_need_regions() {
    let features = FeatureSet::new()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]).with_encrypted_volumes());
    let (found, remedy) = refusal(&features, "aws", &Cluster::us());
    assert_eq!(found, Refusal::NoRegions);
    assert!(remedy.contains("regions"), "{remedy}");
    let (role, cluster) = (role("aws"), Cluster::us());
    let request = Request::new(&features, &role, &cluster);
    let wrong = request.clone().with_regions(["us-east-1", "Frankfurt"]).refusals();
    assert_eq!(wrong, [Refusal::Region { region: "Frankfurt".into() }]);
    let rendered = request.with_regions(["us-east-1", "eu-central-1"]).permissions().unwrap();
    let json = rendered.merged().to_json();
    for service in ["ec2", "rds", "ecs"] {
        for region in ["us-east-1", "eu-central-1"] {
            assert!(json.contains(&format!("\"{service}.{region}.amazonaws.com\"")), "{json}");
        }
    }
    assert!(!json.contains("us-west-2"), "the account's own regions, not the module's");
}

#[test]
fn arns_of_other_accounts_are_refused_if_they_cannot_work() {
    let governance = |policy: &str| {
        let policies = [policy.parse().unwrap()];
        FeatureSet::new().with_governance(Governance::default().with_enforcement_policies(policies))
    };
    let (found, remedy) =
        refusal(&governance("arn:aws:iam::210987654321:policy/Enforce"), "aws", &Cluster::us());
    assert!(matches!(found, Refusal::Account(AccountRefusal::ForeignPolicy { .. })));
    assert!(remedy.contains("${account}"), "{remedy}");
    for policy in ["arn:aws:iam::${account}:policy/Enforce", "arn:aws:iam::aws:policy/AmazonEC2FullAccess"] {
        assert!(refusals(&governance(policy), "aws", &Cluster::us()).is_empty());
    }
    let secret = |arn: &str| {
        let kinds =
            Optimization::new().with_kinds([AutoStopping::Proxy]).with_secrets([arn.parse().unwrap()]);
        FeatureSet::new().with_optimization(kinds)
    };
    let (found, _) = refusal(
        &secret("arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:tls"),
        "aws",
        &Cluster::us(),
    );
    assert!(matches!(found, Refusal::Account(AccountRefusal::ForeignSecret { .. })));
    let shared = secret("arn:aws:secretsmanager:us-east-1:210987654321:secret:tls");
    assert!(refusals(&shared, "aws", &Cluster::us()).is_empty(), "a secret may be shared between accounts");
}

#[test]
fn a_release_says_what_it_does_not_include() {
    let role = role("aws");
    let of = |features: &FeatureSet, release| {
        Request::new(features, &role, &Cluster::us()).with_release(release).permissions().map(|_| ())
    };
    let clusters = FeatureSet::new().with_cluster_orchestration();
    for release in [Release::Module0_1_4, Release::Module1_0_1] {
        let refused = of(&clusters, release).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the permissions {release} have nothing for cluster orchestration")
        );
        assert!(refused.remedy().contains(Release::NEWEST.as_str()));
    }
    assert!(of(&clusters, Release::NEWEST).is_ok());
    let some = FeatureSet::new().with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2]));
    assert_eq!(of(&some, Release::Module0_1_4), Err(Refusal::OnlyAsAWhole { release: Release::Module0_1_4 }));
    assert!(of(&some, Release::Module1_0_1).is_ok());
    assert!(of(&FeatureSet::new().with_optimization(Optimization::default()), Release::Module0_1_4).is_ok());
    let volumes = FeatureSet::new().with_optimization(Optimization::default().with_encrypted_volumes());
    assert!(matches!(of(&volumes, Release::Module0_1_4), Err(Refusal::NotInRelease { .. })));
}

#[test]
fn partition_and_account_are_those_of_the_role_everywhere() {
    let mut features = everything();
    features.visibility = false;
    features.billing = None;
    let permissions = rendered(&features, "aws-us-gov", Release::NEWEST);
    let json = permissions.merged().to_json();
    assert!(!json.contains("arn:aws:"), "{json}");
    assert!(!json.contains("${"), "{json}");
    assert!(json.contains("arn:aws-us-gov:secretsmanager:us-east-1:123456789012:secret:tls-*"), "{json}");
    assert!(permissions.attached.iter().all(|policy| policy.as_str().starts_with("arn:aws-us-gov:")));
    let china = rendered(&features, "aws-cn", Release::NEWEST);
    assert!(china.merged().to_json().contains("ec2.eu-central-1.amazonaws.com.cn"));
    for release in [Release::Module0_1_4, Release::Module1_0_1] {
        let mut features = FeatureSet::new().with_governance(Governance::default());
        features.billing = Some(billing());
        let json = rendered(&features, "aws-cn", release).merged().to_json();
        assert!(json.contains("arn:aws-cn:s3:::acme-cost-reports"), "{release}: {json}");
    }
}

#[test]
fn names_have_the_prefix_and_fit() {
    let (role, cluster, features) = (role("aws"), Cluster::us(), everything());
    let longest = "p".repeat(36);
    let permissions = Request::new(&features, &role, &cluster)
        .with_regions(["us-east-1"])
        .with_prefix(longest.parse().unwrap())
        .permissions()
        .unwrap();
    assert!(permissions.policies.iter().all(|grant| grant.name.as_str().starts_with(&longest)));
    let lambda = permissions.lambda.unwrap();
    assert_eq!(lambda.name.as_str(), format!("{longest}HarnessCELambdaExecutionRole"));
    assert_eq!(lambda.path.as_str(), "/ce-optimization-service-role/");
    assert_eq!(lambda.policies[0].name.as_str(), format!("{longest}HarnessOptimsationLambdaPolicy"));
    let names: BTreeSet<_> = permissions.policies.iter().map(|grant| &grant.name).collect();
    assert_eq!(names.len(), permissions.policies.len(), "each name once");
}

#[test]
fn everything_at_once_fits_the_limits_of_iam() {
    let permissions = rendered(&everything(), "aws", Release::NEWEST);
    assert!(permissions.merged().size() <= 10_240, "one inline policy: {}", permissions.merged().size());
    assert!(permissions.policies.iter().all(|grant| grant.document.size() <= 6_144), "managed policies");
    assert!(permissions.policies.len() + permissions.attached.len() <= 10, "attachments by default");
    let merged = permissions.merged();
    let sids: Vec<_> = merged.statements().iter().map(|statement| statement.sid()).collect();
    assert!(sids.iter().all(Option::is_some), "each statement says what it is for");
    assert_eq!(sids.iter().collect::<BTreeSet<_>>().len(), sids.len());
    for grant in &permissions.policies {
        assert!(Grants::of([&merged]).cover(&grant.document).is_complete(), "{}", grant.name);
        assert!(!grant.description.is_empty());
    }
}

#[test]
fn each_defect_of_the_module_is_fixed() {
    let current = rendered(&everything(), "aws", Release::NEWEST);
    let everywhere = |action: &str| decide(&current, action, "*");
    // Passing any role to a function that the caller created would allow privilege escalation.
    assert_ne!(everywhere("iam:PassRole"), Decision::Allowed);
    let lambda = "arn:aws:iam::123456789012:role/ce-optimization-service-role/HarnessCELambdaExecutionRole";
    assert_eq!(decide(&current, "iam:PassRole", lambda), Decision::Allowed);
    assert_eq!(everywhere("logs:PutLogEvents"), Decision::Denied, "only the function itself writes logs");
    for wild in ["ec2:*", "lambda:*", "elasticloadbalancing:*", "autoscaling:*", "s3:*"] {
        assert_ne!(everywhere(wild), Decision::Allowed, "{wild}");
    }
    for action in
        ["autoscaling:DescribePolicies", "autoscaling:SuspendProcesses", "autoscaling:ResumeProcesses"]
    {
        assert_eq!(everywhere(action), Decision::Allowed, "the documentation asks for {action}");
    }
    for action in ["eks:ListClusters'", "eks:DescribeCluster", "rds:DescribeReservedDBInstances"] {
        assert_eq!(everywhere(action), Decision::Allowed, "{action}");
    }
    // The resource of the report's bucket ends at the end of the bucket name.
    assert_eq!(decide(&current, "s3:GetObject", "arn:aws:s3:::acme-cost-reports/x"), Decision::Allowed);
    let foreign = FeatureSet::new().with_billing(billing());
    let billing_only = rendered(&foreign, "aws", Release::NEWEST);
    assert_eq!(
        decide(&billing_only, "s3:GetObject", "arn:aws:s3:::acme-cost-reports-of-others/x"),
        Decision::Denied
    );
    assert!(!current.merged().to_json().contains("DescribeJob"));
    assert!(!rendered(&everything(), "aws", Release::NEWEST).merged().to_json().contains("us-west-2"));
}

const VIEW: &str = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
const READ: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

#[test]
fn governance_attaches_what_is_asked_by_the_arn_that_exists() {
    let attached = |access, release| -> Vec<String> {
        let features = FeatureSet::new().with_governance(Governance::new().with_access(access));
        rendered(&features, "aws", release).attached.iter().map(PolicyArn::to_string).collect()
    };
    assert_eq!(attached(GovernanceAccess::ViewOnly, Release::NEWEST), [VIEW]);
    assert_eq!(attached(GovernanceAccess::ReadOnly, Release::NEWEST), [READ]);
    assert_eq!(attached(GovernanceAccess::ReadOnly, Release::Module1_0_1), [READ, VIEW]);
    assert_eq!(attached(GovernanceAccess::ViewOnly, Release::Module0_1_4), [""; 0]);
}

#[test]
fn commitments_are_looked_at_before_they_are_bought() {
    for release in Release::ALL {
        let of = |commitment| rendered(&FeatureSet::new().with_commitment(commitment), "aws", release);
        let (looking, purchasing) = (of(Commitment::new()), of(Commitment::new().with_purchase()));
        let buy = "ec2:PurchaseReservedInstancesOffering";
        assert_eq!(decide(&looking, buy, "*"), Decision::Denied, "{release}");
        assert_eq!(decide(&purchasing, buy, "*"), Decision::Allowed, "{release}");
        let (looking, purchasing) = (looking.merged(), purchasing.merged());
        assert!(Grants::of([&purchasing]).cover(&looking).is_complete(), "{release}");
    }
}

#[test]
fn every_release_lets_the_role_simulate_itself_for_any_features() {
    for release in Release::ALL {
        let permissions = rendered(&FeatureSet::new(), "aws", release);
        assert_eq!(permissions.policies.len(), 1);
        let own = role("aws").to_string();
        assert_eq!(decide(&permissions, "iam:SimulatePrincipalPolicy", &own), Decision::Allowed);
        assert_ne!(decide(&permissions, "iam:SimulatePrincipalPolicy", "*"), Decision::Allowed);
    }
}

#[test]
fn releases_have_names_for_intent_files() {
    for (release, name) in Release::ALL.into_iter().zip(["module-0.1.4", "module-1.0.1", "2026-11"]) {
        assert_eq!(serde_json::to_value(release).unwrap(), name);
        assert_eq!(serde_json::from_value::<Release>(name.into()).unwrap(), release);
        assert_eq!(release.to_string(), name);
    }
    assert_eq!(Some(&Release::NEWEST), Release::ALL.last());
}
