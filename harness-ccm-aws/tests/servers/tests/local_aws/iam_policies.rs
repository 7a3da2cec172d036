use harness_ccm_aws_servers::LocalAws;
use percent_encoding::percent_decode_str;

use crate::support::{DOCUMENT, code, iam, make_policy, make_role, policy_arn, refused};

#[tokio::test]
async fn a_policy_is_made_read_and_removed() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let create =
        iam.create_policy().policy_name("Made").path("/ours/").description("why").policy_document(DOCUMENT);
    let arn = create.send().await.unwrap().policy.unwrap().arn.unwrap();
    assert_eq!(arn, policy_arn("ours/Made"));
    let read = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    assert_eq!((read.description.as_deref(), read.default_version_id.as_deref()), (Some("why"), Some("v1")));
    make_policy(&iam, "Other").await;
    let under = |path: &str| iam.list_policies().path_prefix(path).send();
    let names = |policies: Option<Vec<aws_sdk_iam::types::Policy>>| -> Vec<String> {
        policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_name).collect()
    };
    assert_eq!(names(under("/ours/").await.unwrap().policies), ["Made"]);
    assert_eq!(names(under("/").await.unwrap().policies), ["Made", "Other"]);
    // The path is part of the ARN.
    assert_eq!(code(iam.get_policy().policy_arn(policy_arn("Made")).send().await), "NoSuchEntity");
    iam.delete_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(code(iam.get_policy().policy_arn(&arn).send().await), "NoSuchEntity");
    let create = iam.create_policy().policy_name("Made").policy_document("nothing");
    assert_eq!(code(create.send().await), "MalformedPolicyDocument");
}

#[tokio::test]
async fn five_versions_of_which_the_default_stays() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let arn = make_policy(&iam, "Made").await;
    let put = |text: String, default: bool| {
        iam.create_policy_version().policy_arn(&arn).policy_document(text).set_as_default(default).send()
    };
    for number in 2..=5 {
        put(DOCUMENT.replace("ec2", &format!("s{number}")), number % 2 == 0).await.unwrap();
    }
    let (error, message) = refused(put(DOCUMENT.into(), true).await);
    assert!(error == "LimitExceeded" && message.contains("up to 5 versions"), "{message}");
    let listed = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap().versions.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|version| (version.version_id().unwrap(), version.is_default_version())).collect();
    assert_eq!(listed, [("v5", false), ("v4", true), ("v3", false), ("v2", false), ("v1", false)]);
    let read = iam.get_policy_version().policy_arn(&arn).version_id("v4").send().await.unwrap();
    let text = read.policy_version.unwrap().document.unwrap();
    let text = percent_decode_str(&text).decode_utf8().unwrap().into_owned();
    assert!(text.contains("s4:Describe*"), "{text}");

    let delete = |version: &str| iam.delete_policy_version().policy_arn(&arn).version_id(version).send();
    assert_eq!(code(delete("v4").await), "DeleteConflict");
    assert_eq!(code(delete("v9").await), "NoSuchEntity");
    delete("v5").await.unwrap();
    let next = put(DOCUMENT.into(), false).await.unwrap().policy_version.unwrap();
    assert_eq!(next.version_id(), Some("v6"), "no number comes again");
    iam.set_default_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    delete("v4").await.unwrap();
    let (error, message) = refused(iam.delete_policy().policy_arn(&arn).send().await);
    assert!(error == "DeleteConflict" && message.contains("more than one version"), "{message}");
}

#[tokio::test]
async fn a_policy_in_use_is_not_deleted() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let arn = make_policy(&iam, "Made").await;
    make_role(&iam, "Role").await;
    iam.attach_role_policy().role_name("Role").policy_arn(&arn).send().await.unwrap();
    let count = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap().attachment_count;
    assert_eq!(count, Some(1));
    assert_eq!(code(iam.delete_policy().policy_arn(&arn).send().await), "DeleteConflict");
    iam.detach_role_policy().role_name("Role").policy_arn(&arn).send().await.unwrap();
    iam.put_role_permissions_boundary().role_name("Role").permissions_boundary(&arn).send().await.unwrap();
    assert_eq!(code(iam.delete_policy().policy_arn(&arn).send().await), "DeleteConflict");
    iam.delete_role_permissions_boundary().role_name("Role").send().await.unwrap();
    iam.delete_policy().policy_arn(&arn).send().await.unwrap();
}

#[tokio::test]
async fn lists_come_in_pages() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    aws.with(|cloud| cloud.iam_page = 2);
    for number in 0..5 {
        make_role(&iam, &format!("Role{number}")).await;
    }
    let (mut sizes, mut marker) = (Vec::new(), None);
    loop {
        let page = iam.list_roles().set_marker(marker).send().await.unwrap();
        sizes.push(page.roles.len());
        assert_eq!(page.is_truncated, page.marker.is_some());
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(iam.list_roles().max_items(1).send().await.unwrap().roles.len(), 1);
    assert_eq!(code(iam.list_roles().marker("x").send().await), "ValidationError");
}
