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

/// What is wanted of every account that the source knows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Desired {
    /// The Harness account.
    pub harness_account: HarnessAccountId,
    /// Whose mark everything carries.
    pub owner: OwnerId,
    /// What Harness presents when it assumes a role.
    pub external_id: ExternalId,
    /// What roles are made of.
    pub(crate) recipe: Arc<Recipe>,
    /// The release of the permissions.
    pub release: Release,
    /// Where it is known from what IAM allows in an account.
    pub quotas: QuotaSource,
    /// The accounts, by id.
    pub(crate) accounts: BTreeMap<AccountId, DesiredAccount>,
    /// What becomes of connectors whose account is not among `accounts`.
    pub(crate) unlisted: Unlisted,
    /// Accounts that rules name by their ids and that a complete listing lacks. Nothing is removed from them.
    pub(crate) named: BTreeMap<AccountId, NamedAccount>,
    /// The organizations that accounts belong to, as far as the source knows.
    pub organizations: BTreeSet<OrganizationId>,
    /// When the accounts were listed, if not just now. Nothing is removed on the strength of an old listing.
    pub(crate) taken: Option<Timestamp>,
    /// The accepted listing in short, if one is kept.
    pub(crate) baseline: Option<Baseline>,
    /// Whether an accepted listing is kept and cannot be read.
    pub(crate) baseline_lost: bool,
    /// Which accounts the listing had, if it was a new one of all accounts.
    pub(crate) listing: Option<ListingDigest>,
    /// What a user should know about the listing and the rules, for example that a rule matches nothing.
    pub diagnostics: Vec<Diagnostic>,
}

impl Desired {
    /// The accounts, by id. They cannot be taken out one by one, since an account that is missing counts as gone:
    /// [`only`](Self::only) narrows.
    pub fn accounts(&self) -> &BTreeMap<AccountId, DesiredAccount> {
        &self.accounts
    }

    /// Whether a trust policy accepts an external id of this Harness account: the one that is presented now, or one that ends with the
    /// account's id, as those of Harness' own clusters do.
    pub(crate) fn is_accepted_by(&self, trust: &PolicyDocument) -> bool {
        let is_ours = |id: &String| {
            id == self.external_id.as_str() || id.rsplit(':').next() == Some(self.harness_account.as_str())
        };
        external_ids(trust).iter().any(is_ours)
    }

    /// The same, looking for roles that a saved plan would remove too: what it removed already has to be seen as removed.
    #[must_use]
    pub(crate) fn with_former(mut self, roles: impl IntoIterator<Item = RoleArn>) -> Self {
        for arn in roles {
            if let Some(account) = self.accounts.get_mut(arn.account()) {
                account.former.insert(arn);
            }
        }
        self
    }

    /// Narrows it to these accounts; what else exists is then left alone.
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

    /// Turns every account into one that is to be left: its connector and roles are no longer wanted, whatever the rules say of
    /// it. Connectors of accounts that are not listed are reported and stay.
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

/// What becomes of connectors whose account is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unlisted {
    /// Nothing, and nothing is said: the accounts are a part of all.
    Ignored,
    /// They stay: the listing is not known to be of the organization that they belong to.
    NotPinned,
    /// They stay: only listed accounts are offboarded.
    Offboarding,
    /// They are no longer wanted.
    Unwanted,
}

/// An account that a rule names and that the listing lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedAccount {
    /// The first rule that names it.
    pub rule: String,
    /// Whether that rule onboards.
    pub wanted: bool,
}

/// What is wanted of one account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DesiredAccount {
    /// The account.
    pub account: Account,
    /// The rule that decided, if one matched.
    pub rule: Option<String>,
    /// What was decided.
    pub choice: Choice,
    /// What its connector is called, or would be. An existing connector keeps its own identifier.
    pub identifier: ConnectorId,
    /// Where our roles are, or would be.
    pub addresses: Vec<RoleAddress>,
    /// Roles of ours under earlier settings, as far as they are known without a connector that names them.
    pub former: BTreeSet<RoleArn>,
}

impl DesiredAccount {
    /// Where roles of ours may be under earlier settings: those that our `connectors` of this account name, the role of the Lambda
    /// function that goes with each, and those that are [known](Self::former), in the order of [`addresses`](Self::addresses).
    pub(crate) fn former_addresses<'a>(
        &self,
        connectors: impl IntoIterator<Item = &'a ConnectorState>,
        owner: &OwnerId,
    ) -> Vec<RoleAddress> {
        let [lambda, own] = &self.addresses[..] else { return Vec::new() };
        let mut arns = Vec::new();
        for connector in connectors {
            let named = connector.role_arn.as_deref().and_then(|arn| arn.parse::<RoleArn>().ok());
            // Under another path it is found by its name.
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

/// The role of the Lambda function that belongs to a former cross-account role, if only the prefix of both changed since.
fn former_lambda(lambda: &RoleArn, own: &RoleArn, former: &RoleArn) -> Option<RoleArn> {
    let base = own.name().as_str().strip_prefix(lambda_role_prefix(lambda.name())?)?;
    let prefix: NamePrefix = former.name().as_str().strip_suffix(base)?.parse().ok()?;
    let (path, name) = lambda_role_name(&prefix).ok()?;
    Some(RoleArn::new(lambda.partition(), lambda.account().clone(), path, name))
}

/// What is decided of an account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Choice {
    /// It gets a role and a connector.
    Onboard(Box<Wanted>),
    /// It is left out, for this reason.
    Skip(SkipReason),
    /// It cannot be judged or served now, for this reason: nothing is made and nothing is removed.
    Withhold(Hold),
    /// It leaves: what is ours there goes.
    Retire,
}

/// What an onboarded account gets.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// The features.
    pub features: FeatureSet,
    /// The roles, in the order in which they are made; the last one is the one that the connector names.
    pub roles: Vec<RoleSpec>,
    /// The connector. Its identifier is a proposal: an existing connector of the account keeps its own.
    pub connector: ConnectorSpec,
}
