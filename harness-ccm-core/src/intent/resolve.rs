use std::collections::BTreeMap;

use super::{Choice, Desired, DesiredAccount, Intent, InvalidIntent, Verdict, Wanted, naming};
use crate::account::{Account, AccountState};
use crate::backend::Listing;
use crate::catalog;
use crate::connector::ConnectorSpec;
use crate::feature::FeatureSet;
use crate::id::{AccountId, ConnectorId, NamePrefix, Partition, PolicyName, RoleArn};
use crate::role::{QuotaSource, RoleAddress, RoleSpec};

/// The one inline policy that we keep on a role.
const INLINE_POLICY: &str = "HarnessCCM";

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
        let Listing { accounts, whole, taken: _, notes } = listing;
        let accounts = &accounts[..];
        // Every account takes part in naming: an account that is skipped today keeps others from taking its name tomorrow.
        let identifiers = self.naming.identifiers(accounts)?;
        let mut matched = vec![0_usize; self.rules.len()];
        let mut resolved = BTreeMap::new();
        for account in accounts {
            let found = self.rules.iter().enumerate().find(|(_, rule)| rule.selector.matches(account));
            if let Some((index, _)) = found {
                matched[index] += 1;
            }
            let rule = found.map(|(_, rule)| rule);
            let choice = match (&account.state, rule.map(|rule| &rule.verdict)) {
                _ if account.doubt.is_some() => Choice::Withhold(account.doubt.clone().unwrap_or_default()),
                (_, None) => Choice::Skip("no rule matches".into()),
                (_, Some(Verdict::Skip(reason))) => Choice::Skip(reason.clone()),
                (AccountState::Active, Some(Verdict::Onboard(features))) => {
                    self.wanted(account, features, &identifiers)?
                }
                (AccountState::Closed | AccountState::PendingClosure, Some(Verdict::Onboard(_))) => {
                    Choice::Skip(format!("the account is {}", account.state))
                }
                (state, Some(Verdict::Onboard(_))) => Choice::Withhold(format!(
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
            quotas: QuotaSource::default(),
            accounts: resolved,
            whole,
            diagnostics,
        })
    }

    fn role_arn(&self, account: &Account) -> RoleArn {
        RoleArn::new(account.partition, account.id.clone(), self.role_path.clone(), self.role_name.clone())
    }

    /// Where our roles are or would be in an account: the Lambda role first, since a role that goes last is made last.
    fn addresses(&self, account: &Account) -> Result<Vec<RoleAddress>, InvalidIntent> {
        let (path, name) = catalog::lambda_role_name(&NamePrefix::default())?;
        let lambda = RoleArn::new(account.partition, account.id.clone(), path, name);
        let route = self.route(account)?;
        Ok([lambda, self.role_arn(account)]
            .into_iter()
            .map(|arn| RoleAddress::new(arn, route.clone()))
            .collect())
    }

    fn wanted(
        &self,
        account: &Account,
        features: &FeatureSet,
        identifiers: &BTreeMap<AccountId, ConnectorId>,
    ) -> Result<Choice, InvalidIntent> {
        let names = features.names();
        let arn = self.role_arn(account);
        let request = catalog::Request::new(features, &arn, &self.cluster).with_regions(&self.regions);
        let permissions = match request.permissions() {
            Ok(permissions) => permissions,
            Err(refusal) if refusal.is_about_the_account() => {
                return Ok(Choice::Withhold(format!("{refusal}: {}", refusal.remedy())));
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let inline: PolicyName = INLINE_POLICY.parse()?;
        let boundary = self.boundary_in(account)?;
        let route = self.route(account)?;
        let mut roles = Vec::new();
        if let Some(lambda) = &permissions.lambda {
            let (path, name) = (lambda.path.clone(), lambda.name.clone());
            let arn = RoleArn::new(account.partition, account.id.clone(), path, name);
            let address = RoleAddress::new(arn, route.clone());
            roles.push(
                RoleSpec::new(address, lambda.trust.clone(), self.owner.clone())
                    .with_inline(inline.clone(), lambda.merged()),
            );
        }
        let trust = self.cluster.trust(&self.external_id)?;
        let mut role = RoleSpec::new(RoleAddress::new(arn.clone(), route), trust, self.owner.clone())
            .with_inline(inline, permissions.merged());
        role.attached = permissions.attached;
        roles.push(role);
        let roles = roles
            .into_iter()
            .map(|role| role.with_boundary(boundary.clone()).with_tags(self.tags.clone()))
            .collect();
        let id = match identifiers.get(&account.id) {
            Some(id) => id.clone(),
            None => format!("aws{}", account.id).parse()?,
        };
        let mut connector = ConnectorSpec::new(
            id,
            naming::display_name(account)?,
            arn,
            self.external_id.clone(),
            names,
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
