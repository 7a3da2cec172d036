use harness_ccm_core::id::{AccountId, Partition};

/// How a role is entered, in the words of errors.
pub(crate) const ASSUME: &str = "sts:AssumeRole";

/// The identity of the credentials of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The user or the session of a role.
    pub arn: String,
}

impl Caller {
    /// Whether it already is a session of a role: then a session of another role lasts an hour at most.
    pub(crate) fn is_session(&self) -> bool {
        self.arn.contains(":assumed-role/")
    }

    pub(crate) fn partition(&self) -> Option<Partition> {
        self.arn.split(':').nth(1)?.parse().ok()
    }
}
