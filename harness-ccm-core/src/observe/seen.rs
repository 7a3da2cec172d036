use crate::error::Diagnosis;
use crate::role::RoleState;

/// The result of looking for a role.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Seen {
    /// Proven absent.
    Absent,
    /// The role exists.
    Present(Box<RoleState>),
    /// The role could not be read: not the same as absent.
    Gap(Diagnosis),
}
