//! How a backend gets into an account.

use serde::{Deserialize, Serialize};

use crate::id::RoleName;

/// The way into an account.
///
/// A backend that is asked to go [`Route::Direct`] into an account other than its own credentials' must refuse: the public
/// guide's fault is to make the same role again and again in one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// With the caller's own credentials: the account that they belong to, as a rule the management account.
    Direct,
    /// Through the first of these roles in the account that lets the caller in.
    Assume(Vec<RoleName>),
}

impl Default for Route {
    /// The roles that AWS itself puts into member accounts: `OrganizationAccountAccessRole` where Organizations created the
    /// account, `AWSControlTowerExecution` where Control Tower did (AWS Organizations and Control Tower user guides).
    fn default() -> Self {
        let names = ["OrganizationAccountAccessRole", "AWSControlTowerExecution"];
        Self::Assume(names.iter().filter_map(|name| name.parse().ok()).collect())
    }
}
