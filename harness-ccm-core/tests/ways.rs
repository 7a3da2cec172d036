//! The route into each account, and notes about routes that apply to no account.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_core::account::Account;
use harness_ccm_core::intent::{Choice, Intent, Reach};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::route::{Assume, BootstrapRole, Hop, Route};
use harness_ccm_core::selector::{Selector, TagCondition};
use support::*;

fn role(name: &str) -> BootstrapRole {
    name.parse().unwrap()
}

fn intent_with(reach: Reach) -> Intent {
    let mut intent = intent(visibility());
    intent.reach = reach;
    intent
}

/// The route into the one account of a listing.
fn way(reach: Reach, account: Account) -> Route {
    let desired = intent_with(reach).resolve(Listing::complete([account])).unwrap();
    let account = desired.accounts().values().next().unwrap();
    let Choice::Onboard(wanted) = &account.choice else { panic!("{:?}", account.choice) };
    let ways: Vec<_> = wanted.roles.iter().map(|role| role.address.route.clone()).collect();
    assert!(ways.iter().all(|way| *way == ways[0]));
    assert!(account.addresses.iter().all(|address| address.route == ways[0]));
    ways[0].clone()
}

#[test]
fn members_are_entered_through_a_role_and_the_management_account_is_not() {
    let reach = || Reach::default().with_members(Route::assume([role("Bootstrap")]));
    let through = Route::assume([role("Bootstrap")]);
    assert_eq!(way(reach(), account(1, "team")), through);
    assert_eq!(way(reach(), account(1, "payer").as_management()), Route::Direct);
}

#[test]
fn the_first_route_that_selects_an_account_decides_the_management_account_included() {
    let by = |name: &str| Route::assume([role(name)]);
    let reach = || {
        Reach::default()
            .with_members(by("Members"))
            .with_route("teams", Selector::all().with_name("team*"), by("Teams"))
            .with_route("all", Selector::all().with_name("t*").with_name("payer"), by("Rest"))
    };
    assert_eq!(way(reach(), account(1, "team one")), by("Teams"));
    assert_eq!(way(reach(), account(1, "tools")), by("Rest"));
    assert_eq!(way(reach(), account(1, "payer").as_management()), by("Rest"));
    assert_eq!(way(reach(), account(1, "shop")), by("Members"));
}

#[test]
fn the_account_of_the_intermediate_role_is_entered_by_that_route_too() {
    let hop = Hop::new("arn:aws:iam::000000000009:role/Hub".parse().unwrap());
    let members = Route::from(Assume::new([role("Bootstrap")]).with_through(hop));
    let reach = || Reach::default().with_members(members.clone());
    assert_eq!(way(reach(), account(9, "hub").as_management()), members);
    assert_eq!(way(reach(), account(1, "payer").as_management()), Route::Direct);
}

#[test]
fn unused_and_undecidable_routes_are_reported() {
    let of = |condition| Selector::all().with_tag("team", condition);
    let reach = Reach::default()
        .with_route("used", Selector::all().with_name("team 1"), Route::Direct)
        .with_route("unused", Selector::all().with_name("nobody"), Route::Direct)
        .with_route("by tag", of(TagCondition::Present), Route::Direct)
        .with_route("known", of(TagCondition::is("x")).with_name("tagged"), Route::Direct);
    let tagged = account(4, "tagged").with_tags([("team", "x")]);
    let accounts = [account(1, "team 1"), account(2, "b"), account(3, "c"), tagged];
    let desired = intent_with(reach).resolve(Listing::complete(accounts)).unwrap();
    assert_eq!(
        shown(&desired),
        [
            "route \"unused\" applies to no account",
            "route \"by tag\" is not used for accounts about which too little is known: 000000000002, 000000000003",
            "route \"known\" applies to no account",
        ]
    );
}
