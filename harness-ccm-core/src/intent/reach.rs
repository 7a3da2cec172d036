//! The selection of the route into each account.

use std::collections::{BTreeMap, BTreeSet};

use super::Diagnostic;
use crate::account::Account;
use crate::id::AccountId;
use crate::route::{Route, SessionIdentity};
use crate::selector::{Match, Selector};

/// The routes into accounts, and the settings of sessions.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reach {
    /// The route into every account that no rule of `routes` matches. For the management account, [`Route::Direct`] replaces this
    /// route, unless the intermediate role of this route is in the management account.
    pub members: Route,
    /// The routes of some accounts. The first rule that matches an account decides.
    pub routes: Vec<RouteRule>,
    /// Whether sessions may access only the roles and policies of this intent, even if the bootstrap role permits more.
    pub restrict: bool,
    /// The names and identities of sessions.
    pub identity: SessionIdentity,
}

impl Reach {
    /// Sets the route into the accounts that no rule matches.
    #[must_use]
    pub fn with_members(mut self, route: Route) -> Self {
        self.members = route;
        self
    }

    /// Appends a route into the accounts that `selector` matches.
    #[must_use]
    pub fn with_route(mut self, name: impl Into<String>, selector: Selector, route: Route) -> Self {
        self.routes.push(RouteRule { name: name.into(), selector, route });
        self
    }

    /// Limits sessions to the roles and policies of the intent.
    #[must_use]
    pub fn with_restricted_sessions(mut self) -> Self {
        self.restrict = true;
        self
    }

    /// Sets the names and identities of sessions.
    #[must_use]
    pub fn with_identity(mut self, identity: SessionIdentity) -> Self {
        self.identity = identity;
        self
    }

    fn rule(&self, account: &Account) -> Option<&RouteRule> {
        self.routes.iter().find(|rule| rule.selector.matches(account))
    }

    pub(super) fn route(&self, account: &Account) -> Route {
        match (self.rule(account), &self.members) {
            (Some(rule), _) => rule.route.clone(),
            // The role of the intermediate hop is in this account: its session has access already.
            (None, Route::Assume(assume))
                if assume.through.as_ref().is_some_and(|hop| hop.role.account() == &account.id) =>
            {
                self.members.clone()
            }
            (None, _) if account.management == Some(true) => Route::Direct,
            (None, route) => route.clone(),
        }
    }

    /// Returns notes about routes that apply to no account, and about accounts with too little information to
    /// select a route.
    pub(super) fn diagnostics(&self, accounts: &[Account]) -> Vec<Diagnostic> {
        let mut used = BTreeSet::new();
        let mut unknown: BTreeMap<&str, Vec<AccountId>> = BTreeMap::new();
        for account in accounts {
            for rule in &self.routes {
                match rule.selector.evaluate(account) {
                    Match::Yes => {
                        used.insert(rule.name.as_str());
                        break;
                    }
                    Match::No => {}
                    Match::Unknown => {
                        unknown.entry(rule.name.as_str()).or_default().push(account.id.clone());
                    }
                }
            }
        }
        let diagnostic = |rule: &RouteRule| {
            let route = rule.name.clone();
            match unknown.remove(route.as_str()) {
                Some(accounts) => Some(Diagnostic::UndecidedRoute { route, accounts }),
                None => (!used.contains(route.as_str())).then_some(Diagnostic::IdleRoute { route }),
            }
        };
        self.routes.iter().filter_map(diagnostic).collect()
    }
}

/// A route for some accounts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RouteRule {
    /// The name of the rule, for people.
    pub name: String,
    /// The conditions that select accounts.
    pub selector: Selector,
    /// The route into the selected accounts.
    pub route: Route,
}
