use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::AccountDecision;
use super::explanation::features;
use crate::account::{Account, AccountState};
use crate::backend::ConnectorListing;
use crate::connector::{ConnectorState, Health, UnreadableConnector, sort_by_claim};
use crate::feature::{Feature, Named};
use crate::id::{AccountId, ConnectorId, HarnessAccountId};
use crate::intent::Desired;
use crate::owner::Ownership;
use crate::plan::ReleaseCounts;
use crate::timestamp::Timestamp;

/// The version of the JSON form.
const FORMAT_VERSION: u32 = 1;

/// How much of an organization is onboarded, and the health of its connectors: for people as one screen
/// ([`Display`](fmt::Display)) or a [page](crate::render::CoveragePage), for programs as JSON.
///
/// It needs a listing of accounts and a listing of connectors. It does not access accounts or run tests: the test results are
/// those that Harness has stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Coverage {
    format_version: u32,
    /// The Harness account.
    pub harness_account: HarnessAccountId,
    /// When the accounts were listed, if not now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
    /// The counts of all accounts.
    pub total: CoverageCounts,
    /// The health of connectors over all accounts: each account counts once.
    pub health: Vec<HealthCount>,
    /// The accounts by their AWS state.
    pub states: Vec<StateCoverage>,
    /// The accounts by feature.
    pub features: Vec<FeatureCoverage>,
    /// The accounts by organizational unit.
    pub units: Vec<UnitCoverage>,
    /// How many accounts have a role that matches each release of the permissions, if the roles were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub releases: Option<ReleaseCounts>,
    /// The accounts, by id.
    pub accounts: Vec<AccountCoverage>,
    /// Our connectors whose account is missing from the listing.
    pub unlisted: Vec<ConnectorCoverage>,
    /// Connectors that are there and cannot be read: they do not count as connected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableConnector>,
}

/// How many accounts of a set are onboarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CoverageCounts {
    /// The number of accounts in the set.
    pub accounts: usize,
    /// The accounts to be onboarded.
    pub desired: usize,
    /// The desired accounts that have a connector.
    pub connected: usize,
    /// The connected accounts whose connector passed its last test.
    pub healthy: usize,
    /// Accounts that have a connector but are not to be onboarded.
    pub others: usize,
}

/// The number of accounts with a health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HealthCount {
    /// The health.
    pub health: AccountHealth,
    /// The number of accounts.
    pub accounts: usize,
}

/// The accounts in one AWS state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StateCoverage {
    /// The state.
    pub state: AccountState,
    /// Their counts.
    pub counts: CoverageCounts,
}

/// The accounts in one organizational unit, without those in units below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UnitCoverage {
    /// The names of the units from the root down; `None` if the listing does not have them.
    pub ou_path: Option<Vec<String>>,
    /// Their counts.
    pub counts: CoverageCounts,
}

/// The accounts that have a feature, or should have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FeatureCoverage {
    /// The feature.
    pub feature: Feature,
    /// The accounts that should have it.
    pub desired: usize,
    /// The desired accounts whose connector has it.
    pub enabled: usize,
    /// The accounts whose connector has it, but that should not have it.
    pub others: usize,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AccountCoverage {
    /// The account, as the source returns it.
    pub account: Account,
    /// The decision about it.
    pub decision: AccountDecision,
    /// The rule that decided, if one did.
    pub rule: Option<String>,
    /// The features that it should have.
    pub desired: Vec<Feature>,
    /// Its health.
    pub health: AccountHealth,
    /// Its connector; of several, the one that counts as its own.
    pub connector: Option<ConnectorCoverage>,
}

/// One connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ConnectorCoverage {
    /// Its identifier.
    pub id: ConnectorId,
    /// Its account.
    pub account: Option<AccountId>,
    /// The enabled features.
    pub features: BTreeSet<Named<Feature>>,
    /// The result of its last connection test.
    pub health: Health,
    /// When that test ended.
    pub tested_at: Option<Timestamp>,
    /// When a test last passed: a failing connector has failed since some time after that.
    pub passed_at: Option<Timestamp>,
}

/// The state of an account at Harness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountHealth {
    /// Its connector failed its last test.
    Fails,
    /// It is to be onboarded, but has no connector.
    Missing,
    /// Its connector was never tested, cannot be read, or has a state that this version does not know.
    Untested,
    /// The first test of its connector is running.
    Pending,
    /// Its connector passed its last test.
    Passes,
    /// It has no connector, and should not have one.
    LeftOut,
}

impl AccountHealth {
    const ALL: [Self; 6] =
        [Self::Passes, Self::Fails, Self::Pending, Self::Untested, Self::Missing, Self::LeftOut];

    fn of(is_desired: bool, connector: Option<&ConnectorState>) -> Self {
        match connector.map(|connector| &connector.health) {
            Some(Health::Success) => Self::Passes,
            Some(Health::Failure { .. }) => Self::Fails,
            Some(Health::Pending) => Self::Pending,
            Some(Health::Unknown) => Self::Untested,
            None if is_desired => Self::Missing,
            None => Self::LeftOut,
        }
    }
}

impl fmt::Display for AccountHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passes => "passes",
            Self::Fails => "fails",
            Self::Pending => "test running",
            Self::Untested => "not tested",
            Self::Missing => "no connector",
            Self::LeftOut => "left out",
        })
    }
}

impl From<&ConnectorState> for ConnectorCoverage {
    fn from(state: &ConnectorState) -> Self {
        Self {
            id: state.id.clone(),
            account: state.account.clone(),
            features: state.features.clone(),
            health: state.health.clone(),
            tested_at: state.tested_at,
            passed_at: state.passed_at,
        }
    }
}

impl AccountCoverage {
    /// Whether it is to be onboarded.
    pub fn is_desired(&self) -> bool {
        self.decision == AccountDecision::Onboard
    }

    /// Whether its connector has a feature.
    pub fn has(&self, feature: Feature) -> bool {
        let features = self.connector.as_ref().map(|connector| &connector.features);
        features.is_some_and(|features| features.contains(&Named::Known(feature)))
    }
}

impl CoverageCounts {
    pub(super) fn merge(&mut self, other: Self) {
        self.accounts += other.accounts;
        self.desired += other.desired;
        self.connected += other.connected;
        self.healthy += other.healthy;
        self.others += other.others;
    }

    fn add(&mut self, account: &AccountCoverage) {
        let Self { accounts, desired, connected, healthy, others } = self;
        *accounts += 1;
        match (account.is_desired(), account.connector.is_some()) {
            (true, is_connected) => {
                *desired += 1;
                *connected += usize::from(is_connected);
                *healthy += usize::from(account.health == AccountHealth::Passes);
            }
            (false, true) => *others += 1,
            (false, false) => {}
        }
    }
}

impl Coverage {
    /// Compares the desired accounts with the existing connectors.
    pub fn new(desired: &Desired, connectors: &ConnectorListing) -> Self {
        let ConnectorListing { connectors, unreadable } = connectors;
        let mut by_account: BTreeMap<Option<&AccountId>, Vec<&ConnectorState>> = BTreeMap::new();
        for connector in connectors {
            by_account.entry(connector.account.as_ref()).or_default().push(connector);
        }
        let mut accounts = Vec::new();
        for (id, account) in &desired.accounts {
            let mut theirs = by_account.remove(&Some(id)).unwrap_or_default();
            sort_by_claim(&mut theirs, &desired.owner, &account.identifier);
            let connector = theirs.first().copied();
            let decision = AccountDecision::from(&account.choice);
            accounts.push(AccountCoverage {
                account: account.account.clone(),
                health: match connector {
                    None if unreadable.iter().any(|odd| odd.concerns(id)) => AccountHealth::Untested,
                    _ => AccountHealth::of(decision == AccountDecision::Onboard, connector),
                },
                decision,
                rule: account.rule.clone(),
                desired: features(&account.choice),
                connector: connector.map(Into::into),
            });
        }
        let of_others = by_account.into_values().flatten();
        let unlisted = of_others.filter(|state| state.ownership(&desired.owner) == Ownership::Ours);
        let unlisted = unlisted.map(Into::into).collect();
        Self { unreadable: unreadable.clone(), ..Self::of(desired, accounts, unlisted) }
    }

    fn of(desired: &Desired, accounts: Vec<AccountCoverage>, unlisted: Vec<ConnectorCoverage>) -> Self {
        let mut total = CoverageCounts::default();
        let mut states: BTreeMap<AccountState, CoverageCounts> = BTreeMap::new();
        let mut units: BTreeMap<Option<&[String]>, CoverageCounts> = BTreeMap::new();
        let mut health: BTreeMap<AccountHealth, usize> = BTreeMap::new();
        for account in &accounts {
            total.add(account);
            states.entry(account.account.state.clone()).or_default().add(account);
            units.entry(account.account.ou_path.as_deref()).or_default().add(account);
            *health.entry(account.health).or_default() += 1;
        }
        let of_feature = |feature| {
            let has = |account: &&AccountCoverage| account.has(feature);
            let wants = |account: &&AccountCoverage| account.desired.contains(&feature);
            FeatureCoverage {
                feature,
                desired: accounts.iter().filter(wants).count(),
                enabled: accounts.iter().filter(wants).filter(has).count(),
                others: accounts.iter().filter(has).filter(|account| !wants(account)).count(),
            }
        };
        Self {
            format_version: FORMAT_VERSION,
            harness_account: desired.harness_account.clone(),
            taken: desired.taken,
            total,
            health: AccountHealth::ALL
                .map(|condition| HealthCount {
                    health: condition,
                    accounts: health.get(&condition).copied().unwrap_or_default(),
                })
                .into(),
            states: states.into_iter().map(|(state, counts)| StateCoverage { state, counts }).collect(),
            features: Feature::ALL.iter().copied().map(of_feature).collect(),
            units: units
                .into_iter()
                .map(|(path, counts)| UnitCoverage { ou_path: path.map(<[String]>::to_vec), counts })
                .collect(),
            releases: None,
            accounts,
            unlisted,
            unreadable: Vec::new(),
        }
    }
}
