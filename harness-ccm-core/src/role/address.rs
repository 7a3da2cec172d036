use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, PolicyArn, PolicyName, RoleArn, RoleName, RolePath};
use crate::route::Route;

/// The location of a role, and the route to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoleAddress {
    /// The role, by its ARN: account, path and name.
    pub arn: RoleArn,
    /// The route into the account.
    pub route: Route,
}

impl RoleAddress {
    /// The address of `arn`, reached by `route`.
    pub fn new(arn: RoleArn, route: Route) -> Self {
        Self { arn, route }
    }

    /// The account of the role.
    pub fn account(&self) -> &AccountId {
        self.arn.account()
    }

    /// The ARN of the managed policy `name` for this role.
    pub fn policy(&self, name: &PolicyName) -> PolicyArn {
        PolicyArn::customer(self.arn.partition(), self.account(), &RolePath::of_policies(self.name()), name)
    }

    /// The role's name, unique in its account.
    pub fn name(&self) -> &RoleName {
        self.arn.name()
    }
}

impl fmt::Display for RoleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "role {} in account {}", self.name(), self.account())
    }
}
