use crate::catalog::Refusal;
use crate::id::{AccountId, InvalidId};
use crate::policy::InvalidPolicy;
use crate::setting::Setting;

/// An intent that cannot be fulfilled. Says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIntent {
    /// What a rule gives cannot be had in an account that it chose.
    #[error("rule {rule:?}: {problem}")]
    Rule {
        /// The rule's name.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Accounts belong to an organization that is not pinned.
    #[error(
        "{accounts} of the accounts, such as {account}, belong to the organization {found}, but the intent is for {pinned} ({}): use credentials of that organization, or add the other one's id; nothing was done",
        Setting::Organization
    )]
    OtherOrganization {
        /// One of the accounts.
        account: AccountId,
        /// The organization that it belongs to.
        found: String,
        /// The organizations that the intent is for.
        pinned: String,
        /// How many such accounts there are.
        accounts: usize,
    },
    /// Accounts belong to another management account than the one that is pinned.
    #[error(
        "{accounts} of the accounts, such as {account}, belong to the management account {found}, but the intent is for {pinned} ({}): use a list or credentials of that organization, or leave the setting out; nothing was done",
        Setting::OrganizationPayer
    )]
    OtherPayer {
        /// One of the accounts.
        account: AccountId,
        /// The management account that it belongs to.
        found: AccountId,
        /// The management account that is pinned.
        pinned: AccountId,
        /// How many such accounts there are.
        accounts: usize,
    },
    /// The AWS credentials belong to another account than the one that is pinned.
    #[error(
        "the AWS credentials belong to the account {found}, but the intent is for callers from {pinned} ({}): use other credentials, such as by AWS_PROFILE; nothing was done",
        Setting::Caller
    )]
    OtherCaller {
        /// The account of the credentials.
        found: AccountId,
        /// The account that is pinned.
        pinned: AccountId,
    },
    /// The settings of roles are not what IAM takes.
    #[error("{0}")]
    Role(String),
    /// An identifier that follows from the intent is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A policy that follows from the intent is not valid.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// What is asked does not fit together.
    #[error("{refusal}: {}", .refusal.remedy())]
    Refused {
        /// What, and the remedy with it.
        #[from]
        refusal: Refusal,
    },
}

impl InvalidIntent {
    pub(super) fn rule(rule: &str, problem: impl Into<String>) -> Self {
        Self::Rule { rule: rule.into(), problem: problem.into() }
    }
}
