use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::AccountDecision;
use super::explanation::features;
use crate::account::{Account, AccountState};
use crate::connector::{ConnectorState, Health, sort_by_claim};
use crate::feature::{Feature, Named};
use crate::id::{AccountId, ConnectorId, HarnessAccountId};
use crate::intent::Desired;
use crate::owner::Ownership;
use crate::plan::ReleaseCounts;
use crate::timestamp::Timestamp;

/// The version of the JSON form.
const FORMAT_VERSION: u32 = 1;

/// How much of an organization is onboarded, and how its connectors are: for people as one screen ([`Display`](fmt::Display)) or a
/// [page](crate::render::CoveragePage), for programs as JSON.
///
/// It takes a listing of accounts and a listing of connectors. No account is entered, and nothing is tested: the verdicts are those
/// that Harness has stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Coverage {
    format_version: u32,
    /// The Harness account.
    pub harness_account: HarnessAccountId,
    /// When the accounts were listed, if not just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
    /// All accounts together.
    pub total: CoverageCounts,
    /// How the connectors are, over all accounts: each account counts once.
    pub health: Vec<HealthCount>,
    /// The accounts by their state at AWS.
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
    /// Connectors of ours whose account the listing does not have.
    pub unlisted: Vec<ConnectorCoverage>,
}

/// How many accounts of a set are onboarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CoverageCounts {
    /// The accounts of the set.
    pub accounts: usize,
    /// Those of them that are to be onboarded.
    pub desired: usize,
    /// Those of the desired ones that have a connector.
    pub connected: usize,
    /// Those of the connected ones whose connector passed its last test.
    pub healthy: usize,
    /// Accounts that have a connector and are not to be onboarded.
    pub others: usize,
}

/// How many accounts are in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HealthCount {
    /// The condition.
    pub health: AccountHealth,
    /// The accounts.
    pub accounts: usize,
}

/// The accounts in one state at AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StateCoverage {
    /// The state.
    pub state: AccountState,
    /// How many there are.
    pub counts: CoverageCounts,
}

/// The accounts in one organizational unit, without those in units below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UnitCoverage {
    /// The names of the units from the root down; `None` if the listing does not say.
    pub ou_path: Option<Vec<String>>,
    /// How many there are.
    pub counts: CoverageCounts,
}

/// The accounts that have a feature, or are to have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FeatureCoverage {
    /// The feature.
    pub feature: Feature,
    /// Accounts that are to have it.
    pub desired: usize,
    /// Those of them whose connector has it.
    pub enabled: usize,
    /// Accounts whose connector has it, and which are not to have it.
    pub others: usize,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AccountCoverage {
    /// The account as the source has it.
    pub account: Account,
    /// What is desired of it.
    pub decision: AccountDecision,
    /// The rule that decided, if one did.
    pub rule: Option<String>,
    /// The features that it is to have.
    pub desired: Vec<Feature>,
    /// How it is.
    pub health: AccountHealth,
    /// Its connector; of several, the one that is taken for its own.
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
    /// The features that are enabled.
    pub features: BTreeSet<Named<Feature>>,
    /// The verdict of its last connection test.
    pub health: Health,
    /// When that test ended.
    pub tested_at: Option<Timestamp>,
    /// When a test passed last: a connector that fails has failed since some time after that.
    pub passed_at: Option<Timestamp>,
}

/// How an account is at Harness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountHealth {
    /// Its connector failed its last test.
    Fails,
    /// It is to be onboarded, and has no connector.
    Missing,
    /// Its connector was never tested, or what Harness says of it is not known to this version.
    Untested,
    /// The first test of its connector is under way.
    Pending,
    /// Its connector passed its last test.
    Passes,
    /// It has no connector, and is not to have one.
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
            Self::Pending => "test under way",
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
    /// What is desired, beside the connectors that there are.
    pub fn new(desired: &Desired, connectors: &[ConnectorState]) -> Self {
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
                health: AccountHealth::of(decision == AccountDecision::Onboard, connector),
                decision,
                rule: account.rule.clone(),
                desired: features(&account.choice),
                connector: connector.map(Into::into),
            });
        }
        let of_others = by_account.into_values().flatten();
        let unlisted = of_others.filter(|state| state.ownership(&desired.owner) == Ownership::Ours);
        let unlisted = unlisted.map(Into::into).collect();
        Self::of(desired, accounts, unlisted)
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
        }
    }
}
