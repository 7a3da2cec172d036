use harness_ccm_core::id::{AccountId, Partition};

/// How a role is entered, as errors name it.
pub(crate) const ASSUME: &str = "sts:AssumeRole";

/// Who the credentials of this process belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The user or the session of a role.
    pub arn: String,
}

impl Caller {
    /// Whether it is a role's session already: then another role's session lasts an hour at the most.
    pub(crate) fn is_session(&self) -> bool {
        self.arn.contains(":assumed-role/")
    }

    pub(crate) fn partition(&self) -> Option<Partition> {
        self.arn.split(':').nth(1)?.parse().ok()
    }
}
