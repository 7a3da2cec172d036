use crate::id::RoleArn;
use crate::policy::PolicyDocument;

/// A role as the list of an account's roles has it: without tags and policies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedRole {
    /// Its ARN.
    pub arn: RoleArn,
    /// Who may assume it; `None` if its trust policy cannot be read.
    pub trust: Option<PolicyDocument>,
}

impl ListedRole {
    /// A role that `trust` may assume.
    pub fn new(arn: RoleArn, trust: Option<PolicyDocument>) -> Self {
        Self { arn, trust }
    }
}
