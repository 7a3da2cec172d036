use crate::error::Diagnosis;

/// Whether a managed policy that a role should have exists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyPresence {
    /// The policy exists.
    Present,
    /// The policy is proven absent.
    Absent,
    /// It is unknown, which is not the same as absent. Contains the reason if a call failed; a backend that cannot look it up
    /// has none.
    Unknown(Option<Box<Diagnosis>>),
}
