use std::collections::BTreeSet;

use crate::id::{PolicyArn, PolicyName, RoleName, RolePath};
use crate::policy::PolicyDocument;

/// What the roles of one account need.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permissions {
    /// The policies of the cross-account role.
    pub policies: Vec<Grant>,
    /// The managed policies that are attached to it beside them: AWS' own and the user's.
    pub attached: BTreeSet<PolicyArn>,
    /// The execution role of the Lambda function behind AutoStopping load balancers, where one is needed.
    pub lambda: Option<LambdaRole>,
}

impl Permissions {
    /// All policies of the cross-account role in one document, for one inline policy.
    pub fn merged(&self) -> PolicyDocument {
        merged(&self.policies)
    }
}

/// One policy with what it is called where it is kept as a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The module's name for it, with the prefix. Where the module has no such policy, a name of its kind.
    pub name: PolicyName,
    /// The module's description, to the letter: IAM never changes one, so that another would mean another policy.
    pub description: String,
    /// What it grants.
    pub document: PolicyDocument,
}

/// The execution role of the Lambda function behind AutoStopping load balancers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LambdaRole {
    /// Its path. Harness finds the role by it, so it is not to be changed.
    pub path: RolePath,
    /// Its name, with the prefix.
    pub name: RoleName,
    /// Its trust policy.
    pub trust: PolicyDocument,
    /// Its policies.
    pub policies: Vec<Grant>,
}

impl LambdaRole {
    /// All its policies in one document, for one inline policy.
    pub fn merged(&self) -> PolicyDocument {
        merged(&self.policies)
    }
}

fn merged(policies: &[Grant]) -> PolicyDocument {
    policies.iter().fold(PolicyDocument::new([]), |merged, grant| merged.union(&grant.document))
}
