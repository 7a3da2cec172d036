use crate::error::Diagnosis;
use crate::role::RoleState;

/// What was found where a role was looked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Seen {
    /// Proven absent.
    Absent,
    /// There.
    Present(Box<RoleState>),
    /// Could not be read: not the same as absent.
    Gap(Diagnosis),
}
