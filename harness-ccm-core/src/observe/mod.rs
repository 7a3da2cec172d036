//! Reads the current state of roles and connectors. Never writes.

mod policies;
mod seen;

pub use seen::Seen;

mod search;

pub use search::{RoleSearch, Searched};

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use crate::account::AccountState;
use crate::backend::{ConnectorClient, ConnectorListing, ConnectorView, PolicyPresence, RoleProvisioner};
use crate::connector::{ConnectorState, UnreadableConnector};
use crate::error::Result;
use crate::event::{Event, EventSink};
use crate::id::{AccountId, PolicyArn, RoleArn};
use crate::intent::{Choice, Desired, DesiredAccount};
use crate::owner::Ownership;
use crate::role::{QuotaSource, Quotas, RoleAddress};
use crate::spans::in_account;

/// The observed state, as far as it could be read.
///
/// ```
/// use harness_ccm_core::observe::Seen;
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// # let _ = pipeline.run().await?;
/// let observed = pipeline.observe(&pipeline.desired().await?).await?;
/// assert_eq!(observed.connectors.len(), 1);
/// let unread = observed.roles.values().filter(|seen| matches!(seen, Seen::Gap(_))).count();
/// assert_eq!(unread, 0, "every role could be read, or is known to be absent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// The accounts that were observed. A plan uses this scope. In other accounts, it is unknown which roles exist.
    pub scope: Scope,
    /// All connectors that could be read, sorted by identifier.
    pub connectors: Vec<ConnectorState>,
    /// Connectors that exist and could not be read, sorted by name.
    pub unreadable: Vec<UnreadableConnector>,
    /// Whether the caller sees all connectors. A connector that the caller does not see may use a role.
    pub view: ConnectorView,
    /// The result for each role that was looked for, by the requested ARN.
    pub roles: BTreeMap<RoleArn, Seen>,
    /// The IAM quotas of the accounts for which [quotas were requested](Desired::quotas). Other accounts have the default quotas.
    pub quotas: BTreeMap<AccountId, Quotas>,
    /// The managed policies that roles would newly have and that this crate does not manage, as far as they were looked up.
    pub policies: BTreeMap<PolicyArn, PolicyPresence>,
    /// The results of the [search](RoleSearch::Deep) among all roles, for each account in which the search was requested and
    /// possible.
    pub searched: BTreeMap<AccountId, Searched>,
}

/// The accounts to observe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// The accounts that have desired resources, the accounts to offboard, and the skipped accounts with our connector. If the
    /// intent lists [former names](crate::intent::RoleSettings::former_names), the scope contains all skipped accounts.
    #[default]
    Chosen,
    /// Every accessible account. This scope is required to remove resources that are no longer desired.
    Everywhere,
}

/// Options for observing.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ObserveOptions {
    /// The number of accounts that are read at the same time.
    pub concurrency: usize,
    /// The accounts to observe. [`PlanOptions::scope`](crate::plan::PlanOptions::scope) returns the scope that a plan needs.
    pub scope: Scope,
    /// The extent of the search for roles in each account.
    pub search: RoleSearch,
}

impl Default for ObserveOptions {
    fn default() -> Self {
        Self { concurrency: 32, scope: Scope::default(), search: RoleSearch::default() }
    }
}

impl ObserveOptions {
    /// Sets the number of accounts that are read at the same time. The minimum is one.
    #[must_use]
    pub fn with_concurrency(mut self, accounts: usize) -> Self {
        self.concurrency = accounts.max(1);
        self
    }

    /// Sets the accounts to observe.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Sets the extent of the search for roles in each account.
    #[must_use]
    pub fn with_search(mut self, search: RoleSearch) -> Self {
        self.search = search;
        self
    }
}

/// Reads all connectors, and the roles in the accounts of `desired`. Calls no method that writes. The result does not depend on
/// the order of responses.
///
/// A role that cannot be read becomes a [gap](Seen::Gap). A connector that cannot be read is listed as unreadable. The other
/// reads continue.
///
/// **Errors.** The connectors could not be listed. Without them, no plan is possible.
///
/// ```
/// use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let (roles, connectors) = (world.roles(), world.connectors());
/// let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await?)?;
/// let observed = observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await?;
/// assert_eq!(observed.connectors, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn observe_accounts(
    desired: &Desired,
    roles: &dyn RoleProvisioner,
    connectors: &dyn ConnectorClient,
    options: ObserveOptions,
    events: &dyn EventSink,
) -> Result<Observed> {
    let ConnectorListing { connectors: mut found, mut unreadable } = connectors.list_connectors().await?;
    let view = connectors.view().await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    unreadable.sort();
    let mut by_account: BTreeMap<&AccountId, Vec<&ConnectorState>> = BTreeMap::new();
    for connector in &found {
        if let Some(account) = &connector.account {
            by_account.entry(account).or_default().push(connector);
        }
    }
    let all = |account: &DesiredAccount| {
        let connectors = by_account.get(&account.account.id).into_iter().flatten().copied();
        let former = account.former_addresses(connectors, &desired.owner);
        account.addresses.iter().cloned().chain(former).collect()
    };
    // In a skipped account, roles may exist if it has our connector, or if the intent lists former names.
    let may_have_role = |account: &DesiredAccount| {
        let mut connectors = by_account.get(&account.account.id).into_iter().flatten();
        let is_ours = |connector: &&ConnectorState| connector.ownership(&desired.owner) == Ownership::Ours;
        !account.former.is_empty() || connectors.any(is_ours)
    };
    let besides = desired.accounts.values().map(|account| {
        let connectors = by_account.get(&account.account.id).map(Vec::as_slice).unwrap_or_default();
        desired.beside(account, connectors)
    });
    let wanted = besides.map(|account| match &account.choice {
        // The account cannot be accessed, so there is nothing to look for.
        Choice::Retire if account.account.state.is_out_of_reach() => Vec::new(),
        Choice::Onboard(wanted) if options.scope == Scope::Chosen => {
            let wanted = wanted.roles.iter().map(|role| role.address.clone());
            wanted.chain(account.former_addresses([], &desired.owner)).collect()
        }
        Choice::Onboard(_) => {
            account.addresses.iter().cloned().chain(account.former_addresses([], &desired.owner)).collect()
        }
        Choice::Retire => all(&account),
        Choice::Skip(_)
            if account.account.state == AccountState::Active
                && (options.scope == Scope::Everywhere || may_have_role(&account)) =>
        {
            all(&account)
        }
        Choice::Skip(_) | Choice::Withhold(_) => Vec::new(),
    });
    let wanted: Vec<Vec<RoleAddress>> = wanted.filter(|addresses: &Vec<_>| !addresses.is_empty()).collect();
    events.event(&Event::ObserveStarted { accounts: wanted.len(), connectors: found.len() });
    // Collected before streaming: a closure over references would keep this future from being `Send`.
    let mut accounts = Vec::with_capacity(wanted.len());
    for addresses in wanted {
        accounts.push(read_account(addresses, roles, desired, options.search, events));
    }
    let seen: Vec<SeenAccount> =
        stream::iter(accounts).buffer_unordered(options.concurrency.max(1)).collect().await;
    let mut observed = Observed { scope: options.scope, unreadable, view, ..Observed::default() };
    for SeenAccount { roles, quotas, searched } in seen {
        observed.roles.extend(roles);
        observed.quotas.extend(quotas);
        observed.searched.extend(searched);
    }
    observed.policies =
        policies::look(desired, &observed.roles, &by_account, roles, options.concurrency.max(1)).await;
    events.event(&Event::ObserveFinished);
    drop(by_account);
    observed.connectors = found;
    Ok(observed)
}

/// The results for one account.
#[derive(Debug, Default)]
struct SeenAccount {
    roles: Vec<(RoleArn, Seen)>,
    quotas: Option<(AccountId, Quotas)>,
    searched: Option<(AccountId, Searched)>,
}

async fn read_account(
    addresses: Vec<RoleAddress>,
    roles: &dyn RoleProvisioner,
    desired: &Desired,
    search: RoleSearch,
    events: &dyn EventSink,
) -> SeenAccount {
    let Some(first) = addresses.first() else { return SeenAccount::default() };
    let account = first.account().clone();
    let reading = async {
        let mut seen = read_roles(&addresses, roles, desired.quotas, events).await;
        let is_open = !seen.roles.iter().any(|(_, role)| matches!(role, Seen::Gap(_)));
        if search == RoleSearch::Deep && is_open {
            let (searched, found) = search::search(first, &addresses, desired, roles).await;
            seen.roles
                .extend(found.into_iter().map(|role| (role.arn.clone(), Seen::Present(Box::new(role)))));
            seen.searched = Some((account.clone(), searched));
        }
        seen
    };
    in_account("observe", &account, reading).await
}

async fn read_roles(
    addresses: &[RoleAddress],
    roles: &dyn RoleProvisioner,
    quotas: QuotaSource,
    events: &dyn EventSink,
) -> SeenAccount {
    let mut seen = Vec::with_capacity(addresses.len());
    for address in addresses {
        let state = match roles.find_role(address).await {
            Ok(None) => Seen::Absent,
            Ok(Some(state)) => Seen::Present(Box::new(state)),
            Err(error) => Seen::Gap(error.into()),
        };
        let unreachable = matches!(state, Seen::Gap(_));
        if seen.is_empty() {
            let gap =
                if let Seen::Gap(diagnosis) = &state { Some(Box::new(diagnosis.clone())) } else { None };
            events.event(&Event::AccountObserved { account: address.account().clone(), gap });
        }
        seen.push((address.arn.clone(), state));
        if unreachable {
            // One error is enough to know that the account cannot be read.
            return SeenAccount { roles: seen, ..SeenAccount::default() };
        }
    }
    let Some(address) = addresses.first().filter(|_| quotas == QuotaSource::Account) else {
        return SeenAccount { roles: seen, ..SeenAccount::default() };
    };
    match roles.quotas(address).await {
        Ok(quotas) => {
            let quotas = quotas.map(|quotas| (address.account().clone(), quotas));
            SeenAccount { roles: seen, quotas, searched: None }
        }
        // The quotas were requested, so a failure to read them is a gap too.
        Err(error) => {
            let gap = (address.arn.clone(), Seen::Gap(error.into()));
            SeenAccount { roles: vec![gap], ..SeenAccount::default() }
        }
    }
}
