//! The table `[reach]`.

use serde::Deserialize;
use toml::Spanned;

use super::InvalidConfig;
use super::reader::Reader;
use super::selector_table::table_with_conditions;
use crate::id::{ExternalId, RoleArn, SessionName, SourceIdentity};
use crate::intent::{Reach, RouteRule};
use crate::route::{Assume, BootstrapRole, Hop, Route, SessionIdentity};
use crate::session::SessionSeconds;

/// The table `[reach]`.
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
    session_name: SessionName,
    source_identity: Option<SourceIdentity>,
    #[serde(default)]
    session_tags: bool,
    #[serde(default)]
    routes: Vec<RouteTable>,
}

table_with_conditions! {
    /// One of `[[reach.routes]]`: the conditions of a rule, and a way.
    RouteTable {
        name: Spanned<String>,
        #[serde(default)]
        direct: bool,
        bootstrap_roles: Option<Spanned<Vec<BootstrapRole>>>,
        external_id: Option<ExternalId>,
        through: Option<HopTable>,
        session_seconds: Option<Spanned<SessionSeconds>>,
    }
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

    fn into_route(self, reader: &Reader<'_>) -> Result<Route, InvalidConfig> {
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
    pub(super) fn into_reach(self, reader: &Reader<'_>) -> Result<Reach, InvalidConfig> {
        let Self { bootstrap_roles, external_id, through, session_seconds, restrict_session, routes, .. } =
            self;
        let identity = SessionIdentity::default()
            .with_name(self.session_name)
            .with_source(self.source_identity)
            .with_tags(self.session_tags);
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
            (true, false) => return Err(wrong("it is both direct and by a role: keep one")),
            (false, true) => {
                let ways = "bootstrap-roles, through, external-id, session-seconds or direct";
                return Err(wrong(&format!("it says no way: give {ways}")));
            }
            (false, false) => way.into_route(reader)?,
        };
        let selector = conditions.selector("route", reader)?;
        Ok(RouteRule { name: name.into_inner(), selector, route })
    }
}
