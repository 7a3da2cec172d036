//! Routes into accounts, as the intent file has them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_core::account::Account;
use harness_ccm_core::config::{Config, InvalidConfig};
use harness_ccm_core::intent::{Choice, Intent};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::route::Route;
use support::account;

fn intent(reach: &str) -> Result<Intent, InvalidConfig> {
    let rule = "[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n";
    let text = format!("[harness]\naccount-id = \"acct\"\n{reach}\n{rule}");
    Config::from_toml(&text, None).map(|config| config.intent)
}

/// The route into the one account of a listing.
fn way(intent: &Intent, account: Account) -> Route {
    let desired = intent.resolve(Listing::complete([account])).unwrap();
    let account = desired.accounts().values().next().unwrap();
    let Choice::Onboard(wanted) = &account.choice else { panic!("{:?}", account.choice) };
    wanted.roles[0].address.route.clone()
}

#[test]
fn members_are_entered_by_the_roles_of_aws_and_the_management_account_directly() {
    let intent = intent("").unwrap();
    let members = "OrganizationAccountAccessRole, AWSControlTowerExecution";
    assert_eq!(way(&intent, account(2, "team")).to_string(), members);
    assert_eq!(way(&intent, account(1, "payer").as_management()), Route::Direct);
}

#[test]
fn the_first_route_that_selects_an_account_decides() {
    let intent = intent(
        r#"
        [reach]
        bootstrap-roles = ["Ops"]
        [[reach.routes]]
        name = "acquired"
        accounts = ["000000000003"]
        bootstrap-roles = ["arn:${partition}:iam::${account}:role/x/Admin"]
        external-id = "abc"
        [[reach.routes]]
        name = "payer"
        management = true
        bootstrap-roles = ["Payer"]
        [[reach.routes]]
        name = "never"
        accounts = ["000000000003"]
        direct = true
        "#,
    )
    .unwrap();
    let shown = |account| way(&intent, account).to_string();
    assert_eq!(shown(account(2, "team")), "Ops");
    assert_eq!(shown(account(3, "new")), "arn:${partition}:iam::${account}:role/x/Admin");
    assert_eq!(shown(account(1, "payer").as_management()), "Payer");
    let Route::Assume(acquired) = way(&intent, account(3, "new")) else { panic!("not direct") };
    assert_eq!(acquired.external_id.unwrap().to_string(), "abc");
}

#[test]
fn routes_take_the_conditions_of_rules_and_the_source_is_asked_for_them() {
    let route =
        "[[reach.routes]]\nname = \"x\"\nou-paths = [\"Old/**\"]\ntags = { team = \"a\" }\ndirect = true";
    let intent = intent(route).unwrap();
    let query = intent.query();
    assert!(query.ou_paths && query.tags, "{query:?}");
    let known = account(2, "team").with_ou_path(["Old", "Web"]).with_tags([("team", "a")]);
    assert_eq!(way(&intent, known), Route::Direct);
    assert_eq!(way(&intent, account(3, "unknown")), Route::default());
}

#[test]
fn a_restricted_session_is_for_the_roles_and_policies_of_the_intent() {
    let intent = intent("[role]\nname = \"Cost\"\n[reach]\nrestrict-session = true").unwrap();
    let Route::Assume(assume) = way(&intent, account(2, "team")) else { panic!("not direct") };
    let scope = assume.scope.unwrap();
    let names: Vec<_> = scope.roles.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["Cost", "HarnessCELambdaExecutionRole"]);
    assert_eq!(scope.policies, ["harness-ccm/*"]);
}

#[test]
fn invalid_routes_are_refused_with_their_place() {
    let hop = r#"through = { role = "arn:aws:iam::000000000001:role/Hub" }"#;
    let chained = format!("[reach]\nsession-seconds = 7200\n{hop}");
    for (text, place, problem) in [
        ("[reach]\nbootstrap-roles = []", "line 4", "list of bootstrap roles is empty"),
        (&chained, "line 4", "at most 3600 seconds"),
        ("[reach]\nsession-seconds = 60", "line 4", "900 to 43200"),
        ("[reach]\nbootstrap-roles = [\"a/b\"]", "line 4", "${account} in place of the account id"),
        ("[[reach.routes]]\nname = \"x\"", "line 4", "it has no access method"),
        ("[[reach.routes]]\nname = \"x\"\ndirect = true\nexternal-id = \"ab\"", "line 4", "keep one"),
        ("[[reach.routes]]\nname = \"x\"\ndirekt = true", "line 5", "direkt"),
        ("[[reach.routes]]\nname = \"x\"\ndirect = true\nous = []", "line 6", "this route's list of"),
    ] {
        let error = intent(text).unwrap_err().to_string();
        assert!(error.contains(place) && error.contains(problem), "{place}, {problem}: {error}");
    }
}
