//! Reads what is there. Never writes.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use crate::account::AccountState;
use crate::backend::{ConnectorClient, ConnectorView, RoleProvisioner};
use crate::connector::ConnectorState;
use crate::error::{Diagnosis, Result};
use crate::event::{Event, EventSink};
use crate::id::{AccountId, RoleArn};
use crate::intent::{Choice, Desired, DesiredAccount};
use crate::role::{QuotaSource, Quotas, RoleAddress, RoleState};
use crate::spans::in_account;

/// What is there, as far as it could be read.
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
    /// Which accounts were looked into. A plan takes it from here: what was not looked for is neither there nor absent.
    pub scope: Scope,
    /// All connectors, sorted by identifier.
    pub connectors: Vec<ConnectorState>,
    /// Whether those are all that there are: a connector that is not seen may use a role.
    pub view: ConnectorView,
    /// The roles that were looked for, by the ARN under which they were looked for.
    pub roles: BTreeMap<RoleArn, Seen>,
    /// What IAM allows in an account, where it was [asked for](Desired::quotas); elsewhere the usual quotas count.
    pub quotas: BTreeMap<AccountId, Quotas>,
}

/// Which accounts are looked into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Those that something is desired of, and those that are to be left.
    #[default]
    Chosen,
    /// Every account that lets anybody in: needed to remove what is no longer desired.
    Everywhere,
}

/// What was found where a role was looked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Seen {
    /// Proven absent.
    Absent,
    /// There.
    Present(Box<RoleState>),
    /// Could not be read: not the same as absent.
    Gap(Diagnosis),
}

/// How observing is done.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ObserveOptions {
    /// How many accounts are read at the same time.
    pub concurrency: usize,
    /// Which accounts are looked into; [`PlanOptions::scope`](crate::plan::PlanOptions::scope) says which a plan needs.
    pub scope: Scope,
}

impl Default for ObserveOptions {
    fn default() -> Self {
        Self { concurrency: 32, scope: Scope::default() }
    }
}

impl ObserveOptions {
    /// Sets how many accounts are read at the same time; at least one.
    #[must_use]
    pub fn with_concurrency(mut self, accounts: usize) -> Self {
        self.concurrency = accounts.max(1);
        self
    }

    /// Sets which accounts are looked into.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }
}

/// Reads all connectors, and the roles in the accounts of `desired`.
///
/// A role that cannot be read becomes a [gap](Seen::Gap) and the rest goes on; connectors that cannot be listed are an error,
/// since nothing can be planned without them. Calls no write method. The result does not depend on the order of answers.
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
    let mut found = connectors.list_connectors().await?;
    let view = connectors.view().await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
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
    let besides = desired.accounts.values().map(|account| {
        let connectors = by_account.get(&account.account.id).map(Vec::as_slice).unwrap_or_default();
        desired.beside(account, connectors)
    });
    let wanted = besides.map(|account| match &account.choice {
        // Nobody can enter it, so there is nothing to look for.
        Choice::Retire if account.account.state.is_out_of_reach() => Vec::new(),
        Choice::Onboard(wanted) if options.scope == Scope::Chosen => {
            wanted.roles.iter().map(|role| role.address.clone()).collect()
        }
        Choice::Onboard(_) => {
            account.addresses.iter().cloned().chain(account.former_addresses([], &desired.owner)).collect()
        }
        Choice::Retire => all(&account),
        Choice::Skip(_)
            if options.scope == Scope::Everywhere && account.account.state == AccountState::Active =>
        {
            all(&account)
        }
        Choice::Skip(_) | Choice::Withhold(_) => Vec::new(),
    });
    let wanted: Vec<Vec<RoleAddress>> = wanted.filter(|addresses: &Vec<_>| !addresses.is_empty()).collect();
    events.event(&Event::ObserveStarted { accounts: wanted.len(), connectors: found.len() });
    // Made before they are streamed: a closure over references would keep this future from being `Send`.
    let mut accounts = Vec::with_capacity(wanted.len());
    for addresses in wanted {
        accounts.push(read_account(addresses, roles, desired.quotas, events));
    }
    let seen: Vec<SeenAccount> =
        stream::iter(accounts).buffer_unordered(options.concurrency.max(1)).collect().await;
    events.event(&Event::ObserveFinished);
    let mut observed = Observed { scope: options.scope, connectors: found, view, ..Observed::default() };
    for (roles, quotas) in seen {
        observed.roles.extend(roles);
        observed.quotas.extend(quotas);
    }
    Ok(observed)
}

/// What was read in one account.
type SeenAccount = (Vec<(RoleArn, Seen)>, Option<(AccountId, Quotas)>);

async fn read_account(
    addresses: Vec<RoleAddress>,
    roles: &dyn RoleProvisioner,
    quotas: QuotaSource,
    events: &dyn EventSink,
) -> SeenAccount {
    let Some(first) = addresses.first() else { return (Vec::new(), None) };
    let account = first.account().clone();
    in_account("observe", &account, read_roles(&addresses, roles, quotas, events)).await
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
            // One answer is enough to know that the account cannot be read.
            return (seen, None);
        }
    }
    let Some(address) = addresses.first().filter(|_| quotas == QuotaSource::Account) else {
        return (seen, None);
    };
    match roles.quotas(address).await {
        Ok(quotas) => (seen, quotas.map(|quotas| (address.account().clone(), quotas))),
        // They were asked for, so they are part of what has to be known.
        Err(error) => (vec![(address.arn.clone(), Seen::Gap(error.into()))], None),
    }
}
