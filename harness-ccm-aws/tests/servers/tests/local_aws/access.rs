use harness_ccm_aws_servers::{CloudPolicy, CloudRole, LocalAws, MANAGEMENT, id};
use serde_json::json;

use crate::support::{TRUST, config, credentials, iam_as, refused, role_arn, sts};

/// A document with one statement.
fn document(effect: &str, actions: &[&str], resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": actions, "Resource": resource}]})
        .to_string()
}

#[tokio::test]
async fn a_session_may_do_what_the_policies_of_its_role_allow() {
    let aws = LocalAws::start().with_members(2);
    aws.edit(2, |account| {
        let mut role = CloudRole::bootstrap("Limited", MANAGEMENT);
        role.attached.clear();
        role.inline.insert("own".into(), document("Allow", &["iam:CreateRole", "iam:GetRole"], "*"));
        account.iam.put_role(role);
    });
    let iam = iam_as(&aws, &role_arn(&id(2), "Limited")).await;
    let create = || iam.create_role().role_name("Made").assume_role_policy_document(TRUST);
    let tag = aws_sdk_iam::types::Tag::builder().key("a").value("b").build().unwrap();
    let made = role_arn(&id(2), "Made");
    let user = format!("arn:aws:sts::{}:assumed-role/Limited/test", id(2));
    assert_eq!(
        refused(create().tags(tag).send().await).1,
        format!(
            "User: {user} is not authorized to perform: iam:TagRole on resource: {made} because no identity-based policy allows the iam:TagRole action"
        )
    );
    create().send().await.unwrap();
    aws.edit(2, |account| {
        let role = account.iam.role_mut("Limited").unwrap();
        role.inline.insert("not".into(), document("Deny", &["iam:Get*"], &made));
    });
    let (_, message) = refused(iam.get_role().role_name("Made").send().await);
    assert!(message.ends_with("with an explicit deny in an identity-based policy"), "{message}");
}

#[tokio::test]
async fn neither_boundary_nor_session_policy_is_exceeded() {
    let aws = LocalAws::start().with_members(2);
    let boundary = format!("arn:aws:iam::{}:policy/Boundary", id(2));
    aws.edit(2, |account| {
        let text = document("Allow", &["iam:GetRole", "iam:ListRoles"], "*");
        account.iam.put_policy(CloudPolicy::new("Boundary", "/", text));
        let mut role = CloudRole::bootstrap("Bounded", MANAGEMENT);
        role.boundary = Some(boundary);
        account.iam.put_role(role);
    });
    let iam = iam_as(&aws, &role_arn(&id(2), "Bounded")).await;
    iam.list_roles().send().await.unwrap();
    let (_, message) = refused(iam.delete_role().role_name("Bounded").send().await);
    assert!(
        message.ends_with("because no permissions boundary allows the iam:DeleteRole action"),
        "{message}"
    );

    let only = role_arn(&id(2), "ops/Own");
    aws.edit(2, |account| {
        account.iam.put_role(CloudRole::new("ops/Own", TRUST));
        account.iam.put_role(CloudRole::new("Other", TRUST));
    });
    let request = sts(&aws).await.assume_role().role_arn(role_arn(&id(2), "OrganizationAccountAccessRole"));
    let request = request.role_session_name("run").policy(document("Allow", &["iam:*"], &only));
    let given = request.send().await.unwrap().credentials.unwrap();
    let config = aws_sdk_iam::config::Builder::from(&config(&aws).await);
    let config = config.credentials_provider(credentials(&given)).build();
    let iam = aws_sdk_iam::Client::from_conf(config);
    // A role is authorized by its path.
    iam.get_role().role_name("Own").send().await.unwrap();
    let (_, message) = refused(iam.get_role().role_name("Other").send().await);
    assert!(message.ends_with("because no session policy allows the iam:GetRole action"), "{message}");
}
