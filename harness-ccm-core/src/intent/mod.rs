//! What is wanted: rules over accounts, resolved into a role and a connector for each. Pure.

mod config;
mod desired;
mod explain;
mod glob;
mod hold;
mod named;
mod naming;
mod pin;
mod place;
mod reach;
mod resolve;
mod role;
mod roster;
mod rule;
mod rule_list;
mod rule_table;
mod selector;
mod selector_table;
mod skip;
mod source_table;
mod template;

pub use config::InvalidIntent;
pub use desired::{Choice, Desired, DesiredAccount, NamedAccount, Unlisted, Wanted};
pub use explain::{Explanation, Outcome, RuleOutcome};
pub use glob::{Glob, InvalidOuGlob, OuGlob};
pub use hold::Hold;
pub use naming::Naming;
pub(crate) use naming::settle_beside;
pub use pin::Pin;
pub use place::Place;
pub use reach::{Reach, RouteRule};
pub use role::{Layout, RoleSettings};
pub use roster::{Entry, Roster};
pub use rule::{Rule, Verdict};
pub use selector::{Fit, Selector, TagCondition};
pub use skip::SkipReason;
pub use template::{InvalidTemplate, Template};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::backend::AccountQuery;
use crate::cluster::Cluster;
use crate::id::{ExternalId, HarnessAccountId, OwnerId};
use crate::plan::Limits;
use crate::session::SessionSeconds;
use crate::source::SourceSpec;

/// Everything that a user wants, before it is known which accounts there are.
///
/// Built in code, or read from an intent file by [`Intent::from_toml`].
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
    /// How long Harness' sessions in the accounts last; `None` leaves it to Harness. Roles are made and kept to allow as much.
    pub session: Option<SessionSeconds>,
    /// Whether Harness shall go without connection tests; `None` leaves it to Harness.
    pub ignore_test: Option<bool>,
    /// How accounts are reached.
    pub reach: Reach,
    /// Where the accounts come from; none stands for the organization of whoever calls.
    pub sources: Vec<SourceSpec>,
    /// Where listings are kept, if they are.
    pub keep: Option<KeepSpec>,
    /// The rules, in order: the first that matches decides.
    pub rules: Vec<Rule>,
    /// What a plan may do before it is refused.
    pub limits: Limits,
}

/// Where listings of accounts are kept between runs, see [`Kept`](crate::source::Kept).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeepSpec {
    /// The path of the file.
    pub file: String,
    /// How old a kept listing may be to answer in place of a new one; zero for never.
    pub max_age: Duration,
}

impl Intent {
    /// An intent without rules: no account is chosen.
    pub fn new(
        harness_account: HarnessAccountId,
        cluster: Cluster,
        external_id: ExternalId,
    ) -> Result<Self, InvalidIntent> {
        Ok(Self {
            harness_account,
            cluster,
            external_id,
            pin: Pin::default(),
            owner: OwnerId::default(),
            role: RoleSettings::default(),
            tags: BTreeMap::new(),
            regions: BTreeSet::new(),
            naming: Naming::default(),
            session: None,
            ignore_test: None,
            reach: Reach::default(),
            sources: Vec::new(),
            keep: None,
            rules: Vec::new(),
            limits: Limits::default(),
        })
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
