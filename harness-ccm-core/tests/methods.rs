//! Each method of an intent sets in code what its key sets in a file, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use harness_ccm_core::catalog::Release;
use harness_ccm_core::config::Config;
use harness_ccm_core::connector::ConnectorSettings;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CommitmentService, CurReport, FeatureSet, Governance,
    GovernanceAccess, Optimization, ReportType,
};
use harness_ccm_core::id::RoleName;
use harness_ccm_core::intent::{Boundary, Intent, Layout, Pin, Reach, RoleNaming, RoleSettings, Rule};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::naming::Naming;
use harness_ccm_core::role::QuotaSource;
use harness_ccm_core::route::{Assume, Hop, Route, SessionIdentity};
use harness_ccm_core::selector::{Selector, TagCondition};

fn file(text: &str) -> Config {
    let harness = "harness = { account-id = \"acct\" }\n";
    Config::from_toml(&format!("{harness}{text}"), None).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn intent() -> Intent {
    Intent::us("acct".parse().unwrap())
}

/// Asserts that each file is the configuration beside it, and that no two are the same.
fn assert_same<const N: usize>(cases: [(&str, Config); N]) {
    let mut files = Vec::new();
    for (text, built) in cases {
        let read = file(text);
        assert_eq!(read, built, "{text}");
        assert!(!files.contains(&read), "{text}");
        files.push(read);
    }
}

#[test]
fn methods_of_selectors() {
    let rule = |key: &str| format!("rules = [{{ name = \"r\", skip = \"no\", {key} }}]");
    let all = Selector::all;
    let cases = [
        ("accounts = [\"000000000001\"]", all().with_accounts(["000000000001".parse().unwrap()])),
        ("names = [\"team-*\"]", all().with_name("team-*")),
        ("ou-paths = [\"A/**\"]", all().with_ou_path("A/**".parse().unwrap())),
        ("ous = [\"ou-ab12-11111111\"]", all().with_ou("ou-ab12-11111111")),
        ("tags = { env = \"prod\" }", all().with_tag("env", TagCondition::is("prod"))),
        ("tags = { env = true }", all().with_tag("env", TagCondition::Present)),
        ("management = true", all().with_management()),
        ("management = false", all().without_management()),
        ("joined-after = 2026-01-31", all().with_joined_after("2026-01-31T00:00:00Z".parse().unwrap())),
    ];
    for (key, selector) in cases {
        let built = Config::new(intent().with_rule(Rule::skip("r", selector, "no")));
        assert_eq!(file(&rule(key)), built, "{key}");
    }
}

#[test]
fn methods_of_features() {
    let none = FeatureSet::new;
    let report = || CurReport::new("cur", "bucket");
    let cases = [
        ("[\"visibility\"]", none().with_visibility()),
        ("[\"cluster-orchestration\"]", none().with_cluster_orchestration()),
        ("[\"governance\"]", none().with_governance(Governance::new())),
        (
            "[\"governance\"]\ngovernance = { access = \"view-only\" }",
            none().with_governance(Governance::new().with_access(GovernanceAccess::ViewOnly)),
        ),
        (
            "[\"optimization\"]\noptimization = { kinds = [\"ec2\", \"asg\"] }",
            none().with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Asg])),
        ),
        (
            "[\"billing\"]\nbilling = { report = { name = \"cur\", bucket = \"bucket\" } }",
            none().with_billing(Billing::new(report())),
        ),
        (
            "[\"billing\"]\nbilling = { report = { name = \"cur\", bucket = \"bucket\", type = \"CUR2.0\" } }",
            none().with_billing(Billing::new(report().with_type(ReportType::Cur2))),
        ),
        (
            "[\"commitment\"]\ncommitment = { services = [\"ec2\"] }",
            none().with_commitment(Commitment::new().with_services([CommitmentService::Ec2])),
        ),
        (
            "[\"commitment\"]\ncommitment = { purchase = true }",
            none().with_commitment(Commitment::new().with_purchase()),
        ),
    ];
    for (features, set) in cases {
        let built = Config::new(intent().with_rule(Rule::onboard("r", Selector::all(), set)));
        assert_eq!(file(&format!("[[rules]]\nname = \"r\"\nfeatures = {features}")), built, "{features}");
    }
}

#[test]
fn methods_of_connectors_names_and_pins() {
    let connector = |settings: ConnectorSettings| Config::new(intent().with_connector(settings));
    let pin = |pin: Pin| Config::new(intent().with_pin(pin));
    assert_same([
        ("", Config::new(intent())),
        ("owner = \"finops\"", Config::new(intent().with_owner("finops".parse().unwrap()))),
        ("tags = { team = \"a\" }", Config::new(intent().with_tag("team", "a"))),
        ("regions = [\"eu-west-1\"]", Config::new(intent().with_regions(["eu-west-1"]))),
        (
            "connector = { session-seconds = 1800 }",
            connector(ConnectorSettings::default().with_session(1800.try_into().unwrap())),
        ),
        (
            "connector = { ignore-test = false }",
            connector(ConnectorSettings::default().with_connection_tests()),
        ),
        (
            "connector = { ignore-test = true }",
            connector(ConnectorSettings::default().without_connection_tests()),
        ),
        ("naming = { rule = \"account-id\" }", Config::new(intent().with_naming(Naming::AccountId))),
        (
            "organization = { id = \"o-a1b2c3d4e5\" }",
            pin(Pin::default().with_organization("o-a1b2c3d4e5".parse().unwrap())),
        ),
        (
            "organization = { caller = \"000000000001\" }",
            pin(Pin::default().with_caller("000000000001".parse().unwrap())),
        ),
        (
            "organization = { payer = \"000000000001\" }",
            pin(Pin::default().with_payer("000000000001".parse().unwrap())),
        ),
    ]);
}

#[test]
fn methods_of_roles() {
    let role = |role: RoleSettings| Config::new(intent().with_role(role));
    let new = RoleSettings::default;
    let name = |name: &str| name.parse::<RoleName>().unwrap();
    assert_same([
        ("role = { layout = \"managed\" }", role(new().with_layout(Layout::Managed))),
        ("role = { release = \"module-1.0.1\" }", role(new().with_release(Release::Module1_0_1))),
        ("role = { prefix = \"acme-\" }", role(new().with_prefix("acme-".parse().unwrap()))),
        ("role = { name = \"CCM\" }", role(new().with_name(name("CCM")))),
        ("role = { name = \"from-connector\" }", role(new().with_name(RoleNaming::from_connector()))),
        ("role = { path = \"/finops/\" }", role(new().with_path("/finops/".parse().unwrap()))),
        ("role = { boundary = \"none\" }", role(new().with_boundary(Boundary::None))),
        ("role = { former-names = [\"Old\", \"Older\"] }", {
            role(new().with_former_names([name("Old")]).with_former_names([name("Older")]))
        }),
        ("role = { additional-external-ids = [\"a1\", \"a2\"] }", {
            let ids = ["a1", "a2"].map(|id| id.parse().unwrap());
            role(ids.into_iter().fold(new(), |role, id| role.with_additional_external_ids([id])))
        }),
        ("role = { tags = { team = \"a\" } }", role(new().with_tag("team", "a"))),
        ("role = { quotas = \"account\" }", role(new().with_quotas(QuotaSource::Account))),
    ]);
}

#[test]
fn methods_of_limits() {
    let limits = |limits: Limits| Config::new(intent()).with_limits(limits);
    assert_same([
        ("limits = { max-updates = 0.2 }", limits(Limits::default().with_max_updates(Share::percent(20)))),
        (
            "limits = { max-adoptions = 0.2 }",
            limits(Limits::default().with_max_adoptions(Share::percent(20))),
        ),
        ("limits = { max-removals = 0.2 }", limits(Limits::default().with_max_removals(Share::percent(20)))),
        ("limits = { max-missing = 0.2 }", limits(Limits::default().with_max_missing(Share::percent(20)))),
        ("limits = { always-allowed = 3 }", limits(Limits::default().with_always_allowed(3))),
    ]);
}

#[test]
fn methods_of_routes() {
    let reach = |reach: Reach| Config::new(intent().with_reach(reach));
    let members = |assume: Assume| reach(Reach::default().with_members(Route::Assume(Box::new(assume))));
    let admin = || Assume::new(["Admin".parse().unwrap()]);
    let hub = || Hop::new("arn:aws:iam::000000000001:role/Hub".parse().unwrap());
    let identity = |identity: SessionIdentity| reach(Reach::default().with_identity(identity));
    assert_same([
        ("reach = { bootstrap-roles = [\"Admin\"] }", members(admin())),
        (
            "reach = { bootstrap-roles = [\"Admin\"], external-id = \"secret\" }",
            members(admin().with_external_id("secret".parse().unwrap())),
        ),
        (
            "reach = { bootstrap-roles = [\"Admin\"], session-seconds = 1800 }",
            members(admin().with_session(1800.try_into().unwrap())),
        ),
        (
            "reach = { bootstrap-roles = [\"Admin\"], through = { role = \"arn:aws:iam::000000000001:role/Hub\" } }",
            members(admin().with_through(hub())),
        ),
        (
            "reach = { bootstrap-roles = [\"Admin\"], through = { role = \"arn:aws:iam::000000000001:role/Hub\", external-id = \"secret\" } }",
            members(admin().with_through(hub().with_external_id("secret".parse().unwrap()))),
        ),
        ("reach = { restrict-session = true }", reach(Reach::default().with_restricted_sessions())),
        (
            "reach = { session-name = \"finops\" }",
            identity(SessionIdentity::default().with_name("finops".parse().unwrap())),
        ),
        (
            "reach = { source-identity = \"finops\" }",
            identity(SessionIdentity::default().with_source("finops".parse().unwrap())),
        ),
        ("reach = { session-tags = true }", identity(SessionIdentity::default().with_tags())),
        (
            "reach = { routes = [{ name = \"r\", direct = true, management = true }] }",
            reach(Reach::default().with_route("r", Selector::all().with_management(), Route::Direct)),
        ),
    ]);
}

/// A method that adds to a set keeps what is in the set.
#[test]
fn a_second_call_of_a_method_adds_to_the_first() {
    let id = |number: u64| format!("{number:012}").parse().unwrap();
    let selector = Selector::all().with_accounts([id(1)]).with_accounts([id(2)]);
    assert_eq!(selector.with_name("a").with_name("b"), {
        let text = "[[rules]]\nname = \"r\"\nskip = \"no\"\nnames = [\"a\", \"b\"]\naccounts = [\"000000000001\", \"000000000002\"]";
        file(text).intent.rules[0].selector.clone()
    });
    let pin = ["o-a1b2c3d4e5", "o-a1b2c3d4e6"].map(|id| id.parse().unwrap());
    let both = pin.iter().cloned().fold(Pin::default(), Pin::with_organization);
    assert_eq!(both.organizations, BTreeSet::from(pin));
}
