use crate::id::RoleArn;
use crate::policy::PolicyDocument;

/// A role as it appears in the list of an account's roles: without tags and policies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedRole {
    /// Its ARN.
    pub arn: RoleArn,
    /// Its trust policy; `None` if that cannot be read.
    pub trust: Option<PolicyDocument>,
}

impl ListedRole {
    /// Makes a role with this trust policy.
    pub fn new(arn: RoleArn, trust: Option<PolicyDocument>) -> Self {
        Self { arn, trust }
    }
}
