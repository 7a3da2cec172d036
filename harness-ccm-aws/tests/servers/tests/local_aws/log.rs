use aws_sdk_iam::types::Tag;
use harness_ccm_aws_servers::{AwsFault, AwsService, LocalAws, MANAGEMENT, id};

use crate::support::{TRUST, iam, organizations, role_arn, sts};

#[tokio::test]
async fn every_request_is_logged_with_its_result() {
    let aws = LocalAws::start().with_members(2);
    let iam = iam(&aws).await;
    let arn = role_arn(&id(2), "OrganizationAccountAccessRole");
    sts(&aws).await.assume_role().role_arn(&arn).role_session_name("run").send().await.unwrap();
    let tag = Tag::builder().key("owner").value("a b+c").build().unwrap();
    let create = iam.create_role().role_name("Made").assume_role_policy_document(TRUST).tags(tag);
    create.send().await.unwrap();
    iam.get_role().role_name("Absent").send().await.unwrap_err();
    aws.fail(AwsFault::hang_up());
    organizations(&aws).await.list_tags_for_resource().resource_id(id(2)).send().await.unwrap_err();

    let calls = aws.calls();
    let lines: Vec<_> = calls
        .iter()
        .map(|logged| (logged.call.name(), logged.call.account.as_str(), logged.status, logged.took_effect))
        .collect();
    assert_eq!(
        lines,
        [
            ("sts:AssumeRole".to_owned(), id(2).as_str(), 200, true),
            ("iam:CreateRole".to_owned(), MANAGEMENT, 200, true),
            ("iam:GetRole".to_owned(), MANAGEMENT, 404, false),
            ("organizations:ListTagsForResource".to_owned(), id(2).as_str(), 0, false),
        ]
    );
    assert_eq!((calls[2].code.as_deref(), calls[3].fault), (Some("NoSuchEntity"), Some("hang-up")));
    let create = &calls[1].call;
    assert_eq!((create.service, create.region.as_str()), (AwsService::Iam, "us-east-1"));
    assert_eq!((create.tag("owner"), create.parameter("RoleName")), (Some("a b+c"), Some("Made")));
    assert!(create.user_agent.contains("aws-sdk-rust"), "{}", create.user_agent);
    assert_eq!(create.permissions(), ["iam:CreateRole", "iam:TagRole"]);
    assert_eq!(create.caller, format!("arn:aws:iam::{MANAGEMENT}:user/operator"));
    assert_eq!(aws.subjects("sts:AssumeRole"), [arn]);
    assert_eq!(aws.counts()["iam:GetRole"], 1);
    assert_eq!(aws.take_counts().len(), 4);
    assert!(aws.take_calls().is_empty());
}

#[tokio::test]
async fn a_thousand_accounts_are_used_concurrently() {
    let aws = LocalAws::start().with_members(1_000);
    let sts = sts(&aws).await;
    let enter = |number: usize| {
        let arn = role_arn(&id(number), "OrganizationAccountAccessRole");
        sts.assume_role().role_arn(arn).role_session_name("run").send()
    };
    let mut entered = Vec::new();
    for chunk in (2..=1_000).collect::<Vec<_>>().chunks(50) {
        let answers = futures_util::future::join_all(chunk.iter().map(|number| enter(*number))).await;
        entered.extend(answers.into_iter().map(|answer| answer.unwrap().assumed_role_user.unwrap().arn));
    }
    let expected: Vec<_> = (2..=1_000)
        .map(|number| format!("arn:aws:sts::{}:assumed-role/OrganizationAccountAccessRole/run", id(number)))
        .collect();
    assert_eq!(entered, expected);
}
