use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::{OuPath, list, quoted};
use crate::setting::Setting;
use crate::timestamp::Timestamp;

/// The reason that a condition of a rule does not hold for an account, or that the condition cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unmet {
    /// The account is not one of the accounts that the rule names.
    Accounts {
        /// The number of accounts that the rule names.
        named: usize,
    },
    /// The rule requires the management account and the account is another one, or the reverse.
    Management {
        /// Whether the rule requires the management account.
        wanted: bool,
    },
    /// It is unknown whether the account is the management account.
    ManagementUnknown,
    /// The account joined too early, or at an unknown time.
    JoinedAfter {
        /// The time after which the account must have joined.
        time: Timestamp,
        /// When the account joined, if this is known.
        joined: Option<Timestamp>,
    },
    /// The account is in none of the organizational units.
    Ous {
        /// The units that the rule names.
        ous: BTreeSet<String>,
    },
    /// The ids of the account's organizational units are unknown.
    OusUnknown,
    /// The name of the account matches none of the patterns.
    Names {
        /// The name of the account.
        name: String,
        /// The patterns.
        patterns: Vec<String>,
    },
    /// The path of the account's organizational unit matches none of the patterns.
    OuPaths {
        /// The path.
        ou_path: Vec<String>,
        /// The patterns.
        patterns: Vec<String>,
    },
    /// The organizational unit of the account is unknown.
    OuPathUnknown,
    /// A unit has a slash in its name, and a pattern matches only if the slash counts as the end of a unit.
    OuPathSlash {
        /// The path.
        ou_path: Vec<String>,
    },
    /// The tags of the account are unknown.
    TagsUnknown,
    /// It is unknown whether the account has this tag.
    TagUnknown {
        /// The tag.
        key: String,
    },
    /// The account has this tag.
    TagPresent {
        /// The tag.
        key: String,
    },
    /// The account does not have this tag.
    TagAbsent {
        /// The tag.
        key: String,
    },
    /// The tag has another value than the rule accepts.
    TagValue {
        /// The tag.
        key: String,
        /// The value of the tag.
        value: String,
        /// The values that the rule accepts.
        values: BTreeSet<String>,
    },
}

/// Joins several reasons in one line.
pub(crate) fn in_words(because: &[Unmet]) -> String {
    because.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The end of a sentence about the account.
impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accounts { named: 1 } => f.write_str("it is not the account that the rule names"),
            Self::Accounts { named } => {
                write!(f, "it is not among the {named} accounts that the rule names")
            }
            Self::Management { wanted: true } => f.write_str("it is not the management account"),
            Self::Management { wanted: false } => f.write_str("it is the management account"),
            Self::ManagementUnknown => {
                write!(
                    f,
                    "it is not known whether it is the management account: set {} or {}",
                    Setting::Payer,
                    Setting::OrganizationPayer
                )
            }
            Self::JoinedAfter { time, joined: Some(joined) } => {
                write!(f, "it joined on {joined}, not after {time}")
            }
            Self::JoinedAfter { time: _, joined: None } => f.write_str("it is not known when it joined"),
            Self::Ous { ous } => write!(f, "it is in none of the organizational units {}", list(ous)),
            Self::OusUnknown => f.write_str("the ids of its organizational units are not known"),
            Self::Names { name, patterns } => {
                write!(f, "its name {name:?} does not match {}", quoted(patterns))
            }
            Self::OuPaths { ou_path, patterns } => {
                write!(f, "its organizational unit {} does not match {}", OuPath(ou_path), quoted(patterns))
            }
            Self::OuPathUnknown => f.write_str("its organizational unit is not known"),
            Self::OuPathSlash { ou_path } => write!(
                f,
                "a name in its organizational unit {ou_path:?} contains a slash, so it cannot be distinguished from a path: select it by the id of the unit"
            ),
            Self::TagsUnknown => f.write_str("its tags are not known"),
            Self::TagUnknown { key } => write!(f, "it is not known whether it has a tag {key:?}"),
            Self::TagPresent { key } => write!(f, "it has the tag {key:?}"),
            Self::TagAbsent { key } => write!(f, "it does not have the tag {key:?}"),
            Self::TagValue { key, value, values } => {
                write!(f, "its tag {key:?} is {value:?}, not {}", quoted(values))
            }
        }
    }
}
