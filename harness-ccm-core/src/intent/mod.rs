//! What is wanted: rules over accounts, resolved into a role and a connector for each. Pure.

mod boundary;
mod desired;
mod diagnostic;
mod error;
mod hold;
mod pin;
mod reach;
mod resolve;
mod role_settings;
mod roles;
mod routes;
mod rule;
mod rule_list;
mod skip;

pub use boundary::Boundary;
pub use desired::{Choice, Desired, DesiredAccount, NamedAccount, Unlisted, Wanted};
pub use diagnostic::{Diagnostic, Idle, LeftOut, Unreachable};
pub use error::InvalidIntent;
pub use hold::Hold;
pub use pin::Pin;
pub use reach::{Reach, RouteRule};
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
