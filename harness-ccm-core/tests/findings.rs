//! The findings of a plan, and the findings that a user does not accept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/plans.rs"]
mod plans;
mod support;

use std::collections::BTreeSet;

use harness_ccm_core::account::AccountState;
use harness_ccm_core::connector::Health;
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{
    Concern, FindingKind, Mode, Plan, PlanOptions, Severity, WithheldReason, make_plan,
};
use harness_ccm_core::selector::Selector;
use plans::plans;
use support::*;

/// The kinds of findings of one account.
fn found(plan: &Plan, number: u64) -> Vec<&'static str> {
    plan.accounts()[&id(number)].findings.iter().map(|finding| finding.kind.name()).collect()
}

fn estate() -> (Desired, Observed) {
    let desired = owned(visibility()).resolve(listing(1..=3)).unwrap();
    let observed = applied(&desired);
    (desired, observed)
}

#[test]
fn a_clean_estate_has_no_finding() {
    let (desired, mut observed) = estate();
    for connector in &mut observed.connectors {
        connector.health = Health::Success;
    }
    for mode in [Mode::Upsert, Mode::Sync] {
        let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(mode));
        assert!(plan.accounts().values().all(|account| account.findings.is_empty()));
        assert!(Concern::words().iter().all(|word| plan.raised_by(&word.parse().unwrap()) == 0));
    }
}

#[test]
fn a_role_that_is_held_back_is_looked_at_too() {
    let (desired, mut observed) = estate();
    let role = seen_role(&mut observed, &desired, 1);
    role.trust = trusting_also(&role.trust, 7);
    role.tags.insert(OWNER_TAG.into(), "others".into());
    let role = seen_role(&mut observed, &desired, 2);
    role.trust = trusting_also(&role.trust, 7);
    role.inline.clear();
    role.tags.remove(OWNER_TAG);
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    for (number, reason) in [(1, "foreign"), (2, "unowned")] {
        assert_eq!(plan.accounts()[&id(number)].withheld[0].reason.name(), reason);
        assert_eq!(found(&plan, number), ["wider-trust"], "{number}");
    }
    assert_eq!(found(&plan, 3), [""; 0]);
}

#[test]
fn a_role_that_serves_no_connector_is_checked_too() {
    let (desired, mut observed) = estate();
    let role = seen_role(&mut observed, &desired, 1);
    role.trust = trusting_also(&role.trust, 7);
    role.inline.clear();
    observed.connectors[0].role_arn = Some("arn:aws:iam::000000000001:role/Other".into());
    observed.connectors[0].tags.clear();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    let reasons: Vec<_> =
        plan.accounts()[&id(1)].withheld.iter().map(|withheld| withheld.reason.name()).collect();
    assert!(reasons.contains(&"serves-nobody"), "{reasons:?}");
    assert_eq!(found(&plan, 1), ["wider-trust"]);
}

#[test]
fn a_connector_that_failed_at_harness_is_found_where_the_plan_does_nothing_about_it() {
    let (desired, mut observed) = estate();
    let passed_at = Some("2026-01-31T00:00:00Z".parse().unwrap());
    for connector in &mut observed.connectors {
        connector.health = Health::Failure { message: "the role cannot be assumed".into() };
        connector.passed_at = passed_at;
    }
    // Nothing is done in the first account, the second gets its role again, and the third belongs to another
    // tool.
    observed.roles.insert(wanted(&desired, 2).connector.role.clone(), Seen::Absent);
    observed.connectors[2].tags.insert(OWNER_TAG.into(), "others".into());
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    assert_eq!(found(&plan, 1), ["test-failed"]);
    assert_eq!(found(&plan, 2), [""; 0]);
    assert_eq!(found(&plan, 3), ["test-failed"]);
    let finding = &plan.accounts()[&id(1)].findings[0];
    assert_eq!(finding.severity, Severity::Problem);
    insta::assert_snapshot!(finding.kind, @"failed Harness' connection test: the role cannot be assumed (last passed 2026-01-31T00:00:00Z)");
}

#[test]
fn a_connector_of_an_inaccessible_account_is_an_orphan_in_every_mode_that_keeps_it() {
    for state in [AccountState::Suspended, AccountState::PendingClosure, AccountState::Closed] {
        let (_, observed) = estate();
        let closed = listing_with(1..=3, 0, |account| account.state = state.clone());
        let desired = owned(visibility()).resolve(closed).unwrap();
        let upsert = make_plan(&desired, &observed, PlanOptions::default());
        let orphan = FindingKind::OrphanConnector { state: Some(state.clone()) };
        let kinds: Vec<_> = upsert.accounts()[&id(1)].findings.iter().map(|finding| &finding.kind).collect();
        assert_eq!(kinds, [&orphan], "{state}");
        assert_eq!(found(&upsert, 2), [""; 0]);
    }
}

#[test]
fn a_removed_connector_is_not_an_orphan() {
    let (_, observed) = estate();
    let closed = listing_with(1..=3, 0, |account| account.state = AccountState::Closed);
    let desired = owned(visibility()).resolve(closed).unwrap();
    let sync = make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert!(sync.has_changes());
    assert_eq!(found(&sync, 1), ["not-ours"; 0]);
}

#[test]
fn a_connector_of_ours_whose_account_left_the_organization_is_an_orphan_and_that_of_others_is_not() {
    let (_, mut observed) = estate();
    observed.connectors[1].tags.insert(OWNER_TAG.into(), "others".into());
    let desired = owned(visibility()).resolve(listing([3])).unwrap();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    assert_eq!(found(&plan, 1), ["orphan-connector"]);
    assert_eq!(found(&plan, 2), ["not-ours"]);
    assert_eq!(found(&plan, 3), [""; 0]);
    // A partial listing says nothing about other accounts.
    let part = owned(visibility()).resolve(Listing::partial([account(3, "team 3")])).unwrap();
    let plan = make_plan(&part, &observed, PlanOptions::default());
    assert_eq!(plan.raised_by(&"orphan-connector".parse().unwrap()), 0);
}

#[test]
fn every_word_is_a_concern_and_no_other() {
    for word in Concern::words() {
        assert_eq!(word.parse::<Concern>().unwrap().to_string(), word);
    }
    for names in [&FindingKind::NAMES[..], &WithheldReason::NAMES] {
        assert!(names.is_sorted());
    }
    let words: BTreeSet<_> = Concern::words().into_iter().collect();
    assert_eq!(words.len(), Concern::words().len(), "each word means one thing");
    let error = "duplicates".parse::<Concern>().unwrap_err().to_string();
    assert!(
        error.starts_with("not a kind of finding or of reason: give one of risk, problem, note, "),
        "{error}"
    );
}

#[test]
fn every_name_that_a_plan_shows_can_be_given() {
    let words: BTreeSet<_> = Concern::words().into_iter().collect();
    let mut shown = BTreeSet::new();
    for (_, plan) in plans() {
        for account in plan.accounts().values() {
            shown.extend(account.findings.iter().map(|finding| finding.kind.name()));
            shown.extend(account.withheld.iter().map(|withheld| withheld.reason.name()));
        }
    }
    assert!(shown.len() >= 10, "{shown:?}");
    assert_eq!(shown.difference(&words).collect::<Vec<_>>(), [&""; 0]);
}

#[test]
fn a_concern_counts_accounts() {
    let (_, mut observed) = estate();
    let intent = owned(visibility());
    let mut twice = observed.connectors[0].clone();
    twice.id = "another".parse().unwrap();
    let mut thrice = twice.clone();
    thrice.id = "one_more".parse().unwrap();
    observed.connectors.extend([twice, thrice]);
    let mut rules = vec![Rule::skip("out", Selector::all().with_name("team 2"), "no spend")];
    rules.extend(intent.rules.clone());
    let mut intent = intent;
    intent.rules = rules;
    let desired = intent.resolve(listing(1..=3)).unwrap();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    let raised = |word: &str| plan.raised_by(&word.parse().unwrap());
    assert_eq!(found(&plan, 1), ["duplicate-connector", "duplicate-connector"]);
    assert_eq!((raised("duplicate-connector"), raised("note"), raised("risk")), (1, 1, 0));
    assert_eq!(raised("mode"), 1, "what only another mode removes");
}
