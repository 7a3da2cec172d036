//! Identifiers as types: a parsed value is always valid.
//!
//! All of them are parsed by [`std::str::FromStr`] and [`TryFrom<String>`], deserialised by the same parser, and sorted by
//! their text. None of them converts implicitly from a string.

mod account_id;
mod arn;
mod connector_id;
mod external_id;
mod harness_account_id;
mod name_prefix;
mod organization_id;
mod owner_id;
mod partition;
mod per_account;
mod policy_name;
mod role_name;
mod run_id;
mod secret_arn;
mod session_name;
mod source_identity;

use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use account_id::AccountId;
pub use arn::{PolicyArn, RoleArn};
pub use connector_id::{ConnectorId, ConnectorName};
pub use external_id::ExternalId;
pub use harness_account_id::HarnessAccountId;
pub use name_prefix::NamePrefix;
pub use organization_id::OrganizationId;
pub use owner_id::OwnerId;
pub use partition::{Partition, PartitionName};
pub use per_account::PerAccount;
pub use policy_name::PolicyName;
pub use role_name::{RoleName, RolePath};
pub use run_id::RunId;
pub use secret_arn::SecretArn;
pub use session_name::SessionName;
pub use source_identity::SourceIdentity;

/// The error for a text that is not a valid identifier, with the rule that it breaks.
///
/// It contains and shows the text, unless the text [looks like a key](crate::secret::looks_like_key).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is not a valid {what}: {rule}")]
pub struct InvalidId {
    what: &'static str,
    value: String,
    rule: &'static str,
}

impl InvalidId {
    pub(crate) fn new(what: &'static str, value: &str, rule: &'static str) -> Self {
        Self { what, value: crate::secret::shown(value), rule }
    }

    /// The same message without the text: for values of a file, which may contain anything.
    pub(crate) fn without_value(&self) -> String {
        format!("this is not a valid {}: {}", self.what, self.rule)
    }

    /// The kind of identifier that was expected, such as `AWS account id`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The rule in words.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

/// Reads an identifier from a file. Errors do not show the text: it may be a key in the wrong place.
pub(crate) fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = InvalidId>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|error: InvalidId| D::Error::custom(error.without_value()))
}

/// Defines a validated text newtype: parsing, printing, ordering and serde, all with one check.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:expr, $check:expr) => {
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = $what)))]
        $(#[$doc])*
        #[serde(into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err($crate::id::InvalidId::new($what, text, $rule)) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::id::parsed(deserializer)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::id::InvalidId;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }
    };
}
pub(crate) use text_id;
