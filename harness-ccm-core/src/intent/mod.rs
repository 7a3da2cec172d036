//! The intent of a user, and its resolution into the desired roles and the desired connector of each account. All functions are
//! pure.

mod boundary;
mod check;
mod desired;
mod diagnostic;
mod error;
mod hold;
mod matching;
mod pin;
mod reach;
mod recipe;
mod resolve;
mod role_naming;
mod role_settings;
mod roles;
mod routes;
mod rule;
mod rule_list;
mod settle;
mod skip;

pub use boundary::Boundary;
pub use desired::{Choice, Desired, DesiredAccount, NamedAccount, Unlisted, Wanted};
pub use diagnostic::{Diagnostic, Idle, LeftOut, Unreachable};
pub use error::InvalidIntent;
pub use hold::Hold;
pub use pin::Pin;
pub use reach::{Reach, RouteRule};
pub use role_naming::RoleNaming;
pub use role_settings::{Layout, RoleSettings};
pub use rule::{Rule, RuleAction};
pub use skip::SkipReason;

use std::collections::{BTreeMap, BTreeSet};

use crate::account::AccountQuery;
use crate::cluster::Cluster;
use crate::connector::ConnectorSettings;
use crate::id::{ExternalId, HarnessAccountId, OwnerId};
use crate::naming::{DisplayName, Naming};

/// All settings and rules of a user. An intent does not depend on the accounts that exist.
///
/// A program builds an intent in code, or reads an intent from a file as a part of [`Config`](crate::config::Config).
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// let intent = Intent::us("my-harness-account".parse()?)
///     .with_owner("finops".parse()?)
///     .with_tag("team", "finops")
///     .with_rule(Rule::skip("sandboxes", Selector::all().with_ou_path("Sandbox/**".parse()?), "they cost too little"))
///     .with_rule(Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility()));
///
/// let web = Account::new("123456789012".parse()?, "web").with_ou_path(["Workloads"]);
/// let desired = intent.resolve(Listing::complete([web]))?;
/// assert_eq!(desired.accounts().values().next().and_then(|account| account.rule.as_deref()), Some("everybody"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Intent {
    /// The Harness account of the connectors.
    pub harness_account: HarnessAccountId,
    /// The Harness installation.
    pub cluster: Cluster,
    /// The external id that Harness presents when it assumes a role.
    pub external_id: ExternalId,
    /// The AWS organization and the AWS caller for which this intent is valid.
    pub pin: Pin,
    /// The owner. The owner mark of all resources contains this id.
    pub owner: OwnerId,
    /// The settings of roles.
    pub role: RoleSettings,
    /// Tags of both roles and connectors, in addition to the owner mark.
    pub tags: BTreeMap<String, String>,
    /// The regions in use, for permissions that name regions.
    pub regions: BTreeSet<String>,
    /// The rule for connector identifiers.
    pub naming: Naming,
    /// The rule for display names of connectors.
    pub display_name: DisplayName,
    /// The optional settings of connectors. If they contain a session length, each role permits sessions of at least this length.
    pub connector: ConnectorSettings,
    /// The routes into accounts, and the settings of sessions.
    pub reach: Reach,
    /// The rules, in order. The first rule that selects an account decides about the account.
    pub rules: Vec<Rule>,
}

impl Intent {
    /// Makes an intent without rules. Such an intent selects no account.
    pub fn new(harness_account: HarnessAccountId, cluster: Cluster, external_id: ExternalId) -> Self {
        Self {
            harness_account,
            cluster,
            external_id,
            pin: Pin::default(),
            owner: OwnerId::default(),
            role: RoleSettings::default(),
            tags: BTreeMap::new(),
            regions: BTreeSet::new(),
            naming: Naming::default(),
            display_name: DisplayName::default(),
            connector: ConnectorSettings::default(),
            reach: Reach::default(),
            rules: Vec::new(),
        }
    }

    /// Makes an intent without rules for a Harness account on the [clusters in the United States](Cluster::us). The external id
    /// follows the convention of Harness.
    pub fn us(harness_account: HarnessAccountId) -> Self {
        let external_id = Cluster::us_external_id(&harness_account);
        Self::new(harness_account, Cluster::us(), external_id)
    }

    /// Like [`us`](Self::us), but for a Harness account on the [European cluster](Cluster::eu).
    pub fn eu(harness_account: HarnessAccountId) -> Self {
        let external_id = Cluster::eu_external_id(&harness_account);
        Self::new(harness_account, Cluster::eu(), external_id)
    }

    /// Sets the Harness installation. Does not change the external id.
    #[must_use]
    pub fn with_cluster(mut self, cluster: Cluster) -> Self {
        self.cluster = cluster;
        self
    }

    /// Sets the external id that Harness presents when it assumes a role.
    #[must_use]
    pub fn with_external_id(mut self, external_id: ExternalId) -> Self {
        self.external_id = external_id;
        self
    }

    /// Sets the owner. The owner mark of all resources contains this id.
    #[must_use]
    pub fn with_owner(mut self, owner: OwnerId) -> Self {
        self.owner = owner;
        self
    }

    /// Adds a tag to the roles and to the connectors.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Adds regions that are in use.
    #[must_use]
    pub fn with_regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions.extend(regions.into_iter().map(Into::into));
        self
    }

    /// Sets the rule for connector identifiers.
    #[must_use]
    pub fn with_naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Sets the rule for display names of connectors.
    #[must_use]
    pub fn with_display_name(mut self, display_name: DisplayName) -> Self {
        self.display_name = display_name;
        self
    }

    /// Sets the optional settings of connectors.
    #[must_use]
    pub fn with_connector(mut self, connector: ConnectorSettings) -> Self {
        self.connector = connector;
        self
    }

    /// Sets the routes into accounts, and the settings of sessions.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Sets the AWS organization and the AWS caller for which this intent is valid.
    #[must_use]
    pub fn with_pin(mut self, pin: Pin) -> Self {
        self.pin = pin;
        self
    }

    /// Sets the settings of roles.
    #[must_use]
    pub fn with_role(mut self, role: RoleSettings) -> Self {
        self.role = role;
        self
    }

    /// Appends a rule.
    #[must_use]
    pub fn with_rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Returns the query for a source: which details of accounts the rules, the routes and the naming need. It requests no other
    /// details, because each detail costs calls.
    pub fn query(&self) -> AccountQuery {
        let rules = self.rules.iter().map(|rule| &rule.selector);
        let selectors = rules.chain(self.reach.routes.iter().map(|route| &route.selector));
        selectors.fold(self.naming.query(), |query, selector| query.and(selector.query()))
    }
}
