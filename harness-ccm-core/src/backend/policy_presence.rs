use crate::error::Diagnosis;

/// The result of looking up a managed policy that a role needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyPresence {
    /// The policy exists.
    Present,
    /// The policy is proven to be absent.
    Absent,
    /// It is unknown whether the policy exists. Contains the error if a call failed, and `None` if the backend cannot look up
    /// policies.
    Unknown(Option<Box<Diagnosis>>),
}
