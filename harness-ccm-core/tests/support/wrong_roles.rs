//! Role provisioners that break one rule each.
#![allow(clippy::collapsible_match, reason = "an arm for each case; a guard cannot wait")]

use async_trait::async_trait;
use harness_ccm_core::backend::{Expect, PolicyPresence, Removed, Written};
use harness_ccm_core::id::PolicyArn;
use harness_ccm_core::owner::MANAGED_TAG;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::prelude::*;
use harness_ccm_core::role::{ListedRole, RetiredBoundary, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Error, Result};

use crate::{id, world};

/// A backend in memory with one fault: the subject of the case with this name.
#[derive(Debug)]
struct WrongRoles {
    world: World,
    case: String,
}

/// A backend whose fault the case with this name must notice.
pub(crate) fn wrong(case: &str) -> Option<impl RoleProvisioner> {
    harness_ccm_core::testing::roles::CASES
        .contains(&case)
        .then(|| WrongRoles { world: world(), case: case.to_owned() })
}

fn conflict() -> Error {
    Error::new(ErrorKind::Conflict, "wrong", "it is there")
}

/// The existing state, if there is an expectation.
fn the_existing_state(found: Option<RoleState>) -> Expect<RoleState> {
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
        if self.case == "a_direct_route_enters_no_other_account" {
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

    async fn find_policy(&self, address: &RoleAddress, policy: &PolicyArn) -> Result<PolicyPresence> {
        match self.case.as_str() {
            "a_missing_policy_is_absent" => Ok(PolicyPresence::Present),
            _ => self.world.roles().find_policy(address, policy).await,
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
            "a_boundary_is_set_remembered_and_removed" if is_change => {
                spec.retired.boundary = RetiredBoundary::default();
            }
            "an_expectation_that_does_not_hold_changes_nothing" if is_change => {
                expect = the_existing_state(self.found(&spec.address).await?);
            }
            "roles_of_others_are_not_overwritten" => {
                expect = the_existing_state(self.found(&spec.address).await?);
            }
            "our_own_half_made_role_is_completed" if !is_change => {
                if self.found(&spec.address).await?.is_some() {
                    return Err(conflict());
                }
            }
            "additional_policies_and_tags_are_kept" if is_change => {
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
            "only_retired_policies_are_removed" => {
                spec.retired.inline.clear();
                spec.retired.attached.clear();
            }
            "changing_the_layout_leaves_no_old_policies" => spec.retired.policies = false,
            "a_name_that_differs_in_case_only_is_taken" => {
                if self.found_in_any_case(&spec.address).await?.is_none() {
                    // Another role, as if names were case-sensitive.
                    return Ok(Written::Created(RoleState::new(
                        spec.address.arn.clone(),
                        spec.trust.clone(),
                    )));
                }
            }
            "a_direct_route_enters_no_other_account" => spec.address.route = Route::default(),
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
            "the_rest_of_an_interrupted_removal_is_removed" => {
                if self.found(&address).await?.is_some_and(|found| !found.same_as(&expected)) {
                    return Err(conflict().with_retry(harness_ccm_core::Retry::AfterObserving));
                }
            }
            "removing_a_role_takes_only_our_policies" => {
                // The policies attached to it are deleted, even those that others created.
                let theirs = "SuiteTheirs".parse().unwrap();
                if *address.name() != theirs {
                    self.world.edit_role(&id(2), &theirs, |role| {
                        role.attached.values_mut().for_each(|text| *text = Some(PolicyDocument::new([])));
                        role.tags.remove(MANAGED_TAG);
                    });
                }
            }
            "a_direct_route_enters_no_other_account" => address.route = Route::default(),
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
