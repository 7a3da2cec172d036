use std::time::Duration;

use aws_sdk_sts::types::Tag;
use harness_ccm_aws_servers::{CloudRole, LocalAws, MANAGEMENT, id};
use serde_json::json;

use crate::support::{code, config, credentials, refused, role_arn, sts};

const OWN: &str = "OrganizationAccountAccessRole";

#[tokio::test]
async fn credentials_lead_into_the_account_that_they_were_given_for() {
    let aws = LocalAws::start().with_members(3);
    let client = sts(&aws).await;
    assert_eq!(client.get_caller_identity().send().await.unwrap().account.as_deref(), Some(MANAGEMENT));
    for number in [2, 3] {
        let request = client.assume_role().role_arn(role_arn(&id(number), OWN)).role_session_name("run-1");
        let assumed = request.send().await.unwrap();
        let arn = format!("arn:aws:sts::{}:assumed-role/{OWN}/run-1", id(number));
        assert_eq!(assumed.assumed_role_user.unwrap().arn, arn);
        let config = aws_sdk_sts::config::Builder::from(&config(&aws).await);
        let config = config.credentials_provider(credentials(assumed.credentials.as_ref().unwrap()));
        let inside = aws_sdk_sts::Client::from_conf(config.build());
        let identity = inside.get_caller_identity().send().await.unwrap();
        assert_eq!((identity.account, identity.arn), (Some(id(number)), Some(arn)));
    }
}

#[tokio::test]
async fn only_principals_of_the_trust_policy_may_assume_a_role() {
    let aws = LocalAws::start().with_members(4);
    aws.edit(2, |account| {
        account.iam.put_role(CloudRole::bootstrap_with_external_id("ops/Way", MANAGEMENT, "one"));
    });
    aws.edit(3, |account| account.iam.put_role(CloudRole::bootstrap("Way", &id(2))));
    let client = sts(&aws).await;
    let ask = |arn: String, external_id: Option<&str>| {
        let request = client.assume_role().role_arn(arn).role_session_name("run");
        request.set_external_id(external_id.map(str::to_owned)).send()
    };
    ask(role_arn(&id(2), "ops/Way"), Some("one")).await.unwrap();
    for (arn, external_id) in [
        (role_arn(&id(2), "ops/Way"), None),
        (role_arn(&id(2), "ops/Way"), Some("two")),
        // The path and the case are part of the ARN.
        (role_arn(&id(2), "Way"), Some("one")),
        (role_arn(&id(2), "ops/way"), Some("one")),
        (role_arn(&id(3), "Way"), None),
        (role_arn(&id(4), "Absent"), None),
        (role_arn("999999999999", OWN), None),
    ] {
        let user = format!("arn:aws:iam::{MANAGEMENT}:user/operator");
        let message = format!("User: {user} is not authorized to perform: sts:AssumeRole on resource: {arn}");
        assert_eq!(refused(ask(arn, external_id).await), ("AccessDenied".into(), message));
    }
    aws.edit(4, |account| account.fields.insert("State".into(), json!("SUSPENDED")));
    assert_eq!(code(ask(role_arn(&id(4), OWN), None).await), "AccessDenied");
}

#[tokio::test]
async fn tags_and_a_source_identity_have_to_be_allowed_by_the_role() {
    let aws = LocalAws::start().with_members(2);
    let client = sts(&aws).await;
    let request = || client.assume_role().role_arn(role_arn(&id(2), OWN)).role_session_name("run");
    let tag = || Tag::builder().key("operator").value("anna").build().unwrap();
    let (_, message) = refused(request().tags(tag()).send().await);
    assert!(message.contains("sts:TagSession"), "{message}");
    let (_, message) = refused(request().source_identity("anna").send().await);
    assert!(message.contains("sts:SetSourceIdentity"), "{message}");
    let trust = json!({"Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": MANAGEMENT},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {"aws:RequestTag/operator": "anna", "sts:RoleSessionName": "run"}},
    }});
    aws.edit(2, |account| account.iam.role_mut(OWN).unwrap().trust = trust.to_string());
    let let_in = request().tags(tag()).source_identity("anna").send().await.unwrap();
    assert_eq!(let_in.source_identity.as_deref(), Some("anna"));
    assert_eq!(code(request().send().await), "AccessDenied", "the condition asks for the tag");
    let other = request().role_session_name("other").tags(tag());
    assert_eq!(code(other.send().await), "AccessDenied", "the condition asks for the session name");
}

#[tokio::test]
async fn a_session_is_as_long_as_the_role_allows_and_a_chained_one_an_hour() {
    let aws = LocalAws::start().with_members(2);
    let client = sts(&aws).await;
    let ask = |seconds: i32| {
        let request = client.assume_role().role_arn(role_arn(&id(2), OWN)).role_session_name("run");
        request.duration_seconds(seconds).send()
    };
    let (code, message) = refused(ask(7_200).await);
    assert!(code == "ValidationError" && message.contains("MaxSessionDuration"), "{message}");
    assert_eq!(refused(ask(899).await).0, "ValidationError");
    aws.edit(2, |account| account.iam.role_mut(OWN).unwrap().max_session = 7_200);
    ask(7_200).await.unwrap();
    aws.call_as(&format!("arn:aws:sts::{MANAGEMENT}:assumed-role/Operator/x"));
    let (_, message) = refused(ask(7_200).await);
    assert!(message.contains("role chaining"), "{message}");
    ask(3_600).await.unwrap();
}

#[tokio::test]
async fn invalid_input_is_refused_before_anything_else() {
    let aws = LocalAws::start().with_members(2);
    let client = sts(&aws).await;
    let request = |name: &str| client.assume_role().role_arn(role_arn(&id(2), OWN)).role_session_name(name);
    assert_eq!(code(request("a b").send().await), "ValidationError");
    assert_eq!(code(request("run").policy("{").send().await), "MalformedPolicyDocument");
    assert_eq!(code(request("run").policy(" ".repeat(2_049)).send().await), "ValidationError");
    assert_eq!(code(client.get_session_token().send().await), "InvalidAction");
}

#[tokio::test]
async fn a_session_ends_and_its_token_belongs_to_it() {
    let aws = LocalAws::start().with_members(2);
    let request = sts(&aws).await.assume_role().role_arn(role_arn(&id(2), OWN)).role_session_name("run");
    let given = request.send().await.unwrap().credentials.unwrap();
    let base = config(&aws).await;
    let with = |credentials| {
        let config = aws_sdk_sts::config::Builder::from(&base).credentials_provider(credentials).build();
        aws_sdk_sts::Client::from_conf(config).get_caller_identity().send()
    };
    with(credentials(&given)).await.unwrap();
    let forged =
        aws_sdk_iam::config::Credentials::new(&given.access_key_id, "x", Some("y".into()), None, "x");
    assert_eq!(code(with(forged).await), "InvalidClientTokenId");
    let unknown = aws_sdk_iam::config::Credentials::new("AKIAUNKNOWN", "x", None, None, "x");
    assert_eq!(code(with(unknown).await), "InvalidClientTokenId");
    aws.with(harness_ccm_aws_servers::Cloud::end_sessions);
    assert_eq!(code(with(credentials(&given)).await), "ExpiredToken");
    aws.with(|cloud| cloud.session_lifetime = Some(Duration::ZERO));
    let request = sts(&aws).await.assume_role().role_arn(role_arn(&id(2), OWN)).role_session_name("run");
    let given = request.send().await.unwrap().credentials.unwrap();
    assert_eq!(code(with(credentials(&given)).await), "ExpiredToken");
}
