//! Roles that no connector names and no rule asks for: those at known names in every mode, all others by a deep search.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::account::AccountState;
use harness_ccm_core::backend::{ConnectorClient as _, ConnectorView};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Optimization};
use harness_ccm_core::id::OwnerId;
use harness_ccm_core::intent::{Desired, Intent, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, RoleSearch, Searched, observe_accounts};
use harness_ccm_core::owner::{ADOPTED_TAG, OWNER_TAG};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::{Error, ErrorKind};
use harness_ccm_fixtures::carry_out;
use support::*;

const MODES: [Mode; 3] = [Mode::Upsert, Mode::Sync, Mode::Mark];

fn options(mode: Mode) -> PlanOptions {
    PlanOptions::default().with_mode(mode)
}

fn deep(mode: Mode) -> PlanOptions {
    options(mode).with_deep_search()
}

fn observed(world: &World, desired: &Desired, options: PlanOptions) -> Observed {
    let look = ObserveOptions::default().with_scope(options.scope()).with_search(options.search);
    block_on(observe_accounts(desired, &world.roles(), &world.connectors(), look, &NoEvents)).unwrap()
}

fn planned(world: &World, intent: &Intent, options: PlanOptions) -> Plan {
    let desired = intent.resolve(listing(1..=3)).unwrap();
    make_plan(&desired, &observed(world, &desired, options), options)
}

/// Three accounts, made under `intent`.
fn made(intent: &Intent) -> World {
    let world = World::new((1..=3).map(|number| account(number, &format!("team {number}"))));
    carry_out(&world, planned(&world, intent, PlanOptions::default()));
    world
}

/// Removes the connector of an account, as a run does that ends right after it.
fn cut_off(world: &World, number: u64) {
    let connectors = world.connectors();
    for connector in block_on(connectors.list_connectors()).unwrap().connectors {
        if connector.account == Some(id(number)) {
            block_on(connectors.remove_connector(&connector.id, &connector)).unwrap();
        }
    }
}

/// The orphans that a plan finds in account 1, and the roles that it removes there.
fn orphans(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let account = &plan.accounts()[&id(1)];
    let found = account.findings.iter().filter(|finding| finding.kind.name() == "orphan-role");
    let gone = account.steps.iter().map(|step| step.action.resource());
    (found.map(|finding| finding.resource.to_string()).collect(), gone.map(|what| what.to_string()).collect())
}

fn nothing_at_all() -> (Vec<String>, Vec<String>) {
    (Vec::new(), Vec::new())
}

fn one(name: &str) -> Vec<String> {
    vec![format!("role {name}")]
}

fn renamed(intent: &Intent, name: &str) -> Intent {
    let mut intent = intent.clone();
    intent.role.name = name.parse().unwrap();
    intent
}

fn skipping(mut intent: Intent) -> Intent {
    intent.rules = vec![Rule::skip("none", Selector::all(), "no")];
    intent
}

fn with_alb() -> FeatureSet {
    visibility().with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]))
}

#[test]
fn a_role_under_a_former_name_is_found_in_every_mode_and_removed_by_the_one_that_removes() {
    let before = owned(visibility());
    let mut after = renamed(&before, "OtherRole");
    after.role.former_names = ["HarnessCERole".parse().unwrap()].into();
    for leave in [false, true] {
        let intent = if leave { skipping(after.clone()) } else { after.clone() };
        let world = made(&before);
        cut_off(&world, 1);
        for mode in MODES {
            let plan = planned(&world, &intent, options(mode));
            let (found, gone) = orphans(&plan);
            let removed = gone.contains(&"role HarnessCERole".to_owned());
            assert_eq!(removed, mode == Mode::Sync, "{mode:?} {leave}: {}", plan.render());
            assert_eq!(found, if removed { vec![] } else { one("HarnessCERole") }, "{mode:?} {leave}");
        }
    }
}

#[test]
fn a_clean_estate_has_no_orphan_role_however_far_is_searched() {
    let intent = owned(with_alb());
    let world = made(&intent);
    for mode in MODES {
        for options in [options(mode), deep(mode)] {
            let plan = planned(&world, &intent, options);
            assert_eq!(orphans(&plan), nothing_at_all(), "{options:?}: {}", plan.render());
            assert!(plan.is_complete());
        }
    }
}

#[test]
fn a_removal_that_was_cut_off_after_the_connector_is_finished_by_a_deep_search_for_any_role_name() {
    for intent in [owned(visibility()), owned(with_alb())] {
        let world = made(&renamed(&intent, "OldRole"));
        cut_off(&world, 1);
        let none = skipping(intent);
        let forgotten = planned(&world, &none, options(Mode::Sync));
        assert!(
            !orphans(&forgotten).1.contains(&"role OldRole".into()),
            "without a search nothing leads there"
        );
        let found = planned(&world, &none, deep(Mode::Upsert));
        assert!(orphans(&found).0.contains(&"role OldRole".into()), "{}", found.render());
        assert!(!found.has_changes());
        carry_out(&world, planned(&world, &none, deep(Mode::Sync)));
        for name in ["OldRole", "HarnessCELambdaExecutionRole"] {
            assert_eq!(world.role(&id(1), &name.parse().unwrap()), None, "{name}");
        }
    }
}

#[test]
fn a_cross_account_role_is_removed_before_its_lambda_role() {
    let mut before = owned(with_alb());
    before.role.prefix = "p-".parse().unwrap();
    let world = made(&before);
    cut_off(&world, 1);
    let plan = planned(&world, &skipping(owned(with_alb())), deep(Mode::Sync));
    let expected = ["p-HarnessCERole", "p-HarnessCELambdaExecutionRole"].map(|name| format!("role {name}"));
    assert_eq!(orphans(&plan), (vec![], expected.to_vec()), "{}", plan.render());
}

#[test]
fn a_role_without_a_mark_that_accepts_our_external_id_is_found_and_never_removed() {
    let intent = owned(visibility());
    let world = made(&intent);
    let spec = wanted(&renamed(&intent, "Theirs").resolve(listing([1])).unwrap(), 1).roles[0].clone();
    let mut theirs = role_state(&spec);
    theirs.tags.clear();
    let world = world.with_role(theirs);
    for mode in MODES {
        assert_eq!(orphans(&planned(&world, &intent, options(mode))), nothing_at_all(), "{mode:?}");
        assert_eq!(orphans(&planned(&world, &intent, deep(mode))), (one("Theirs"), vec![]), "{mode:?}");
    }
}

#[test]
fn a_role_that_another_user_needs_is_not_an_orphan() {
    let intent = owned(visibility());
    let spec = wanted(&renamed(&intent, "Other").resolve(listing([1])).unwrap(), 1).roles[0].clone();
    let elsewhere = {
        let mut elsewhere = renamed(&intent, "Other");
        elsewhere.harness_account = "other".parse().unwrap();
        elsewhere.external_id = "harness:891928451355:other".parse().unwrap();
        wanted(&elsewhere.resolve(listing([1])).unwrap(), 1).roles[0].clone()
    };
    let mut of_another_owner = role_state(&spec);
    of_another_owner.tags.insert(OWNER_TAG.into(), "others".into());
    for state in [of_another_owner, role_state(&elsewhere)] {
        let world = made(&intent).with_role(state);
        for mode in MODES {
            let plan = planned(&world, &intent, deep(mode));
            assert_eq!(orphans(&plan), nothing_at_all(), "{mode:?}: {}", plan.render());
        }
    }
    // A connector that is not seen may name it, or one that is.
    let world = made(&intent).with_role(role_state(&spec));
    assert_eq!(orphans(&planned(&world, &intent, deep(Mode::Upsert))).0, one("Other"), "nobody uses it");
    let mut user = block_on(world.connectors().list_connectors()).unwrap().connectors.remove(0);
    user.id = "user".parse().unwrap();
    user.role_arn = Some(spec.address.arn.to_string());
    user.account = None;
    world.set_view(ConnectorView::Unknown);
    assert_eq!(orphans(&planned(&world, &intent, deep(Mode::Upsert))).0, [""; 0]);
    world.set_view(ConnectorView::All);
    let named = planned(&world.with_connector(user), &intent, deep(Mode::Upsert));
    assert_eq!(orphans(&named).0, [""; 0], "{}", named.render());
}

#[test]
fn an_adopted_role_that_nothing_uses_stays_and_is_an_orphan() {
    let intent = owned(visibility());
    let mut state = role_state(&wanted(&intent.resolve(listing([1])).unwrap(), 1).roles[0]);
    state.tags.insert(ADOPTED_TAG.into(), String::new());
    let world = made(&intent).with_role(state);
    cut_off(&world, 1);
    let plan = planned(&world, &skipping(intent), options(Mode::Sync));
    assert_eq!(orphans(&plan), (one("HarnessCERole"), vec![]), "{}", plan.render());
}

/// Many tools carry the default mark: a helper says nothing of whose it is.
#[test]
fn with_the_default_owner_a_search_removes_only_what_accepts_our_external_id() {
    let mut before = owned(with_alb());
    before.owner = OwnerId::default();
    before.role.prefix = "p-".parse().unwrap();
    let world = made(&before);
    cut_off(&world, 1);
    before.role.prefix = "".parse().unwrap();
    let plan = planned(&world, &skipping(before), deep(Mode::Sync));
    let helper = one("p-HarnessCELambdaExecutionRole");
    assert_eq!(orphans(&plan), (helper, one("p-HarnessCERole")), "{}", plan.render());
}

#[test]
fn roles_that_could_not_be_searched_make_a_plan_incomplete_and_stop_nothing() {
    let mut intent = owned(visibility());
    intent.rules.insert(0, Rule::skip("no", Selector::all().with_accounts([id(2)]), "no"));
    let desired = intent.resolve(listing(1..=3)).unwrap();
    let world = World::new((1..=3).map(|number| account(number, "x")));
    let mut found = observed(&world, &desired, deep(Mode::Upsert));
    assert_eq!(found.searched.len(), 3, "accounts that are left out are searched too");
    let denied = Error::new(ErrorKind::Denied, "iam:ListRoles", "not authorized");
    found.searched.insert(id(1), Searched::Gap(denied.into()));
    found.searched.remove(&id(2));
    let plan = make_plan(&desired, &found, deep(Mode::Upsert));
    assert_eq!(plan.accounts()[&id(1)].steps.len(), 2, "{}", plan.render());
    assert!(!plan.is_complete());
    for number in [1, 2] {
        assert_eq!(plan.accounts()[&id(number)].withheld[0].reason.name(), "not-searched", "{number}");
    }
    assert!(plan.accounts()[&id(3)].withheld.is_empty());
    assert_eq!(plan.raised_by(&"not-searched".parse().unwrap()), 2);
}

#[test]
fn an_account_that_cannot_be_entered_is_reported_once() {
    let mut intent = owned(visibility());
    intent.rules.insert(0, Rule::skip("no", Selector::all().with_accounts([id(2)]), "no"));
    let world = World::new((1..=3).map(|number| account(number, "x")));
    for number in [1, 2] {
        world.make_unreachable(&id(number));
    }
    let plan = planned(&world, &intent, deep(Mode::Upsert));
    for number in [1, 2] {
        let reasons: Vec<_> =
            plan.accounts()[&id(number)].withheld.iter().map(|withheld| withheld.reason.name()).collect();
        assert_eq!(reasons.iter().filter(|name| **name == "unreadable").count(), 1, "{number}: {reasons:?}");
        assert!(!reasons.contains(&"not-searched"), "{number}: {reasons:?}");
    }
}

#[test]
fn the_forecast_counts_the_search_and_a_saved_plan_repeats_it() {
    let intent = owned(visibility());
    let world = made(&intent);
    let plan = planned(&world, &intent, deep(Mode::Sync));
    let extent = plan.basis().search.unwrap();
    assert_eq!((extent.accounts, extent.aws_calls), (3, 3), "nothing was found: one list for each account");
    cut_off(&world, 1);
    let plan = planned(&world, &skipping(renamed(&intent, "Other")), deep(Mode::Sync));
    assert!(plan.forecast().search_calls > 3, "{:?}", plan.forecast());
    assert!(plan.render().to_string().contains("search among all roles"), "{}", plan.render());
    let saved = Plan::from_json(&plan.to_json_text()).unwrap();
    assert_eq!((saved.options().search, saved.forecast()), (RoleSearch::Deep, plan.forecast()));
    assert_eq!(planned(&world, &intent, options(Mode::Sync)).forecast().search_calls, 0);
}

/// The names of the roles in account 1 that a deep search reads.
fn searched(world: &World, desired: &Desired) -> Vec<String> {
    match &observed(world, desired, deep(Mode::Upsert)).searched[&id(1)] {
        Searched::Done { found, .. } => found.iter().map(|arn| arn.name().to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_search_reads_the_roles_that_accept_an_external_id_of_our_harness_account_and_no_others() {
    let mut intent = owned(visibility());
    let world = made(&intent);
    let accepting = |name: &str, external_id: &str| {
        let mut other = renamed(&intent, name);
        other.external_id = external_id.parse().unwrap();
        role_state(&wanted(&other.resolve(listing([1])).unwrap(), 1).roles[0])
    };
    let of_our_account = format!("harness:111122223333:{}", intent.harness_account);
    let world = world
        .with_role(accepting("Current", "of-our-own"))
        .with_role(accepting("OtherCluster", &of_our_account))
        .with_role(accepting("OtherAccount", "harness:891928451355:other"))
        .with_role(accepting("OtherCompany", "acme"));
    intent.external_id = "of-our-own".parse().unwrap();
    assert_eq!(searched(&world, &intent.resolve(listing([1])).unwrap()), ["Current", "OtherCluster"]);
}

#[test]
fn a_role_that_the_search_found_and_the_intent_names_is_removed_once() {
    let intent = owned(visibility());
    let world = made(&renamed(&intent, "OldRole"));
    cut_off(&world, 1);
    let mut none = skipping(intent);
    let found = observed(&world, &none.resolve(listing(1..=3)).unwrap(), deep(Mode::Sync));
    none.role.former_names = ["OldRole".parse().unwrap()].into();
    let plan = make_plan(&none.resolve(listing(1..=3)).unwrap(), &found, deep(Mode::Sync));
    assert_eq!(orphans(&plan), (vec![], one("OldRole")), "{}", plan.render());
    // In an account that is onboarded too.
    let before = owned(visibility());
    let mut after = renamed(&before, "OtherRole");
    let world = made(&before);
    let found = observed(&world, &after.resolve(listing(1..=3)).unwrap(), deep(Mode::Sync));
    after.role.former_names = ["HarnessCERole".parse().unwrap()].into();
    let plan = make_plan(&after.resolve(listing(1..=3)).unwrap(), &found, deep(Mode::Sync));
    let (_, written) = orphans(&plan);
    assert_eq!(written.iter().filter(|role| *role == "role HarnessCERole").count(), 1, "{}", plan.render());
}

#[test]
fn a_search_is_missing_only_where_offboarding_can_enter() {
    let states = [account(1, "active"), account(2, "suspended").with_state(AccountState::Suspended)];
    let listing = Listing::complete(states.clone());
    let desired = owned(visibility()).resolve(listing).unwrap().retire();
    let world = World::new(states);
    let mut found = observed(&world, &desired, deep(Mode::Sync));
    found.searched.clear();
    let plan = make_plan(&desired, &found, deep(Mode::Sync));
    let reasons = |number| {
        let withheld = plan.accounts().get(&id(number)).map(|account| account.withheld.iter());
        withheld.into_iter().flatten().map(|withheld| withheld.reason.name()).collect::<Vec<_>>()
    };
    assert!(reasons(1).contains(&"not-searched"), "{}", plan.render());
    assert!(!reasons(2).contains(&"not-searched"), "{}", plan.render());
}

#[test]
fn a_role_under_a_former_name_and_one_that_only_the_search_finds_are_both_removed() {
    let intent = owned(visibility());
    let mut none = skipping(intent.clone());
    none.role.former_names = ["OldRole".parse().unwrap()].into();
    let state = |name: &str| {
        let renamed = renamed(&intent, name);
        role_state(&wanted(&renamed.resolve(listing([1])).unwrap(), 1).roles[0])
    };
    let world = made(&intent).with_role(state("OldRole")).with_role(state("OlderRole"));
    cut_off(&world, 1);
    let (found, gone) = orphans(&planned(&world, &none, deep(Mode::Sync)));
    assert_eq!(found, [""; 0]);
    for name in ["OldRole", "OlderRole", "HarnessCERole"] {
        assert_eq!(
            gone.iter().filter(|role| **role == format!("role {name}")).count(),
            1,
            "{name}: {gone:?}"
        );
    }
}

#[test]
fn a_role_that_the_connector_named_until_now_is_left_behind_unless_the_search_finds_it() {
    let before = owned(visibility());
    let after = renamed(&before, "OtherRole");
    let left = |options: PlanOptions| {
        let plan = planned(&made(&before), &after, options);
        let account = &plan.accounts()[&id(1)];
        let kinds = account.findings.iter().map(|finding| finding.kind.name());
        (
            kinds.filter(|name| *name == "left-behind").count(),
            orphans(&plan).1.contains(&"role HarnessCERole".into()),
        )
    };
    assert_eq!(left(options(Mode::Upsert)), (1, false));
    assert_eq!(left(options(Mode::Sync)), (1, false));
    assert_eq!(left(deep(Mode::Sync)), (0, true));
    // Without the mode `Sync`, the search withholds it.
    assert_eq!(left(deep(Mode::Upsert)), (0, false));
}
