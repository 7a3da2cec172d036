use crate::catalog::Refusal;
use crate::id::{AccountId, InvalidId};
use crate::policy::InvalidPolicy;
use crate::setting::Setting;

/// An error in an intent: what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIntent {
    /// An account that a rule selects cannot have its features.
    #[error("rule {rule:?}: {problem}")]
    Rule {
        /// The rule's name.
        rule: String,
        /// What is wrong.
        problem: String,
    },
    /// Accounts belong to an organization that is not pinned.
    #[error(
        "{accounts} of the accounts, such as {account}, belong to the organization {found}, but the intent is for {pinned} ({}): use credentials of that organization, or add the other id; nothing was changed",
        Setting::Organization
    )]
    OtherOrganization {
        /// One of the accounts.
        account: AccountId,
        /// Their organization.
        found: String,
        /// The pinned organizations.
        pinned: String,
        /// The number of such accounts.
        accounts: usize,
    },
    /// Accounts belong to another management account than the pinned one.
    #[error(
        "{accounts} of the accounts, such as {account}, belong to the management account {found}, but the intent is for {pinned} ({}): use a list or credentials of that organization, or remove the setting; nothing was changed",
        Setting::OrganizationPayer
    )]
    OtherPayer {
        /// One of the accounts.
        account: AccountId,
        /// Their management account.
        found: AccountId,
        /// The pinned management account.
        pinned: AccountId,
        /// The number of such accounts.
        accounts: usize,
    },
    /// The AWS credentials belong to another account than the pinned one.
    #[error(
        "the AWS credentials belong to the account {found}, but the intent is for callers from {pinned} ({}): use other credentials, for example with AWS_PROFILE; nothing was changed",
        Setting::Caller
    )]
    OtherCaller {
        /// The account of the credentials.
        found: AccountId,
        /// The pinned account.
        pinned: AccountId,
    },
    /// IAM does not accept the settings of roles.
    #[error("{0}")]
    Role(String),
    /// An identifier derived from the intent is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A policy derived from the intent is not valid.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// The catalogue cannot grant the requested permissions.
    #[error("{refusal}: {}", .refusal.remedy())]
    Refused {
        /// The reason, with its remedy.
        #[from]
        refusal: Refusal,
    },
}

impl InvalidIntent {
    pub(super) fn rule(rule: &str, problem: impl Into<String>) -> Self {
        Self::Rule { rule: rule.into(), problem: problem.into() }
    }
}
