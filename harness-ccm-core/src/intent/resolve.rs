use std::collections::BTreeMap;

use super::role::{Attachable, Ingredients};
use super::{Choice, Desired, DesiredAccount, Intent, InvalidIntent, Rule, Verdict, Wanted, naming};
use crate::account::{Account, AccountState};
use crate::backend::Listing;
use crate::connector::ConnectorSpec;
use crate::feature::FeatureSet;
use crate::id::{AccountId, ConnectorId, Partition};

/// What is the same for all accounts.
struct Context<'a> {
    identifiers: BTreeMap<AccountId, ConnectorId>,
    attachable: Attachable<'a>,
}

impl Intent {
    /// Decides for every account what is wanted of it.
    ///
    /// Pure. Fails only for what is wrong with the intent as a whole; an account that can not be served is
    /// [withheld](Choice::Withhold) with its reason. Takes what a source answered, or plain accounts, which then count as all
    /// that there are.
    pub fn resolve(&self, listing: impl Into<Listing>) -> Result<Desired, InvalidIntent> {
        self.resolve_listing(listing.into())
    }

    fn resolve_listing(&self, listing: Listing) -> Result<Desired, InvalidIntent> {
        self.check_roles()?;
        let Listing { accounts, whole, taken: _, notes } = listing;
        let accounts = &accounts[..];
        // Every account takes part in naming: an account that is skipped today keeps others from taking its name tomorrow.
        let context =
            Context { identifiers: self.naming.identifiers(accounts)?, attachable: self.attachable() };
        let mut matched = vec![0_usize; self.rules.len()];
        let mut resolved = BTreeMap::new();
        for account in accounts {
            let found = self.rules.iter().enumerate().find(|(_, rule)| rule.selector.matches(account));
            if let Some((index, _)) = found {
                matched[index] += 1;
            }
            let rule = found.map(|(_, rule)| rule);
            let choice = match (&account.state, rule.map(|rule| (rule, &rule.verdict))) {
                _ if account.doubt.is_some() => Choice::Withhold(account.doubt.clone().unwrap_or_default()),
                (_, None) => Choice::Skip("no rule matches".into()),
                (_, Some((_, Verdict::Skip(reason)))) => Choice::Skip(reason.clone()),
                (AccountState::Active, Some((rule, Verdict::Onboard(features)))) => {
                    self.wanted(account, rule, features, &context)?
                }
                (AccountState::Closed | AccountState::PendingClosure, Some((_, Verdict::Onboard(_)))) => {
                    Choice::Skip(format!("the account is {}", account.state))
                }
                (state, Some((_, Verdict::Onboard(_)))) => Choice::Withhold(format!(
                    "the account's state is {state}: only active accounts let anybody in"
                )),
            };
            let addresses = self.addresses(account)?;
            let rule = rule.map(|rule| rule.name.clone());
            let entry = DesiredAccount { account: account.clone(), rule, choice, addresses };
            resolved.insert(account.id.clone(), entry);
        }
        let mut diagnostics = notes;
        diagnostics.extend(
            self.rules
                .iter()
                .zip(&matched)
                .filter(|(_, count)| **count == 0)
                .map(|(rule, _)| format!("rule {:?} matches no account", rule.name)),
        );
        diagnostics.extend(self.reach.diagnose(accounts));
        Ok(Desired {
            harness_account: self.harness_account.clone(),
            owner: self.owner.clone(),
            quotas: self.role.quotas,
            accounts: resolved,
            whole,
            diagnostics,
        })
    }

    fn wanted(
        &self,
        account: &Account,
        rule: &Rule,
        features: &FeatureSet,
        context: &Context<'_>,
    ) -> Result<Choice, InvalidIntent> {
        let arn = self.role_arn(account)?;
        let permissions = match self.request(features, &arn).permissions() {
            Ok(permissions) => permissions,
            Err(refusal) if refusal.is_about_the_account() => {
                return Ok(Choice::Withhold(format!("{refusal}: {}", refusal.remedy())));
            }
            Err(refusal) => {
                return Err(InvalidIntent::rule(rule, format!("{refusal}: {}", refusal.remedy())));
            }
        };
        let roles = self.roles(Ingredients {
            account,
            route: self.route(account)?,
            permissions: &permissions,
            attachable: context.attachable.within(account),
        })?;
        for role in &roles {
            if let Some(over) = role.over_quota(None, &self.role.quotas.ceiling()) {
                return Err(InvalidIntent::rule(rule, format!("{}: {over}", role.address.name())));
            }
        }
        let id = match context.identifiers.get(&account.id) {
            Some(id) => id.clone(),
            None => format!("aws{}", account.id).parse()?,
        };
        let mut connector = ConnectorSpec::new(
            id,
            naming::display_name(account)?,
            arn,
            self.external_id.clone(),
            features.names(),
            self.owner.clone(),
        );
        connector.autostopping =
            features.optimization.as_ref().map(|optimization| optimization.kinds.clone());
        connector.commitment = features
            .commitment
            .as_ref()
            .map(|commitment| commitment.services.clone())
            .filter(|services| !services.is_empty());
        connector.report = features.billing.as_ref().map(|billing| billing.report.clone());
        connector.gov_cloud = account.partition == Partition::UsGov;
        connector.session = self.session;
        connector.ignore_test = self.ignore_test;
        connector.tags.clone_from(&self.tags);
        Ok(Choice::Onboard(Box::new(Wanted { features: features.clone(), roles, connector })))
    }
}
