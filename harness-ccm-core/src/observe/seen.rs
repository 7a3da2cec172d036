use crate::error::Diagnosis;
use crate::role::RoleState;

/// The result of reading one role.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Seen {
    /// The role is proven to be absent.
    Absent,
    /// The role exists.
    Present(Box<RoleState>),
    /// The role could not be read. It may exist.
    Gap(Diagnosis),
}
