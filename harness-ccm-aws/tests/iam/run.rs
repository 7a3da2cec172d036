use harness_ccm_aws_servers::{AwsCall, AwsFault, AwsService, MANAGEMENT, id};
use harness_ccm_core::Diagnosis;
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::{AccountSource as _, Expect, RoleProvisioner as _};
use harness_ccm_core::config::Config;
use harness_ccm_core::intent::Choice;
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::{Route, SessionIdentity};
use harness_ccm_core::selector::Selector;

use crate::support::{Site, account, intent};

const OWN: &str = "OrganizationAccountAccessRole";

fn identity(reach: &str) -> SessionIdentity {
    let text = format!(
        "[harness]\naccount-id = \"acct\"\n[reach]\n{reach}\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n"
    );
    Config::from_toml(&text, None).unwrap().intent.reach.identity
}

/// Looks for the role in members 2 to `last`; returns the calls and the id of the run.
async fn look(site: &Site, last: usize, identity: SessionIdentity) -> (Vec<AwsCall>, String) {
    let backend = site.backend().await.with_session_identity(identity);
    let roles = backend.roles();
    for number in 2..=last {
        let arn = format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap();
        roles.find_role(&RoleAddress::new(arn, Route::default())).await.unwrap();
    }
    let calls = site.aws.take_calls().into_iter().map(|logged| logged.call).collect();
    (calls, backend.run().to_string())
}

fn assumed(calls: &[AwsCall]) -> Vec<&AwsCall> {
    calls.iter().filter(|call| call.action == "AssumeRole").collect()
}

/// Members whose role accepts sessions only with these actions, and under this condition.
fn trust(site: &Site, number: usize, actions: &str, condition: &str) {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{MANAGEMENT}:root"}},"Action":{actions},"Condition":{condition}}}]}}"#
    );
    site.aws.edit(number, |account| account.iam.role_mut(OWN).unwrap().trust = trust);
}

#[tokio::test]
async fn each_run_has_an_id_in_session_names_and_in_the_user_agent_of_every_call() {
    let site = Site::with_members(3);
    let (calls, run) = look(&site, 3, SessionIdentity::default()).await;
    assert!(
        calls.iter().all(|call| call.user_agent.contains(&format!("app/harness-ccm-{run}"))),
        "{calls:?}"
    );
    for call in assumed(&calls) {
        assert_eq!(call.parameter("RoleSessionName"), Some(&*format!("harness-ccm-{run}")));
        assert_eq!((call.parameter("SourceIdentity"), call.tag("harness-ccm-run")), (None, None));
    }
    // The calls in the account use the session of that name.
    let iam = calls.iter().find(|call| call.service == AwsService::Iam).unwrap();
    assert!(iam.caller.ends_with(&format!("/harness-ccm-{run}")), "{}", iam.caller);
    let (_, other) = look(&site, 2, SessionIdentity::default()).await;
    assert_ne!(run, other);
}

#[tokio::test]
async fn a_role_that_asks_for_a_session_name_is_given_it() {
    let site = Site::with_members(2);
    trust(&site, 2, r#""sts:AssumeRole""#, r#"{"StringEquals":{"sts:RoleSessionName":"finops"}}"#);
    let (calls, _) = look(&site, 2, identity(r#"session-name = "finops""#)).await;
    assert_eq!(assumed(&calls).len(), 1);
}

#[tokio::test]
async fn the_source_identity_is_sent_only_if_the_role_allows_it() {
    let site = Site::with_members(5);
    let both = r#"["sts:AssumeRole","sts:SetSourceIdentity"]"#;
    let (calls, _) = look(&site, 5, identity(r#"source-identity = "alice""#)).await;
    // One failed request; after that it is omitted for roles of the same name.
    let said: Vec<_> =
        assumed(&calls).iter().map(|call| call.parameter("SourceIdentity").is_some()).collect();
    assert_eq!(said, [true, false, false, false, false]);
    for number in 2..=5 {
        trust(&site, number, both, r#"{"StringEquals":{"sts:SourceIdentity":"alice"}}"#);
    }
    let (calls, _) = look(&site, 5, identity(r#"source-identity = "alice""#)).await;
    assert!(assumed(&calls).iter().all(|call| call.parameter("SourceIdentity") == Some("alice")));
    assert_eq!(assumed(&calls).len(), 4);
}

#[tokio::test]
async fn run_and_operator_are_session_tags_on_request() {
    let site = Site::with_members(2);
    trust(&site, 2, r#"["sts:AssumeRole","sts:TagSession"]"#, "{}");
    let (calls, run) = look(&site, 2, identity("session-tags = true")).await;
    let call = assumed(&calls)[0];
    assert_eq!(call.tag("harness-ccm-run"), Some(&*run));
    assert_eq!(call.tag("harness-ccm-operator"), Some("operator"));
}

#[tokio::test]
async fn each_error_names_the_run_of_the_call() {
    let site = Site::with_members(2);
    let planned = site.scenario(&intent(|_| {})).await.plan_async().await;
    let Choice::Onboard(wanted) = &planned.desired.accounts()[&account(2)].choice else { panic!() };
    let (spec, backend) = (&wanted.roles[0], site.backend().await);
    site.scenario(&intent(|_| {})).await.converge_async().await;
    let roles = backend.roles();
    let state = roles.find_role(&spec.address).await.unwrap().unwrap();
    for action in ["iam:*", "organizations:*", "sts:*"] {
        site.aws.fail(AwsFault::denied_saying("").on(action));
    }
    let fresh = site.backend().await;
    let policy = "arn:aws:iam::aws:policy/SecurityAudit".parse().unwrap();
    let query = AccountQuery::new();
    let of_roles = [
        roles.find_role(&spec.address).await.unwrap_err(),
        roles.quotas(&spec.address).await.unwrap_err(),
        roles.find_policy(&spec.address, &policy).await.unwrap_err(),
        roles.put_role(spec, Expect::Absent).await.unwrap_err(),
        roles.remove_role(&spec.address, &state).await.unwrap_err(),
        backend.accounts().list_accounts(&query).await.unwrap_err(),
        backend.accounts().list_matching(&query, &Selector::all()).await.unwrap_err(),
        backend.account(account(2)).list_accounts(&query).await.unwrap_err(),
    ];
    for error in of_roles {
        assert_eq!(error.run(), Some(backend.run()), "{}", error.report());
        let json = serde_json::to_value(Diagnosis::from(&error)).unwrap();
        assert_eq!(json["run"], backend.run().as_str());
    }
    for error in
        [fresh.caller().await.unwrap_err(), fresh.roles().find_role(&spec.address).await.unwrap_err()]
    {
        assert_eq!(error.run(), Some(fresh.run()), "{}", error.report());
    }
}
