//! The AWS organization and the AWS caller for which an intent is valid.

use std::collections::BTreeSet;

use super::InvalidIntent;
use crate::account::Account;
use crate::id::{AccountId, OrganizationId};

/// The AWS organization and the AWS caller for which an intent is valid. A run with accounts or credentials of another
/// organization is refused before it changes anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pin {
    /// The allowed organizations. If the set is empty, every organization is allowed. In that case, nothing is removed because an
    /// account is missing from a listing.
    pub organizations: BTreeSet<OrganizationId>,
    /// The account to which the AWS credentials must belong.
    pub caller: Option<AccountId>,
    /// The management account of the organization. For an account about which the source states neither its management account
    /// nor whether the account is the management account itself, this value determines both.
    pub payer: Option<AccountId>,
}

impl Pin {
    /// Allows this organization, in addition to the organizations of earlier calls.
    #[must_use]
    pub fn with_organization(mut self, organization: OrganizationId) -> Self {
        self.organizations.insert(organization);
        self
    }

    /// Requires the AWS credentials to belong to this account.
    #[must_use]
    pub fn with_caller(mut self, account: AccountId) -> Self {
        self.caller = Some(account);
        self
    }

    /// Requires accounts to belong to this management account.
    #[must_use]
    pub fn with_payer(mut self, payer: AccountId) -> Self {
        self.payer = Some(payer);
        self
    }

    /// Fills in whether accounts are the management account, if the record does not say so. Existing values stay.
    pub(super) fn complete(&self, accounts: &mut [Account]) {
        let Some(payer) = &self.payer else { return };
        let untold = |account: &&mut Account| account.payer.is_none() && account.management.is_none();
        for account in accounts.iter_mut().filter(untold) {
            account.management = Some(account.id == *payer);
            account.payer = Some(payer.clone());
        }
    }

    /// Whether these accounts belong to every pinned organization.
    pub(super) fn is_shown_by(&self, accounts: &[Account]) -> bool {
        let shown: BTreeSet<_> =
            accounts.iter().filter_map(|account| account.organization.as_ref()).collect();
        !self.organizations.is_empty() && self.organizations.iter().all(|pinned| shown.contains(pinned))
    }

    /// Refuses accounts of an organization or management account that is not pinned.
    pub(super) fn check(&self, accounts: &[Account]) -> Result<(), InvalidIntent> {
        if let Some(pinned) = &self.payer {
            let other = |account: &&Account| account.payer.as_ref().is_some_and(|payer| payer != pinned);
            let mut strangers = accounts.iter().filter(other);
            if let Some(first) = strangers.next()
                && let Some(found) = first.payer.clone()
            {
                return Err(InvalidIntent::OtherPayer {
                    account: first.id.clone(),
                    found,
                    pinned: pinned.clone(),
                    accounts: strangers.count() + 1,
                });
            }
        }
        if self.organizations.is_empty() {
            return Ok(());
        }
        let foreign = |account: &&Account| {
            account.organization.as_ref().is_some_and(|of| !self.organizations.contains(of))
        };
        let mut strangers = accounts.iter().filter(foreign);
        let Some(first) = strangers.next() else { return Ok(()) };
        Err(InvalidIntent::OtherOrganization {
            account: first.id.clone(),
            found: first.organization.iter().map(ToString::to_string).collect(),
            pinned: self.organizations.iter().map(OrganizationId::as_str).collect::<Vec<_>>().join(", "),
            accounts: strangers.count() + 1,
        })
    }

    /// Checks that the AWS credentials belong to the pinned account.
    ///
    /// **Errors.** [`InvalidIntent::OtherCaller`] if `caller` is another account.
    pub fn check_caller(&self, caller: &AccountId) -> Result<(), InvalidIntent> {
        match &self.caller {
            Some(pinned) if pinned != caller => {
                Err(InvalidIntent::OtherCaller { found: caller.clone(), pinned: pinned.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }
}
