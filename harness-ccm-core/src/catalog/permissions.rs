use std::collections::BTreeSet;

use crate::id::{PolicyArn, PolicyName, RoleName, RolePath};
use crate::policy::PolicyDocument;

/// The permissions that the roles of one account need.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permissions {
    /// The policies of the cross-account role.
    pub policies: Vec<Grant>,
    /// The managed policies attached in addition: AWS-managed ones and the user's.
    pub attached: BTreeSet<PolicyArn>,
    /// The execution role of the Lambda function behind AutoStopping load balancers, if needed.
    pub lambda: Option<LambdaRole>,
}

impl Permissions {
    /// Merges all policies of the cross-account role into one document, for one inline policy.
    pub fn merged(&self) -> PolicyDocument {
        merged(&self.policies)
    }
}

/// One policy, with its name and description as a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The name of the policy in the module, with the prefix; if the module has no such policy, a similar
    /// name.
    pub name: PolicyName,
    /// The description in the module, verbatim: IAM never changes one, so another description would mean another
    /// policy.
    pub description: String,
    /// What it grants.
    pub document: PolicyDocument,
}

/// The execution role of the Lambda function behind AutoStopping load balancers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LambdaRole {
    /// Its path. Do not change it: Harness finds the role by its path.
    pub path: RolePath,
    /// Its name, with the prefix.
    pub name: RoleName,
    /// Its trust policy.
    pub trust: PolicyDocument,
    /// Its policies.
    pub policies: Vec<Grant>,
}

impl LambdaRole {
    /// Merges all its policies into one document, for one inline policy.
    pub fn merged(&self) -> PolicyDocument {
        merged(&self.policies)
    }
}

fn merged(policies: &[Grant]) -> PolicyDocument {
    policies.iter().fold(PolicyDocument::new([]), |merged, grant| merged.union(&grant.document))
}
