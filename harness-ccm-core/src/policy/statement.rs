use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Folded, InvalidPolicy, Principals};

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum StatementEffect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// The `Action` or `NotAction` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actions {
    /// `Action`: these.
    Only(BTreeSet<Folded>),
    /// `NotAction`: all but these.
    Except(BTreeSet<Folded>),
}

/// The `Resource` or `NotResource` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resources {
    /// Neither: a trust policy, whose resource is the role itself.
    Itself,
    /// `Resource`: these.
    Only(BTreeSet<String>),
    /// `NotResource`: all but these.
    Except(BTreeSet<String>),
}

/// Values by condition key, by condition operator.
pub type Conditions = BTreeMap<Folded, BTreeMap<Folded, BTreeSet<String>>>;

/// One statement of a policy. It cannot be built without an action, or with an empty list of resources or principals. IAM may
/// store statements with empty lists; they have no effect or, as `NotAction` and the like, apply to everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: StatementEffect,
    pub(super) principals: Option<Principals>,
    pub(super) not_principals: Option<Principals>,
    pub(super) actions: Actions,
    pub(super) resources: Resources,
    pub(super) conditions: Conditions,
}

/// All parts of a statement that have a meaning: everything except the Sid.
pub(super) type Meaning<'a> = (
    StatementEffect,
    &'a Option<Principals>,
    &'a Option<Principals>,
    &'a Actions,
    &'a Resources,
    &'a Conditions,
);

impl Statement {
    /// Allows `actions` on `resources` to every role and user that has the policy.
    pub fn allow(
        actions: impl IntoIterator<Item = impl Into<Folded>>,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, InvalidPolicy> {
        let resources = Resources::Only(resources.into_iter().map(Into::into).collect());
        Self::checked(None, Actions::Only(actions.into_iter().map(Into::into).collect()), resources)
    }

    /// Allows everything except `actions` on `resources` (`NotAction`).
    pub fn allow_all_but(
        actions: impl IntoIterator<Item = impl Into<Folded>>,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, InvalidPolicy> {
        let resources = Resources::Only(resources.into_iter().map(Into::into).collect());
        Self::checked(None, Actions::Except(actions.into_iter().map(Into::into).collect()), resources)
    }

    /// Allows `principals` to do `actions` with the role that has the trust policy.
    pub fn trust(
        principals: Principals,
        actions: impl IntoIterator<Item = impl Into<Folded>>,
    ) -> Result<Self, InvalidPolicy> {
        let actions = Actions::Only(actions.into_iter().map(Into::into).collect());
        Self::checked(Some(principals), actions, Resources::Itself)
    }

    fn checked(
        principals: Option<Principals>,
        actions: Actions,
        resources: Resources,
    ) -> Result<Self, InvalidPolicy> {
        let statement = Self {
            sid: None,
            effect: StatementEffect::Allow,
            principals,
            not_principals: None,
            actions,
            resources,
            conditions: Conditions::new(),
        };
        statement.check()?;
        Ok(statement)
    }

    /// Checks that no list of the statement is empty.
    fn check(&self) -> Result<(), InvalidPolicy> {
        let (Actions::Only(actions) | Actions::Except(actions)) = &self.actions;
        if actions.is_empty() {
            return Err(InvalidPolicy::new("a statement has no action"));
        }
        if self.principals.iter().chain(&self.not_principals).any(|who| who.iter().next().is_none()) {
            return Err(InvalidPolicy::new("a statement has no principal"));
        }
        match &self.resources {
            Resources::Only(resources) | Resources::Except(resources) if resources.is_empty() => {
                Err(InvalidPolicy::new("a statement has no resource"))
            }
            Resources::Itself | Resources::Only(_) | Resources::Except(_) => self.check_kind(),
        }
    }

    /// Checks that it is a statement of an identity policy or of a trust policy.
    pub(super) fn check_kind(&self) -> Result<(), InvalidPolicy> {
        if self.resources == Resources::Itself && self.principals.is_none() && self.not_principals.is_none() {
            return Err(InvalidPolicy::new("a statement has neither resource nor principal"));
        }
        Ok(())
    }

    /// Names the statement. IAM allows letters and digits.
    #[must_use]
    pub fn with_sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Returns the same statement with these principals.
    #[must_use]
    pub fn with_principals(mut self, principals: Principals) -> Self {
        self.principals = Some(principals);
        self
    }

    /// Adds a condition: `key` compared by `operator` with any of `values`.
    #[must_use]
    pub fn with_condition(
        mut self,
        operator: &str,
        key: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.conditions
            .entry(operator.into())
            .or_default()
            .entry(key.into())
            .or_default()
            .extend(values.into_iter().map(Into::into));
        self
    }

    /// Its name, which has no meaning to IAM.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    pub fn effect(&self) -> StatementEffect {
        self.effect
    }

    /// `Principal`, if there is one.
    pub fn principals(&self) -> Option<&Principals> {
        self.principals.as_ref()
    }

    /// `NotPrincipal`, if there is one.
    pub fn not_principals(&self) -> Option<&Principals> {
        self.not_principals.as_ref()
    }

    /// `Action` or `NotAction`.
    pub fn actions(&self) -> &Actions {
        &self.actions
    }

    /// `Resource`, `NotResource` or neither.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// `Condition`; empty if there is none.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    pub(super) fn meaning(&self) -> Meaning<'_> {
        let Self { sid: _, effect, principals, not_principals, actions, resources, conditions } = self;
        (*effect, principals, not_principals, actions, resources, conditions)
    }
}
