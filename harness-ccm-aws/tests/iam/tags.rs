use harness_ccm_aws_servers::{MotoServer, skip};
use harness_ccm_core::account::Account;
use harness_ccm_core::intent::Intent;
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_fixtures::Scenario;

use crate::support::{ROLE, Site, intent, withheld};

fn tagged(key: &str) -> Intent {
    intent(|role| role.tags = [(key.to_owned(), "finops".to_owned())].into())
}

#[tokio::test]
async fn a_key_in_another_case_is_replaced_and_the_second_plan_is_empty() {
    let site = Site::with_members(2);
    for key in ["Team", "team", "TEAM"] {
        site.scenario(&tagged(key)).await.converge_async().await;
        let role = site.role(2, ROLE).unwrap();
        let spelled: Vec<_> = role.tags.iter().map(|(key, _)| key.to_owned()).collect();
        assert!(spelled.len() == 2 && spelled.iter().any(|other| other == key), "{spelled:?}");
    }
}

#[tokio::test]
async fn a_mark_in_another_case_is_a_mark() {
    let site = Site::with_members(2);
    site.scenario(&tagged("team")).await.converge_async().await;
    site.aws
        .edit(2, |account| account.iam.role_mut(ROLE).unwrap().tags.put(&OWNER_TAG.to_uppercase(), "theirs"));
    let plan = site.scenario(&tagged("other")).await.plan_async().await.plan;
    assert!(!plan.has_changes(), "{}", plan.render());
    assert!(
        withheld(&plan, 2).contains(&"belongs to the owner \"theirs\"".to_owned()),
        "{:?}",
        withheld(&plan, 2)
    );
}

#[tokio::test]
async fn the_51st_tag_is_seen_in_the_plan_and_nothing_is_written() {
    let site = Site::with_members(2);
    site.scenario(&tagged("team")).await.converge_async().await;
    site.aws.edit(2, |account| {
        let tags = &mut account.iam.role_mut(ROLE).unwrap().tags;
        (0..48).for_each(|number| tags.put(&format!("tag{number}"), ""));
        assert_eq!(tags.len(), 50);
    });
    // Another spelling of an existing tag needs no room.
    site.scenario(&tagged("Team")).await.converge_async().await;
    let plan = site.scenario(&tagged("more")).await.plan_async().await.plan;
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    let told = withheld(&plan, 2).join("\n");
    assert!(told.contains("would have 51 tags") && told.contains("50 are allowed"), "{told}");
}

#[tokio::test]
async fn keys_ignore_case_in_moto_too() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let aws = harness_ccm_aws::AwsBackend::from_sdk_config(&server.sdk_config().await);
    let world = World::new([Account::new("123456789012".parse().unwrap(), "own").as_management()]);
    for key in ["Team", "team"] {
        Scenario::new(&world, &tagged(key)).with_roles(aws.roles()).converge_async().await;
    }
}
