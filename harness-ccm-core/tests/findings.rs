//! The findings of a plan, and the findings that a user does not accept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/plans.rs"]
mod plans;
mod support;

use std::collections::BTreeSet;

use harness_ccm_core::account::AccountState;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::connector::{CredentialState, Health};
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Named, Optimization};
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
fn a_role_that_is_held_back_is_checked_too() {
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
fn unmanaged_fields_are_named_and_desired_or_default_values_are_not() {
    let (desired, mut observed) = estate();
    let spec = &wanted(&desired, 1).connector;
    for connector in &mut observed.connectors {
        connector.settings = spec.settings.over(&connector.settings).with_session(Some(3_600));
        connector.credential = Some(CredentialState::new("Default"));
    }
    assert_eq!(found(&make_plan(&desired, &observed, PlanOptions::default()), 1), [""; 0], "as usual");
    let connector = &mut observed.connectors[0];
    connector.settings = connector.settings.clone().with_session(Some(7_200)).without_connection_tests();
    connector.credential = Some(CredentialState::new("OidcAuthentication"));
    connector.features.insert(Named::Other("TELEPATHY".into()));
    connector.autostopping.insert(Named::Known(AutoStopping::Ec2));
    connector.unmodelled = [format!("spec.later\u{1b}[2J{}", "x".repeat(200))].into();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    let finding = plan.accounts()[&id(1)]
        .findings
        .iter()
        .find(|finding| finding.kind.name() == "unmanaged-fields")
        .unwrap();
    assert_eq!(finding.severity, Severity::Note);
    let text = finding.kind.to_string();
    for field in ["assumeRoleSessionDuration", "ignoreTestConnection", "credential", "featuresEnabled"] {
        assert!(
            text.contains(&format!("spec.{field}")) || text.contains(&format!(".{field}")),
            "{field}: {text}"
        );
    }
    assert!(text.contains("spec.later") && !text.contains(&"x".repeat(80)), "{text}");
    assert!(!plan.render().full().to_string().contains('\u{1b}'), "names from outside are made harmless");
    assert_eq!(found(&plan, 2), [""; 0]);
}

/// Features of which two releases grant other things.
fn with_asg() -> FeatureSet {
    visibility().with_optimization(Optimization::new().with_kinds([AutoStopping::Asg]))
}

/// An estate that an older release made, which carries no mark.
fn made_under(release: Release) -> Observed {
    let mut intent = owned(with_asg());
    intent.role.release = release.into();
    let mut observed = applied(&intent.resolve(listing(1..=3)).unwrap());
    for seen in observed.roles.values_mut() {
        if let Seen::Present(role) = seen {
            role.tags.remove(OWNER_TAG);
        }
    }
    observed
}

#[test]
fn roles_of_an_older_release_are_found_where_they_stay_and_counted_everywhere() {
    let desired = owned(with_asg()).resolve(listing(1..=3)).unwrap();
    let mut observed = made_under(Release::Module1_0_1);
    *seen_role(&mut observed, &desired, 2) = role_state(wanted(&desired, 2).roles.last().unwrap());
    seen_role(&mut observed, &desired, 3).inline.clear();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    let older = |number| found(&plan, number).contains(&"older-release");
    assert_eq!([1, 2, 3].map(older), [true, false, false], "{}", plan.render());
    let counted: Vec<_> = plan.releases().iter().collect();
    let expected = [(Some(Release::V2026_11), 1), (Some(Release::Module1_0_1), 1), (None, 1)];
    assert_eq!(counted, expected);
    let line =
        "Releases of the permissions that the roles match now: 2026-11 in 1, module-1.0.1 in 1, none in 1.";
    for text in [plan.render().to_string(), plan.markdown().to_string(), plan.page().to_string()] {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(line), "{text}");
    }
    let json = plan.to_json();
    assert_eq!(json["releases"].to_string(), r#"{"2026-11":1,"module-1.0.1":1,"none":1}"#);
    // Where the plan brings the role to the release that is asked for, there is nothing to look at.
    let adopting = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    assert_eq!(adopting.raised_by(&"older-release".parse().unwrap()), 0);
    assert_eq!(adopting.releases(), plan.releases(), "counted as they are before");
}

#[test]
fn a_role_that_grants_what_is_desired_matches_that_release_for_any_creator() {
    let mut intent = owned(with_asg());
    intent.role.release = Release::Module1_0_1.into();
    let desired = intent.resolve(listing(1..=3)).unwrap();
    let plan = make_plan(&desired, &made_under(Release::Module1_0_1), PlanOptions::default());
    assert_eq!(plan.releases().iter().collect::<Vec<_>>(), [(Some(Release::Module1_0_1), 3)]);
    let none = make_plan(&desired, &harness_ccm_fixtures::nothing(&desired), PlanOptions::default());
    assert!(none.releases().is_empty());
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
