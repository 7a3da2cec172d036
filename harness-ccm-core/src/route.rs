//! How a backend gets into an account.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{
    AccountId, ExternalId, InvalidId, Partition, PerAccount, RoleArn, RoleName, SessionName, SourceIdentity,
    text_id,
};
use crate::session::SessionSeconds;

/// The way into an account.
///
/// A backend that is asked to go [`Route::Direct`] into an account other than its own credentials' must refuse: the public
/// guide's fault is to make the same role again and again in one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// With the caller's own credentials: the account that they belong to, usually the management account.
    Direct,
    /// By assuming a role in the account.
    Assume(Box<Assume>),
}

impl Route {
    /// Through the first of these roles that lets the caller in.
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

/// Which role in the account is assumed, and how.
///
/// An account that the credentials at hand belong to is entered with them, and no role is assumed: the caller's own account, and
/// the account of the role in [`through`](Self::through).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Assume {
    /// The roles, tried in this order until one lets the caller in.
    pub roles: Vec<BootstrapRole>,
    /// What is presented to these roles, where their trust policies ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// A role that is assumed first, such as one in the management account when the caller lives elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Hop>,
    /// How long a session lasts; an hour unless given. It is renewed before it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionSeconds>,
    /// Limits the session to these roles and policies, whatever the bootstrap role may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<SessionScope>,
}

impl Assume {
    /// Through the first of these roles that lets the caller in, with nothing special about it.
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

    /// Sets how long a session lasts. A session that another role's credentials ask for lasts an hour at the most, see
    /// [`SessionSeconds::CHAINED`].
    #[must_use]
    pub fn with_session(mut self, session: SessionSeconds) -> Self {
        self.session = Some(session);
        self
    }

    /// Limits what the session may touch.
    #[must_use]
    pub fn with_scope(mut self, scope: SessionScope) -> Self {
        self.scope = Some(scope);
        self
    }
}

/// What the sessions of a run say of who is behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionIdentity {
    /// What they are called.
    pub name: SessionName,
    /// Who is behind them, where the role allows it (`sts:SetSourceIdentity`): one that does not is entered without.
    pub source: Option<SourceIdentity>,
    /// Whether they have the tags `harness-ccm-run` and `harness-ccm-operator`. Every role has to allow that (`sts:TagSession`).
    pub tags: bool,
}

impl SessionIdentity {
    /// Sessions of this name.
    #[must_use]
    pub fn with_name(mut self, name: SessionName) -> Self {
        self.name = name;
        self
    }

    /// Sets who is behind the sessions.
    #[must_use]
    pub fn with_source(mut self, source: SourceIdentity) -> Self {
        self.source = Some(source);
        self
    }

    /// Gives tags to sessions.
    #[must_use]
    pub fn with_tags(mut self) -> Self {
        self.tags = true;
        self
    }
}

impl Default for Assume {
    /// The roles that AWS itself puts into member accounts: `OrganizationAccountAccessRole` where Organizations created the
    /// account, `AWSControlTowerExecution` where Control Tower did (AWS Organizations and Control Tower user guides).
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
    /// A role that exists in many accounts and lets the caller in: its name, or its ARN with placeholders where accounts differ.
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

/// One role that is assumed on the way to others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Hop {
    /// The role.
    pub role: RoleArn,
    /// What is presented to it, where its trust policy asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
}

impl Hop {
    /// Over this role.
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

/// What a session in an account is for: nothing else can be touched with it, whatever the assumed role may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionScope {
    /// The roles that are read and written, under any path.
    pub roles: Vec<RoleName>,
    /// The customer-managed policies that are written, by patterns of their names (`Harness*`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
}

impl SessionScope {
    /// These roles, and no customer-managed policy.
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
    fn a_route_says_what_it_is() {
        let through = Hop::new("arn:aws:iam::000000000001:role/Hub".parse().unwrap());
        assert_eq!(Route::Direct.to_string(), "the caller's own credentials");
        assert_eq!(
            Route::from(Assume::default().with_through(through)).to_string(),
            "OrganizationAccountAccessRole, AWSControlTowerExecution through arn:aws:iam::000000000001:role/Hub"
        );
    }
}
