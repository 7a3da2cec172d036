//! Access to accounts: through `IamRoles` and `observe`, with an AWS in which roles are missing or trust other principals.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{
    AwsCall, AwsFault, CloudIam, CloudRole, Denier, LocalAws, MANAGEMENT, ROOT, id,
};
use harness_ccm_core::ErrorKind;
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::{AccountSource as _, RoleProvisioner as _};
use harness_ccm_core::config::Config;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Seen, observe_accounts};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::{Assume, Hop, Route, SessionScope};
use serde_json::json;

const CONTROL_TOWER: &str = "AWSControlTowerExecution";
const OWN: &str = "OrganizationAccountAccessRole";

async fn backend_of(aws: &LocalAws) -> AwsBackend {
    AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited)
}

/// The accounts in which a role was looked for, in order.
fn entered(aws: &LocalAws) -> Vec<String> {
    let mut entered: Vec<_> = aws
        .calls()
        .into_iter()
        .filter(|logged| logged.call.action == "GetRole")
        .map(|logged| logged.call.account)
        .collect();
    entered.sort();
    entered
}

fn address(number: usize, route: Route) -> RoleAddress {
    RoleAddress::new(format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap(), route)
}

fn hub(number: usize) -> Hop {
    Hop::new(format!("arn:aws:iam::{}:role/Hub", id(number)).parse().unwrap())
}

/// Looks for the role there, and returns the text of the error.
async fn refused(backend: &AwsBackend, number: usize, route: Route) -> String {
    backend.roles().find_role(&address(number, route)).await.unwrap_err().report()
}

async fn listed(aws: &LocalAws) -> AwsBackend {
    let backend = backend_of(aws).await;
    backend.accounts().list_accounts(&AccountQuery::new()).await.unwrap();
    aws.take_calls();
    backend
}

const INTENT: &str = r#"
[harness]
account-id = "acct"

[reach]
restrict-session = true

[[reach.routes]]
name = "acquired"
accounts = ["000000000300"]
bootstrap-roles = ["arn:${partition}:iam::${account}:role/ops/Bootstrap"]
external-id = "acquired-id"
through = { role = "arn:aws:iam::000000000299:role/Hub", external-id = "hub-id" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

#[tokio::test]
async fn each_of_500_accounts_is_reached_by_its_route_or_explained() {
    let aws = LocalAws::start().with_members(500);
    // An account without an accessible role, because it was invited.
    aws.edit(100, |account| {
        account.iam = CloudIam::default();
        account.fields.insert("JoinedMethod".into(), json!("INVITED"));
    });
    // One of Control Tower.
    aws.edit(200, |account| {
        account.iam = CloudIam::default();
        account.iam.put_role(CloudRole::bootstrap(CONTROL_TOWER, MANAGEMENT));
    });
    // An account that trusts only a hub in another account, and requires an external id.
    aws.edit(299, |account| {
        account.iam.put_role(CloudRole::bootstrap_with_external_id("Hub", MANAGEMENT, "hub-id"));
    });
    aws.edit(300, |account| {
        account.iam = CloudIam::default();
        let role = CloudRole::bootstrap_with_external_id("ops/Bootstrap", &id(299), "acquired-id");
        account.iam.put_role(role);
    });

    let intent = Config::from_toml(INTENT, None).unwrap().intent;
    let backend = backend_of(&aws).await;
    let listing = backend.accounts().list_accounts(&intent.query()).await.unwrap();
    let desired = intent.resolve(listing.clone()).unwrap();
    let (roles, connectors) = (backend.roles(), World::default().connectors());
    let options = ObserveOptions::default();
    let observed = observe_accounts(&desired, &roles, &connectors, options, &NoEvents).await.unwrap();

    assert_eq!(observed.roles.len(), 500);
    let mut gaps = BTreeMap::new();
    for (arn, seen) in &observed.roles {
        match seen {
            Seen::Absent => {}
            Seen::Gap(diagnosis) => drop(gaps.insert(arn.account().to_string(), diagnosis.to_string())),
            other => panic!("there is no role: {other:?}"),
        }
    }
    assert_eq!(gaps.keys().collect::<Vec<_>>(), [&id(100)]);
    insta::assert_snapshot!(gaps[&id(100)], @r"
    sts:AssumeRole for role HarnessCERole in account 000000000100: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: the account was invited into the organization, so AWS made no role in it: have its owner make one that trusts the caller; if the role's trust policy asks for an external id, give it; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");

    // Every other account was read with its own credentials.
    let expected: Vec<_> = (1..=500).filter(|number| *number != 100).map(id).collect();
    assert_eq!(entered(&aws), expected);
    // One call for each member; one more each for the role that was tried without success, in two accounts; one for the hub.
    let assumed = aws.subjects("sts:AssumeRole");
    assert_eq!(assumed.len(), 499 + 2 + 1);
    assert!(
        !assumed.iter().any(|arn| arn.contains(MANAGEMENT)),
        "the management account is entered directly"
    );
    assert_eq!(aws.subjects("sts:GetCallerIdentity").len(), 1);
    let policies: Vec<_> =
        aws.with(|cloud| cloud.session_policies().into_iter().map(str::to_owned).collect());
    assert_eq!(
        policies.len(),
        498,
        "each member's session is limited to its own roles, the hub's is not limited"
    );
    assert!(policies.iter().all(|policy| policy.len() <= 2_048 && policy.contains("role/*/HarnessCERole")));
}

#[tokio::test]
async fn an_account_is_entered_once_for_each_way_and_the_way_that_worked_is_tried_first() {
    let aws = LocalAws::start().with_members(3);
    aws.edit(2, |account| {
        account.iam = CloudIam::default();
        account.iam.put_role(CloudRole::bootstrap(CONTROL_TOWER, MANAGEMENT));
    });
    let roles = backend_of(&aws).await.roles();
    let way = address(2, Route::default());
    for _ in 0..3 {
        roles.find_role(&way).await.unwrap();
    }
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", id(2));
    assert_eq!(aws.subjects("sts:AssumeRole"), [role(OWN), role(CONTROL_TOWER)]);

    // Another route into the same account is not the same session: it may have other permissions there.
    let limited = Assume::default().with_scope(SessionScope::new(["HarnessCERole".parse().unwrap()]));
    roles.find_role(&address(2, Route::from(limited))).await.unwrap();
    assert_eq!(aws.subjects("sts:AssumeRole").len(), 4);

    // Concurrent callers share one session.
    aws.take_calls();
    let way = address(3, Route::default());
    futures_util::future::join_all((0..10).map(|_| roles.find_role(&way))).await;
    assert_eq!(aws.subjects("sts:AssumeRole").len(), 1);
}

#[tokio::test]
async fn credentials_are_renewed_before_they_end_by_the_way_that_worked() {
    let aws = LocalAws::start().with_members(2);
    aws.edit(2, |account| {
        account.iam = CloudIam::default();
        account.iam.put_role(CloudRole::bootstrap(CONTROL_TOWER, MANAGEMENT));
    });
    aws.with(|cloud| cloud.session_lifetime = Some(Duration::from_mins(2)));
    let roles = backend_of(&aws).await.roles();
    for _ in 0..3 {
        roles.find_role(&address(2, Route::default())).await.unwrap();
    }
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", id(2));
    let expected = [role(OWN), role(CONTROL_TOWER), role(CONTROL_TOWER), role(CONTROL_TOWER)];
    assert_eq!(aws.subjects("sts:AssumeRole"), expected);
}

#[tokio::test]
async fn a_hub_in_the_management_account_reaches_all_accounts() {
    let aws = LocalAws::start().with_members(20);
    aws.edit(1, |account| account.iam.put_role(CloudRole::bootstrap("Hub", &id(7))));
    aws.call_as(&format!("arn:aws:sts::{}:assumed-role/Pipeline/x", id(7)));
    let text = format!(
        "[harness]\naccount-id = \"acct\"\n[reach]\nthrough = {{ role = \"arn:aws:iam::{MANAGEMENT}:role/Hub\" }}\n\
         [[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n"
    );
    let intent = Config::from_toml(&text, None).unwrap().intent;
    let backend = backend_of(&aws)
        .await
        .with_listing_role(Hop::new(format!("arn:aws:iam::{MANAGEMENT}:role/Hub").parse().unwrap()));
    let desired = intent.resolve(backend.accounts().list_accounts(&intent.query()).await.unwrap()).unwrap();
    let (roles, connectors) = (backend.roles(), World::default().connectors());
    let observed =
        observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await.unwrap();
    assert!(observed.roles.values().all(|seen| *seen == Seen::Absent), "{:?}", observed.roles);
    // The hub once, and each member except the caller's own account; the hub is in the management account.
    assert_eq!(aws.subjects("sts:AssumeRole").len(), 1 + 18);
    assert_eq!(entered(&aws), (1..=20).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_chained_session_is_not_asked_for_more_than_an_hour() {
    let aws = LocalAws::start().with_members(2);
    aws.call_as(&format!("arn:aws:sts::{MANAGEMENT}:assumed-role/Operator/x"));
    let long = Assume::default().with_session(43_200.try_into().unwrap());
    let roles = backend_of(&aws).await.roles();
    roles.find_role(&address(2, Route::from(long))).await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_explained_by_what_is_known_of_the_account() {
    let aws = LocalAws::start().with_members(9);
    for number in 2..=9 {
        aws.edit(number, |account| account.iam = CloudIam::default());
    }
    aws.edit(3, |account| drop(account.fields.insert("JoinedMethod".into(), json!("INVITED"))));
    aws.edit(4, |account| drop(account.fields.insert("State".into(), json!("SUSPENDED"))));
    for (number, denial) in [
        (5, AwsFault::denied_by(Denier::ServiceControlPolicy)),
        (6, AwsFault::not_allowed_by(Denier::IdentityPolicy)),
        (7, AwsFault::not_allowed_by(Denier::ResourcePolicy)),
    ] {
        let own = |call: &AwsCall| call.subject().ends_with(OWN);
        aws.fail(denial.on("sts:AssumeRole").in_account(&id(number)).when(own));
    }
    let backend = listed(&aws).await;
    insta::assert_snapshot!(refused(&backend, 2, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000002: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: the account was created in the organization, so a role was made in it: perhaps under another name, or it was removed; if the role's trust policy asks for an external id, give it; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");
    insta::assert_snapshot!(refused(&backend, 3, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000003: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: the account was invited into the organization, so AWS made no role in it: have its owner make one that trusts the caller; if the role's trust policy asks for an external id, give it; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");
    insta::assert_snapshot!(refused(&backend, 4, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000004: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: the account is SUSPENDED, and such an account cannot be accessed: skip it by a rule
    ");
    insta::assert_snapshot!(refused(&backend, 5, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000005: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (with an explicit deny in a service control policy), AWSControlTowerExecution (not authorized)
      remedy: a service control policy of the organization forbids the caller sts:AssumeRole on it: exempt the caller there
    ");
    insta::assert_snapshot!(refused(&backend, 6, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000006: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (because no identity-based policy allows the sts:AssumeRole action), AWSControlTowerExecution (not authorized)
      remedy: no policy of the caller allows it: give the caller sts:AssumeRole on these roles in all accounts
    ");
    let one = Assume::new([OWN.parse().unwrap()]).with_external_id("some-id".parse().unwrap());
    insta::assert_snapshot!(refused(&backend, 7, Route::from(one)).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000007: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (because no resource-based policy allows the sts:AssumeRole action)
      remedy: the account was created in the organization, so a role was made in it: perhaps under another name, or it was removed; accounts of Control Tower have AWSControlTowerExecution: name it too; the trust policy must require the external id that is set; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");
    // Nothing was listed, so nothing is known.
    insta::assert_snapshot!(refused(&backend_of(&aws).await, 3, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000003: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: accounts that were invited have no such role until their owner makes one; if the role's trust policy asks for an external id, give it; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");
}

#[tokio::test]
async fn errors_of_a_delegated_administrator_explain_its_restrictions() {
    let aws = LocalAws::start().with_members(3);
    let backend = listed(&aws).await;
    aws.call_as(&format!("arn:aws:iam::{}:user/delegate", id(3)));
    insta::assert_snapshot!(refused(&backend, 2, Route::default()).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000002: access denied: no role lets arn:aws:iam::000000000003:user/delegate into the account; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: these calls come from account 000000000003, and the roles that AWS makes trust only the management account 000000000001: run there, go through a role there (the setting `through`), or let the roles trust 000000000003; if the role's trust policy asks for an external id, give it; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");
    insta::assert_snapshot!(refused(&backend, 1, Route::Direct).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000001: invalid: the management account has the direct route, but the caller's own credentials belong to 000000000003
      remedy: a delegated administrator has no route into it: run with credentials of the management account, set a route for it in the setting `routes` (management = true), or leave it out by a rule
    ");
    insta::assert_snapshot!(refused(&backend, 2, Route::Direct).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000002: invalid: the account has the direct route, but the caller's own credentials belong to 000000000003
      remedy: run with credentials of that account, or leave the account out by a rule
    ");
    // Its own account is accessible to it, whatever the route.
    for route in [Route::Direct, Route::default()] {
        backend.roles().find_role(&address(3, route)).await.unwrap();
    }
}

#[tokio::test]
async fn an_intermediate_role_that_refuses_is_named() {
    let aws = LocalAws::start().with_members(3);
    let backend = backend_of(&aws).await;
    let through = Route::from(Assume::default().with_through(hub(3)));
    insta::assert_snapshot!(refused(&backend, 2, through).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000002: access denied: the intermediate role arn:aws:iam::000000000003:role/Hub refuses arn:aws:iam::000000000001:user/operator: not authorized
      remedy: the role must exist and trust the caller; if its trust policy requires an external id, set it; the caller needs sts:AssumeRole on it
    ");
    aws.edit(3, |account| account.iam.put_role(CloudRole::bootstrap("Hub", MANAGEMENT)));
    let through = Route::from(Assume::default().with_through(hub(3)));
    let backend = listed(&aws).await;
    insta::assert_snapshot!(refused(&backend, 2, through).await, @r"
    sts:AssumeRole for role HarnessCERole in account 000000000002: access denied: no role lets arn:aws:iam::000000000001:user/operator into the account through arn:aws:iam::000000000003:role/Hub; tried OrganizationAccountAccessRole (not authorized), AWSControlTowerExecution (not authorized)
      remedy: these calls come from account 000000000003, and the roles that AWS makes trust only the management account 000000000001: run there, go through a role there (the setting `through`), or let the roles trust 000000000003; if the role's trust policy asks for an external id, give it; name the right role in the setting `bootstrap-roles` or a route of its own in the setting `routes`, or leave the account out by a rule
    ");
}

#[tokio::test]
async fn no_session_crosses_partitions() {
    let aws = LocalAws::start().with_members(2);
    let arn = format!("arn:aws-us-gov:iam::{}:role/HarnessCERole", id(2)).parse().unwrap();
    let error =
        backend_of(&aws).await.roles().find_role(&RoleAddress::new(arn, Route::default())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    insta::assert_snapshot!(error.report(), @r"
    sts:AssumeRole for role HarnessCERole in account 000000000002: invalid: the account is in the partition aws-us-gov, the credentials are for aws
      remedy: credentials are valid in one partition only: use credentials of an account there, in a separate run
    ");
    assert!(aws.subjects("sts:AssumeRole").is_empty());
}

#[tokio::test]
async fn an_account_outside_of_the_organization_is_no_special_case() {
    let aws = LocalAws::start();
    assert_eq!(aws.edit(1, |account| account.parent.clone()).as_deref(), Some(ROOT));
    let error = refused(&listed(&aws).await, 999, Route::default()).await;
    assert!(error.contains("the setting `bootstrap-roles`"), "{error}");
}
