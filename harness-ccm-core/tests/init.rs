//! Makes intents from existing resources: from organizations that various intents left, and compares them
//! with these intents.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::account::Account;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::config::Config;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CommitmentService, CurReport, FeatureSet, Governance,
    GovernanceAccess, Optimization, ReportType,
};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::init::{Draft, ExceptionKind, draft_intent};
use harness_ccm_core::intent::{Intent, Layout, RoleNaming, Rule, RuleAction};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::ObserveOptions;
use harness_ccm_core::plan::Mode;
use harness_ccm_core::selector::{Selector, TagCondition};
use harness_ccm_fixtures::{Scenario, intent};
use support::{at, id, visibility};

/// The state that an intent leaves in these accounts.
fn estate(accounts: &[Account], intent: &Intent) -> World {
    let world = World::new(accounts.to_vec());
    Scenario::new(&world, intent).converge();
    world
}

/// The draft of that state. It never writes.
fn draft(world: &World, accounts: &[Account]) -> Draft {
    let start = intent(FeatureSet::new());
    let listing = Listing::complete(accounts.to_vec());
    let (roles, connectors) = (world.roles(), world.connectors());
    block_on(draft_intent(&start, listing, &roles, &connectors, ObserveOptions::default(), &NoEvents))
        .unwrap()
}

/// The plan of the draft has no step and withholds nothing.
#[track_caller]
fn plans_as_nothing_to_do(world: &World, draft: &Draft) {
    for mode in [Mode::Upsert, Mode::Sync] {
        let plan = Scenario::new(world, &draft.intent).with_mode(mode).plan().plan;
        assert!(!plan.has_changes() && plan.counts().withheld == 0, "{}", plan.render().full());
    }
    assert!(draft.exceptions.is_empty() && draft.unassigned.is_empty(), "{draft}");
    let text = draft.to_toml(&Config::new(draft.intent.clone())).unwrap();
    assert_eq!(Config::from_toml(&text, None).unwrap().intent, draft.intent, "{text}");
}

/// The rules: name, conditions, features.
fn rules(draft: &Draft) -> Vec<(String, Option<FeatureSet>)> {
    let features = |rule: &Rule| match &rule.action {
        RuleAction::Onboard(features) => Some(features.clone()),
        _ => None,
    };
    draft.intent.rules.iter().map(|rule| (rule.name.clone(), features(rule))).collect()
}

fn governed() -> FeatureSet {
    visibility().with_governance(Governance::new().with_access(GovernanceAccess::ReadOnly))
}

fn by_unit() -> Vec<Account> {
    let mut accounts = vec![at(1, "payer", &[], &[]).as_management()];
    accounts.extend((2..=9).map(|number| at(number, &format!("prod {number}"), &["Workloads", "Prod"], &[])));
    accounts.extend((10..=14).map(|number| at(number, &format!("dev {number}"), &["Workloads", "Dev"], &[])));
    accounts.extend((15..=17).map(|number| at(number, &format!("lab {number}"), &["Sandbox"], &[])));
    accounts
}

#[test]
fn units_whose_accounts_are_alike_become_rules_and_units_without_connectors_none() {
    let report = CurReport::new("cur", "costs").with_type(ReportType::Cur2);
    let commitment = Commitment::new()
        .with_purchase()
        .with_services([CommitmentService::Ec2, CommitmentService::ElastiCache]);
    let payer = FeatureSet::new().with_billing(Billing::new(report)).with_commitment(commitment);
    let stopping = visibility()
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Proxy]));
    let unit = |path: &str| Selector::all().with_ou_path(path.parse().unwrap());
    let mut made = intent(FeatureSet::new());
    made.rules = vec![
        Rule::onboard("payer", Selector::all().with_management(), payer.clone()),
        Rule::onboard("prod", unit("Workloads/Prod/**"), governed()),
        Rule::onboard("dev", unit("Workloads/Dev/**"), stopping.clone()),
    ];
    let accounts = by_unit();
    let world = estate(&accounts, &made);
    let draft = draft(&world, &accounts);
    plans_as_nothing_to_do(&world, &draft);
    let expected = [
        ("payer".to_owned(), Some(payer)),
        ("Dev".into(), Some(stopping)),
        ("Prod".into(), Some(governed())),
    ];
    assert_eq!(rules(&draft), expected);
    assert_eq!(draft.fitting, 14);
    assert_eq!(draft.intent.rules[2].selector, unit("Workloads/Prod/**"));
}

#[test]
fn release_layout_names_and_owner_are_recognized() {
    let accounts = by_unit();
    for release in Release::ALL {
        for layout in [Layout::Inline, Layout::Managed] {
            let mut made = intent(governed());
            made.owner = "finops".parse().unwrap();
            made.role.release = release.into();
            made.role.layout = layout;
            made.role.name = "Acme-CCM".parse().unwrap();
            made.role.path = "/acme/".parse().unwrap();
            made.naming = harness_ccm_core::naming::Naming::AccountId;
            let world = estate(&accounts, &made);
            let draft = draft(&world, &accounts);
            plans_as_nothing_to_do(&world, &draft);
            let Intent { role, owner, naming, .. } = &draft.intent;
            assert_eq!((role.layout, owner, naming), (layout, &made.owner, &made.naming));
            assert_eq!((&role.name, &role.path), (&made.role.name, &made.role.path));
            if release != Release::Module0_1_4 {
                assert_eq!(role.release, release.into(), "{layout:?}");
            }
        }
    }
}

#[test]
fn roles_with_a_name_for_each_account_are_taken_from_their_connectors() {
    let accounts: Vec<_> = (1..=3).map(|number| at(number, &format!("team {number}"), &[], &[])).collect();
    let world = World::new(accounts.clone());
    for (number, name) in [(1, "HarnessCERole-abc"), (2, "HarnessCERole-def"), (3, "HarnessCERole-ghi")] {
        let mut made = intent(visibility());
        made.rules[0].selector = Selector::all().with_accounts([id(number)]);
        made.role.name = name.parse().unwrap();
        Scenario::new(&world, &made).converge();
    }
    let draft = draft(&world, &accounts);
    assert_eq!(draft.intent.role.name, RoleNaming::from_connector());
    plans_as_nothing_to_do(&world, &draft);
}

#[test]
fn rules_use_units_then_tags_then_ids() {
    let tagged = |number: u64, env: &str| at(number, &format!("team {number}"), &["Teams"], &[("env", env)]);
    let accounts: Vec<_> = (1..=3)
        .map(|number| tagged(number, "prod"))
        .chain((4..=6).map(|number| tagged(number, "dev")))
        .collect();
    let mut made = intent(FeatureSet::new());
    let env = |value: &str| Selector::all().with_tag("env", TagCondition::is(value));
    made.rules =
        vec![Rule::onboard("prod", env("prod"), governed()), Rule::onboard("dev", env("dev"), visibility())];
    let world = estate(&accounts, &made);
    let by_tag = draft(&world, &accounts);
    plans_as_nothing_to_do(&world, &by_tag);
    assert_eq!(
        rules(&by_tag),
        [("env prod".to_owned(), Some(governed())), ("env dev".into(), Some(visibility()))]
    );

    let plain: Vec<_> =
        (1..=6).map(|number| at(number, &format!("team {number}"), &["Teams"], &[])).collect();
    let ids = |numbers: [u64; 3]| Selector::all().with_accounts(numbers.map(id));
    made.rules = vec![
        Rule::onboard("odd", ids([1, 3, 5]), governed()),
        Rule::onboard("even", ids([2, 4, 6]), visibility()),
    ];
    let world = estate(&plain, &made);
    let by_id = draft(&world, &plain);
    plans_as_nothing_to_do(&world, &by_id);
    let selectors: Vec<_> = by_id.intent.rules.iter().map(|rule| rule.selector.clone()).collect();
    assert_eq!(selectors, [ids([1, 3, 5]), ids([2, 4, 6])]);
}

#[test]
fn a_thousand_similar_accounts_are_one_rule_and_exceptions_are_listed() {
    let mut accounts: Vec<_> =
        (1..=1_000).map(|number| at(number, &format!("team {number}"), &["Teams"], &[])).collect();
    let world = World::new(accounts.clone());
    let mut made = intent(governed());
    made.rules[0].selector =
        Selector::all().with_accounts((1..=990).filter(|number| number % 100 != 7).map(id));
    Scenario::new(&world, &made).converge();
    made.rules = vec![Rule::onboard("other", Selector::all().with_accounts([id(7), id(107)]), visibility())];
    Scenario::new(&world, &made).converge();
    accounts.retain(|account| account.id != id(500));
    let draft = draft(&world, &accounts);
    assert_eq!(rules(&draft), [("everybody".to_owned(), Some(governed()))]);
    let kind = |number: u64| draft.exceptions.get(&id(number)).map(|exception| exception.kind.clone());
    assert!(
        matches!(kind(7), Some(ExceptionKind::Differs { in_what }) if in_what.iter().any(|line| line.contains("featuresEnabled")))
    );
    assert_eq!(kind(995), Some(ExceptionKind::NoConnector));
    assert_eq!(kind(500), Some(ExceptionKind::NotListed { connectors: vec!["team_500".parse().unwrap()] }));
    // 7 and 107 differ, 207 to 907 and 991 to 1000 have none, 500 is not listed.
    assert_eq!(draft.exceptions.len(), 2 + 8 + 10 + 1);
    assert_eq!(draft.fitting, 990 - 10 - 1);
    // A plan names exactly these, as far as they are listed.
    let listing = Listing::complete(accounts.clone());
    let scenario = Scenario::new(&world, &draft.intent)
        .with_accounts(harness_ccm_core::source::ListSource::new(listing));
    let plan = scenario.plan().plan;
    let named = plan.accounts().iter().filter(|(_, own)| !own.steps.is_empty() || !own.withheld.is_empty());
    let named: Vec<&AccountId> = named.map(|(id, _)| id).filter(|own| **own != id(500)).collect();
    let listed: Vec<_> = draft.exceptions.keys().filter(|own| **own != id(500)).collect();
    assert_eq!(named, listed);
}

#[test]
fn the_file_of_a_draft_lists_exceptions_and_hostile_names_end_no_comment() {
    let hostile = "x\n[role]\nname = \"Evil\"\r\u{2028}\u{7f}";
    let accounts = [
        at(1, "one", &[], &[]),
        at(2, "two", &[], &[]),
        at(3, "three", &[], &[]),
        at(4, hostile, &["Te\"am"], &[("a\"b", hostile)]),
    ];
    let mut made = intent(visibility());
    made.rules[0].selector = Selector::all().with_accounts([1, 2, 3].map(id));
    let world = estate(&accounts, &made);
    let draft = draft(&world, &accounts);
    let text = draft.to_toml(&Config::new(draft.intent.clone())).unwrap();
    assert_eq!(Config::from_toml(&text, None).unwrap().intent, draft.intent, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_file_of_a_draft_keeps_what_else_the_configuration_says() {
    let accounts = by_unit();
    let world = estate(&accounts, &intent(visibility()));
    let given = "harness = { account-id = \"acct\" }\n[limits]\nmax-removals = 0.25\n[listing]\nkeep = \"kept.json\"\n";
    let config = Config::from_toml(given, None).unwrap();
    let draft = draft(&world, &accounts);
    let read = Config::from_toml(&draft.to_toml(&config).unwrap(), None).unwrap();
    assert_eq!((read.limits, read.listing), (config.limits, config.listing));
    assert_eq!(read.intent, draft.intent);
}

#[test]
fn drafting_writes_nothing() {
    let accounts = by_unit();
    let world = estate(&accounts, &intent(visibility()));
    let (roles, connectors) = (
        harness_ccm_core::middleware::ReadOnly::new(world.roles()),
        harness_ccm_core::middleware::ReadOnly::new(world.connectors()),
    );
    let start = intent(FeatureSet::new());
    let listing = Listing::complete(accounts);
    let drafted =
        block_on(draft_intent(&start, listing, &roles, &connectors, ObserveOptions::default(), &NoEvents));
    assert!(drafted.unwrap().exceptions.is_empty());
}
