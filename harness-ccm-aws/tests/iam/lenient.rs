use harness_ccm_aws_servers::{CloudPolicy, id};
use harness_ccm_core::plan::FindingKind;
use serde_json::{Value, json};

use crate::support::{ROLE, Site, account, intent};

fn with(document: &str, statement: Value) -> String {
    let mut json: Value = serde_json::from_str(document).unwrap();
    json["Statement"].as_array_mut().unwrap().push(statement);
    json.to_string()
}

#[tokio::test]
async fn empty_lists_in_policies_of_others_leave_no_account_out_and_are_named() {
    let site = Site::with_members(3);
    site.scenario(&intent(|_| {})).await.converge_async().await;
    let policy = format!("arn:aws:iam::{}:policy/Theirs", id(2));
    site.aws.edit(2, |account| {
        let nothing = json!({"Effect": "Deny", "Action": [], "Resource": "*"});
        let text = json!({"Version": "2012-10-17", "Statement": [nothing]}).to_string();
        account.iam.put_policy(CloudPolicy::new("Theirs", "/", text.clone()));
        let role = account.iam.role_mut(ROLE).unwrap();
        role.trust = with(
            &role.trust,
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": []}}),
        );
        role.inline.insert(
            "Other".into(),
            text.replace("[]", "\"*\"").replace("\"Resource\":\"*\"", "\"Resource\":[]"),
        );
        role.attached.insert(policy);
    });
    let plan = site.scenario(&intent(|_| {})).await.plan_async().await.plan;
    assert!(!plan.has_changes() && plan.is_complete(), "{}", plan.render());
    let findings = plan.accounts()[&account(2)].findings.iter();
    let empty = findings.filter(|finding| matches!(finding.kind, FindingKind::EmptyList { .. }));
    let told: Vec<_> = empty.map(|finding| finding.kind.to_string()).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the trust policy, statement 2: Principal is an empty list, so the statement grants and denies nothing
    the inline policy Other, statement 1: Resource is an empty list, so the statement grants and denies nothing
    the managed policy Theirs, statement 1: Action is an empty list, so the statement grants and denies nothing
    ");
}
