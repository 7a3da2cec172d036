use harness_ccm_aws_servers::AwsFault;
use harness_ccm_core::backend::RoleProvisioner as _;
use harness_ccm_core::intent::{Intent, Reach, Rule};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions};
use harness_ccm_core::selector::Selector;

use crate::support::{ROLE, Site, account, intent, withheld};

fn skipping(mut intent: Intent) -> Intent {
    intent.rules = vec![Rule::skip("none", Selector::all(), "no")];
    intent
}

/// A removal of our resources, interrupted after the connectors and a renaming: only a search leads to the role.
async fn forgotten(site: &Site) -> Intent {
    let before = intent(|_| {});
    let made = site.scenario(&before).await;
    made.apply_whole_async(made.plan_async().await.plan).await;
    for connector in harness_ccm_core::backend::ConnectorClient::list_connectors(&site.world.connectors())
        .await
        .unwrap()
        .connectors
    {
        assert!(site.world.delete_connector(&connector.id));
    }
    skipping(intent(|role| role.name = "Other".parse().unwrap()))
}

fn deep() -> PlanOptions {
    PlanOptions::default().with_mode(Mode::Sync).with_deep_search()
}

async fn planned(site: &Site, intent: &Intent) -> Plan {
    site.scenario(intent).await.with_options(deep()).plan_async().await.plan
}

#[tokio::test]
async fn a_list_of_roles_is_read_to_its_last_page() {
    let site = Site::with_members(2);
    let intent = forgotten(&site).await;
    site.aws.with(|cloud| cloud.iam_page = 1);
    site.aws.take_calls();
    let plan = planned(&site, &intent).await;
    let removed: Vec<_> = plan.steps().map(|(_, step)| step.action.resource().to_string()).collect();
    assert_eq!(removed, [format!("role {ROLE}")], "{}", plan.render());
    // The bootstrap role and ours, one page each.
    assert_eq!(site.aws.take_counts()["iam:ListRoles"], 2);
    assert_eq!(plan.basis().search.unwrap().accounts, 1);
}

#[tokio::test]
async fn a_search_costs_one_list_for_each_account_and_the_reading_of_what_it_finds() {
    let site = Site::with_members(6);
    let scenario = site.scenario(&intent(|_| {})).await;
    scenario.apply_whole_async(scenario.plan_async().await.plan).await;
    site.aws.take_calls();
    site.scenario(&intent(|_| {})).await.plan_async().await;
    let without: usize = site.aws.take_counts().values().sum();
    let plan = planned(&site, &intent(|_| {})).await;
    let counts = site.aws.take_counts();
    assert_eq!(counts["iam:ListRoles"], 5);
    // In every account the address of the other role of ours is read too, as in this mode.
    assert_eq!(counts.values().sum::<usize>(), without + 5 + 5, "{counts:?}");
    assert_eq!((plan.forecast().search_calls, plan.has_changes()), (5, false));
}

#[tokio::test]
async fn roles_that_may_not_be_listed_are_reported_with_a_remedy_and_stop_nothing() {
    let site = Site::with_members(2);
    site.aws.fail(AwsFault::denied_saying("no").on("iam:ListRoles"));
    let plan = planned(&site, &intent(|_| {})).await;
    let told = withheld(&plan, 2).join("\n");
    assert!(told.contains("its roles could not be searched"), "{told}");
    assert!(
        told.contains("allow the bootstrap role iam:ListRoles, or plan without the setting `deep`"),
        "{told}"
    );
    assert!(plan.has_changes() && !plan.is_complete());
}

#[tokio::test]
async fn a_restricted_session_reads_and_removes_a_role_that_the_search_found() {
    let site = Site::with_members(2);
    let mut intent = forgotten(&site).await;
    intent.reach = Reach::default().with_restricted_sessions();
    let scenario = site.scenario(&intent).await.with_options(deep());
    let planned = scenario.plan_async().await;
    assert!(planned.plan.is_complete(), "{}", planned.plan.render());
    let report = scenario.apply_async(planned.plan).await;
    assert_eq!(site.role(2, ROLE), None, "{report}");
    let roles = site.backend().await.roles();
    let address = &planned.desired.accounts()[&account(2)].addresses[0];
    assert_eq!(roles.list_roles(address).await.unwrap().len(), 1, "the bootstrap role alone is left");
}
