//! Which accounts, chosen why, called what.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeMap;

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountQuery, AccountState};
use harness_ccm_core::backend::AccountSource as _;
use harness_ccm_core::config::Config;
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::intent::{Choice, Desired, Hold, Intent, Rule};
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

fn load(text: &str) -> Intent {
    Config::from_toml(text, None).unwrap().intent
}

fn at(number: u64, name: &str, path: &[&str], tags: &[(&str, &str)]) -> Account {
    account(number, name).with_ou_path(path.iter().copied()).with_tags(tags.iter().copied())
}

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
        desired.diagnostics,
        ["withheld, since this version does not know their state \"ON_THE_MOON\": 000000000014"]
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
      rule "opted out" does not match: it has no tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" matches
      rule "new ones" is not reached
      onboard as shop with visibility, governance
    "#);
    insta::assert_snapshot!(explain(7), @r#"
    000000000007 "shop temporary": member account, ACTIVE, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a, temporary=
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it has no tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" does not match: it has the tag "temporary"
      rule "new ones" does not match: it joined on 2020-05-05T00:00:00Z, not after 2026-01-01T00:00:00Z; its name "shop temporary" does not match "team-*"
      left out: no rule matches
    "#);
    insta::assert_snapshot!(explain(9), @r#"
    000000000009 "team-old": member account, ACTIVE, in Workloads/Dev, joined 2020-05-05T00:00:00Z
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it has no tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Dev does not match "Sandbox/**"
      rule "production" does not match: its organizational unit Workloads/Dev does not match "Workloads/Prod" or "Workloads/*/Prod"; it has no tag "env"; it has no tag "team"
      rule "new ones" does not match: it joined on 2020-05-05T00:00:00Z, not after 2026-01-01T00:00:00Z
      left out: no rule matches
    "#);
    insta::assert_snapshot!(explain(11), @r#"
    000000000011 "being made": member account, PENDING_ACTIVATION, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it has no tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" matches
      rule "new ones" is not reached
      withheld: the account is still being set up: the next run takes it in
    "#);
    insta::assert_snapshot!(explain(14), @r#"
    000000000014 "on the moon": member account, ON_THE_MOON, in Workloads/Prod, joined 2020-05-05T00:00:00Z, tags env=prod, team=a
      rule "payer" does not match: it is not the management account
      rule "opted out" does not match: it has no tag "harness"
      rule "sandboxes" does not match: its organizational unit Workloads/Prod does not match "Sandbox/**"
      rule "production" matches
      rule "new ones" is not reached
      withheld: the state "ON_THE_MOON" is not known to this version
    "#);
}

#[test]
fn what_is_not_known_is_neither_yes_nor_no() {
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
      withheld: rule "opted out" cannot be judged: its tags are not known
    "#);

    // A condition that fails settles it, whatever else is not known.
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
    // The organization in memory tells no more than it is asked for, so this fails if the query forgets something.
    let (intent, world) = (load(RULES), World::new(organization()));
    let listing = block_on(world.accounts().list_accounts(&intent.query())).unwrap();
    let asked = intent.resolve(listing).unwrap();
    assert_eq!(chosen(&asked), chosen(&intent.resolve(Listing::complete(organization())).unwrap()));
}

#[test]
fn rules_that_decide_nothing_are_told_with_the_reason() {
    let text = r#"
        harness = { account-id = "acct" }
        [[rules]]
        name = "some"
        accounts = ["000000000001", "000000000002", "777777777777"]
        features = ["visibility"]
        [[rules]]
        name = "one of them"
        accounts = ["000000000002"]
        skip = "x"
        [[rules]]
        name = "third"
        accounts = ["000000000003"]
        skip = "x"
        [[rules]]
        name = "first and third"
        accounts = ["000000000001", "000000000003"]
        skip = "x"
        [[rules]]
        name = "strangers"
        accounts = ["888888888881", "888888888882", "888888888883", "888888888884", "888888888885", "888888888886"]
        skip = "x"
        [[rules]]
        name = "teams"
        names = ["team-*"]
        skip = "x"
        [[rules]]
        name = "narrower"
        names = ["team-a*", "team-b"]
        management = false
        skip = "x"
        [[rules]]
        name = "elsewhere"
        names = ["*"]
        ou-paths = ["Nowhere/**"]
        skip = "x"
        [[rules]]
        name = "never together"
        names = ["lab"]
        tags = { env = "prod" }
        skip = "x"
        [[rules]]
        name = "first again"
        names = ["first"]
        skip = "x"
        [[rules]]
        name = "everybody"
        features = ["visibility"]
        [[rules]]
        name = "afterthought"
        tags = { env = true }
        skip = "x"
    "#;
    let accounts = [
        at(1, "first", &["A"], &[]),
        at(2, "second", &["A"], &[]),
        at(3, "third", &["A"], &[]),
        at(4, "team-a1", &["A"], &[]),
        at(5, "lab", &["A"], &[("env", "dev")]),
        at(6, "shop", &["A"], &[("env", "prod")]),
    ];
    let desired = load(text).resolve(Listing::complete(accounts.clone())).unwrap();
    insta::assert_snapshot!(desired.diagnostics.join("\n"), @r#"
    rule "some" names accounts that are not in the listing: 777777777777
    rule "one of them" can never match: rule "some" before it takes every account that it could take
    rule "first and third" can never match: rules "some", "third" before it take every account that it names
    rule "strangers" names accounts that are not in the listing: 888888888881, 888888888882, 888888888883, 888888888884, 888888888885 and 1 more
    rule "strangers" matches no account: none of the accounts that it names is in the listing
    rule "narrower" can never match: rule "teams" before it takes every account that it could take
    rule "elsewhere" matches no account: nothing satisfies ou-paths = "Nowhere/**"
    rule "never together" matches no account: no account satisfies all its conditions at once
    rule "first again" matches no account: earlier rules take the accounts that it would take: "some" (1)
    rule "afterthought" can never match: rule "everybody" before it takes every account that it could take
    "#);
}

#[test]
fn the_roster_is_a_table() {
    let intent = load(RULES);
    let mut accounts = organization();
    accounts.sort_by(|a, b| a.id.cmp(&b.id));
    accounts[6].doubt = Some("two sources disagree".into());
    let listing = Listing::complete(accounts).with_note("the source has something to say");
    let desired = intent.resolve(listing).unwrap();
    let roster =
        Roster::new(&desired, &intent.rules).with_connectors(&desired, &[connector(5, "made_by_hand")]);
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
    000000000011  being made      PENDING_ACTIVATION   Workloads/Prod     production  being_made      withhold: the account is still being set up: the next run takes it in
    000000000012  suspended       SUSPENDED            Workloads/Prod     production  suspended       withhold: the account's state is SUSPENDED: only active accounts let anybody in
    000000000013  closed          CLOSED               Workloads/Prod     production  closed          skip: the account is CLOSED
    000000000014  on the moon     ON_THE_MOON          Workloads/Prod     production  on_the_moon     withhold: the state "ON_THE_MOON" is not known to this version
    "#);
}

#[test]
fn the_roster_as_json() {
    let intent = load(RULES);
    let desired = intent
        .resolve(Listing::complete(organization()).with_note("the source has something to say"))
        .unwrap();
    let roster =
        Roster::new(&desired, &intent.rules).with_connectors(&desired, &[connector(5, "made_by_hand")]);
    let json = serde_json::to_value(&roster).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["accounts"].as_array().unwrap().len(), 14);
    // Not through a value: whether its fields are sorted depends on what else is built.
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
      "reason": null,
      "features": [
        "visibility",
        "governance"
      ],
      "identifier": "made_by_hand",
      "exists": true
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&roster.accounts[8]).unwrap(), @r#"
    {
      "account": {
        "id": "000000000009",
        "name": "team-old",
        "state": "ACTIVE",
        "management": false,
        "partition": "aws",
        "ou_path": [
          "Workloads",
          "Dev"
        ],
        "tags": {},
        "joined": "2020-05-05T00:00:00Z",
        "organization": "o-a1b2c3d4e5"
      },
      "decision": "skip",
      "rule": null,
      "reason": "no rule matches",
      "features": [],
      "identifier": "team_old",
      "exists": false,
      "rules": [
        {
          "rule": "payer",
          "outcome": "failed",
          "because": [
            "it is not the management account"
          ]
        },
        {
          "rule": "opted out",
          "outcome": "failed",
          "because": [
            "it has no tag \"harness\""
          ]
        },
        {
          "rule": "sandboxes",
          "outcome": "failed",
          "because": [
            "its organizational unit Workloads/Dev does not match \"Sandbox/**\""
          ]
        },
        {
          "rule": "production",
          "outcome": "failed",
          "because": [
            "its organizational unit Workloads/Dev does not match \"Workloads/Prod\" or \"Workloads/*/Prod\"",
            "it has no tag \"env\"",
            "it has no tag \"team\""
          ]
        },
        {
          "rule": "new ones",
          "outcome": "failed",
          "because": [
            "it joined on 2020-05-05T00:00:00Z, not after 2026-01-01T00:00:00Z"
          ]
        }
      ]
    }
    "#);
    assert_eq!(json["diagnostics"][0], "the source has something to say");
}

#[test]
fn a_roster_leaves_out_what_nobody_knows() {
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

#[test]
fn an_account_that_is_listed_twice_is_withheld() {
    let desired = load(RULES)
        .resolve(Listing::complete([at(5, "a", &[], &[]), at(5, "b", &[], &[]), at(6, "c", &[], &[])]))
        .unwrap();
    assert_eq!(desired.accounts().len(), 2);
    assert_eq!(
        desired.accounts()[&id(5)].choice,
        Choice::Withhold(Hold::Unknown("the source lists the account more than once".into()))
    );
    assert_eq!(desired.diagnostics[0], "withheld, since the source lists them more than once: 000000000005");
}

#[test]
fn lists_of_accounts_may_be_files() {
    let text = format!(
        "{HEAD}[[rules]]\nname = \"pilot\"\naccounts = [\"000000000001\"]\naccounts-file = \"lists/pilot.txt\"\nfeatures = [\"visibility\"]\n"
    );
    let with = |list: &[u8]| {
        let files = BTreeMap::from([("lists/pilot.txt".to_owned(), list.to_vec())]);
        Config::from_toml_with_files(&text, None, &files)
    };
    let config =
        with(b"\xef\xbb\xbf# first wave\r\n000000000002\r\n\r\n  000000000003 # the shop\r\n").unwrap();
    let accounts = config.intent.rules[0].selector.accounts.clone().unwrap();
    assert_eq!(accounts.into_iter().collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    insta::assert_snapshot!(with(b"000000000002\n  12345\n").unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    line 2, column 3 of the file: this is not a valid AWS account id: it is exactly 12 digits; spreadsheets drop leading zeros, so pad it with zeros on the left
    ");
    insta::assert_snapshot!(with(b"000000000002\n\xff\n").unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    line 2 of the file is not UTF-8 text
    ");
    insta::assert_snapshot!(with(&b"#\n".repeat(3 << 20)).unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    the file is longer than 4194304 bytes, which no list of accounts is
    ");
    insta::assert_snapshot!(Config::from_toml(&text, None).unwrap_err(), @"
    intent error at line 6, column 17
      |
    6 | accounts-file = …
      |                 ^
    the file cannot be read: there are no files here
    ");
}

#[test]
fn nothing_in_a_list_file_is_taken_in_by_a_comment_or_left_out_in_silence() {
    let text = format!("{HEAD}[[rules]]\nname = \"pilot\"\naccounts-file = \"f\"\nskip = \"x\"\n");
    let with = |list: &str| {
        let files = BTreeMap::from([("f".to_owned(), list.as_bytes().to_vec())]);
        Config::from_toml_with_files(&text, None, &files)
    };
    // A carriage return alone ends a line, and with it a comment.
    for list in ["# first\r000000000001 # a\r000000000002\r", "000000000001 # a\r\n# b\r000000000002\n"] {
        let accounts = with(list).unwrap().intent.rules[0].selector.accounts.clone().unwrap();
        assert_eq!(accounts.into_iter().collect::<Vec<_>>(), [id(1), id(2)], "{list:?}");
    }
    for (list, problem) in [
        ("", "the file names no account"),
        ("# 000000000001\n", "the file names no account"),
        ("000000000001\n# \0\0\0\n", "line 2 of the file holds a NUL byte"),
        ("000000000001 000000000002\n", "line 1, column 1 of the file: this is not a valid AWS account id"),
    ] {
        let error = with(list).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("line 5, column 17"), "{error}");
    }
}

#[test]
fn templates_name_connectors() {
    let intent = load(&format!(
        "{HEAD}[naming]\ntemplate = \"${{ou.1|root}}_${{tag.env}}_${{name}}\"\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n"
    ));
    let desired = intent
        .resolve(Listing::complete([
            at(1, "shop (EU)", &["Workloads", "Prod"], &[("env", "prod")]),
            at(2, "shop", &[], &[("env", "dev")]),
            at(3, "no tag", &[], &[]),
            at(4, "shop", &["root"], &[("env", "dev")]),
        ]))
        .unwrap();
    let names: Vec<_> = desired.accounts().values().map(|account| account.identifier.as_str()).collect();
    assert_eq!(
        names,
        [
            "Workloads_prod_shop__EU_",
            "root_dev_shop_000000000002",
            "aws000000000003",
            "root_dev_shop_000000000004"
        ]
    );
    assert_eq!(
        desired.diagnostics,
        [
            "called aws<id>, since they lack tag.env, which the setting `naming-template` asks for (a default helps: ${tag.env|none}): 000000000003"
        ]
    );
}

#[test]
fn ten_thousand_rules_that_name_one_account_each_stay_fast() {
    // Each account is looked up among the rules that name it; passing by every rule would be a hundred million conditions, and
    // twice that to find those that are covered.
    let mut intent = intent(visibility());
    intent.rules = (1..=10_000)
        .map(|number| Rule::skip(format!("rule {number}"), Selector::all().with_accounts([id(number)]), "x"))
        .chain([Rule::onboard("rest", Selector::all(), visibility())])
        .collect();
    let accounts: Vec<_> = (1..=10_000).map(|number| account(number, &format!("team {number}"))).collect();
    let desired = intent.resolve(Listing::complete(accounts)).unwrap();
    assert!(
        desired
            .accounts()
            .values()
            .zip(1..)
            .all(|(account, number)| account.rule == Some(format!("rule {number}")))
    );
    assert_eq!(desired.diagnostics.len(), 1, "{:?}", desired.diagnostics);
}
