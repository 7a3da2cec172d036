use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConnectorId, RoleArn};
use crate::secret::shown;

/// The maximum length of a displayed identifier: the longest that Harness allows.
const LONGEST_NAME: usize = 128;

/// A connector whose record cannot be read: it breaks Harness' own rules, or one of its fields has a shape that this version
/// does not know.
///
/// It is reported and left alone. Nothing is written in its account, because it may be the account's connector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UnreadableConnector {
    /// Its identifier as the record has it, shortened to 128 characters; empty if the record has none.
    pub name: String,
    /// The same identifier if it follows the rules: no other connector can have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ConnectorId>,
    /// Its AWS account, from the account id of the record or otherwise from the role that it names; `None` if neither shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The role that it names, as in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The problem with the record.
    pub note: String,
}

impl UnreadableConnector {
    /// Makes one from the identifier of a record and the problem with it.
    pub fn new(identifier: &str, note: impl Into<String>) -> Self {
        Self {
            name: identifier.chars().take(LONGEST_NAME).collect(),
            id: identifier.parse().ok(),
            account: None,
            role_arn: None,
            note: note.into(),
        }
    }

    /// Sets the role that it names, and its account from that, unless the account is known already.
    #[must_use]
    pub fn with_role_arn(mut self, role_arn: Option<String>) -> Self {
        if self.account.is_none() {
            let role = role_arn.as_deref().and_then(|arn| arn.parse::<RoleArn>().ok());
            self.account = role.map(|role| role.account().clone());
        }
        self.role_arn = role_arn;
        self
    }

    /// Sets its AWS account, if the record shows it.
    #[must_use]
    pub fn with_account(mut self, account: Option<AccountId>) -> Self {
        self.account = account.or(self.account);
        self
    }

    /// Whether it names this account, or a role there.
    pub fn concerns(&self, account: &AccountId) -> bool {
        let role = || self.role_arn.as_deref()?.parse::<RoleArn>().ok();
        self.account.as_ref() == Some(account) || role().is_some_and(|role| role.account() == account)
    }
}

/// Returns its identifier and the problem with it.
impl fmt::Display for UnreadableConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str("a connector without an identifier")?,
            name => write!(f, "the connector {}", shown(name))?,
        }
        write!(f, " cannot be read: {}", self.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_that_of_the_record_or_else_that_of_the_role() {
        let (by_record, by_role): (AccountId, AccountId) =
            ("111122223333".parse().unwrap(), "444455556666".parse().unwrap());
        let arn = || Some("arn:aws:iam::444455556666:role/HarnessCERole".to_owned());
        let new = || UnreadableConnector::new("a-b", "why");
        assert_eq!(new().with_role_arn(arn()).account, Some(by_role));
        assert_eq!(
            new().with_role_arn(arn()).with_account(Some(by_record.clone())).account,
            Some(by_record.clone())
        );
        assert_eq!(new().with_account(Some(by_record.clone())).with_role_arn(arn()).account, Some(by_record));
        assert_eq!(new().with_role_arn(Some("no role".into())).with_account(None).account, None);
    }

    #[test]
    fn an_identifier_of_any_length_takes_little_room() {
        let long = UnreadableConnector::new(&"x".repeat(5000), "why");
        assert_eq!((long.name.len(), long.id), (128, None));
        assert_eq!(UnreadableConnector::new("fine", "why").id, "fine".parse().ok());
    }
}
