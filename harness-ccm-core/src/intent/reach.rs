//! Which way leads into which account.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::config::Reader;
use super::selector_table::{SelectorTable, TagValue};
use super::{Fit, Intent, InvalidIntent, Selector};
use crate::account::Account;
use crate::catalog;
use crate::id::{AccountId, ExternalId, RoleArn, RolePath};
use crate::route::{Assume, BootstrapRole, Hop, Route, SessionScope};
use crate::session::SessionSeconds;

/// How accounts are reached.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reach {
    /// The way into every account that no rule of `routes` matches. The management account is then entered directly.
    pub members: Route,
    /// Other ways for some accounts: the first that matches decides.
    pub routes: Vec<RouteRule>,
    /// Whether sessions may touch only the roles and policies of this intent, whatever the bootstrap role may do.
    pub restrict: bool,
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

    /// What is said about ways that lead nowhere, and about accounts of which too little is known to choose theirs.
    pub(super) fn diagnose(&self, accounts: &[Account]) -> Vec<String> {
        let mut diagnostics = Vec::new();
        let mut used = BTreeSet::new();
        let mut unknown: BTreeMap<&str, Vec<&AccountId>> = BTreeMap::new();
        for account in accounts {
            for rule in &self.routes {
                match rule.selector.fit(account) {
                    Fit::Yes => {
                        used.insert(rule.name.as_str());
                        break;
                    }
                    Fit::No => {}
                    Fit::Unknown => unknown.entry(rule.name.as_str()).or_default().push(&account.id),
                }
            }
        }
        for rule in &self.routes {
            let name = rule.name.as_str();
            if let Some([first, rest @ ..]) = unknown.get(name).map(Vec::as_slice) {
                let others =
                    if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
                diagnostics.push(format!(
                    "route {name:?} can not be judged for account {first}{others}, of which too little is known: \
                     it is not taken for them"
                ));
            } else if !used.contains(name) {
                diagnostics.push(format!("route {name:?} is the way into no account"));
            }
        }
        diagnostics
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
        let policies = format!("{}*", RolePath::OF_ALL_POLICIES.trim_start_matches('/'));
        Ok(SessionScope::new([self.role_name()?, lambda]).with_policies(policies))
    }
}

/// The table `[reach]` of the intent file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ReachTable {
    bootstrap_roles: Option<Spanned<Vec<BootstrapRole>>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<Spanned<SessionSeconds>>,
    #[serde(default)]
    restrict_session: bool,
    #[serde(default)]
    routes: Vec<RouteTable>,
}

/// One of `[[reach.routes]]`: the conditions of a rule, and a way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RouteTable {
    name: Spanned<String>,
    accounts: Option<Spanned<Vec<Spanned<String>>>>,
    accounts_file: Option<Spanned<String>>,
    names: Option<Spanned<Vec<String>>>,
    ou_paths: Option<Spanned<Vec<Spanned<String>>>>,
    ous: Option<Spanned<Vec<Spanned<String>>>>,
    tags: Option<Spanned<BTreeMap<String, Spanned<TagValue>>>>,
    management: Option<bool>,
    joined_after: Option<Spanned<Datetime>>,
    #[serde(default)]
    direct: bool,
    bootstrap_roles: Option<Spanned<Vec<BootstrapRole>>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<Spanned<SessionSeconds>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HopTable {
    role: RoleArn,
    external_id: Option<ExternalId>,
}

/// The keys that say how a role is assumed, wherever they stand.
struct WayTable {
    bootstrap_roles: Option<Spanned<Vec<BootstrapRole>>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<Spanned<SessionSeconds>>,
}

impl WayTable {
    fn is_empty(&self) -> bool {
        let Self { bootstrap_roles, external_id, through, session_seconds } = self;
        bootstrap_roles.is_none() && external_id.is_none() && through.is_none() && session_seconds.is_none()
    }

    fn into_route(self, reader: &Reader<'_>) -> Result<Route, InvalidIntent> {
        let Self { bootstrap_roles, external_id, through, session_seconds } = self;
        let mut assume = match bootstrap_roles {
            Some(roles) if roles.get_ref().is_empty() => {
                let problem =
                    "the list of bootstrap roles is empty: name one, or leave the key out for those of AWS";
                return Err(reader.wrong(&roles.span(), problem));
            }
            Some(roles) => Assume::new(roles.into_inner()),
            None => Assume::default(),
        };
        if let Some(seconds) = session_seconds {
            if through.is_some() && *seconds.get_ref() > SessionSeconds::CHAINED {
                let problem = "where one role is assumed through another, AWS gives 3600 seconds at the most";
                return Err(reader.wrong(&seconds.span(), problem));
            }
            assume.session = Some(seconds.into_inner());
        }
        assume.external_id = external_id;
        assume.through = through.map(|HopTable { role, external_id }| {
            let mut hop = Hop::new(role);
            hop.external_id = external_id;
            hop
        });
        Ok(assume.into())
    }
}

impl ReachTable {
    pub(super) fn into_reach(self, reader: &Reader<'_>) -> Result<Reach, InvalidIntent> {
        let Self { bootstrap_roles, external_id, through, session_seconds, restrict_session, routes } = self;
        let members =
            WayTable { bootstrap_roles, external_id, through, session_seconds }.into_route(reader)?;
        let routes = routes.into_iter().map(|route| route.into_rule(reader)).collect::<Result<_, _>>()?;
        Ok(Reach { members, routes, restrict: restrict_session })
    }
}

impl RouteTable {
    fn into_rule(self, reader: &Reader<'_>) -> Result<RouteRule, InvalidIntent> {
        let Self {
            name, accounts, accounts_file, names, ou_paths, ous, tags, management, joined_after, ..
        } = self;
        let Self { direct, bootstrap_roles, external_id, through, session_seconds, .. } = self;
        let way = WayTable { bootstrap_roles, external_id, through, session_seconds };
        let wrong = |problem: &str| reader.wrong(&name.span(), format!("this route: {problem}"));
        let route = match (direct, way.is_empty()) {
            (true, true) => Route::Direct,
            (true, false) => return Err(wrong("it is both direct and by a role: keep one")),
            (false, true) => {
                let ways = "bootstrap-roles, through, external-id, session-seconds or direct";
                return Err(wrong(&format!("it says no way: give {ways}")));
            }
            (false, false) => way.into_route(reader)?,
        };
        let conditions =
            SelectorTable { accounts, accounts_file, names, ou_paths, ous, tags, management, joined_after };
        let selector = conditions.selector("route", reader)?;
        Ok(RouteRule { name: name.into_inner(), selector, route })
    }
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
        let scope = assume.scope.unwrap();
        let names: Vec<_> = scope.roles.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["Cost", "HarnessCELambdaExecutionRole"]);
        assert_eq!(scope.policies, ["harness-ccm/*"]);
    }

    #[test]
    fn routes_take_the_conditions_of_rules_and_say_what_they_can_not_judge() {
        let intent = intent(
            "[[reach.routes]]\nname = \"x\"\nou-paths = [\"Old/**\"]\ntags = { team = \"a\" }\ndirect = true",
        )
        .unwrap();
        let query = intent.query();
        assert!(query.ou_paths && query.tags, "{query:?}");
        let account = |number: u64| Account::new(format!("{number:012}").parse().unwrap(), "n");
        let known = account(2).with_ou_path(["Old", "Web"]).with_tags([("team", "a")]);
        assert_eq!(intent.route(&known).unwrap(), Route::Direct);
        assert_eq!(intent.route(&account(3)).unwrap(), Route::default());
        assert_eq!(
            intent.reach.diagnose(&[known, account(3), account(4)]),
            [
                "route \"x\" can not be judged for account 000000000003 and 1 more, of which too little is known: it is not taken for them"
            ]
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let hop = r#"through = { role = "arn:aws:iam::000000000001:role/Hub" }"#;
        for (text, parts) in [
            ("[reach]\nbootstrap-roles = []".to_owned(), ["line 4", "list of bootstrap roles is empty"]),
            (format!("[reach]\nsession-seconds = 7200\n{hop}"), ["line 4", "3600 seconds at the most"]),
            ("[reach]\nsession-seconds = 60".to_owned(), ["line 4", "900 to 43200"]),
            (
                "[reach]\nbootstrap-roles = [\"a/b\"]".to_owned(),
                ["line 4", "${account} in place of the account id"],
            ),
            ("[[reach.routes]]\nname = \"x\"".to_owned(), ["line 4", "it says no way"]),
            (
                "[[reach.routes]]\nname = \"x\"\ndirect = true\nexternal-id = \"ab\"".to_owned(),
                ["line 4", "keep one"],
            ),
            ("[[reach.routes]]\nname = \"x\"\ndirekt = true".to_owned(), ["line 5", "direkt"]),
            (
                "[[reach.routes]]\nname = \"x\"\ndirect = true\nous = []".to_owned(),
                ["line 6", "this route's list of"],
            ),
        ] {
            let error = intent(&text).unwrap_err().to_string();
            for part in parts {
                assert!(error.contains(part), "{part} is not in {error}");
            }
        }
    }
}
