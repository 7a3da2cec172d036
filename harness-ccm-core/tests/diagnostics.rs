//! Notes about a listing, and about rules that match no account.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_core::intent::{Choice, Diagnostic, Hold, LeftOut, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::selector::Selector;
use support::*;

const HEAD: &str = "[harness]\naccount-id = \"acct\"\n";

#[test]
fn rules_that_decide_nothing_are_reported_with_the_reason() {
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
    insta::assert_snapshot!(shown(&desired).join("\n"), @r#"
    rule "some" names accounts that are not in the listing: 777777777777
    rule "one of them" can never match: the earlier rule "some" matches every account that it could match
    rule "first and third" can never match: the earlier rules "some", "third" match every account that it names
    rule "strangers" names accounts that are not in the listing: 888888888881, 888888888882, 888888888883, 888888888884, 888888888885 and 1 more
    rule "strangers" matches no account: none of the accounts that it names is in the listing
    rule "narrower" can never match: the earlier rule "teams" matches every account that it could match
    rule "elsewhere" matches no account: no account satisfies ou-paths = "Nowhere/**"
    rule "never together" matches no account: no account satisfies all its conditions at once
    rule "first again" matches no account: earlier rules match the accounts that it would match: "some" (1)
    rule "afterthought" can never match: the earlier rule "everybody" matches every account that it could match
    "#);
}

#[test]
fn a_check_without_accounts_reports_the_rules_that_can_never_decide_and_no_others() {
    let all = || Selector::all();
    let intent = owned(visibility())
        .with_rule(Rule::skip("late", all().with_name("team-*"), "no"))
        .with_rule(Rule::skip("later", all().with_accounts([id(1)]), "no"));
    let rules = |diagnostics: Vec<Diagnostic>| -> Vec<_> {
        let name = |diagnostic| match diagnostic {
            Diagnostic::Unreachable { rule, .. } => rule,
            other => panic!("{other}"),
        };
        diagnostics.into_iter().map(name).collect()
    };
    assert_eq!(rules(intent.check().unwrap()), ["late", "later"]);
    assert_eq!(rules(owned(visibility()).check().unwrap()), [""; 0]);
}

#[test]
fn an_account_that_is_listed_twice_is_withheld() {
    let desired = intent(visibility())
        .resolve(Listing::complete([at(5, "a", &[], &[]), at(5, "b", &[], &[]), at(6, "c", &[], &[])]))
        .unwrap();
    assert_eq!(desired.accounts().len(), 2);
    assert_eq!(
        desired.accounts()[&id(5)].choice,
        Choice::Withhold(Hold::Doubt { note: "the source lists the account more than once".into() })
    );
    assert_eq!(desired.diagnostics[0], Diagnostic::ListedTwice { accounts: vec![id(5)] });
    assert_eq!(shown(&desired)[0], "withheld, because the source lists them more than once: 000000000005");
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
        shown(&desired),
        [
            "named aws<id>, because they do not have tag.env, which the setting `naming-template` uses (set a default: ${tag.env|none}): 000000000003"
        ]
    );
}

#[test]
fn ten_thousand_rules_that_name_one_account_each_stay_fast() {
    // Each account is looked up among the rules that name it. Visiting every rule would evaluate a hundred million conditions,
    // and twice that to find covered rules.
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

#[test]
fn fields_that_a_server_leaves_out_have_the_names_of_its_api() {
    let fields = [
        (LeftOut::Report, "curAttributes"),
        (LeftOut::AutoStopping, "autostoppingFeatures"),
        (LeftOut::Commitment, "commitmentFeatures"),
        (LeftOut::ReportType, "curAttributes.reportType"),
        (LeftOut::GovCloud, "isAWSGovCloudAccount"),
    ];
    for (field, name) in fields {
        assert_eq!(field.field(), name);
    }
}
