//! The search for roles that neither a setting nor a connector names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::backend::RoleProvisioner;
use crate::catalog::lambda_role_prefix;
use crate::error::{Diagnosis, Result};
use crate::id::{RoleArn, RoleName};
use crate::intent::Desired;
use crate::role::{ListedRole, RoleAddress, RoleState};

/// The extent of the search for roles in an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RoleSearch {
    /// Only roles whose names are in settings or connectors.
    #[default]
    Known,
    /// Also roles among all roles of the account. Two kinds of these roles are read: roles that accept our external id, and roles
    /// whose names match the names of the roles that this crate creates. The search takes one call for each thousand roles of an
    /// account, and the calls that read these roles.
    Deep,
}

impl RoleSearch {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_known(&self) -> bool {
        *self == Self::Known
    }
}

/// The result of the search among all roles of an account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Searched {
    /// All roles were read.
    Done {
        /// The number of roles in the account.
        listed: usize,
        /// The roles that were read because of the search.
        found: BTreeSet<RoleArn>,
    },
    /// Not all roles could be read.
    Gap(Diagnosis),
}

/// The search in one account: its result, and the roles that were read.
pub(super) type Found = (Searched, Vec<RoleState>);

/// Searches the account of `place` for roles in addition to those that were `looked_for`.
pub(super) async fn search(
    place: &RoleAddress,
    looked_for: &[RoleAddress],
    desired: &Desired,
    roles: &dyn RoleProvisioner,
) -> Found {
    let mut states = Vec::new();
    let searched = match found_in(place, looked_for, desired, roles, &mut states).await {
        Ok(listed) => {
            Searched::Done { listed, found: states.iter().map(|state| state.arn.clone()).collect() }
        }
        Err(error) => Searched::Gap(error.into()),
    };
    (searched, states)
}

async fn found_in(
    place: &RoleAddress,
    looked_for: &[RoleAddress],
    desired: &Desired,
    roles: &dyn RoleProvisioner,
    states: &mut Vec<RoleState>,
) -> Result<usize> {
    let all = roles.list_roles(place).await?;
    for role in &all {
        let is_known = looked_for.iter().any(|address| address.name().is_same_to_iam(role.arn.name()));
        if is_known || !is_candidate(role, desired) {
            continue;
        }
        let address = RoleAddress::new(role.arn.clone(), place.route.reaching(role.arn.name()));
        states.extend(roles.find_role(&address).await?);
    }
    Ok(all.len())
}

/// Whether a role may be ours, or for our Harness account: lists contain no tags.
fn is_candidate(role: &ListedRole, desired: &Desired) -> bool {
    // Only AWS services change their own roles (IAM user guide, "Service-linked roles").
    if role.arn.path().as_str().starts_with("/aws-service-role/") {
        return false;
    }
    let name = role.arn.name();
    let is_called_so =
        lambda_role_prefix(name).is_some() || name.as_str().ends_with(RoleName::cross_account().as_str());
    is_called_so || role.trust.as_ref().is_some_and(|trust| desired.is_accepted_by(trust))
}
