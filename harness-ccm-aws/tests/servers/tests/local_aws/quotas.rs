use aws_sdk_iam::types::SummaryKeyType;
use harness_ccm_aws_servers::{LocalAws, MANAGEMENT};

use crate::support::{DOCUMENT, TRUST, code, iam, make_policy, make_role, refused};

#[tokio::test]
async fn an_account_summary_has_quotas_and_counts() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    aws.with(|cloud| cloud.iam(MANAGEMENT).quotas.insert("AttachedPoliciesPerRoleQuota".into(), 20));
    let summary = iam.get_account_summary().send().await.unwrap().summary_map.unwrap();
    for (key, value) in [
        ("Roles", 1),
        ("RolesQuota", 1_000),
        ("AttachedPoliciesPerRoleQuota", 20),
        ("AssumeRolePolicySizeQuota", 2_048),
        ("VersionsPerPolicyQuota", 5),
    ] {
        assert_eq!(summary.get(&SummaryKeyType::from(key)), Some(&value), "{key}");
    }
}

#[tokio::test]
async fn each_quota_is_enforced() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let first = make_policy(&iam, "First").await;
    let second = make_policy(&iam, "Second").await;
    aws.with(|cloud| {
        for quota in ["AttachedPoliciesPerRoleQuota", "PoliciesQuota", "RolesQuota"] {
            let value = if quota == "PoliciesQuota" { 2 } else { 1 };
            cloud.iam(MANAGEMENT).quotas.insert(quota.into(), value);
        }
    });
    let attach = |arn: &str| iam.attach_role_policy().role_name("Made").policy_arn(arn).send();
    attach(&first).await.unwrap();
    attach(&first).await.unwrap();
    let answer = refused(attach(&second).await);
    assert_eq!(answer, ("LimitExceeded".into(), "Cannot exceed quota for PoliciesPerRole: 1".into()));
    let create = iam.create_role().role_name("Other").assume_role_policy_document(TRUST).send().await;
    assert_eq!(refused(create).1, "Cannot exceed quota for RolesPerAccount: 1");
    let create = iam.create_policy().policy_name("Third").policy_document(DOCUMENT).send().await;
    assert_eq!(refused(create).1, "Cannot exceed quota for PoliciesPerAccount: 2");
    assert_eq!(aws.with(|cloud| cloud.iam(MANAGEMENT).role("Made").unwrap().attached.len()), 1);
}

#[tokio::test]
async fn sizes_do_not_count_white_space() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let of_size = |size: usize| {
        let frame =
            DOCUMENT.replace("\"*\"", "\"\"").chars().filter(|letter| !letter.is_whitespace()).count();
        DOCUMENT.replace("\"*\"", &format!("\"{}\"{}", "x".repeat(size - frame), " ".repeat(500)))
    };
    let put = |name: &str, size| {
        iam.put_role_policy().role_name("Made").policy_name(name).policy_document(of_size(size)).send()
    };
    put("own", 10_240).await.unwrap();
    let message = "Maximum policy size of 10240 bytes exceeded for role Made";
    assert_eq!(refused(put("other", 200).await), ("LimitExceeded".into(), message.into()));
    assert_eq!(aws.with(|cloud| cloud.iam(MANAGEMENT).role("Made").unwrap().inline.len()), 1);
    let create = |size| iam.create_policy().policy_name("Big").policy_document(of_size(size)).send();
    assert_eq!(code(create(6_145).await), "LimitExceeded");
    create(6_144).await.unwrap();
    let trust = TRUST.replace("\"one\"", &format!("\"{}\"", "x".repeat(2_048)));
    let update = iam.update_assume_role_policy().role_name("Made").policy_document(trust).send().await;
    assert_eq!(refused(update).1, "Cannot exceed quota for ACLSizePerRole: 2048");
}
