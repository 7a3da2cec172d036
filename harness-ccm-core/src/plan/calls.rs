use crate::owner::MANAGED_TAG;
use crate::role::RoleState;

/// The approximate number of calls to IAM that read a role: role, attachments, names and texts of inline policies; policy and
/// version of each customer-managed one.
pub(super) fn reads(state: &RoleState) -> usize {
    let leftovers = usize::from(state.tag(MANAGED_TAG).is_some());
    3 + state.inline.len() + leftovers + state.managed.len() + state.attached.values().flatten().count()
}
