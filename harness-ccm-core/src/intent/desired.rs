use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::recipe::Recipe;
use super::{Diagnostic, Hold, SkipReason};
use crate::account::Account;
use crate::catalog::{Release, lambda_role_name, lambda_role_prefix};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::feature::FeatureSet;
use crate::id::{
    AccountId, ConnectorId, ExternalId, HarnessAccountId, NamePrefix, OrganizationId, OwnerId, RoleArn,
};
use crate::listing::{Baseline, ListingDigest};
use crate::owner::Ownership;
use crate::policy::{PolicyDocument, external_ids};
use crate::role::{QuotaSource, RoleAddress, RoleSpec};
use crate::timestamp::Timestamp;

/// The desired state of every account that the source knows.
///
/// ```
/// use harness_ccm_core::intent::Choice;
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// let desired = pipeline.desired().await?;
/// for (id, account) in desired.accounts() {
///     match &account.choice {
///         Choice::Onboard(wanted) => println!("{id} gets the connector {}", wanted.connector.id),
///         Choice::Skip(reason) => println!("{id} is skipped: {reason}"),
///         _ => println!("{id} is withheld"),
///     }
/// }
/// let pilot = desired.only(&["123456789012".parse()?].into());
/// assert_eq!(pipeline.plan_for(&pilot).await?.accounts().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Desired {
    /// The Harness account.
    pub harness_account: HarnessAccountId,
    /// The owner. The owner mark of all resources contains this id.
    pub owner: OwnerId,
    /// The external id that Harness presents when it assumes a role.
    pub external_id: ExternalId,
    /// The settings from which roles are made.
    pub(crate) recipe: Arc<Recipe>,
    /// The release of the permissions.
    pub release: Release,
    /// The source of an account's IAM quotas.
    pub quotas: QuotaSource,
    /// The accounts, by id.
    pub(crate) accounts: BTreeMap<AccountId, DesiredAccount>,
    /// What happens to connectors whose account is not in `accounts`.
    pub(crate) unlisted: Unlisted,
    /// Accounts that rules name by their ids and that are missing from a complete listing. Nothing is removed
    /// from them.
    pub(crate) named: BTreeMap<AccountId, NamedAccount>,
    /// The organizations that accounts belong to, as far as the source knows.
    pub organizations: BTreeSet<OrganizationId>,
    /// When the accounts were listed, if not now.
    pub(crate) taken: Option<Timestamp>,
    /// The summary of the accepted listing, if one is kept.
    pub(crate) baseline: Option<Baseline>,
    /// Whether an accepted listing is kept but cannot be read.
    pub(crate) baseline_lost: bool,
    /// The digest of the listing, if it was a new one of all accounts.
    pub(crate) listing: Option<ListingDigest>,
    /// Notes for the user about the listing and the rules, for example that a rule matches nothing.
    pub diagnostics: Vec<Diagnostic>,
}

impl Desired {
    /// Returns the accounts, by id. Single accounts cannot be removed from the map, because a missing account counts as one that
    /// left. Use [`only`](Self::only) to select accounts.
    pub fn accounts(&self) -> &BTreeMap<AccountId, DesiredAccount> {
        &self.accounts
    }

    /// Whether a trust policy accepts an external id of this Harness account: the current one, or one that ends with the account's id, as
    /// those of Harness' own clusters do.
    pub(crate) fn is_accepted_by(&self, trust: &PolicyDocument) -> bool {
        let is_ours = |id: &String| {
            id == self.external_id.as_str() || id.rsplit(':').next() == Some(self.harness_account.as_str())
        };
        external_ids(trust).iter().any(is_ours)
    }

    /// Also looks for roles that a saved plan would remove: a role that the plan removed already must be observed as
    /// removed.
    #[must_use]
    pub(crate) fn with_former(mut self, roles: impl IntoIterator<Item = RoleArn>) -> Self {
        for arn in roles {
            if let Some(account) = self.accounts.get_mut(arn.account()) {
                account.former.insert(arn);
            }
        }
        self
    }

    /// Selects these accounts. A plan for the selection leaves all other accounts unchanged.
    #[must_use]
    pub fn only(mut self, accounts: &BTreeSet<AccountId>) -> Self {
        self.accounts.retain(|id, _| accounts.contains(id));
        self.named.retain(|id, _| accounts.contains(id));
        self.unlisted = Unlisted::Ignored;
        self.baseline = None;
        self.baseline_lost = false;
        self.listing = None;
        self
    }

    /// A copy of these accounts only, as [`only`](Self::only) makes it, at the cost of these accounts.
    pub(crate) fn part<'a>(&self, accounts: impl Iterator<Item = &'a AccountId> + Clone) -> Self {
        let of = |id: &'a AccountId| Some((id.clone(), self.accounts.get(id)?.clone()));
        let named = |id: &'a AccountId| Some((id.clone(), self.named.get(id)?.clone()));
        Self {
            harness_account: self.harness_account.clone(),
            owner: self.owner.clone(),
            external_id: self.external_id.clone(),
            recipe: Arc::clone(&self.recipe),
            release: self.release,
            quotas: self.quotas,
            accounts: accounts.clone().filter_map(of).collect(),
            unlisted: Unlisted::Ignored,
            named: accounts.filter_map(named).collect(),
            organizations: self.organizations.clone(),
            taken: self.taken,
            baseline: None,
            baseline_lost: false,
            listing: None,
            diagnostics: self.diagnostics.clone(),
        }
    }

    /// Marks every account for offboarding. Our connector and our roles are then no longer desired, whatever the rules of the
    /// intent require. Connectors of accounts that are not listed are reported and stay.
    #[must_use]
    pub fn retire(mut self) -> Self {
        for account in self.accounts.values_mut() {
            account.choice = Choice::Retire;
        }
        self.named.clear();
        if self.unlisted != Unlisted::Ignored {
            self.unlisted = Unlisted::Offboarding;
        }
        self
    }
}

/// What happens to connectors whose account is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unlisted {
    /// Nothing, without a report: the listing is a selection of the accounts.
    Ignored,
    /// They stay: the listing may belong to another organization.
    NotPinned,
    /// They stay: only listed accounts are offboarded.
    Offboarding,
    /// They are no longer desired.
    Unwanted,
}

/// An account that a rule names and that is missing from the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedAccount {
    /// The first rule that names the account.
    pub rule: String,
    /// Whether that rule onboards.
    pub wanted: bool,
}

/// The desired state of one account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DesiredAccount {
    /// The account.
    pub account: Account,
    /// The rule that decided about the account. `None` if no rule did.
    pub rule: Option<String>,
    /// The decision about the account.
    pub choice: Choice,
    /// The identifier of a new connector of the account. An existing connector keeps its own identifier.
    pub identifier: ConnectorId,
    /// The addresses of our roles, whether or not they exist.
    pub addresses: Vec<RoleAddress>,
    /// The ARNs of our roles of earlier settings, if they are known without a connector.
    pub former: BTreeSet<RoleArn>,
}

impl DesiredAccount {
    /// The possible addresses of our roles of earlier settings: the roles that our `connectors` of this account name, the Lambda
    /// role of each, and the [known](Self::former) ones, in the order of [`addresses`](Self::addresses).
    pub(crate) fn former_addresses<'a>(
        &self,
        connectors: impl IntoIterator<Item = &'a ConnectorState>,
        owner: &OwnerId,
    ) -> Vec<RoleAddress> {
        let [lambda, own] = &self.addresses[..] else { return Vec::new() };
        let mut arns = Vec::new();
        for connector in connectors {
            let named = connector.role_arn.as_deref().and_then(|arn| arn.parse::<RoleArn>().ok());
            // A role under another path is found by its name.
            let is_former = |arn: &RoleArn| arn.account() == &self.account.id && arn.name() != own.name();
            let Some(arn) = named.filter(is_former) else { continue };
            if connector.ownership(owner) == Ownership::Ours {
                arns.extend(former_lambda(&lambda.arn, &own.arn, &arn).filter(|arn| *arn != lambda.arn));
                arns.push(arn);
            }
        }
        let is_here = |arn: &&RoleArn| !self.addresses.iter().any(|address| address.arn == **arn);
        arns.extend(self.former.iter().filter(is_here).cloned());
        let mut seen = BTreeSet::new();
        arns.retain(|arn| seen.insert(arn.clone()));
        arns.into_iter().filter_map(|arn| self.place_of(arn)).collect()
    }

    /// The place of another role in the account.
    pub(crate) fn place_of(&self, arn: RoleArn) -> Option<RoleAddress> {
        let route = self.addresses.last()?.route.reaching(arn.name());
        Some(RoleAddress::new(arn, route))
    }
}

/// The Lambda role of a former cross-account role, if only the prefix of both has changed since.
fn former_lambda(lambda: &RoleArn, own: &RoleArn, former: &RoleArn) -> Option<RoleArn> {
    let base = own.name().as_str().strip_prefix(lambda_role_prefix(lambda.name())?)?;
    let prefix: NamePrefix = former.name().as_str().strip_suffix(base)?.parse().ok()?;
    let (path, name) = lambda_role_name(&prefix).ok()?;
    Some(RoleArn::new(lambda.partition(), lambda.account().clone(), path, name))
}

/// The decision about an account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Choice {
    /// The account gets a role and a connector.
    Onboard(Box<Wanted>),
    /// The account is skipped, for this reason.
    Skip(SkipReason),
    /// No decision about the account is possible, or the account cannot be onboarded now, for this reason. Nothing is created,
    /// and nothing is removed.
    Withhold(Hold),
    /// The account is offboarded: our resources in it are removed.
    Retire,
}

/// The desired resources of an onboarded account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// The features.
    pub features: FeatureSet,
    /// The roles, in the order of creation; the connector names the last one.
    pub roles: Vec<RoleSpec>,
    /// The connector. Its identifier is a proposal: an existing connector of the account keeps its own.
    pub connector: ConnectorSpec,
}
