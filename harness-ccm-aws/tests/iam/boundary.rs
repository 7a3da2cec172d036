use harness_ccm_aws_servers::{CloudPolicy, MotoServer, skip};
use harness_ccm_core::account::Account;
use harness_ccm_core::intent::Intent;
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::BOUNDARY_TAG;
use harness_ccm_core::plan::Mode;
use harness_ccm_fixtures::Scenario;

use crate::support::{ROLE, Site, intent};

const EVERYWHERE: &str = "arn:${partition}:iam::${account}:policy/Boundary";
const TEXT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn bounded(boundary: Option<&str>) -> Intent {
    intent(|role| role.boundary = boundary.map(|text| text.parse().unwrap()))
}

#[tokio::test]
async fn a_boundary_is_put_remembered_and_removed_once_the_intent_has_none() {
    let site = Site::with_members(2);
    site.aws.edit(2, |account| account.iam.put_policy(CloudPolicy::new("Boundary", "/", TEXT)));
    site.scenario(&bounded(Some(EVERYWHERE))).await.converge_async().await;
    let made = site.role(2, ROLE).unwrap();
    assert_eq!(made.boundary.as_deref(), made.tags.get(BOUNDARY_TAG));
    assert!(made.boundary.is_some());
    site.scenario(&bounded(None)).await.converge_async().await;
    let freed = site.role(2, ROLE).unwrap();
    assert_eq!((freed.boundary, freed.tags.get(BOUNDARY_TAG)), (None, None));
}

#[tokio::test]
async fn a_boundary_of_others_stays_unless_the_intent_removes_any() {
    let site = Site::with_members(2);
    site.scenario(&bounded(None)).await.converge_async().await;
    let theirs = Some("arn:aws:iam::aws:policy/PowerUserAccess".to_owned());
    site.aws.edit(2, |account| account.iam.role_mut(ROLE).unwrap().boundary.clone_from(&theirs));
    site.scenario(&bounded(None)).await.converge_async().await;
    assert_eq!(site.role(2, ROLE).unwrap().boundary, theirs);
    site.scenario(&bounded(Some("none"))).await.converge_async().await;
    assert_eq!(site.role(2, ROLE).unwrap().boundary, None);
}

#[tokio::test]
async fn boundaries_are_put_and_removed_in_moto_too() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let aws = harness_ccm_aws::AwsBackend::from_sdk_config(&server.sdk_config().await);
    let world = World::new([Account::new("123456789012".parse().unwrap(), "own").as_management()]);
    for boundary in [Some("arn:aws:iam::aws:policy/ReadOnlyAccess"), None, Some("none")] {
        let intent = bounded(boundary);
        let scenario = Scenario::new(&world, &intent).with_roles(aws.roles()).with_mode(Mode::Upsert);
        scenario.converge_async().await;
        let planned = scenario.plan_async().await;
        let address = &planned.desired.accounts().values().next().unwrap().addresses[1];
        let role = harness_ccm_core::backend::RoleProvisioner::find_role(&aws.roles(), address).await;
        let seen = role.unwrap().unwrap().boundary.map(|arn| arn.to_string());
        assert_eq!(seen.as_deref(), boundary.filter(|text| *text != "none"));
    }
}
