use crate::error::Diagnosis;

/// What is known of a managed policy that a role is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyPresence {
    /// It is there.
    There,
    /// Proven absent.
    Absent,
    /// Not known: unknown is not absent. With the reason, if something failed; a backend that cannot tell has none.
    Unknown(Option<Box<Diagnosis>>),
}
