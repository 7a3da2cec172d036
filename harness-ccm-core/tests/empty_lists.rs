//! Statements with empty lists, which IAM keeps.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/one_account.rs"]
mod one_account;

use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::RoleName;
use harness_ccm_core::intent::{Intent, Layout};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::{FindingKind, Mode, Plan};
use harness_ccm_core::policy::{EmptyField, Grants, PolicyDocument};
use harness_ccm_core::role::RoleState;
use harness_ccm_fixtures::Scenario;
use one_account::*;
use serde_json::{Value, json};

fn parse(statements: &Value) -> PolicyDocument {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    PolicyDocument::parse(&text).unwrap()
}

fn with(document: &PolicyDocument, at: usize, statement: Value) -> PolicyDocument {
    let mut json: Value = serde_json::from_str(&document.to_json()).unwrap();
    json["Statement"].as_array_mut().unwrap().insert(at, statement);
    PolicyDocument::parse(&json.to_string()).unwrap()
}

fn plain() -> Intent {
    intent(Layout::Inline, FeatureSet::new().with_visibility())
}

fn edit(world: &World, edit: impl FnOnce(&mut RoleState)) {
    assert!(world.edit_role(&account(), &RoleName::cross_account(), edit));
}

fn findings(plan: &Plan) -> Vec<String> {
    let all = plan.accounts()[&account()].findings.iter();
    let empty = all.filter(|finding| matches!(finding.kind, FindingKind::EmptyList { .. }));
    empty.map(|finding| finding.kind.to_string()).collect()
}

#[test]
fn a_statement_with_an_empty_list_is_kept_by_place_and_field_and_means_nothing() {
    let full = json!({"Effect": "Allow", "Action": "ec2:DescribeRegions", "Resource": "*"});
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}});
    for (other, empty, field) in [
        (&full, json!({"Effect": "Allow", "Action": [], "Resource": "*"}), EmptyField::Action),
        (&full, json!({"Effect": "Deny", "Action": [], "Resource": "*"}), EmptyField::Action),
        (&full, json!({"Effect": "Deny", "Action": "*", "Resource": []}), EmptyField::Resource),
        (&full, json!({"Effect": "Deny", "NotAction": "s3:*", "Resource": []}), EmptyField::Resource),
        (&trust, json!({"Effect": "Deny", "Action": "*", "Principal": {"AWS": []}}), EmptyField::Principal),
        (&trust, json!({"Effect": "Deny", "Action": "*", "Principal": {}}), EmptyField::Principal),
        (&trust, json!({"Effect": "Allow", "Action": [], "Principal": "*"}), EmptyField::Action),
    ] {
        let alone = parse(&json!([other]));
        for (place, statements) in [json!([empty, other]), json!([other, empty])].into_iter().enumerate() {
            let document = parse(&statements);
            let shown: Vec<_> =
                document.empty_statements().iter().map(|empty| (empty.number(), empty.field())).collect();
            assert_eq!(shown, [(place + 1, field)], "{empty}");
            assert_eq!(document.statements(), alone.statements(), "{empty}: nothing evaluates it");
            assert!(document.equivalent(&alone), "{empty}");
            assert_ne!(document, alone, "{empty}: it was written");
            assert_eq!(PolicyDocument::parse(&document.to_json()).unwrap(), document, "{empty}");
        }
    }
}

#[test]
fn all_but_nothing_is_everything() {
    let document = parse(&json!([{"Effect": "Allow", "NotAction": [], "Resource": "*"}]));
    assert_eq!(document.empty_statements(), []);
    let wanted = parse(&json!([{"Effect": "Allow", "Action": "ec2:DescribeRegions", "Resource": "*"}]));
    assert!(Grants::of([&document]).cover(&wanted).is_complete());
}

#[test]
fn a_role_of_others_with_empty_lists_is_in_sync_and_each_is_named() {
    let world = world();
    bring_to_safely(&world, &plain());
    edit(&world, |role| {
        role.tags.clear();
        role.trust = with(
            &role.trust,
            0,
            json!({"Sid": "Nobody", "Effect": "Deny", "Action": "sts:*", "Principal": {"AWS": []}}),
        );
        let empty = json!({"Effect": "Deny", "Action": "*", "Resource": []});
        role.inline =
            role.inline.iter().map(|(name, text)| (name.clone(), with(text, 1, empty.clone()))).collect();
    });
    let plan = Scenario::new(&world, &plain()).plan().plan;
    assert!(!plan.has_changes() && plan.is_complete(), "{}", plan.render());
    insta::assert_snapshot!(findings(&plan).join("\n"), @r"
    the trust policy, statement 1 (Nobody): Principal is an empty list, so the statement grants and denies nothing
    the inline policy HarnessCCM, statement 2: Resource is an empty list, so the statement grants and denies nothing
    ");
}

#[test]
fn an_empty_list_is_named_where_the_role_is_withheld_or_changed_too() {
    let world = world();
    bring_to_safely(&world, &plain());
    edit(&world, |role| {
        role.tags.clear();
        role.inline
            .values_mut()
            .for_each(|text| *text = parse(&json!([{"Effect": "Allow", "Action": [], "Resource": "*"}])));
    });
    for adopt in [false, true] {
        let scenario = Scenario::new(&world, &plain());
        let scenario = if adopt { scenario.with_adopt() } else { scenario };
        let plan = scenario.plan().plan;
        assert_eq!((plan.has_changes(), findings(&plan).len()), (adopt, 1), "{}", plan.render());
        scenario.apply_whole(plan);
    }
    assert_eq!(findings(&make_plan(&world, &plain(), Mode::Upsert)), [""; 0], "it was written again");
}
