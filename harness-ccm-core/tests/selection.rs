//! Selected accounts, the reasons, and their names.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeMap;

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery, AccountState};
use harness_ccm_core::backend::{AccountSource as _, ConnectorListing};
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::intent::{Choice, Desired};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::report::{Explanation, Roster};
use harness_ccm_core::selector::{Match, Selector, TagCondition};
use support::*;

const HEAD: &str = "[harness]\naccount-id = \"acct\"\n";

/// Rules of every kind.
const RULES: &str = r#"
[harness]
account-id = "acct"
[[rules]]
name = "payer"
management = true
features = ["visibility"]
[[rules]]
name = "opted out"
tags = { harness = "no" }
skip = "its owner said no"
[[rules]]
name = "sandboxes"
ou-paths = ["Sandbox/**"]
skip = "sandboxes cost too little"
[[rules]]
name = "production"
ou-paths = ["Workloads/Prod", "Workloads/*/Prod"]
tags = { team = true, temporary = false, env = ["prod", "live"] }
features = ["visibility", "governance"]
[[rules]]
name = "new ones"
joined-after = 2026-01-01
names = ["team-*"]
features = ["visibility"]
"#;

fn organization() -> Vec<Account> {
    let old = "2020-05-05".parse().unwrap();
    let new = "2026-02-01T10:00:00Z".parse().unwrap();
    let prod: &[_] = &[("team", "a"), ("env", "prod")];
    [
        at(1, "payer", &[], &[]).as_management(),
        at(2, "said no", &["Workloads", "Prod"], &[("harness", "no")]),
        at(3, "anna", &["Sandbox"], &[]),
        at(4, "ben", &["Sandbox", "EU", "Deep"], prod),
        at(5, "shop", &["Workloads", "Prod"], prod),
        at(6, "shop-eu", &["Workloads", "EU", "Prod"], &[("team", "a"), ("env", "live")]),
        at(7, "shop temporary", &["Workloads", "Prod"], &[("team", "a"), ("env", "prod"), ("temporary", "")]),
        at(8, "team-new", &["Workloads", "Dev"], &[]).with_joined(new),
        at(9, "team-old", &["Workloads", "Dev"], &[]),
        at(10, "closing", &["Workloads", "Prod"], prod).with_state(AccountState::PendingClosure),
        at(11, "being made", &["Workloads", "Prod"], prod).with_state(AccountState::PendingActivation),
        at(12, "suspended", &["Workloads", "Prod"], prod).with_state(AccountState::Suspended),
        at(13, "closed", &["Workloads", "Prod"], prod).with_state(AccountState::Closed),
        at(14, "on the moon", &["Workloads", "Prod"], prod)
            .with_state(AccountState::Unknown("ON_THE_MOON".into())),
    ]
    .into_iter()
    .map(|account| if account.joined.is_none() { account.with_joined(old) } else { account })
    .collect()
}

fn connector(account: u64, identifier: &str) -> ConnectorState {
    let mut connector = ConnectorState::new(identifier.parse().unwrap());
    connector.account = Some(id(account));
    connector
}

fn chosen(desired: &Desired) -> BTreeMap<&str, (&str, Option<&str>)> {
    desired
        .accounts()
        .values()
        .map(|account| {
            let decision = match &account.choice {
                Choice::Onboard(_) => "onboard",
                Choice::Skip(_) => "skip",
                Choice::Withhold(_) => "withhold",
                Choice::Retire => "retire",
                other => panic!("{other:?}"),
            };
            (&*account.account.name, (decision, account.rule.as_deref()))
        })
        .collect()
}

#[test]
fn the_first_rule_that_matches_decides() {
    let desired = load(RULES).resolve(Listing::complete(organization())).unwrap();
    let expected = BTreeMap::from([
        ("payer", ("onboard", Some("payer"))),
        ("said no", ("skip", Some("opted out"))),
        ("anna", ("skip", Some("sandboxes"))),
        ("ben", ("skip", Some("sandboxes"))),
        ("shop", ("onboard", Some("production"))),
        ("shop-eu", ("onboard", Some("production"))),
        ("shop temporary", ("skip", None)),
        ("team-new", ("onboard", Some("new ones"))),
        ("team-old", ("skip", None)),
        ("closing", ("skip", Some("production"))),
        ("being made", ("withhold", Some("production"))),
        ("suspended", ("withhold", Some("production"))),
        ("closed", ("skip", Some("production"))),
        ("on the moon", ("withhold", Some("production"))),
    ]);
    assert_eq!(chosen(&desired), expected);
    assert_eq!(
        shown(&desired),
        ["withheld, because this version does not know their state \"ON_THE_MOON\": 000000000014"]
    );
}

#[test]
fn every_verdict_is_explained() {
    let intent = load(RULES);
    let desired = intent.resolve(Listing::complete(organization())).unwrap();
    let explain = |number| Explanation::of(&desired.accounts()[&id(number)], &intent.rules).to_string();
    insta::assert_snapshot!(explain(5), @r#"
    000000000005 "shop": member account, ACTIVE, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it does not have the tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" matches
      rule "new ones" is not reached
      onboard as shop with visibility, governance
    "#);
    insta::assert_snapshot!(explain(7), @r#"
    000000000007 "shop temporary": member account, ACTIVE, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a, temporary=
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it does not have the tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" does not match: it has the tag "temporary"
      rule "new ones" does not match: it joined on 2020-05-05T00:00:00Z, not after 2026-01-01T00:00:00Z; its name "shop temporary" does not match "team-*"
      skip: no rule matches
    "#);
    insta::assert_snapshot!(explain(9), @r#"
    000000000009 "team-old": member account, ACTIVE, in Workloads/Dev, joined 2020-05-05T00:00:00Z
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it does not have the tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Dev does not match "Sandbox/**"
      rule "production" does not match: its organizational unit Workloads/Dev does not match "Workloads/Prod" or "Workloads/*/Prod"; it does not have the tag "env"; it does not have the tag "team"
      rule "new ones" does not match: it joined on 2020-05-05T00:00:00Z, not after 2026-01-01T00:00:00Z
      skip: no rule matches
    "#);
    insta::assert_snapshot!(explain(11), @r#"
    000000000011 "being made": member account, PENDING_ACTIVATION, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it does not have the tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" matches
      rule "new ones" is not reached
      withhold: the account is still being set up: the next run onboards it
    "#);
    insta::assert_snapshot!(explain(14), @r#"
    000000000014 "on the moon": member account, ON_THE_MOON, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it does not have the tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" matches
      rule "new ones" is not reached
      withhold: this version does not know the state "ON_THE_MOON"
    "#);
}

#[test]
fn an_unknown_detail_is_neither_yes_nor_no() {
    let intent = load(RULES);
    let blind = account(5, "shop");
    let desired =
        intent.resolve(Listing::complete([blind.clone(), account(1, "payer").as_management()])).unwrap();
    assert_eq!(chosen(&desired)["shop"], ("withhold", None), "it does not fall through to a later rule");
    assert_eq!(chosen(&desired)["payer"].0, "onboard", "an earlier rule decides without what is not known");
    insta::assert_snapshot!(Explanation::of(&desired.accounts()[&id(5)], &intent.rules), @r#"
    000000000005 "shop": member account, ACTIVE
      rule "payer" does not match: it is not the management account
      rule "opted out" cannot be judged: its tags are not known
      rule "sandboxes" is not reached
      rule "production" is not reached
      rule "new ones" is not reached
      withhold: rule "opted out" cannot be judged: its tags are not known
    "#);

    // A condition that fails decides, even if others are unknown.
    let selector = Selector::all().with_name("x").with_tag("a", TagCondition::Present);
    assert_eq!(selector.evaluate(&blind), Match::No);
    assert_eq!(Selector::all().with_tag("a", TagCondition::Absent).evaluate(&blind), Match::Unknown);
    assert_eq!(Selector::all().with_ou("ou-ab12-11111111").evaluate(&blind), Match::Unknown);
    let inside = blind.with_ou_ids(["ou-ab12-11111111", "ou-ab12-22222222"]);
    assert_eq!(
        Selector::all().with_ou("ou-ab12-11111111").evaluate(&inside),
        Match::Yes,
        "at whatever depth"
    );
    assert_eq!(Selector::all().with_ou("ou-ab12-33333333").evaluate(&inside), Match::No);
}

#[test]
fn only_what_the_rules_need_is_asked_for() {
    for (rest, query) in [
        (
            "[[rules]]\nname = \"r\"\nmanagement = false\nnames = [\"a\"]\njoined-after = 2026-01-01\nskip = \"x\"",
            AccountQuery::new(),
        ),
        (
            "[[rules]]\nname = \"r\"\nous = [\"ou-ab12-11111111\"]\nskip = \"x\"",
            AccountQuery::new().with_ou_ids(),
        ),
        ("[[rules]]\nname = \"r\"\nou-paths = [\"A\"]\nskip = \"x\"", AccountQuery::new().with_ou_paths()),
        ("[[rules]]\nname = \"r\"\ntags = { a = true }\nskip = \"x\"", AccountQuery::new().with_tags()),
        ("[naming]\ntemplate = \"${name}_${id}\"", AccountQuery::new()),
        ("[naming]\ntemplate = \"${ou}_${name}\"", AccountQuery::new().with_ou_paths()),
        ("[naming]\nrule = \"template\"\ntemplate = \"${tag.a|b}_${name}\"", AccountQuery::new().with_tags()),
    ] {
        assert_eq!(load(&format!("{HEAD}{rest}")).query(), query, "{rest}");
    }
    // The organization in memory returns only requested details, so this fails if one is missing from the query.
    let (intent, world) = (load(RULES), World::new(organization()));
    let listing = block_on(world.accounts().list_accounts(&intent.query())).unwrap();
    let asked = intent.resolve(listing).unwrap();
    assert_eq!(chosen(&asked), chosen(&intent.resolve(Listing::complete(organization())).unwrap()));
}

#[test]
fn the_roster_is_a_table() {
    let intent = load(RULES);
    let mut accounts = organization();
    accounts.sort_by(|a, b| a.id.cmp(&b.id));
    accounts[6].doubt = Some("two sources disagree".into());
    let listing = Listing::complete(accounts).with_note("the source has something to say");
    let desired = intent.resolve(listing).unwrap();
    let roster = Roster::new(&desired, &intent.rules)
        .with_connectors(&desired, &ConnectorListing::new([connector(5, "made_by_hand")]));
    insta::assert_snapshot!(roster, @r#"
    ACCOUNT       NAME            STATE                OU                 RULE        CONNECTOR       DECISION
    000000000001  payer           ACTIVE (management)  /                  payer       payer           onboard: visibility
    000000000002  said no         ACTIVE               Workloads/Prod     opted out   said_no         skip: its owner said no
    000000000003  anna            ACTIVE               Sandbox            sandboxes   anna            skip: sandboxes cost too little
    000000000004  ben             ACTIVE               Sandbox/EU/Deep    sandboxes   ben             skip: sandboxes cost too little
    000000000005  shop            ACTIVE               Workloads/Prod     production  made_by_hand    onboard: visibility, governance
    000000000006  shop-eu         ACTIVE               Workloads/EU/Prod  production  shop_eu         onboard: visibility, governance
    000000000007  shop temporary  ACTIVE               Workloads/Prod     -           shop_temporary  withhold: two sources disagree
    000000000008  team-new        ACTIVE               Workloads/Dev      new ones    team_new        onboard: visibility
    000000000009  team-old        ACTIVE               Workloads/Dev      -           team_old        skip: no rule matches
    000000000010  closing         PENDING_CLOSURE      Workloads/Prod     production  closing         skip: the account is PENDING_CLOSURE
    000000000011  being made      PENDING_ACTIVATION   Workloads/Prod     production  being_made      withhold: the account is still being set up: the next run onboards it
    000000000012  suspended       SUSPENDED            Workloads/Prod     production  suspended       withhold: the account's state is SUSPENDED: only active accounts can be accessed
    000000000013  closed          CLOSED               Workloads/Prod     production  closed          skip: the account is CLOSED
    000000000014  on the moon     ON_THE_MOON          Workloads/Prod     production  on_the_moon     withhold: this version does not know the state "ON_THE_MOON"
    "#);
}

#[test]
fn the_roster_as_json() {
    let intent = load(RULES);
    let desired = intent
        .resolve(Listing::complete(organization()).with_note("the source has something to say"))
        .unwrap();
    let roster = Roster::new(&desired, &intent.rules)
        .with_connectors(&desired, &ConnectorListing::new([connector(5, "made_by_hand")]));
    let json = serde_json::to_value(&roster).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["accounts"].as_array().unwrap().len(), 14);
    // Not through a value: whether its fields are sorted depends on enabled features of other crates.
    insta::assert_snapshot!(serde_json::to_string_pretty(&roster.accounts[4]).unwrap(), @r#"
    {
      "account": {
        "id": "000000000005",
        "name": "shop",
        "state": "ACTIVE",
        "management": false,
        "partition": "aws",
        "ou_path": [
          "Workloads",
          "Prod"
        ],
        "tags": {
          "env": "prod",
          "team": "a"
        },
        "joined": "2020-05-05T00:00:00Z",
        "organization": "o-a1b2c3d4e5"
      },
      "decision": "onboard",
      "rule": "production",
      "features": [
        "visibility",
        "governance"
      ],
      "identifier": "made_by_hand",
      "exists": true
    }
    "#);
    insta::assert_snapshot!(
        "roster_entry_of_a_skipped_account",
        serde_json::to_string_pretty(&roster.accounts[8]).unwrap()
    );
    assert_eq!(json["diagnostics"][0]["listing"]["note"], "the source has something to say");
}

#[test]
fn a_roster_leaves_out_unknown_columns() {
    let intent = load(&format!(
        "{HEAD}[[rules]]\nname = \"teams\"\nnames = [\"team-*\"]\nfeatures = [\"visibility\"]\n"
    ));
    let desired = intent.resolve(Listing::complete([account(1, "team-a"), account(2, "other")])).unwrap();
    insta::assert_snapshot!(Roster::new(&desired, &intent.rules), @r#"
    ACCOUNT       NAME    STATE   RULE   CONNECTOR  DECISION
    000000000001  team-a  ACTIVE  teams  team_a     onboard: visibility
    000000000002  other   ACTIVE  -      other      skip: no rule matches: its name "other" does not match "team-*"
    "#);
}
