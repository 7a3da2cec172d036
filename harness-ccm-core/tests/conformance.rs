//! The backends in memory keep the contract, one test a case; and each case notices a backend that is wrong in just that.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]
#![allow(clippy::unused_async, reason = "a backend that is started usually has to be waited for")]

#[path = "support/wrong_connectors.rs"]
mod wrong_connectors;
#[path = "support/wrong_roles.rs"]
mod wrong_roles;
#[path = "support/wrong_sources.rs"]
mod wrong_sources;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_executor::block_on;
use harness_ccm_core::id::Partition;
use harness_ccm_core::prelude::*;
use harness_ccm_core::route::Route;
use harness_ccm_core::testing::connectors::ConnectorSite;
use harness_ccm_core::testing::roles::RoleSite;

fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn world() -> World {
    World::new([Account::new(id(1), "payer").as_management(), Account::new(id(2), "member")])
}

fn role_site(route: Route, number: u64) -> RoleSite {
    RoleSite::new(Partition::Aws, id(number), route, "Suite")
}

fn connector_site() -> ConnectorSite {
    ConnectorSite::new(id(2), "suite_")
}

async fn accounts() -> (impl AccountSource, BTreeSet<AccountId>, ()) {
    (world().accounts(), [id(1), id(2)].into(), ())
}

mod accounts_in_memory {
    harness_ccm_core::account_source_tests!(futures_executor::block_on, super::accounts());
}

async fn roles() -> (impl RoleProvisioner, RoleSite, ()) {
    (world().roles(), role_site(Route::default(), 2), ())
}

mod roles_in_memory {
    harness_ccm_core::role_provisioner_tests!(futures_executor::block_on, super::roles());
}

async fn roles_of_the_payer() -> (impl RoleProvisioner, RoleSite, ()) {
    (world().roles(), role_site(Route::Direct, 1), ())
}

mod roles_in_the_account_of_the_credentials {
    harness_ccm_core::role_provisioner_tests!(futures_executor::block_on, super::roles_of_the_payer());
}

async fn connectors() -> (impl ConnectorClient, ConnectorSite, ()) {
    (world().connectors(), connector_site(), ())
}

mod connectors_in_memory {
    harness_ccm_core::connector_client_tests!(futures_executor::block_on, super::connectors());
}

/// Whether a case panics, without its words on the test's output.
fn panics(case: impl FnOnce()) -> bool {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let panicked = catch_unwind(AssertUnwindSafe(case)).is_err();
    std::panic::set_hook(hook);
    panicked
}

/// Hands each case over with its name.
macro_rules! each_notices {
    ($wrong:path; $module:ident, $site:expr; $($case:ident)*) => {
        let mut blind = Vec::new();
        $(
            let backend = $wrong(stringify!($case)).unwrap_or_else(|| panic!("{} has no wrong backend", stringify!($case)));
            if !panics(|| block_on(harness_ccm_core::testing::$module::$case(&backend, &$site))) {
                blind.push(stringify!($case));
            }
        )*
        assert_eq!(blind, [""; 0], "these cases notice nothing");
        let tried = [$(stringify!($case)),*];
        assert_eq!(tried, harness_ccm_core::testing::$module::CASES, "a case is not tried");
    };
}

#[test]
fn each_case_of_sources_notices_a_source_that_is_wrong_in_just_that() {
    let expected: BTreeSet<AccountId> = [id(1), id(2)].into();
    each_notices! { wrong_sources::wrong; accounts, expected;
        all_are_listed_once_and_in_order
        details_are_known_of_all_or_refused
        those_that_a_selector_may_select_are_listed
    }
}

#[test]
fn each_case_of_roles_notices_a_backend_that_is_wrong_in_just_that() {
    each_notices! { wrong_roles::wrong; roles, role_site(Route::default(), 2);
        absent_is_none
        every_role_of_the_account_is_listed
        a_role_is_made_found_and_left_alone
        every_field_can_be_changed
        the_maximum_of_sessions_is_set_raised_and_never_lowered
        a_boundary_is_put_remembered_and_taken_away
        an_expectation_that_does_not_hold_changes_nothing
        what_somebody_else_made_is_not_overwritten
        our_own_half_made_role_is_completed
        what_is_beside_is_kept
        removing_is_exact_and_repeatable
        a_role_that_lost_our_mark_is_not_removed
        what_an_interrupted_removal_left_is_removed
        managed_policies_are_made_changed_and_removed
        a_policy_may_change_more_often_than_it_has_versions
        an_unattached_policy_of_ours_is_completed
        a_policy_name_that_is_taken_is_a_conflict
        what_is_retired_goes_and_nothing_else
        changing_the_layout_leaves_nothing_behind
        removing_a_role_takes_only_our_policies
        a_role_under_another_path_is_found_and_stays
        a_name_that_differs_in_case_only_is_taken
        the_direct_way_leads_into_no_other_account
    }
}

#[test]
fn each_case_of_connectors_notices_a_client_that_is_wrong_in_just_that() {
    each_notices! { wrong_connectors::wrong; connectors, connector_site().seeing_some();
        a_connector_is_made_listed_and_left_alone
        every_field_can_be_changed
        an_expectation_that_does_not_hold_changes_nothing
        what_somebody_else_made_is_not_overwritten
        our_own_connector_is_completed
        what_is_not_named_is_kept
        what_can_not_be_is_refused
        removing_is_exact_and_repeatable
        a_connector_that_lost_our_mark_is_not_removed
        testing_what_is_not_there_is_not_found
        what_is_seen_is_told
        what_is_there_is_not_made_again
    }
}
