//! The ways of backends to access an account.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{
    AccountId, ExternalId, InvalidId, Partition, PerAccount, RoleArn, RoleName, SessionName, SourceIdentity,
    text_id,
};
use crate::session::SessionSeconds;

/// The route into an account.
///
/// A backend must refuse [`Route::Direct`] for an account other than that of its own credentials: otherwise, as in the
/// public guide, the same role would be created again and again in one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// With the caller's own credentials: for the account that they belong to, usually the management
    /// account.
    Direct,
    /// By assuming a role in the account.
    Assume(Box<Assume>),
}

impl Route {
    /// A route through the first of these roles that can be assumed.
    pub fn assume(roles: impl IntoIterator<Item = BootstrapRole>) -> Self {
        Assume::new(roles).into()
    }

    /// The same way for this role: a session that is limited to other roles would not let it be read.
    #[must_use]
    pub(crate) fn reaching(&self, role: &RoleName) -> Self {
        let mut route = self.clone();
        if let Self::Assume(assume) = &mut route
            && let Some(scope) = &mut assume.scope
            && !scope.roles.contains(role)
        {
            scope.roles = vec![role.clone()];
        }
        route
    }
}

impl From<Assume> for Route {
    fn from(assume: Assume) -> Self {
        Self::Assume(Box::new(assume))
    }
}

impl Default for Route {
    fn default() -> Self {
        Assume::default().into()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("the caller's own credentials"),
            Self::Assume(assume) => assume.fmt(f),
        }
    }
}

/// The role to assume in the account, and how.
///
/// If the current credentials belong to the account already, no role is assumed: this applies to the caller's own account, and
/// to the account of the role in [`through`](Self::through).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Assume {
    /// The roles, tried in this order until one can be assumed.
    pub roles: Vec<BootstrapRole>,
    /// The external id for these roles, if their trust policies require one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// A role that is assumed first, such as one in the management account if the caller's account is another
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Hop>,
    /// The session length; an hour by default. A session is renewed before it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionSeconds>,
    /// Limits the session to these roles and policies, even if the bootstrap role may do more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<SessionScope>,
}

impl Assume {
    /// Assumes the first of these roles that can be assumed, with default settings.
    pub fn new(roles: impl IntoIterator<Item = BootstrapRole>) -> Self {
        Self {
            roles: roles.into_iter().collect(),
            external_id: None,
            through: None,
            session: None,
            scope: None,
        }
    }

    /// Presents an external id to the roles in the account.
    #[must_use]
    pub fn with_external_id(mut self, external_id: ExternalId) -> Self {
        self.external_id = Some(external_id);
        self
    }

    /// Assumes another role first.
    #[must_use]
    pub fn with_through(mut self, hop: Hop) -> Self {
        self.through = Some(hop);
        self
    }

    /// Sets the session length. A session started with the credentials of another role lasts at most an hour,
    /// see [`SessionSeconds::CHAINED`].
    #[must_use]
    pub fn with_session(mut self, session: SessionSeconds) -> Self {
        self.session = Some(session);
        self
    }

    /// Limits the session to these roles and policies.
    #[must_use]
    pub fn with_scope(mut self, scope: SessionScope) -> Self {
        self.scope = Some(scope);
        self
    }
}

/// The names and identities of the sessions of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionIdentity {
    /// The name of the sessions.
    pub name: SessionName,
    /// The person or program behind them, if the role allows it (`sts:SetSourceIdentity`); for other roles it is
    /// left out.
    pub source: Option<SourceIdentity>,
    /// Whether they have the tags `harness-ccm-run` and `harness-ccm-operator`. Every role must allow that (`sts:TagSession`).
    pub tags: bool,
}

impl SessionIdentity {
    /// Sets the name of the sessions.
    #[must_use]
    pub fn with_name(mut self, name: SessionName) -> Self {
        self.name = name;
        self
    }

    /// Sets the person or program behind the sessions.
    #[must_use]
    pub fn with_source(mut self, source: SourceIdentity) -> Self {
        self.source = Some(source);
        self
    }

    /// Adds tags to the sessions.
    #[must_use]
    pub fn with_tags(mut self) -> Self {
        self.tags = true;
        self
    }
}

impl Default for Assume {
    /// The roles that AWS creates in member accounts: `OrganizationAccountAccessRole` if Organizations created the account,
    /// `AWSControlTowerExecution` if Control Tower did (AWS Organizations and Control Tower user guides).
    fn default() -> Self {
        let names = ["OrganizationAccountAccessRole", "AWSControlTowerExecution"];
        Self::new(names.iter().filter_map(|name| name.parse().ok()))
    }
}

impl fmt::Display for Assume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, role) in self.roles.iter().enumerate() {
            write!(f, "{}{role}", if index == 0 { "" } else { ", " })?;
        }
        match &self.through {
            Some(hop) => write!(f, " through {}", hop.role),
            None => Ok(()),
        }
    }
}

text_id!(
    /// A role that exists in many accounts and that the caller can assume: its name, or its ARN with placeholders for the parts
    /// that differ.
    ///
    /// ```
    /// use harness_ccm_core::id::Partition;
    /// use harness_ccm_core::route::BootstrapRole;
    ///
    /// let account = "123456789012".parse()?;
    /// let role: BootstrapRole = "OrganizationAccountAccessRole".parse()?;
    /// assert_eq!(role.arn(Partition::Aws, &account)?.to_string(), "arn:aws:iam::123456789012:role/OrganizationAccountAccessRole");
    /// let role: BootstrapRole = "arn:${partition}:iam::${account}:role/ops/Bootstrap".parse()?;
    /// assert_eq!(role.arn(Partition::China, &account)?.to_string(), "arn:aws-cn:iam::123456789012:role/ops/Bootstrap");
    /// # Ok::<(), harness_ccm_core::id::InvalidId>(())
    /// ```
    BootstrapRole,
    "bootstrap role",
    "it is the name of a role, or an ARN such as arn:${partition}:iam::${account}:role/path/Name with ${account} in place of the \
     account id",
    |text| {
        text.parse::<RoleName>().is_ok()
            || text.contains("::${account}:") && text.parse::<PerAccount<RoleArn>>().is_ok()
    }
);

impl BootstrapRole {
    /// The role in one account.
    pub fn arn(&self, partition: Partition, account: &AccountId) -> Result<RoleArn, InvalidId> {
        if self.as_str().contains(':') {
            self.as_str().parse::<PerAccount<RoleArn>>()?.within(partition, account)
        } else {
            format!("arn:{partition}:iam::{account}:role/{self}").parse()
        }
    }
}

/// One role that is assumed before others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Hop {
    /// The role.
    pub role: RoleArn,
    /// The external id for it, if its trust policy requires one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
}

impl Hop {
    /// A hop through this role.
    pub fn new(role: RoleArn) -> Self {
        Self { role, external_id: None }
    }

    /// Presents an external id to it.
    #[must_use]
    pub fn with_external_id(mut self, external_id: ExternalId) -> Self {
        self.external_id = Some(external_id);
        self
    }
}

/// The purpose of a session in an account: it can access nothing else, even if the assumed role may.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionScope {
    /// The roles to read and write, under any path.
    pub roles: Vec<RoleName>,
    /// The customer-managed policies to write, by patterns of their names (`Harness*`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
}

impl SessionScope {
    /// A scope of these roles, without customer-managed policies.
    pub fn new(roles: impl IntoIterator<Item = RoleName>) -> Self {
        Self { roles: roles.into_iter().collect(), policies: Vec::new() }
    }

    /// Adds the customer-managed policies whose names match `pattern`.
    #[must_use]
    pub fn with_policies(mut self, pattern: impl Into<String>) -> Self {
        self.policies.push(pattern.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bootstrap_role_is_a_name_or_an_arn_for_any_account() {
        for good in [
            "OrganizationAccountAccessRole",
            "arn:${partition}:iam::${account}:role/ops/Bootstrap",
            "arn:aws-us-gov:iam::${account}:role/Bootstrap",
        ] {
            assert_eq!(good.parse::<BootstrapRole>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "ops/Bootstrap",
            "arn:aws:iam::123456789012:role/Bootstrap",
            "arn:${partition}:iam::123456789012:role/${account}",
            "arn:${partition}:iam::${account}:user/x",
            "arn:${region}:iam::${account}:role/x",
            "arn:${partition}:iam::${account}:role/${name}",
        ] {
            let error = bad.parse::<BootstrapRole>().unwrap_err().to_string();
            assert!(error.contains("${account} in place of the account id"), "{bad}: {error}");
        }
    }

    #[test]
    fn a_route_prints_its_roles() {
        let through = Hop::new("arn:aws:iam::000000000001:role/Hub".parse().unwrap());
        assert_eq!(Route::Direct.to_string(), "the caller's own credentials");
        assert_eq!(
            Route::from(Assume::default().with_through(through)).to_string(),
            "OrganizationAccountAccessRole, AWSControlTowerExecution through arn:aws:iam::000000000001:role/Hub"
        );
    }
}
