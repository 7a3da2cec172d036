use std::collections::BTreeSet;

use wildmatch::WildMatch;

use crate::account::Account;
use crate::feature::FeatureSet;
use crate::id::AccountId;

/// One rule: which accounts, and what of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, for people.
    pub name: String,
    /// Which accounts.
    pub selector: Selector,
    /// What of them.
    pub verdict: Verdict,
}

impl Rule {
    /// Gives these features to the accounts that `selector` matches.
    pub fn onboard(name: impl Into<String>, selector: Selector, features: FeatureSet) -> Self {
        Self { name: name.into(), selector, verdict: Verdict::Onboard(features) }
    }

    /// Leaves out the accounts that `selector` matches.
    pub fn skip(name: impl Into<String>, selector: Selector, reason: impl Into<String>) -> Self {
        Self { name: name.into(), selector, verdict: Verdict::Skip(reason.into()) }
    }
}

/// What a rule decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The account gets these features.
    Onboard(FeatureSet),
    /// The account is left out, for this reason.
    Skip(String),
}

/// Which accounts a rule is about. All conditions that are given must hold; none given matches every account.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Selector {
    /// One of these accounts.
    pub accounts: BTreeSet<AccountId>,
    /// A name that matches one of these patterns (`*` any run of characters, `?` any one), sensitive to case.
    pub names: Vec<String>,
    /// The management account, or any other.
    pub management: Option<bool>,
}

impl Selector {
    /// Every account.
    pub fn all() -> Self {
        Self::default()
    }

    /// These accounts.
    #[must_use]
    pub fn with_accounts(mut self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        self.accounts.extend(accounts);
        self
    }

    /// Accounts whose name matches `pattern`.
    #[must_use]
    pub fn with_name(mut self, pattern: impl Into<String>) -> Self {
        self.names.push(pattern.into());
        self
    }

    /// The management account, or any other.
    #[must_use]
    pub fn with_management(mut self, management: bool) -> Self {
        self.management = Some(management);
        self
    }

    /// Whether it matches.
    pub fn matches(&self, account: &Account) -> bool {
        let Self { accounts, names, management } = self;
        (accounts.is_empty() || accounts.contains(&account.id))
            && (names.is_empty()
                || names.iter().any(|pattern| WildMatch::new(pattern).matches(&account.name)))
            && management.is_none_or(|management| management == account.management)
    }
}
