use harness_ccm_aws_servers::{LocalAws, MANAGEMENT, ORGANIZATION, ROOT, id};
use serde_json::json;

use crate::support::{code, organizations};

#[tokio::test]
async fn the_organization_its_root_and_its_accounts_are_described() {
    let aws = LocalAws::start().with_members(3).with_unit("ou-ab12-top1", ROOT);
    aws.edit(2, |account| account.parent = Some("ou-ab12-top1".into()));
    let client = organizations(&aws).await;
    let described = client.describe_organization().send().await.unwrap().organization.unwrap();
    assert_eq!(described.id.as_deref(), Some(ORGANIZATION));
    assert_eq!(described.master_account_id.as_deref(), Some(MANAGEMENT));
    let roots = client.list_roots().send().await.unwrap().roots.unwrap();
    assert_eq!(roots[0].id.as_deref(), Some(ROOT));
    let units = client.list_organizational_units_for_parent().parent_id(ROOT).send().await.unwrap();
    assert_eq!(units.organizational_units.unwrap()[0].name.as_deref(), Some("Unit ou-ab12-top1"));
    let unit =
        client.describe_organizational_unit().organizational_unit_id("ou-ab12-top1").send().await.unwrap();
    assert_eq!(unit.organizational_unit.unwrap().id.as_deref(), Some("ou-ab12-top1"));
    let below = client.list_accounts_for_parent().parent_id("ou-ab12-top1").send().await.unwrap();
    let below: Vec<_> = below.accounts.unwrap().into_iter().filter_map(|account| account.id).collect();
    assert_eq!(below, [id(2)]);
    let parents = client.list_parents().child_id(id(2)).send().await.unwrap().parents.unwrap();
    assert_eq!(parents[0].id.as_deref(), Some("ou-ab12-top1"));
    let parents = client.list_parents().child_id("ou-ab12-top1").send().await.unwrap().parents.unwrap();
    assert_eq!(parents[0].id.as_deref(), Some(ROOT));
}

#[tokio::test]
async fn an_account_is_described_as_it_is_listed() {
    let aws = LocalAws::start().with_members(2);
    aws.edit(2, |account| {
        account.fields.insert("State".into(), json!("PENDING_CLOSURE"));
        account.fields.insert("Status".into(), json!(null));
        account.tags.insert("owner".into(), "finops".into());
    });
    aws.with(|cloud| cloud.organization.has_paths = true);
    let client = organizations(&aws).await;
    let one = client.describe_account().account_id(id(2)).send().await.unwrap().account.unwrap();
    let listed = client.list_accounts().send().await.unwrap().accounts.unwrap().remove(1);
    assert_eq!(one, listed);
    assert_eq!(one.state.unwrap().as_str(), "PENDING_CLOSURE");
    assert_eq!(one.status, None);
    assert_eq!(one.paths.unwrap(), [format!("{ORGANIZATION}/{ROOT}/")]);
    let tags = client.list_tags_for_resource().resource_id(id(2)).send().await.unwrap().tags.unwrap();
    assert_eq!((tags[0].key(), tags[0].value()), ("owner", "finops"));
}

#[tokio::test]
async fn each_call_has_its_own_error_for_a_missing_resource() {
    let aws = LocalAws::start();
    let client = organizations(&aws).await;
    let absent = id(9);
    for (error, answer) in [
        ("AccountNotFoundException", code(client.describe_account().account_id(&absent).send().await)),
        ("ChildNotFoundException", code(client.list_parents().child_id(&absent).send().await)),
        ("TargetNotFoundException", code(client.list_tags_for_resource().resource_id(&absent).send().await)),
        ("ParentNotFoundException", code(client.list_accounts_for_parent().parent_id("r-zzzz").send().await)),
        ("InvalidInputException", code(client.list_accounts().max_results(21).send().await)),
        ("UnknownOperationException", code(client.list_handshakes_for_account().send().await)),
    ] {
        assert_eq!(answer, error);
    }
}

#[tokio::test]
async fn a_page_has_twenty_and_an_empty_one_may_come_before_the_next() {
    let aws = LocalAws::start().with_members(45);
    let client = organizations(&aws).await;
    let sizes = async || {
        let (mut sizes, mut token) = (Vec::new(), None);
        loop {
            let page = client.list_accounts().set_next_token(token).send().await.unwrap();
            sizes.push(page.accounts.unwrap_or_default().len());
            token = page.next_token;
            if token.is_none() {
                return sizes;
            }
        }
    };
    assert_eq!(sizes().await, [20, 20, 5]);
    aws.with(|cloud| cloud.organization.empty_pages = true);
    assert_eq!(sizes().await, [20, 0, 20, 0, 5]);
    aws.with(|cloud| cloud.organization.repeat_token = true);
    let again = client.list_accounts().next_token("20").send().await.unwrap();
    assert_eq!(again.next_token.as_deref(), Some("20"));
}

#[tokio::test]
async fn members_may_call_once_they_are_delegated_and_other_accounts_never() {
    let aws = LocalAws::start().with_members(2);
    let client = organizations(&aws).await;
    aws.call_as(&format!("arn:aws:iam::{}:user/operator", id(2)));
    client.describe_organization().send().await.unwrap();
    assert_eq!(code(client.list_accounts().send().await), "AccessDeniedException");
    aws.with(|cloud| cloud.organization.delegated.insert(id(2)));
    client.list_accounts().send().await.unwrap();
    aws.call_as("arn:aws:iam::999999999999:user/operator");
    assert_eq!(code(client.list_accounts().send().await), "AWSOrganizationsNotInUseException");
}
