//! Accounts missing from a listing: nothing is removed because a listing was cut short or belongs to another
//! organization.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::account::AccountState;
use harness_ccm_core::backend::{ConnectorListing, NoPause};
use harness_ccm_core::config::Config;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::intent::{Desired, Intent, InvalidIntent, Pin, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{Observed, Scope, Seen};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, UnlistedReason, WithheldReason, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::verify::{VerifyOptions, verify_accounts};
use harness_ccm_core::{Error, ErrorKind};
use support::*;

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

/// The withheld resources of an account, with their reasons.
fn withheld(plan: &Plan, number: u64) -> Vec<(String, WithheldReason)> {
    let account = &plan.accounts()[&id(number)];
    account.withheld.iter().map(|withheld| (withheld.resource.to_string(), withheld.reason.clone())).collect()
}

/// An intent whose only rule names these accounts.
fn pilot(numbers: impl IntoIterator<Item = u64>) -> Intent {
    let mut intent = owned(visibility());
    let selector = Selector::all().with_accounts(numbers.into_iter().map(id));
    intent.rules = vec![Rule::onboard("pilot", selector, visibility())];
    intent
}

#[test]
fn an_account_that_a_rule_names_is_incomplete_where_the_listing_lacks_it_and_never_pruned() {
    let observed = applied(&pilot([1, 2]).resolve(listing([1, 2])).unwrap());
    let desired = pilot([1, 2]).resolve(listing([1, 9])).unwrap();
    for mode in [Mode::Upsert, Mode::Sync] {
        let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(mode));
        assert!(!plan.has_changes(), "{}", plan.render());
        assert!(!plan.is_complete());
        assert_eq!(plan.accounts()[&id(2)].rule.as_deref(), Some("pilot"));
        let why = WithheldReason::NotListed { rule: "pilot".into() };
        assert_eq!(
            withheld(&plan, 2),
            [("account 000000000002".to_owned(), why.clone()), ("connector team_2".to_owned(), why)]
        );
    }
    // A pilot of one account, and the profile of another organization.
    let strangers = pilot([1]).with_pin(Pin::default()).resolve(listing([7, 8])).unwrap();
    let plan = sync(&strangers, &applied(&pilot([1]).resolve(listing([1])).unwrap()));
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
}

#[test]
fn an_account_that_a_rule_skips_by_its_id_is_not_pruned_because_it_is_missing() {
    let mut intent = owned(visibility());
    let observed = applied(&intent.resolve(listing([1, 2])).unwrap());
    intent.rules.insert(0, Rule::skip("never", Selector::all().with_accounts([id(2), id(3)]), "no"));
    let plan = sync(&intent.resolve(listing([1])).unwrap(), &observed);
    assert!(!plan.has_changes(), "{}", plan.render());
    let why = WithheldReason::NotListed { rule: "never".into() };
    assert_eq!(withheld(&plan, 2), [("connector team_2".to_owned(), why)]);
    assert!(!plan.accounts().contains_key(&id(3)), "there is nothing to say about it");
    let listed = sync(&intent.resolve(listing([1, 2])).unwrap(), &observed);
    assert_eq!(listed.counts().remove, 2, "where it is listed, the rule decides");
}

#[test]
fn accounts_outside_a_part_are_not_missed() {
    let desired = pilot([1, 2]).resolve(listing([1]).into_partial()).unwrap();
    let plan = sync(&desired, &nothing(&desired));
    assert!(plan.is_complete() && !plan.accounts().contains_key(&id(2)), "{}", plan.render());
    let narrowed = pilot([1, 2]).resolve(listing([1])).unwrap().only(&[id(1)].into());
    assert!(sync(&narrowed, &nothing(&narrowed)).is_complete());
}

#[test]
fn without_a_pin_nothing_is_removed_because_it_is_not_listed() {
    let observed = applied(&owned(visibility()).resolve(listing([1, 2])).unwrap());
    let unpinned = owned(visibility()).with_pin(Pin::default());
    let plan = sync(&unpinned.resolve(listing([1])).unwrap(), &observed);
    assert!(!plan.has_changes(), "{}", plan.render());
    let why = WithheldReason::Unlisted(UnlistedReason::NotPinned);
    assert_eq!(
        withheld(&plan, 2),
        [("connector team_2".to_owned(), why.clone()), ("role HarnessCERole".to_owned(), why.clone()),]
    );
    insta::assert_snapshot!(why, @"its account is not listed, and nothing is removed for that reason unless the listing is known to belong to the organization that the setting `organization` names: set it, or remove it by hand");
    let pinned = sync(&owned(visibility()).resolve(listing([1])).unwrap(), &observed);
    assert_eq!(pinned.counts().remove, 1);
    let findings = &pinned.accounts()[&id(2)].findings;
    assert_eq!(findings[0].resource.to_string(), "role HarnessCERole", "what stays is named");
}

#[test]
fn a_listing_without_its_organization_removes_nothing() {
    let observed = applied(&owned(visibility()).resolve(listing([1, 2])).unwrap());
    let silent = listing_with([1], 0, |account| account.organization = None);
    let plan = sync(&owned(visibility()).resolve(silent).unwrap(), &observed);
    assert!(!plan.has_changes(), "{}", plan.render());
}

#[test]
fn every_pinned_organization_has_to_be_listed_before_anything_is_removed() {
    let mut both = owned(visibility());
    both.pin = both.pin.with_organization("o-zzzzzzzzzz".parse().unwrap());
    let observed = applied(&both.resolve(listing([1, 2])).unwrap());
    assert!(!sync(&both.resolve(listing([1])).unwrap(), &observed).has_changes(), "one of them is not there");
    let whole =
        listing_with([1, 3], 1, |account| account.organization = Some("o-zzzzzzzzzz".parse().unwrap()));
    assert_eq!(sync(&both.resolve(whole).unwrap(), &observed).counts().remove, 1);
}

#[test]
fn an_account_that_a_rule_names_is_missing_from_an_old_copy_too() {
    let old = listing([1]).into_partial().with_taken("2026-01-31T00:00:00Z".parse().unwrap());
    let desired = pilot([1, 2]).resolve(old).unwrap();
    let plan = sync(&desired, &applied(&pilot([1]).resolve(listing([1])).unwrap()));
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    assert!(matches!(withheld(&plan, 2)[0].1, WithheldReason::NotListed { .. }));
}

#[test]
fn another_organization_than_the_pinned_one_is_refused() {
    let stranger = |number| account(number, "stranger").with_organization("o-zzzzzzzzzz".parse().unwrap());
    let other = Listing::complete([account(1, "team 1"), stranger(2), stranger(3)]);
    let error = owned(visibility()).resolve(other.clone()).unwrap_err();
    insta::assert_snapshot!(error, @"2 of the accounts, such as 000000000002, belong to the organization o-zzzzzzzzzz, but the intent is for o-a1b2c3d4e5 (the setting `organization`): use credentials of that organization, or add the other id; nothing was changed");
    assert!(owned(visibility()).with_pin(Pin::default()).resolve(other).is_ok());
}

#[test]
fn another_caller_than_the_pinned_one_is_refused() {
    let intent = owned(visibility());
    assert!(intent.pin.check_caller(&id(7)).is_ok(), "none is pinned");
    let intent = intent.with_pin(Pin::default().with_caller(id(1)));
    assert!(intent.pin.check_caller(&id(1)).is_ok());
    let error = intent.pin.check_caller(&id(7)).unwrap_err();
    insta::assert_snapshot!(error, @"the AWS credentials belong to the account 000000000007, but the intent is for callers from 000000000001 (the setting `caller`): use other credentials, for example with AWS_PROFILE; nothing was changed");
    assert!(matches!(error, InvalidIntent::OtherCaller { .. }));
}

#[test]
fn the_file_pins_one_organization_or_several() {
    let load = |text: &str| {
        Config::from_toml(&format!("harness = {{ account-id = \"acct\" }}\n[organization]\n{text}\n"), None)
    };
    let pin = |text: &str| load(text).unwrap().intent.pin;
    let one = Pin::default().with_organization(ORGANIZATION.parse().unwrap());
    assert_eq!(pin("id = \"o-a1b2c3d4e5\""), one);
    let both = one.with_organization("o-zzzzzzzzzz".parse().unwrap()).with_caller(id(1));
    assert_eq!(pin("id = [\"o-zzzzzzzzzz\", \"o-a1b2c3d4e5\"]\ncaller = \"000000000001\""), both);
    assert_eq!(pin(""), Pin::default());
    for bad in ["id = \"acme\"", "id = 7", "caller = \"1\"", "name = \"acme\""] {
        assert!(load(bad).unwrap_err().to_string().contains("line 3"), "{bad}");
    }
}

#[test]
fn offboarding_everything_leaves_accounts_alone_that_are_not_listed_and_names_their_roles() {
    let observed = applied(&owned(visibility()).resolve(listing([1, 2])).unwrap());
    let all = owned(visibility()).resolve(listing([1])).unwrap().retire();
    let plan = sync(&all, &observed);
    assert_eq!(plan.counts().remove, 2);
    assert!(plan.accounts()[&id(2)].steps.is_empty() && !plan.is_complete(), "{}", plan.render());
    let why = WithheldReason::Unlisted(UnlistedReason::Offboarding);
    assert_eq!(
        withheld(&plan, 2),
        [("connector team_2".to_owned(), why.clone()), ("role HarnessCERole".to_owned(), why),]
    );
    assert!(plan.check(&Limits::none()).is_ok());
}

#[test]
fn offboarding_removes_the_harness_side_of_an_inaccessible_account() {
    for state in [AccountState::Suspended, AccountState::Closed, AccountState::PendingClosure] {
        let before = owned(visibility()).resolve(listing([1])).unwrap();
        let mut observed = applied(&before);
        observed.roles.clear();
        let closed = listing_with([1], 0, |account| account.state = state.clone());
        let desired = owned(visibility()).resolve(closed).unwrap().only(&[id(1)].into()).retire();
        let plan = sync(&desired, &observed);
        assert_eq!((plan.counts().remove, plan.steps().count()), (1, 1), "{}", plan.render());
        assert_eq!(
            withheld(&plan, 1),
            [("role HarnessCERole".to_owned(), WithheldReason::OutOfReach(state))]
        );
        assert!(plan.is_complete(), "all that can be done is done");
    }
}

#[test]
fn offboarding_ignores_the_rules() {
    let doubtful = listing_with([1], 0, |account| account.doubt = Some("two sources disagree".into()));
    let observed = applied(&owned(visibility()).resolve(listing([1])).unwrap());
    let desired = owned(visibility()).resolve(doubtful).unwrap().retire();
    assert_eq!(sync(&desired, &observed).counts().remove, 2);
}

#[test]
fn a_closed_account_that_the_sync_mode_prunes_names_the_role_that_stays() {
    let before = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let mut observed = applied(&before);
    observed.roles.retain(|arn, _| *arn.account() != id(2));
    let closed = listing_with([1, 2], 1, |account| account.state = AccountState::Closed);
    let desired = owned(visibility()).resolve(closed).unwrap();
    let pruning = sync(&desired, &observed);
    assert_eq!(pruning.counts().remove, 1);
    assert!(matches!(withheld(&pruning, 2)[0].1, WithheldReason::OutOfReach(AccountState::Closed)));
    assert!(pruning.is_complete(), "nothing that anybody does changes a closed account");
    let cautious = make_plan(&desired, &observed, PlanOptions::default());
    assert_eq!(withheld(&cautious, 2), [("connector team_2".to_owned(), WithheldReason::Mode)]);
    let offboarding = make_plan(&desired.clone().retire(), &observed, PlanOptions::default());
    assert_eq!(withheld(&offboarding, 2), withheld(&pruning, 2), "offboarding reports the same");
    observed.connectors.retain(|connector| connector.account != Some(id(2)));
    assert_eq!(withheld(&sync(&desired, &observed), 2), [], "nothing of ours is known there");
}

#[test]
fn a_closed_account_names_the_roles_that_its_connectors_use_too() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let mut observed = applied(&desired);
    observed.connectors[0].role_arn = Some("arn:aws:iam::000000000001:role/Former".into());
    observed.roles.clear();
    let closed = listing_with([1], 0, |account| account.state = AccountState::Closed);
    let plan = sync(&owned(visibility()).resolve(closed).unwrap().retire(), &observed);
    let out_of_reach =
        |name: &str| (format!("role {name}"), WithheldReason::OutOfReach(AccountState::Closed));
    assert_eq!(withheld(&plan, 1), [out_of_reach("Former"), out_of_reach("HarnessCERole")]);
}

#[test]
fn offboarding_an_account_whose_state_is_not_known_waits_for_what_was_not_looked_for() {
    let strange = || listing_with([1], 0, |account| account.state = AccountState::Unknown("NEW".into()));
    let mut observed = applied(&owned(visibility()).resolve(listing([1])).unwrap());
    observed.roles.clear();
    let plan = sync(&owned(visibility()).resolve(strange()).unwrap().retire(), &observed);
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    let skipping = owned(visibility()).with_rule(Rule::skip("x", Selector::all(), "x"));
    let plan = sync(&skipping.resolve(strange()).unwrap(), &observed);
    assert!(!plan.has_changes(), "{}", plan.render());
}

#[test]
fn what_was_not_looked_for_is_reported_and_nothing_of_its_account_is_removed() {
    let before = owned(visibility()).resolve(listing([1, 2])).unwrap();
    let mut intent = owned(visibility());
    intent.rules.insert(0, Rule::skip("no", Selector::all().with_name("team 2"), "no"));
    let after = intent.resolve(listing([1, 2])).unwrap();
    let mut observed = applied(&before);
    // As observing does without the scope everywhere.
    observed.roles.retain(|arn, _| *arn.account() == id(1));
    let plan = sync(&after, &observed);
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    let withheld = withheld(&plan, 2);
    assert_eq!(withheld[0], ("role HarnessCELambdaExecutionRole".to_owned(), WithheldReason::NotObserved));
    assert_eq!(withheld[1].0, "connector team_2", "it waits for that");
    assert_eq!(PlanOptions::default().with_mode(Mode::Sync).scope(), Scope::Everywhere);
    assert_eq!(PlanOptions::default().scope(), Scope::Chosen);
}

#[test]
fn an_account_that_is_withheld_or_unreadable_still_lists_its_connectors() {
    let before = owned(visibility()).resolve(listing([1, 2, 3])).unwrap();
    let doubtful = listing_with([1, 2, 3], 0, |account| account.doubt = Some("two sources disagree".into()));
    let desired = owned(visibility()).resolve(doubtful).unwrap();
    let mut observed = applied(&before);
    let gap = || Seen::Gap(Error::new(ErrorKind::Denied, "sts:AssumeRole", "no way in").into());
    observed.roles.insert(wanted(&before, 2).connector.role.clone(), gap());
    observed.connectors.retain(|connector| connector.account != Some(id(3)));
    observed.roles.insert(wanted(&before, 3).connector.role.clone(), gap());
    for mode in [Mode::Upsert, Mode::Sync] {
        let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(mode));
        for number in 1..=3 {
            let connector = format!("connector team_{number}");
            let listed: Vec<_> =
                withheld(&plan, number).into_iter().filter(|(what, _)| *what == connector).collect();
            assert!(
                matches!(listed[..], [(_, WithheldReason::WaitsFor { incomplete: true, .. })]),
                "{number}"
            );
        }
    }
}

#[test]
fn verifying_names_connectors_of_ours_whose_accounts_the_listing_lacks() {
    let intent = owned(visibility());
    let world = World::new((1..=2).map(|number| account(number, &format!("team {number}"))));
    let observed = applied(&intent.resolve(listing([1, 2])).unwrap());
    let test = |desired: &Desired| {
        block_on(verify_accounts(
            desired,
            &ConnectorListing::new(observed.connectors.clone()),
            &world.connectors(),
            &NoPause,
            VerifyOptions::default(),
            &NoEvents,
        ))
    };
    let missing = |desired: &Desired| -> Vec<String> {
        test(desired)
            .missing
            .iter()
            .map(|missing| format!("{}: {}", missing.account, missing.reason))
            .collect()
    };
    assert_eq!(
        missing(&intent.resolve(listing([1])).unwrap()),
        [
            "000000000002: its connector team_2 is ours, but the account is missing from the listing: check the source, or remove the connector"
        ]
    );
    assert_eq!(missing(&intent.resolve(listing([1, 2])).unwrap()), [""; 0]);
    // Accounts outside of the request are not judged, and accounts that may belong to another organization
    // are not either.
    assert_eq!(missing(&intent.resolve(listing([1])).unwrap().only(&[id(1)].into())), [""; 0]);
    assert_eq!(missing(&intent.clone().with_pin(Pin::default()).resolve(listing([1])).unwrap()), [""; 0]);
    assert_eq!(missing(&intent.resolve(listing([1]).into_partial()).unwrap()), [""; 0]);
}

#[test]
fn a_list_with_gaps_misses_what_a_rule_names_and_a_chosen_part_does_not() {
    for (listing, is_missed) in [
        (Listing::partial([account(1, "a")]).with_gaps(), true),
        (Listing::complete([account(1, "a")]).with_gaps(), true),
        (Listing::partial([account(1, "a")]), false),
    ] {
        let desired = pilot([1, 2]).resolve(listing).unwrap();
        let plan = sync(&desired, &nothing(&desired));
        assert_eq!(!plan.is_complete(), is_missed);
        assert_eq!(plan.accounts().contains_key(&id(2)), is_missed);
    }
}

#[test]
fn a_row_that_lost_its_id_does_not_make_the_account_that_a_rule_names_forgotten() {
    let source = |text: &str| {
        harness_ccm_core::source::ListSource::from_csv(
            text.as_bytes(),
            harness_ccm_core::source::ListOptions::default(),
        )
    };
    let cut = source("id,name,state\n000000000001,a,ACTIVE\n,pilot,ACTIVE\n").unwrap();
    assert!(cut.listing().has_gaps() && !cut.listing().is_complete());
    let desired = pilot([2]).resolve(cut.listing().clone()).unwrap();
    assert!(!sync(&desired, &nothing(&desired)).is_complete());
    let whole = source("id,name,state\n000000000001,a,ACTIVE\n000000000002,pilot,ACTIVE\n").unwrap();
    assert!(!whole.listing().has_gaps());
}
