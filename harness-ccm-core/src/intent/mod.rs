//! What is wanted: rules over accounts, resolved into a role and a connector for each. Pure.

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

/// Everything that a user wants, before it is known which accounts there are.
///
/// Built in code, or read from a file as a part of [`Config`](crate::config::Config).
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
    /// The Harness account that the connectors belong to.
    pub harness_account: HarnessAccountId,
    /// The Harness installation.
    pub cluster: Cluster,
    /// What Harness presents when it assumes a role.
    pub external_id: ExternalId,
    /// Which organization and which caller it is meant for.
    pub pin: Pin,
    /// Whose mark everything carries.
    pub owner: OwnerId,
    /// How the roles are made.
    pub role: RoleSettings,
    /// Tags of roles and connectors alike, beside the owner mark.
    pub tags: BTreeMap<String, String>,
    /// The regions in use, for permissions that name them.
    pub regions: BTreeSet<String>,
    /// How connectors are called.
    pub naming: Naming,
    /// What connectors are shown as.
    pub display_name: DisplayName,
    /// What connectors are told beside their features. Roles are made and kept to allow sessions as long as these.
    pub connector: ConnectorSettings,
    /// How accounts are reached.
    pub reach: Reach,
    /// The rules, in order: the first that matches decides.
    pub rules: Vec<Rule>,
}

impl Intent {
    /// An intent without rules: no account is chosen.
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

    /// An intent without rules for a Harness account on the [clusters in the United States](Cluster::us), with the external id that
    /// Harness presents there by its own convention.
    pub fn us(harness_account: HarnessAccountId) -> Self {
        let external_id = Cluster::us_external_id(&harness_account);
        Self::new(harness_account, Cluster::us(), external_id)
    }

    /// The same on the [European cluster](Cluster::eu).
    pub fn eu(harness_account: HarnessAccountId) -> Self {
        let external_id = Cluster::eu_external_id(&harness_account);
        Self::new(harness_account, Cluster::eu(), external_id)
    }

    /// Sets the Harness installation. The external id stays.
    #[must_use]
    pub fn with_cluster(mut self, cluster: Cluster) -> Self {
        self.cluster = cluster;
        self
    }

    /// Sets what Harness presents when it assumes a role.
    #[must_use]
    pub fn with_external_id(mut self, external_id: ExternalId) -> Self {
        self.external_id = external_id;
        self
    }

    /// Sets whose mark everything carries.
    #[must_use]
    pub fn with_owner(mut self, owner: OwnerId) -> Self {
        self.owner = owner;
        self
    }

    /// Adds a tag of roles and connectors alike.
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

    /// Sets how connectors are called.
    #[must_use]
    pub fn with_naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Sets what connectors are shown as.
    #[must_use]
    pub fn with_display_name(mut self, display_name: DisplayName) -> Self {
        self.display_name = display_name;
        self
    }

    /// Sets what connectors are told beside their features.
    #[must_use]
    pub fn with_connector(mut self, connector: ConnectorSettings) -> Self {
        self.connector = connector;
        self
    }

    /// Sets how accounts are reached.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Sets which organization and which caller it is meant for.
    #[must_use]
    pub fn with_pin(mut self, pin: Pin) -> Self {
        self.pin = pin;
        self
    }

    /// Sets how the roles are made.
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

    /// What has to be asked of the account source for these rules, ways and names, and no more: each detail costs calls.
    pub fn query(&self) -> AccountQuery {
        let rules = self.rules.iter().map(|rule| &rule.selector);
        let selectors = rules.chain(self.reach.routes.iter().map(|route| &route.selector));
        selectors.fold(self.naming.query(), |query, selector| query.and(selector.query()))
    }
}
