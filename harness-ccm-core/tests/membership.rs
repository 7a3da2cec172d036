//! Whether an account is the management account: known from the list, unknown if the list does not say it, never both.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;

use std::collections::BTreeMap;

use harness_ccm_core::account::Account;
use harness_ccm_core::config::Config;
use harness_ccm_core::intent::{Choice, Hold};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::selector::Unmet;
use harness_ccm_core::source::{ListSource, open};
use lists::*;

const PAYER: &str = "000000000001";
const ARN: &str = "arn:aws:organizations::000000000001:account/o-abcdefghij/";

fn management(listing: &Listing) -> Vec<Option<bool>> {
    listing.accounts().iter().map(|account| account.management).collect()
}

#[test]
fn the_management_account_is_known_by_a_mark_a_payer_or_an_arn_and_otherwise_unknown() {
    let both = [Some(true), Some(false)];
    for (columns, first, second, expected) in [
        ("management", "true", "false", both),
        ("is management", "1", "no", both),
        ("payer", PAYER, PAYER, both),
        ("Management account", "001234567890", PAYER, [Some(false), Some(false)]),
        ("arn", &format!("{ARN}000000000001"), &format!("{ARN}000000000002"), both),
        // A column that lost its name, its values, or those of one line.
        ("mgmt", "true", "false", [None, None]),
        ("management", "", "", [None, None]),
        ("management", "", "false", [None, Some(false)]),
        ("payer", "", PAYER, [None, Some(false)]),
        ("arn", "", "", [None, None]),
    ] {
        let listing =
            csv(&format!("id,name,{columns}\n{PAYER},payer,{first}\n000000000002,member,{second}\n"));
        assert_eq!(management(&listing), expected, "{columns}: {first}, {second}");
    }
    let account = |fields: &str| json(&format!(r#"[{{"id": "{PAYER}", "name": "payer"{fields}}}]"#));
    assert_eq!(management(&account("")), [None]);
    assert_eq!(management(&account(r#", "management": false"#)), [Some(false)]);
    assert_eq!(management(&account(r#", "payer": "000000000001""#)), [Some(true)]);
    assert_eq!(management(&account(&format!(r#", "Arn": "{ARN}{PAYER}", "State": "ACTIVE""#))), [Some(true)]);
    // A program that creates an account says what it is.
    assert_eq!(Account::new(id(1), "member").management, Some(false));
}

#[test]
fn fields_of_two_accounts_in_one_record_are_refused_with_both() {
    for (columns, fields, problem) in [
        (
            "arn",
            &*format!("{ARN}000000000003"),
            "the id names account 000000000002, the ARN names account 000000000003",
        ),
        (
            "arn,payer",
            &format!("{ARN}000000000002,000000000009"),
            "the payer of account 000000000002 is 000000000009, but its ARN names 000000000001",
        ),
        (
            "payer,management",
            "000000000001,yes",
            "account 000000000002 is marked as the management account, but its payer is another",
        ),
        (
            "payer,management",
            "000000000002,no",
            "account 000000000002 is marked as a member account, but is its own payer",
        ),
    ] {
        let error = csv_error(format!("id,name,{columns}\n000000000002,member,{fields}\n"));
        assert_eq!(error, format!("line 2, column 1: {problem}"));
    }
    let error =
        json_error(&format!(r#"[{{"Id": "000000000002", "Name": "b", "Arn": "{ARN}000000000003"}}]"#));
    assert!(error.contains("the ARN names account 000000000003"), "{error}");
}

#[test]
fn a_source_can_name_the_payer_that_its_list_does_not() {
    let payer = id(1);
    let named = ListSource::new(csv("id,name\n000000000001,payer\n000000000002,member\n"));
    let listing = list(&named.with_payer(&payer).unwrap());
    assert_eq!(management(&listing), [Some(true), Some(false)]);
    assert!(listing.accounts().iter().all(|account| account.payer.as_ref() == Some(&payer)));
    for (stated, problem) in [
        (account(2, "b").with_payer(id(9)), "the payer of account 000000000002 is 000000000009"),
        (account(2, "b").as_management(), "account 000000000002 is marked as the management account"),
        (account(1, "a"), "account 000000000001 is marked as a member account"),
    ] {
        let error = listed([stated]).with_payer(&payer).unwrap_err().report();
        assert!(error.contains(problem) && error.contains("remove the payer of its source"), "{error}");
    }
}

/// The decision of the rules of an intent file about the payer in a partial list.
fn choice(source: &str, content: &str) -> (Choice, Choice) {
    let text = format!(
        "harness = {{ account-id = \"acct\" }}\n[[sources]]\n{source}\n\
         [[rules]]\nname = \"payer\"\nmanagement = true\nfeatures = [\"visibility\"]\n\
         [[rules]]\nname = \"members\"\nskip = \"only the payer\"\n"
    );
    let config = Config::from_toml(&text, None).unwrap();
    let files: BTreeMap<String, Vec<u8>> = BTreeMap::from([("list".into(), content.into())]);
    let source = open(&config.sources, &files, |_| Ok(Box::new(listed([])))).unwrap();
    let desired = config.intent.resolve(list(&*source)).unwrap();
    let choice = |number| desired.accounts()[&id(number)].choice.clone();
    (choice(1), choice(2))
}

#[test]
fn a_rule_about_the_management_account_waits_until_it_is_known() {
    let kinds = [
        ("kind = \"csv\"\nfile = \"list\"", "id,name\n000000000001,a\n000000000002,b\n"),
        (
            "kind = \"json\"\nfile = \"list\"",
            r#"[{"id": "000000000001", "name": "a"}, {"id": "000000000002", "name": "b"}]"#,
        ),
        (
            "kind = \"list\"\naccounts = [{ id = \"000000000001\", name = \"a\" }, { id = \"000000000002\", name = \"b\" }]",
            "",
        ),
    ];
    for (source, content) in kinds {
        let (payer, member) = choice(source, content);
        for choice in [payer, member] {
            let Choice::Withhold(hold) = choice else { panic!("{choice:?}") };
            let unknown =
                Hold::UndecidedRule { rule: "payer".into(), because: vec![Unmet::ManagementUnknown] };
            assert_eq!(hold, unknown);
            assert_eq!(
                hold.to_string(),
                "rule \"payer\" cannot be judged: it is not known whether it is the management account: set the setting `payer` or the setting `organization-payer`"
            );
        }
        let (payer, member) = choice(&format!("{source}\npayer = \"{PAYER}\""), content);
        assert!(
            matches!(payer, Choice::Onboard(_)) && matches!(member, Choice::Skip(_)),
            "{payer:?} {member:?}"
        );
    }
}

#[test]
fn the_pinned_management_account_fills_gaps_of_sources_and_refuses_others() {
    let intent = |payer: &str| {
        let text = format!(
            "harness = {{ account-id = \"acct\" }}\norganization = {{ payer = \"{payer}\" }}\n\
             [[rules]]\nname = \"payer\"\nmanagement = true\nfeatures = [\"visibility\"]\n"
        );
        Config::from_toml(&text, None).unwrap().intent
    };
    let desired = intent(PAYER).resolve(csv("id,name\n000000000001,a\n000000000002,b\n")).unwrap();
    assert!(matches!(desired.accounts()[&id(1)].choice, Choice::Onboard(_)));
    assert_eq!(desired.accounts()[&id(2)].account.management, Some(false));
    assert_eq!(desired.accounts()[&id(2)].account.payer, Some(id(1)));
    let error =
        intent("000000000009").resolve(csv("id,name,payer\n000000000002,b,000000000001\n")).unwrap_err();
    insta::assert_snapshot!(error, @"1 of the accounts, such as 000000000002, belong to the management account 000000000001, but the intent is for 000000000009 (the setting `organization-payer`): use a list or credentials of that organization, or remove the setting; nothing was changed");
}
