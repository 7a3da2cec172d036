//! Role provisioners that break one promise each.
#![allow(clippy::collapsible_match, reason = "an arm for each case; a guard cannot wait")]

use async_trait::async_trait;
use harness_ccm_core::backend::{Expect, Removed, Written};
use harness_ccm_core::owner::MANAGED_TAG;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::prelude::*;
use harness_ccm_core::role::{ListedRole, RetiredBoundary, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Error, Result};

use crate::{id, world};

/// A backend in memory that does one thing wrong: what the case of this name is about.
#[derive(Debug)]
struct WrongRoles {
    world: World,
    case: String,
}

/// A backend that the case of this name has to notice.
pub(crate) fn wrong(case: &str) -> Option<impl RoleProvisioner> {
    harness_ccm_core::testing::roles::CASES
        .contains(&case)
        .then(|| WrongRoles { world: world(), case: case.to_owned() })
}

fn conflict() -> Error {
    Error::new(ErrorKind::Conflict, "wrong", "it is there")
}

/// The state that is there, where an expectation was told.
fn whatever_is_there(found: Option<RoleState>) -> Expect<RoleState> {
    found.map_or(Expect::Absent, Expect::same)
}

impl WrongRoles {
    async fn found(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.world.roles().find_role(address).await
    }

    /// The role of that name in any spelling.
    async fn found_in_any_case(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        let lower = address.arn.to_string().to_lowercase();
        let exact = self.found(address).await?;
        Ok(exact.filter(|state| state.arn.to_string().to_lowercase() == lower))
    }
}

#[async_trait]
impl RoleProvisioner for WrongRoles {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        let mut address = address.clone();
        if self.case == "the_direct_way_leads_into_no_other_account" {
            address.route = Route::default();
        }
        let found = self.found(&address).await?;
        match (self.case.as_str(), found) {
            ("absent_is_none", None) => {
                Err(Error::new(ErrorKind::NotFound, "wrong", "there is no such role"))
            }
            ("a_role_under_another_path_is_found_and_stays", found) => {
                Ok(found.filter(|state| state.arn == address.arn))
            }
            ("an_unattached_policy_of_ours_is_completed", Some(mut state)) => {
                let attached = state.attached.clone();
                state.managed.retain(|arn, _| attached.contains_key(arn));
                Ok(Some(state))
            }
            (_, found) => Ok(found),
        }
    }

    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        let mut roles = self.world.roles().list_roles(address).await?;
        if self.case == "every_role_of_the_account_is_listed" {
            roles.pop();
        }
        Ok(roles)
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        let (mut spec, mut expect, roles) = (spec.clone(), expect, self.world.roles());
        let is_change = matches!(expect, Expect::Same(_));
        match self.case.as_str() {
            "every_field_can_be_changed" if is_change => spec.tags.clear(),
            "the_maximum_of_sessions_is_set_raised_and_never_lowered" if is_change => spec.max_session = None,
            "a_boundary_is_put_remembered_and_taken_away" if is_change => {
                spec.retired.boundary = RetiredBoundary::default();
            }
            "an_expectation_that_does_not_hold_changes_nothing" if is_change => {
                expect = whatever_is_there(self.found(&spec.address).await?);
            }
            "what_somebody_else_made_is_not_overwritten" => {
                expect = whatever_is_there(self.found(&spec.address).await?);
            }
            "our_own_half_made_role_is_completed" if !is_change => {
                if self.found(&spec.address).await?.is_some() {
                    return Err(conflict());
                }
            }
            "what_is_beside_is_kept" if is_change => {
                let found = self.found(&spec.address).await?;
                let others = found.into_iter().flat_map(|state| state.inline.into_keys());
                let wanted = spec.inline.clone();
                spec.retired.inline.extend(others.filter(|name| !wanted.contains_key(name)));
            }
            "managed_policies_are_made_changed_and_removed" => {
                for policy in spec.managed.values_mut() {
                    policy.description.clear();
                }
            }
            "a_policy_may_change_more_often_than_it_has_versions" => {
                let changes = self.world.iam_writes();
                if changes.iter().filter(|call| call.operation == "iam:CreatePolicyVersion").count() == 4 {
                    return Err(Error::new(ErrorKind::LimitExceeded, "wrong", "five versions"));
                }
            }
            "a_policy_name_that_is_taken_is_a_conflict" => {
                let before = self.found(&spec.address).await?;
                return match (roles.put_role(&spec, expect).await, before) {
                    (Err(error), Some(before)) if error.kind() == ErrorKind::Conflict => {
                        Ok(Written::Updated(before))
                    }
                    (answer, _) => answer,
                };
            }
            "what_is_retired_goes_and_nothing_else" => {
                spec.retired.inline.clear();
                spec.retired.attached.clear();
            }
            "changing_the_layout_leaves_nothing_behind" => spec.retired.policies = false,
            "a_name_that_differs_in_case_only_is_taken" => {
                if self.found_in_any_case(&spec.address).await?.is_none() {
                    // Another role, as if names were told apart by case.
                    return Ok(Written::Created(RoleState::new(
                        spec.address.arn.clone(),
                        spec.trust.clone(),
                    )));
                }
            }
            "the_direct_way_leads_into_no_other_account" => spec.address.route = Route::default(),
            _ => {}
        }
        let answer = roles.put_role(&spec, expect).await;
        match (self.case.as_str(), answer) {
            ("a_role_is_made_found_and_left_alone", Ok(Written::Unchanged(state))) => {
                Ok(Written::Updated(state))
            }
            (_, answer) => answer,
        }
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        let (mut address, mut expected, roles) = (address.clone(), expected.clone(), self.world.roles());
        match self.case.as_str() {
            "a_role_that_lost_our_mark_is_not_removed" => {
                if let Some(found) = self.found(&address).await? {
                    expected = found;
                }
            }
            "what_an_interrupted_removal_left_is_removed" => {
                if self.found(&address).await?.is_some_and(|found| !found.same_as(&expected)) {
                    return Err(conflict().with_retry(harness_ccm_core::Retry::AfterObserving));
                }
            }
            "removing_a_role_takes_only_our_policies" => {
                // The policies that it holds are deleted, whoever made them.
                let theirs = "SuiteTheirs".parse().unwrap();
                if *address.name() != theirs {
                    self.world.edit_role(&id(2), &theirs, |role| {
                        role.attached.values_mut().for_each(|text| *text = Some(PolicyDocument::new([])));
                        role.tags.remove(MANAGED_TAG);
                    });
                }
            }
            "the_direct_way_leads_into_no_other_account" => address.route = Route::default(),
            _ => {}
        }
        match (self.case.as_str(), roles.remove_role(&address, &expected).await) {
            ("removing_is_exact_and_repeatable", Ok(Removed::AlreadyGone)) => {
                Err(Error::new(ErrorKind::NotFound, "wrong", "there is no such role"))
            }
            (_, answer) => answer,
        }
    }
}
