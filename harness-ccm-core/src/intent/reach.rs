//! Which way leads into which account.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Glob, Intent, InvalidIntent, Selector};
use crate::account::Account;
use crate::catalog;
use crate::id::{AccountId, ExternalId, RoleArn};
use crate::route::{Assume, BootstrapRole, Hop, Route, SessionScope, SessionSeconds};

/// How accounts are reached, and the organization is listed.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reach {
    /// The way into every account that no rule of `routes` matches. The management account is then entered directly.
    pub members: Route,
    /// Other ways for some accounts: the first that matches decides.
    pub routes: Vec<RouteRule>,
    /// Whether sessions may touch only the roles and policies of this intent, whatever the bootstrap role may do.
    pub restrict: bool,
    /// A role that may list the organization, if the caller may not.
    pub listing: Option<Hop>,
}

impl Reach {
    /// Sets the way into accounts that no rule matches.
    #[must_use]
    pub fn with_members(mut self, route: Route) -> Self {
        self.members = route;
        self
    }

    /// Appends a way for the accounts that `selector` matches.
    #[must_use]
    pub fn with_route(mut self, name: impl Into<String>, selector: Selector, route: Route) -> Self {
        self.routes.push(RouteRule { name: name.into(), selector, route });
        self
    }

    /// Limits sessions to what the intent is about.
    #[must_use]
    pub fn with_restrict(mut self, restrict: bool) -> Self {
        self.restrict = restrict;
        self
    }

    /// Lists the organization through a role.
    #[must_use]
    pub fn with_listing(mut self, hop: Hop) -> Self {
        self.listing = Some(hop);
        self
    }

    /// The rule that decides for `account`; none if it is reached as all others.
    fn rule(&self, account: &Account) -> Option<&RouteRule> {
        self.routes.iter().find(|rule| rule.selector.matches(account))
    }

    fn route(&self, account: &Account) -> Route {
        match (self.rule(account), &self.members) {
            (Some(rule), _) => rule.route.clone(),
            // The role on the way to the others is in this very account: its session is in already.
            (None, Route::Assume(assume))
                if assume.through.as_ref().is_some_and(|hop| hop.role.account() == &account.id) =>
            {
                self.members.clone()
            }
            (None, _) if account.management => Route::Direct,
            (None, route) => route.clone(),
        }
    }

    /// What is said about ways that lead nowhere.
    pub(super) fn diagnose(&self, accounts: &[Account]) -> Vec<String> {
        let used: BTreeSet<&str> =
            accounts.iter().filter_map(|account| self.rule(account)).map(|rule| rule.name.as_str()).collect();
        self.routes
            .iter()
            .filter(|rule| !used.contains(rule.name.as_str()))
            .map(|rule| format!("route {:?} is the way into no account", rule.name))
            .collect()
    }
}

/// A way of their own for some accounts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RouteRule {
    /// Its name, for people.
    pub name: String,
    /// Which accounts.
    pub selector: Selector,
    /// The way into them.
    pub route: Route,
}

impl Intent {
    /// The way into `account`.
    pub fn route(&self, account: &Account) -> Result<Route, InvalidIntent> {
        let mut route = self.reach.route(account);
        if self.reach.restrict
            && let Route::Assume(assume) = &mut route
        {
            assume.scope = Some(self.session_scope()?);
        }
        Ok(route)
    }

    /// What a session in an account is for.
    fn session_scope(&self) -> Result<SessionScope, InvalidIntent> {
        let (_, lambda) = catalog::lambda_role_name(&self.role.prefix)?;
        // Where managed policies are made for these roles, see `RolePath::of_policies`.
        Ok(SessionScope::new([self.role_name()?, lambda]).with_policies("harness-ccm/*"))
    }
}

/// The table `[reach]` of the intent file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ReachTable {
    bootstrap_roles: Option<Vec<BootstrapRole>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<SessionSeconds>,
    #[serde(default)]
    restrict_session: bool,
    list_through: Option<HopTable>,
    #[serde(default)]
    routes: Vec<RouteTable>,
}

/// One of `[[reach.routes]]`: the conditions of a rule, and a way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RouteTable {
    name: String,
    accounts: Option<BTreeSet<AccountId>>,
    #[serde(default)]
    names: Vec<String>,
    management: Option<bool>,
    #[serde(default)]
    direct: bool,
    bootstrap_roles: Option<Vec<BootstrapRole>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<SessionSeconds>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HopTable {
    role: RoleArn,
    external_id: Option<ExternalId>,
}

impl From<HopTable> for Hop {
    fn from(HopTable { role, external_id }: HopTable) -> Self {
        let mut hop = Self::new(role);
        hop.external_id = external_id;
        hop
    }
}

/// The keys that say how a role is assumed, wherever they stand.
struct WayTable {
    bootstrap_roles: Option<Vec<BootstrapRole>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<SessionSeconds>,
}

impl WayTable {
    fn is_empty(&self) -> bool {
        let Self { bootstrap_roles, external_id, through, session_seconds } = self;
        bootstrap_roles.is_none() && external_id.is_none() && through.is_none() && session_seconds.is_none()
    }

    fn into_route(self) -> Result<Route, &'static str> {
        let Self { bootstrap_roles, external_id, through, session_seconds: session } = self;
        let mut assume = match bootstrap_roles {
            Some(roles) if roles.is_empty() => {
                return Err(
                    "its list of bootstrap-roles is empty: name one, or leave the key out for those of AWS",
                );
            }
            Some(roles) => Assume::new(roles),
            None => Assume::default(),
        };
        if through.is_some() && session.is_some_and(|session| session > SessionSeconds::CHAINED) {
            return Err("AWS gives at most 3600 session-seconds where one role is assumed through another");
        }
        assume.external_id = external_id;
        assume.through = through.map(Hop::from);
        assume.session = session;
        Ok(assume.into())
    }
}

impl ReachTable {
    pub(super) fn into_reach(self) -> Result<Reach, InvalidIntent> {
        let Self {
            bootstrap_roles,
            external_id,
            through,
            session_seconds,
            restrict_session,
            list_through,
            routes,
        } = self;
        let way = WayTable { bootstrap_roles, external_id, through, session_seconds };
        let members = way.into_route().map_err(|problem| invalid("reach", problem))?;
        let routes = routes.into_iter().map(RouteTable::into_rule).collect::<Result<_, _>>()?;
        Ok(Reach { members, routes, restrict: restrict_session, listing: list_through.map(Hop::from) })
    }
}

impl RouteTable {
    fn into_rule(self) -> Result<RouteRule, InvalidIntent> {
        let Self {
            name,
            accounts,
            names,
            management,
            direct,
            bootstrap_roles,
            external_id,
            through,
            session_seconds,
        } = self;
        let way = WayTable { bootstrap_roles, external_id, through, session_seconds };
        let problem = |problem| invalid(&format!("reach.routes {name:?}"), problem);
        let route = match (direct, way.is_empty()) {
            (true, true) => Route::Direct,
            (true, false) => return Err(problem("it is both direct and by a role: keep one")),
            (false, true) => {
                return Err(problem(
                    "it says no way: give bootstrap-roles, through, external-id, session-seconds or direct",
                ));
            }
            (false, false) => way.into_route().map_err(problem)?,
        };
        let mut selector = Selector { accounts, management, ..Selector::all() };
        selector.names = names.into_iter().map(Glob::new).collect();
        Ok(RouteRule { name, selector, route })
    }
}

fn invalid(place: &str, problem: &str) -> InvalidIntent {
    InvalidIntent::Reach { place: place.into(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(reach: &str) -> Result<Intent, InvalidIntent> {
        Intent::from_toml(&format!("[harness]\naccount-id = \"acct\"\n{reach}"), None)
    }

    fn route(intent: &Intent, number: u64, management: bool) -> String {
        let account = Account::new(format!("{number:012}").parse().unwrap(), format!("team {number}"));
        intent.route(&if management { account.as_management() } else { account }).unwrap().to_string()
    }

    #[test]
    fn members_go_by_the_roles_of_aws_and_the_management_account_directly() {
        let intent = intent("").unwrap();
        assert_eq!(route(&intent, 2, false), "OrganizationAccountAccessRole, AWSControlTowerExecution");
        assert_eq!(route(&intent, 1, true), "the caller's own credentials");
    }

    #[test]
    fn the_first_route_that_matches_decides_for_the_management_account_too() {
        let intent = intent(
            r#"
            [reach]
            bootstrap-roles = ["Ops"]
            [[reach.routes]]
            name = "acquired"
            accounts = ["000000000003"]
            bootstrap-roles = ["arn:${partition}:iam::${account}:role/x/Admin"]
            external-id = "abc"
            [[reach.routes]]
            name = "payer"
            management = true
            bootstrap-roles = ["Payer"]
            [[reach.routes]]
            name = "never"
            accounts = ["000000000003"]
            direct = true
            "#,
        )
        .unwrap();
        assert_eq!(route(&intent, 2, false), "Ops");
        assert_eq!(route(&intent, 3, false), "arn:${partition}:iam::${account}:role/x/Admin");
        assert_eq!(route(&intent, 1, true), "Payer");
        let accounts = [Account::new("000000000003".parse().unwrap(), "n")];
        assert_eq!(
            intent.reach.diagnose(&accounts),
            ["route \"payer\" is the way into no account", "route \"never\" is the way into no account"]
        );
    }

    #[test]
    fn a_hub_in_the_management_account_is_the_way_into_it() {
        let hub = r#"reach.through = { role = "arn:aws:iam::000000000001:role/Hub", external-id = "abc" }"#;
        let intent = Intent::from_toml(&format!("{hub}\n[harness]\naccount-id = \"acct\"\n"), None).unwrap();
        let way = "OrganizationAccountAccessRole, AWSControlTowerExecution through arn:aws:iam::000000000001:role/Hub";
        assert_eq!(route(&intent, 1, true), way);
        assert_eq!(route(&intent, 9, true), "the caller's own credentials");
    }

    #[test]
    fn a_restricted_session_knows_the_roles_in_use() {
        let intent = intent("[role]\nname = \"Cost\"\n[reach]\nrestrict-session = true\n").unwrap();
        let account = Account::new("000000000002".parse().unwrap(), "n");
        let Route::Assume(assume) = intent.route(&account).unwrap() else { panic!("not direct") };
        let names: Vec<_> = assume.scope.unwrap().roles.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["Cost", "HarnessCELambdaExecutionRole"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let hop = r#"through = { role = "arn:aws:iam::000000000001:role/Hub" }"#;
        for (text, part) in [
            ("[reach]\nbootstrap-roles = []".to_owned(), "reach: its list of bootstrap-roles is empty"),
            (
                format!("[reach]\nsession-seconds = 7200\n{hop}"),
                "reach: AWS gives at most 3600 session-seconds",
            ),
            ("[reach]\nsession-seconds = 60".to_owned(), "line 4"),
            ("[reach]\nbootstrap-roles = [\"a/b\"]".to_owned(), "${account} in place of the account id"),
            ("[[reach.routes]]\nname = \"x\"".to_owned(), "reach.routes \"x\": it says no way"),
            ("[[reach.routes]]\nname = \"x\"\ndirect = true\nexternal-id = \"ab\"".to_owned(), "keep one"),
            ("[[reach.routes]]\nname = \"x\"\ndirekt = true".to_owned(), "line 5"),
        ] {
            let error = intent(&text).unwrap_err().to_string();
            assert!(error.contains(part), "{part} is not in {error}");
        }
    }
}
