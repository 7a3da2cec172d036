//! Which release of the permissions a role matches.

use super::{Desired, Wanted};
use crate::catalog::Release;
use crate::policy::is_attachment_given;
use crate::role::RoleState;

impl Desired {
    /// The release whose permissions for the wanted features a role grants, its boundary aside: the one that is asked for if it grants
    /// those, else the newest of the others; `None` if it grants those of none.
    pub(crate) fn release_matched_by(&self, wanted: &Wanted, role: &RoleState) -> Option<Release> {
        let others = Release::ALL.into_iter().rev().filter(|release| *release != self.release);
        let mut releases = std::iter::once(self.release).chain(others);
        releases.find(|release| self.grants(role, wanted, *release))
    }

    fn grants(&self, role: &RoleState, wanted: &Wanted, release: Release) -> bool {
        let Some(permissions) = self.recipe.permissions_of(release, &wanted.features, &wanted.connector.role)
        else {
            return false;
        };
        let attached = role.attached.keys().collect();
        permissions.attached.iter().all(|policy| is_attachment_given(policy, &attached))
            && role.grants_without_boundary().cover(&permissions.merged()).without_noise().is_complete()
    }
}
