//! Guards of users, and the changes of steps as data.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use harness_ccm_core::feature::{Feature, FeatureSet};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::Observed;
use harness_ccm_core::plan::{AccountPlan, Guard, Mode, Plan, PlanOptions, PlanRejected, guard, make_plan};
use harness_ccm_core::selector::{Selector, TagCondition};
use serde_json::json;
use support::*;

/// Two accounts that were onboarded before, one of them in production.
fn listed() -> Listing {
    Listing::complete([
        account(1, "team 1").with_tags([("env", "prod")]),
        account(2, "team 2").with_tags([("env", "dev")]),
    ])
}

fn desired(features: FeatureSet) -> Desired {
    owned(features).resolve(listed()).unwrap()
}

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

fn widening() -> Plan {
    let before = desired(visibility());
    sync(&desired(with_ec2()), &applied(&before))
}

fn no_optimization_in_production() -> impl Guard {
    guard("no optimization in production", |_: &AccountId, plan: &AccountPlan| {
        let tags = plan.account.as_ref().and_then(|account| account.tags.as_ref());
        let is_prod = tags.is_some_and(|tags| tags["env"] == "prod");
        let gains = |step: &harness_ccm_core::plan::Step| {
            step.change().features_added.contains(&Feature::Optimization)
        };
        if is_prod && plan.steps.iter().any(gains) {
            Err("production decides for itself".into())
        } else {
            Ok(())
        }
    })
}

#[test]
fn a_guard_refuses_a_plan_with_its_name_the_account_and_the_reason() {
    let guard = no_optimization_in_production();
    let refusal = widening().check_with(&Limits::none(), &[&guard]).unwrap_err();
    assert_eq!(
        refusal,
        PlanRejected::Guard {
            guard: "no optimization in production".into(),
            account: id(1),
            message: "production decides for itself".into()
        }
    );
    assert_eq!(
        refusal.to_string(),
        "the guard \"no optimization in production\" refuses the plan for the account 000000000001: production decides for itself"
    );
    let judged = widening().judge_with(&Limits::none(), &[&guard]);
    let file: serde_json::Value = serde_json::from_str(&widening().to_judged_json_text(&judged)).unwrap();
    assert_eq!(file["limits"]["approved"], false);
    assert_eq!(
        file["limits"]["refusal"]["guard"],
        json!({"guard": "no optimization in production", "account": "000000000001", "message": "production decides for itself"})
    );
}

#[test]
fn words_of_a_guard_are_made_harmless_where_they_are_shown() {
    let quoting = guard("quoting", |_: &AccountId, _: &AccountPlan| Err("\u{1b}[2Jprod\n".into()));
    let refusal = widening().check_with(&Limits::none(), &[&quoting]).unwrap_err();
    insta::assert_snapshot!(refusal, @r#"the guard "quoting" refuses the plan for the account 000000000001: \u{1b}[2Jprod\n"#);
}

#[test]
fn a_guard_is_asked_of_every_account_in_which_something_is_done_and_of_no_other() {
    let asked = std::sync::Mutex::new(Vec::new());
    let counting = guard("counting", |id, _| {
        asked.lock().unwrap().push(id.clone());
        Ok(())
    });
    let in_sync = desired(visibility());
    let _ = sync(&in_sync, &applied(&in_sync)).check_with(&Limits::none(), &[&counting]).unwrap();
    assert_eq!(*asked.lock().unwrap(), []);
    let approved = widening().check_with(&Limits::none(), &[&counting, &counting]).unwrap();
    assert!(approved.plan().has_changes());
    assert_eq!(*asked.lock().unwrap(), [id(1), id(1), id(2), id(2)]);
}

#[test]
fn limits_come_before_guards() {
    let guard = no_optimization_in_production();
    let mut limits = Limits::default();
    limits.max_updates = Share::NONE;
    limits.always_allowed = 0;
    let refusal = widening().check_with(&limits, &[&guard]).unwrap_err();
    assert!(matches!(refusal, PlanRejected::Updates { .. }), "{refusal}");
}

/// The combined changes of all steps of one account.
fn changes(plan: &Plan, number: u64) -> [BTreeSet<String>; 8] {
    let mut all: [BTreeSet<String>; 8] = Default::default();
    for step in &plan.accounts()[&id(number)].steps {
        let change = step.change();
        all[0].extend(change.features_added.iter().map(ToString::to_string));
        all[1].extend(change.features_removed.iter().map(ToString::to_string));
        all[2].extend(change.actions_added);
        all[3].extend(change.actions_removed);
        all[4].extend(change.attached.iter().map(ToString::to_string));
        all[5].extend(change.detached.iter().map(ToString::to_string));
        all[6].extend(change.trusts_added);
        all[7].extend(change.trusts_removed);
    }
    all
}

#[test]
fn created_and_removed_resources_are_gained_and_lost_completely() {
    let wanted = desired(with_ec2());
    let made = sync(&wanted, &nothing(&wanted));
    let [features, none, actions, lost, attached, detached, trusts, trusted] = changes(&made, 1);
    assert!(
        features.contains("optimization") && actions.contains("iam:SimulatePrincipalPolicy"),
        "{actions:?}"
    );
    assert_eq!((none, lost, detached, trusted), Default::default());
    assert!(trusts.iter().any(|principal| principal.contains("891928451355")), "{trusts:?}");
    let gone = sync(&wanted.clone().retire(), &applied(&wanted));
    let [kept, features_lost, gained, actions_lost, more, less, new, trusts_lost] = changes(&gone, 1);
    assert_eq!((kept, gained, more, new), Default::default());
    assert_eq!((features, actions, attached, trusts), (features_lost, actions_lost, less, trusts_lost));
}

#[test]
fn a_change_of_features_gains_or_loses_only_what_differs() {
    let [features, lost, actions, fewer, ..] = changes(&widening(), 2);
    assert_eq!(
        (features.into_iter().collect::<Vec<_>>(), lost),
        (vec!["optimization".to_owned()], BTreeSet::new())
    );
    assert!(actions.iter().any(|action| action.starts_with("ec2:")) && fewer.is_empty(), "{actions:?}");
    assert!(!actions.contains("iam:SimulatePrincipalPolicy"), "it had that before");
    let narrowing = sync(&desired(visibility()), &applied(&desired(with_ec2())));
    let [gained, lost, more, less, ..] = changes(&narrowing, 2);
    assert_eq!((gained, more), Default::default());
    assert_eq!((lost.into_iter().collect::<Vec<_>>(), less), (vec!["optimization".to_owned()], actions));
}

#[test]
fn a_new_name_alone_is_not_such_a_change() {
    let before = desired(visibility());
    let mut intent = owned(visibility());
    intent.tags.insert("team".into(), "x".into());
    let retagged = sync(&intent.resolve(listed()).unwrap(), &applied(&before));
    assert!(retagged.has_changes() && retagged.steps().all(|(_, step)| step.change().is_empty()));
}

#[test]
fn an_account_plan_has_the_account_and_a_file_keeps_it() {
    let intent = owned(visibility()).with_rule(Rule::skip(
        "dev",
        Selector::all().with_tag("env", TagCondition::is("dev")),
        "x",
    ));
    let plan = make_plan(&intent.resolve(listed()).unwrap(), &Observed::default(), PlanOptions::default());
    let read = Plan::from_json(&plan.to_json_text()).unwrap();
    assert_eq!(read, plan);
    assert_eq!(read.accounts()[&id(2)].account, Some(account(2, "team 2").with_tags([("env", "dev")])));
    assert_eq!(read.accounts()[&id(2)].name(), Some("team 2"));
}

#[test]
fn an_added_or_removed_attachment_is_a_change() {
    let governed = || visibility().with_governance(harness_ccm_core::feature::Governance::default());
    let view_only = BTreeSet::from(["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess".to_owned()]);
    let [.., attached, detached, _, _] =
        changes(&sync(&desired(governed()), &applied(&desired(visibility()))), 1);
    assert_eq!((attached, detached), (view_only.clone(), BTreeSet::new()));
    let narrowing = sync(&desired(visibility()), &applied(&desired(governed())));
    let [.., attached, detached, _, _] = changes(&narrowing, 1);
    assert_eq!((attached, detached), (BTreeSet::new(), view_only));
    let role = |(_, step): &(&AccountId, &harness_ccm_core::plan::Step)| {
        step.action.resource().to_string().starts_with("role")
    };
    assert!(narrowing.steps().filter(role).all(|(_, step)| !step.change().is_empty()));
}

#[test]
fn a_boundary_that_is_set_replaced_or_removed_is_a_change() {
    let policy = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
    let bounded = |boundary: Option<&str>| {
        let mut intent = intent(visibility());
        intent.role.boundary = Some(boundary.map_or("none".into(), policy).parse().unwrap());
        intent.resolve(listing([1])).unwrap()
    };
    let boundaries = |before: Option<&str>, after: Option<&str>| {
        let plan = sync(&bounded(after), &applied(&bounded(before)));
        let (mut added, mut removed) = (BTreeSet::new(), BTreeSet::new());
        for (_, step) in plan.steps() {
            added.extend(step.change().boundary_added.map(|boundary| boundary.to_string()));
            removed.extend(step.change().boundary_removed.map(|boundary| boundary.to_string()));
        }
        (added, removed)
    };
    let set = |names: &[&str]| names.iter().map(|name| policy(name)).collect::<BTreeSet<_>>();
    assert_eq!(boundaries(None, Some("ReadOnlyAccess")), (set(&["ReadOnlyAccess"]), set(&[])));
    assert_eq!(boundaries(Some("ReadOnlyAccess"), None), (set(&[]), set(&["ReadOnlyAccess"])));
    let replaced = boundaries(Some("ReadOnlyAccess"), Some("PowerUserAccess"));
    assert_eq!(replaced, (set(&["PowerUserAccess"]), set(&["ReadOnlyAccess"])));
    // Another change of the role leaves its boundary out.
    let mut wider = bounded(Some("ReadOnlyAccess"));
    let before = applied(&wider);
    let mut intent = intent(with_ec2());
    intent.role.boundary = Some(policy("ReadOnlyAccess").parse().unwrap());
    wider = intent.resolve(listing([1])).unwrap();
    let changes = sync(&wider, &before).steps().map(|(_, step)| step.change()).collect::<Vec<_>>();
    assert!(changes.iter().any(|change| !change.actions_added.is_empty()));
    assert!(changes.iter().all(|c| c.boundary_added.is_none() && c.boundary_removed.is_none()));
}

#[test]
fn an_account_plan_says_which_tags_the_account_has_and_which_features_it_gains() {
    let plan = widening();
    let account = &plan.accounts()[&id(1)];
    assert_eq!((account.tag("env"), account.tag("team")), (Some("prod"), None));
    assert_eq!(plan.accounts()[&id(2)].tag("env"), Some("dev"));
    assert!(account.gains(Feature::Optimization) && !account.gains(Feature::Visibility));
    // Tags that were not requested are not known.
    let bare = owned(visibility()).resolve(listing([1])).unwrap();
    assert_eq!(sync(&bare, &applied(&bare)).accounts()[&id(1)].tag("env"), None);
}
