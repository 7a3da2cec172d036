//! The table `[reach]`.

use serde::{Deserialize, Serialize};

use super::InvalidConfig;
use super::placed::Placed;
use super::reader::Reader;
use super::selector_table::{SelectorTable, table_with_conditions};
use crate::id::{ExternalId, RoleArn, SessionName, SourceIdentity};
use crate::intent::{Reach, RouteRule};
use crate::route::{Assume, BootstrapRole, Hop, Route, SessionIdentity};
use crate::session::SessionSeconds;

/// The keys, each with its equivalent in code, except those that a route has too.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("restrict-session", "Reach::with_restricted_sessions"),
    ("session-name", "SessionIdentity::with_name"),
    ("source-identity", "SessionIdentity::with_source"),
    ("session-tags", "SessionIdentity::with_tags"),
    ("routes", "Reach::with_route"),
];

/// The keys of a route, except those that select accounts.
pub(super) const ROUTE_KEYS: &[(&str, &str)] = &[("name", "Reach::with_route"), ("direct", "Route::Direct")];

/// The keys of the table and of a route: how accounts are entered.
pub(super) const WAY_KEYS: &[(&str, &str)] = &[
    ("bootstrap-roles", "Assume::new"),
    ("external-id", "Assume::with_external_id"),
    ("through", "Assume::with_through"),
    ("through.role", "Hop::new"),
    ("through.external-id", "Hop::with_external_id"),
    ("session-seconds", "Assume::with_session"),
];

/// Access to accounts.
#[derive(Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ReachTable {
    /// The roles in member accounts, tried in this order until one can be assumed: names, or ARNs with `${account}` and
    /// `${partition}`.
    #[cfg_attr(
        feature = "schema",
        schemars(extend("default" = ["OrganizationAccountAccessRole", "AWSControlTowerExecution"]))
    )]
    bootstrap_roles: Option<Placed<Vec<BootstrapRole>>>,
    /// The external id for these roles, if their trust policies require one.
    external_id: Option<ExternalId>,
    /// A role to assume first, if the bootstrap roles trust only that one.
    through: Option<HopTable>,
    /// How long sessions last, in seconds. The maximum is an hour if one role is assumed through another.
    #[cfg_attr(feature = "schema", schemars(extend("default" = 3600)))]
    session_seconds: Option<Placed<SessionSeconds>>,
    /// Whether sessions are limited to the roles and policies of this configuration.
    #[serde(default)]
    restrict_session: bool,
    /// The name of sessions: CloudTrail shows it, and trust policies may require it. `${run}` in it becomes the id of the
    /// run.
    #[serde(default, skip_serializing_if = "is_usual")]
    session_name: SessionName,
    /// The person or program behind the sessions. CloudTrail shows it, also for sessions that these sessions start;
    /// roles may not allow it.
    source_identity: Option<SourceIdentity>,
    /// Whether sessions have tags with the id of the run and the source identity. Roles may not allow it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    session_tags: bool,
    /// Other routes for some accounts: the first that matches decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    routes: Vec<RouteTable>,
}

fn is_usual(name: &SessionName) -> bool {
    *name == SessionName::default()
}

table_with_conditions! {
    /// The conditions of a rule, and a route.
    RouteTable {
        /// Its name, for people.
        name: Placed<String>,
        /// Whether the account is accessed with the caller's own credentials.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        direct: bool,
        /// As in `reach`, for these accounts.
        bootstrap_roles: Option<Placed<Vec<BootstrapRole>>>,
        /// As in `reach`, for these accounts.
        external_id: Option<ExternalId>,
        /// As in `reach`, for these accounts.
        through: Option<HopTable>,
        /// As in `reach`, for these accounts.
        session_seconds: Option<Placed<SessionSeconds>>,
    }
}

/// A role that is assumed before others.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HopTable {
    /// The role to assume first.
    role: RoleArn,
    /// The external id for it, if its trust policy requires one.
    external_id: Option<ExternalId>,
}

impl From<&Hop> for HopTable {
    fn from(Hop { role, external_id }: &Hop) -> Self {
        Self { role: role.clone(), external_id: external_id.clone() }
    }
}

/// The keys that say how a role is assumed, in any table.
#[derive(Default)]
struct WayTable {
    bootstrap_roles: Option<Placed<Vec<BootstrapRole>>>,
    external_id: Option<ExternalId>,
    through: Option<HopTable>,
    session_seconds: Option<Placed<SessionSeconds>>,
}

impl From<&Route> for WayTable {
    fn from(route: &Route) -> Self {
        match route {
            Route::Direct => Self::default(),
            Route::Assume(assume) => Self {
                bootstrap_roles: Some(assume.roles.clone().into()),
                external_id: assume.external_id.clone(),
                through: assume.through.as_ref().map(HopTable::from),
                session_seconds: assume.session.map(Placed::from),
            },
        }
    }
}

impl From<&Reach> for ReachTable {
    fn from(Reach { members, routes, restrict, identity }: &Reach) -> Self {
        let WayTable { bootstrap_roles, external_id, through, session_seconds } = members.into();
        let routes = routes.iter().map(RouteTable::from).collect();
        Self {
            bootstrap_roles,
            external_id,
            through,
            session_seconds,
            restrict_session: *restrict,
            session_name: identity.name.clone(),
            source_identity: identity.source.clone(),
            session_tags: identity.tags,
            routes,
        }
    }
}

impl From<&RouteRule> for RouteTable {
    fn from(RouteRule { name, selector, route }: &RouteRule) -> Self {
        let WayTable { bootstrap_roles, external_id, through, session_seconds } = route.into();
        Self {
            name: name.clone().into(),
            direct: *route == Route::Direct,
            bootstrap_roles,
            external_id,
            through,
            session_seconds,
            ..SelectorTable::from(selector).into()
        }
    }
}

impl WayTable {
    fn is_empty(&self) -> bool {
        let Self { bootstrap_roles, external_id, through, session_seconds } = self;
        bootstrap_roles.is_none() && external_id.is_none() && through.is_none() && session_seconds.is_none()
    }

    fn into_route(self, reader: &Reader<'_>) -> Result<Route, InvalidConfig> {
        let Self { bootstrap_roles, external_id, through, session_seconds } = self;
        let mut assume = match bootstrap_roles {
            Some(roles) if roles.get_ref().is_empty() => {
                let problem =
                    "the list of bootstrap roles is empty: name one, or remove the key to use those of AWS";
                return Err(reader.wrong(&roles.span(), problem));
            }
            Some(roles) => Assume::new(roles.into_inner()),
            None => Assume::default(),
        };
        if let Some(seconds) = session_seconds {
            if through.is_some() && *seconds.get_ref() > SessionSeconds::CHAINED {
                let problem =
                    "a session of a role that is assumed through another lasts at most 3600 seconds in AWS";
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
    pub(super) fn into_reach(self, reader: &Reader<'_>) -> Result<Reach, InvalidConfig> {
        let Self { bootstrap_roles, external_id, through, session_seconds, restrict_session, routes, .. } =
            self;
        let mut identity = SessionIdentity::default().with_name(self.session_name);
        identity.source = self.source_identity;
        identity.tags = self.session_tags;
        let members =
            WayTable { bootstrap_roles, external_id, through, session_seconds }.into_route(reader)?;
        let routes = routes.into_iter().map(|route| route.into_rule(reader)).collect::<Result<_, _>>()?;
        Ok(Reach { members, routes, restrict: restrict_session, identity })
    }
}

impl RouteTable {
    fn into_rule(mut self, reader: &Reader<'_>) -> Result<RouteRule, InvalidConfig> {
        let conditions = self.take_conditions();
        let Self { name, direct, bootstrap_roles, external_id, through, session_seconds, .. } = self;
        let way = WayTable { bootstrap_roles, external_id, through, session_seconds };
        let wrong = |problem: &str| reader.wrong(&name.span(), format!("this route: {problem}"));
        let route = match (direct, way.is_empty()) {
            (true, true) => Route::Direct,
            (true, false) => return Err(wrong("it has both direct and a role: keep one")),
            (false, true) => {
                let ways = "bootstrap-roles, through, external-id, session-seconds or direct";
                return Err(wrong(&format!("it has no access method: set {ways}")));
            }
            (false, false) => way.into_route(reader)?,
        };
        let selector = conditions.selector("route", reader)?;
        Ok(RouteRule { name: name.into_inner(), selector, route })
    }
}
