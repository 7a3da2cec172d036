use aws_sdk_iam::types::Tag;
use harness_ccm_aws_servers::{LocalAws, MANAGEMENT};

use crate::support::{DOCUMENT, TRUST, code, iam, make_policy, make_role, refused};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

fn pairs(tags: &[Tag]) -> Vec<(&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value())).collect()
}

#[tokio::test]
async fn the_keys_of_a_role_ignore_case_and_the_last_spelling_stays() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    iam.tag_role().role_name("Made").tags(tag("Owner", "a")).tags(tag("team", "b")).send().await.unwrap();
    iam.tag_role().role_name("Made").tags(tag("owner", "c")).send().await.unwrap();
    let role = iam.get_role().role_name("Made").send().await.unwrap().role.unwrap();
    assert_eq!(pairs(role.tags()), [("owner", "c"), ("team", "b")]);
    let twice = iam.tag_role().role_name("Made").tags(tag("x", "1")).tags(tag("X", "2")).send().await;
    assert!(refused(twice).1.starts_with("Duplicate tag keys found"));
    iam.untag_role().role_name("Made").tag_keys("OWNER").send().await.unwrap();
    let listed = iam.list_role_tags().role_name("Made").send().await.unwrap().tags;
    assert_eq!(pairs(&listed), [("team", "b")]);
}

#[tokio::test]
async fn the_keys_of_a_policy_do_not() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let arn = make_policy(&iam, "Made").await;
    iam.tag_policy().policy_arn(&arn).tags(tag("Owner", "a")).tags(tag("team", "b")).send().await.unwrap();
    iam.tag_policy().policy_arn(&arn).tags(tag("owner", "c")).send().await.unwrap();
    iam.untag_policy().policy_arn(&arn).tag_keys("TEAM").send().await.unwrap();
    let listed = iam.list_policy_tags().policy_arn(&arn).send().await.unwrap().tags;
    assert_eq!(pairs(&listed), [("Owner", "a"), ("owner", "c"), ("team", "b")]);
    iam.untag_policy().policy_arn(&arn).tag_keys("team").send().await.unwrap();
    assert_eq!(iam.list_policy_tags().policy_arn(&arn).send().await.unwrap().tags.len(), 2);
}

#[tokio::test]
async fn fifty_tags_are_allowed_and_a_refused_call_adds_none() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let many = |numbers: std::ops::Range<usize>| {
        Some(numbers.map(|number| tag(&format!("key{number}"), "x")).collect::<Vec<_>>())
    };
    iam.tag_role().role_name("Made").set_tags(many(0..50)).send().await.unwrap();
    iam.tag_role().role_name("Made").tags(tag("KEY7", "again")).send().await.unwrap();
    assert_eq!(code(iam.tag_role().role_name("Made").set_tags(many(50..52)).send().await), "LimitExceeded");
    let create = iam.create_role().role_name("Other").assume_role_policy_document(TRUST);
    assert_eq!(code(create.set_tags(many(0..51)).send().await), "LimitExceeded");
    let create = iam.create_policy().policy_name("Other").policy_document(DOCUMENT);
    assert_eq!(code(create.tags(tag("aws:x", "y")).send().await), "ValidationError");
    aws.with(|cloud| {
        let iam = cloud.iam(MANAGEMENT);
        assert_eq!(iam.role("Made").unwrap().tags.len(), 50);
        assert!(iam.role("Other").is_none() && iam.all_policies().next().is_none());
    });
}
