use harness_ccm_core::backend::ConnectorClient as _;

use crate::support::{ROLE, Site, intent, withheld};

const OTHER: &str = "harnessCErole";

/// Account 2 with our own role under another spelling, and without a connector.
async fn site() -> Site {
    let site = Site::with_members(2);
    let other = intent(|role| role.name = OTHER.parse().unwrap());
    site.scenario(&other).await.converge_async().await;
    let connector = site.world.connectors().list_connectors().await.unwrap().connectors.remove(0);
    assert!(site.world.delete_connector(&connector.id));
    site.aws.take_calls();
    site.world.clear_journal();
    site
}

#[tokio::test]
async fn a_role_in_another_case_makes_its_account_incomplete_and_gets_no_connector() {
    let site = site().await;
    let plan = site.scenario(&intent(|_| {})).await.plan_async().await.plan;
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    let told = withheld(&plan, 2).join("\n");
    assert!(told.contains("with the name harnessCErole") && told.contains("`role-name`"), "{told}");
    assert_eq!(site.aws.take_counts().get("iam:ListRoles"), None, "what is shown needs no list");
}

#[tokio::test]
async fn a_role_in_another_case_that_is_not_shown_is_found_by_one_list_when_it_is_to_be_created() {
    let site = site().await;
    site.aws.with(|cloud| (cloud.exact_names, cloud.iam_page) = (true, 1));
    let before = site.role(2, OTHER);
    let scenario = site.scenario(&intent(|_| {})).await;
    let report = scenario.apply_async(scenario.plan_async().await.plan).await;
    let text = report.to_string();
    assert!(text.contains("with the name harnessCErole") && text.contains("`role-name`"), "{text}");
    // The list ends with the page that has it; it is the first of two.
    assert_eq!(site.aws.take_counts()["iam:ListRoles"], 1);
    assert_eq!(site.role(2, ROLE), before, "it is as it was");
    assert_eq!(site.world.writes(), [], "and no connector names what is not there");
}
