//! The result of an account source. The module [`crate::intent`] selects accounts.

mod query;

pub use query::AccountQuery;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OrganizationId, Partition};
use crate::timestamp::Timestamp;

/// One account of an organization.
///
/// ```
/// use harness_ccm_core::account::{Account, AccountState};
///
/// let account = Account::new("123456789012".parse()?, "web-prod")
///     .with_ou_path(["Workloads", "Prod"])
///     .with_tags([("env", "prod")])
///     .with_state(AccountState::Suspended);
/// assert!(account.state.is_out_of_reach());
/// assert_eq!(account.ou_ids, None, "what a source does not know stays unknown");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Account {
    /// The 12-digit id.
    pub id: AccountId,
    /// The name as in AWS Organizations: up to 50 ASCII characters, not unique, may change.
    pub name: String,
    /// The state of the account.
    pub state: AccountState,
    /// Whether it is the organization's management account (the payer), if the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<bool>,
    /// The partition, from the account's ARN.
    pub partition: Partition,
    /// The names of the organizational units from the root down, if the source knows them: `["Workloads", "Prod"]`.
    /// An account directly under the root has an empty path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ou_path: Option<Vec<String>>,
    /// The ids of the same units, from the root down and without it: `["ou-ab12-11111111", "ou-ab12-22222222"]`.
    ///
    /// Separate from the names because they are cheaper to read (AWS lists them with the account), they survive renaming,
    /// and a source may know only one of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ou_ids: Option<Vec<String>>,
    /// The account's tags, if they were requested and the source knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    /// The keys of tags that the source knows, if it does not know all tags: for any other key it is unknown whether the account
    /// has the tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_keys: Option<BTreeSet<String>>,
    /// When it joined the organization, if the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Timestamp>,
    /// The management account of its organization, if the source knows: distinguishes accounts of several
    /// organizations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<AccountId>,
    /// Its organization, if the source knows (the account's ARN names it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// Why the record is unreliable, for example because two sources disagree. The account is then withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

impl Account {
    /// An active member account in the commercial partition.
    pub fn new(id: AccountId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            state: AccountState::Active,
            management: Some(false),
            partition: Partition::default(),
            ou_path: None,
            ou_ids: None,
            tags: None,
            tag_keys: None,
            joined: None,
            payer: None,
            organization: None,
            doubt: None,
        }
    }

    /// Sets the state.
    #[must_use]
    pub fn with_state(mut self, state: AccountState) -> Self {
        self.state = state;
        self
    }

    /// Marks it as the organization's management account.
    #[must_use]
    pub fn as_management(mut self) -> Self {
        self.management = Some(true);
        self
    }

    /// Sets that it is unknown whether it is the organization's management account.
    #[must_use]
    pub fn with_unknown_management(mut self) -> Self {
        self.management = None;
        self
    }

    /// Sets the partition.
    #[must_use]
    pub fn with_partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    /// Sets the names of the organizational units from the root down.
    #[must_use]
    pub fn with_ou_path(mut self, path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.ou_path = Some(path.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the ids of the organizational units from the root down.
    #[must_use]
    pub fn with_ou_ids(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.ou_ids = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// Sets when it joined the organization.
    #[must_use]
    pub fn with_joined(mut self, joined: Timestamp) -> Self {
        self.joined = Some(joined);
        self
    }

    /// Sets the management account of its organization.
    #[must_use]
    pub fn with_payer(mut self, payer: AccountId) -> Self {
        self.payer = Some(payer);
        self
    }

    /// Sets its organization.
    #[must_use]
    pub fn with_organization(mut self, organization: OrganizationId) -> Self {
        self.organization = Some(organization);
        self
    }

    /// Sets why the record is unreliable.
    #[must_use]
    pub fn with_doubt(mut self, doubt: impl Into<String>) -> Self {
        self.doubt = Some(doubt.into());
        self
    }

    /// Limits the known tags to these keys: the account may have other tags too.
    #[must_use]
    pub fn with_tag_keys(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tag_keys = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// The tags, if it is known whether there is one with this key.
    pub fn tags_about(&self, key: &str) -> Option<&BTreeMap<String, String>> {
        let known = self.tag_keys.as_ref().is_none_or(|keys| keys.contains(key));
        self.tags.as_ref().filter(|_| known)
    }

    /// Sets the tags.
    #[must_use]
    pub fn with_tags(
        mut self,
        tags: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        self.tags = Some(tags.into_iter().map(|(k, v)| (k.into(), v.into())).collect());
        self
    }
}

/// The state of an account.
///
/// It is read from the field `State` of AWS Organizations, otherwise from the older `Status`. Only [`AccountState::Active`]
/// accounts can be provisioned; suspended and closed ones stay listed for 90 days and cannot be accessed.
///
/// ```
/// use harness_ccm_core::account::AccountState;
///
/// assert_eq!(AccountState::from("Pending closure".to_owned()), AccountState::PendingClosure);
/// assert_eq!(AccountState::from("MOVED".to_owned()), AccountState::Unknown("MOVED".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "state of an account")))]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AccountState {
    /// Being created, not usable yet.
    PendingActivation,
    /// Usable.
    Active,
    /// Suspended by AWS or closed by its owner.
    Suspended,
    /// Closure was requested.
    PendingClosure,
    /// Closed.
    Closed,
    /// A state that this version does not know, or a missing one. Such an account is never provisioned, and
    /// never counts as one that left.
    Unknown(String),
}

impl AccountState {
    /// The state's name in AWS.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
            Self::Unknown(word) => word,
        }
    }
}

impl AccountState {
    /// Whether an account in this state cannot be accessed: suspended, closed, or about to be closed.
    pub fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Suspended | Self::PendingClosure | Self::Closed => true,
            Self::PendingActivation | Self::Active | Self::Unknown(_) => false,
        }
    }
}

/// Reads the names of AWS in any spelling: consoles and spreadsheets write `Pending closure`.
impl From<String> for AccountState {
    fn from(word: String) -> Self {
        let plain = |word: &str| -> String {
            word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect()
        };
        let given = plain(&word);
        [Self::PendingActivation, Self::Active, Self::Suspended, Self::PendingClosure, Self::Closed]
            .into_iter()
            .find(|state| plain(state.as_str()) == given && word.is_ascii())
            .unwrap_or(Self::Unknown(word))
    }
}

impl From<AccountState> for String {
    fn from(state: AccountState) -> Self {
        state.as_str().into()
    }
}

impl fmt::Display for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
