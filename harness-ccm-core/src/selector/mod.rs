//! Conditions that select the accounts of a rule or a route.

mod glob;
mod tag_condition;
mod words;

pub use glob::{Glob, InvalidOuGlob, OuGlob};
pub use tag_condition::TagCondition;
pub(crate) use words::OuPath;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use self::glob::on_path;
use self::words::{list, quoted};
use crate::account::{Account, AccountQuery};
use crate::id::AccountId;
use crate::setting::Setting;
use crate::timestamp::Timestamp;

/// Conditions that select accounts. All conditions must hold for a selected account. A selector without conditions selects every
/// account.
///
/// A condition may need a detail of an account that the source does not know, such as the tags, the organizational units or the
/// time of joining. The result is then [`Match::Unknown`], unless another condition fails.
///
/// ```
/// use harness_ccm_core::prelude::*;
/// use harness_ccm_core::selector::Match;
///
/// let prod = Selector::all().with_ou_path("Workloads/*/Prod".parse()?).with_tag("env", TagCondition::Present);
/// let account = Account::new("123456789012".parse()?, "web").with_ou_path(["Workloads", "Shop", "Prod"]);
/// assert_eq!(prod.evaluate(&account), Match::Unknown, "the tags were not requested");
/// assert_eq!(prod.evaluate(&account.with_tags([("env", "prod")])), Match::Yes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Selector {
    /// The account is one of these accounts. `None` is no condition. An empty set selects no account.
    pub accounts: Option<BTreeSet<AccountId>>,
    /// The name of the account matches one of these patterns. An empty list is no condition.
    pub names: Vec<Glob>,
    /// The path of the account's organizational unit matches one of these patterns. An empty list is no condition.
    pub ou_paths: Vec<OuGlob>,
    /// The account is in one of these organizational units (`ou-...`), at any depth. An empty set is no condition.
    pub ous: BTreeSet<String>,
    /// Conditions on the tags of the account, by tag key. Keys and values are case-sensitive, as in AWS.
    pub tags: BTreeMap<String, TagCondition>,
    /// Whether the account must be the management account (`true`) or must not be the management account (`false`).
    pub management: Option<bool>,
    /// The account joined the organization after this time.
    pub joined_after: Option<Timestamp>,
}

/// The result of the evaluation of a selector for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// All conditions hold.
    Yes,
    /// At least one condition fails. The other conditions do not matter.
    No,
    /// No condition fails, but at least one condition needs an unknown detail of the account. The account is then neither
    /// selected nor excluded.
    Unknown,
}

impl Selector {
    /// Selects every account.
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects these accounts, and those of earlier calls.
    #[must_use]
    pub fn with_accounts(mut self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        self.accounts.get_or_insert_default().extend(accounts);
        self
    }

    /// Selects accounts whose name matches `pattern`, or the pattern of an earlier call.
    #[must_use]
    pub fn with_name(mut self, pattern: impl Into<String>) -> Self {
        self.names.push(Glob::new(pattern.into()));
        self
    }

    /// Selects accounts whose path of organizational units matches `pattern`, or the pattern of an earlier call.
    #[must_use]
    pub fn with_ou_path(mut self, pattern: OuGlob) -> Self {
        self.ou_paths.push(pattern);
        self
    }

    /// Selects accounts in the organizational unit with this id, or with the id of an earlier call, at any depth.
    #[must_use]
    pub fn with_ou(mut self, id: impl Into<String>) -> Self {
        self.ous.insert(id.into());
        self
    }

    /// Selects accounts whose tag `key` fulfils `condition`. Replaces an earlier condition on this tag.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, condition: TagCondition) -> Self {
        self.tags.insert(key.into(), condition);
        self
    }

    /// Selects only the management account.
    #[must_use]
    pub fn with_management(mut self) -> Self {
        self.management = Some(true);
        self
    }

    /// Selects all accounts except the management account.
    #[must_use]
    pub fn without_management(mut self) -> Self {
        self.management = Some(false);
        self
    }

    /// Selects accounts that joined the organization after `time`.
    #[must_use]
    pub fn with_joined_after(mut self, time: Timestamp) -> Self {
        self.joined_after = Some(time);
        self
    }

    /// Returns whether [`evaluate`](Self::evaluate) returns [`Match::Yes`].
    pub fn matches(&self, account: &Account) -> bool {
        self.evaluate(account) == Match::Yes
    }

    /// Evaluates the selector for the account.
    pub fn evaluate(&self, account: &Account) -> Match {
        let mut fit = Match::Yes;
        for condition in self.conditions() {
            match condition.evaluate(account) {
                Match::Yes => {}
                Match::No => return Match::No,
                Match::Unknown => fit = Match::Unknown,
            }
        }
        fit
    }

    /// Returns the query for a source: which details of accounts the conditions need.
    pub fn query(&self) -> AccountQuery {
        let mut query = AccountQuery::new();
        query.ou_ids = !self.ous.is_empty();
        query.ou_paths = !self.ou_paths.is_empty();
        query.tags = !self.tags.is_empty();
        query
    }

    /// The conditions, cheapest first.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = Condition<'_>> {
        let Self { accounts, names, ou_paths, ous, tags, management, joined_after } = self;
        let ids = accounts.iter().map(Condition::Accounts);
        let management = management.iter().map(|wanted| Condition::Management(*wanted));
        let joined = joined_after.iter().map(|time| Condition::JoinedAfter(*time));
        let ous = (!ous.is_empty()).then_some(Condition::Ous(ous)).into_iter();
        let names = (!names.is_empty()).then_some(Condition::Names(names)).into_iter();
        let paths = (!ou_paths.is_empty()).then_some(Condition::OuPaths(ou_paths)).into_iter();
        let tags = tags.iter().map(|(key, condition)| Condition::Tag(key, condition));
        ids.chain(management).chain(joined).chain(ous).chain(names).chain(paths).chain(tags)
    }

    /// Whether this selector selects every account that `other` selects. `false` may also mean that the answer is unknown.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.conditions().all(|condition| condition.follows_from(other))
    }
}

/// One condition of a selector, to evaluate, explain and compare.
#[derive(Clone, Copy)]
pub(crate) enum Condition<'a> {
    Accounts(&'a BTreeSet<AccountId>),
    Management(bool),
    JoinedAfter(Timestamp),
    Ous(&'a BTreeSet<String>),
    Names(&'a [Glob]),
    OuPaths(&'a [OuGlob]),
    Tag(&'a str, &'a TagCondition),
}

impl Condition<'_> {
    pub(crate) fn evaluate(self, account: &Account) -> Match {
        let holds = match self {
            Self::Accounts(ids) => Some(ids.contains(&account.id)),
            Self::Management(wanted) => account.management.map(|management| management == wanted),
            Self::JoinedAfter(time) => account.joined.map(|joined| joined > time),
            Self::Ous(ous) => account.ou_ids.as_ref().map(|ids| ids.iter().any(|id| ous.contains(id))),
            Self::Names(globs) => Some(globs.iter().any(|glob| glob.matches_name(&account.name))),
            Self::OuPaths(globs) => account.ou_path.as_ref().and_then(|path| on_path(globs, path)),
            Self::Tag(key, condition) => account.tags_about(key).map(|tags| condition.holds(tags.get(key))),
        };
        match holds {
            Some(true) => Match::Yes,
            Some(false) => Match::No,
            None => Match::Unknown,
        }
    }

    /// Why the condition does not hold for an account. Call it only if the condition does not hold.
    pub(crate) fn unmet(self, account: &Account) -> Unmet {
        match self {
            Self::Accounts(ids) => Unmet::Accounts { named: ids.len() },
            Self::Management(wanted) if account.management.is_some() => Unmet::Management { wanted },
            Self::Management(_) => Unmet::ManagementUnknown,
            Self::JoinedAfter(time) => Unmet::JoinedAfter { time, joined: account.joined },
            Self::Ous(ous) if account.ou_ids.is_some() => Unmet::Ous { ous: ous.clone() },
            Self::Ous(_) => Unmet::OusUnknown,
            Self::Names(globs) => Unmet::Names { name: account.name.clone(), patterns: texts(globs) },
            Self::OuPaths(globs) => match &account.ou_path {
                Some(path) if on_path(globs, path).is_none() => Unmet::OuPathSlash { ou_path: path.clone() },
                Some(path) => Unmet::OuPaths { ou_path: path.clone(), patterns: texts(globs) },
                None => Unmet::OuPathUnknown,
            },
            Self::Tag(key, condition) => {
                let key = key.to_owned();
                match (account.tags_about(&key), condition) {
                    (None, _) if account.tags.is_some() => Unmet::TagUnknown { key },
                    (None, _) => Unmet::TagsUnknown,
                    (Some(_), TagCondition::Absent) => Unmet::TagPresent { key },
                    (Some(tags), condition) => match (tags.get(&key), condition) {
                        (Some(value), TagCondition::OneOf(values)) => {
                            Unmet::TagValue { value: value.clone(), values: values.clone(), key }
                        }
                        _ => Unmet::TagAbsent { key },
                    },
                }
            }
        }
    }

    /// The condition as in an intent file.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Accounts(ids) => format!("accounts ({})", ids.len()),
            Self::Management(wanted) => format!("management = {wanted}"),
            Self::JoinedAfter(time) => format!("joined-after = {time}"),
            Self::Ous(ous) => format!("ous = {}", list(ous)),
            Self::Names(globs) => format!("names = {}", quoted(globs)),
            Self::OuPaths(globs) => format!("ou-paths = {}", quoted(globs)),
            Self::Tag(key, TagCondition::Present) => format!("tags.{key} = true"),
            Self::Tag(key, TagCondition::Absent) => format!("tags.{key} = false"),
            Self::Tag(key, TagCondition::OneOf(values)) => format!("tags.{key} = {}", quoted(values)),
        }
    }

    /// Whether the condition holds for every account that `other` selects. `false` may also mean that the answer is unknown.
    fn follows_from(self, other: &Selector) -> bool {
        match self {
            Self::Accounts(ids) => other.accounts.as_ref().is_some_and(|others| others.is_subset(ids)),
            Self::Management(wanted) => other.management == Some(wanted),
            Self::JoinedAfter(time) => other.joined_after.is_some_and(|later| later >= time),
            Self::Ous(ous) => !other.ous.is_empty() && other.ous.is_subset(ous),
            Self::Names(globs) => {
                !other.names.is_empty()
                    && other.names.iter().all(|narrow| globs.iter().any(|wide| wide.covers(narrow)))
            }
            Self::OuPaths(globs) => {
                !other.ou_paths.is_empty()
                    && other.ou_paths.iter().all(|narrow| globs.iter().any(|wide| wide.covers(narrow)))
            }
            Self::Tag(key, wide) => match (wide, other.tags.get(key)) {
                (TagCondition::Present, Some(TagCondition::Present | TagCondition::OneOf(_)))
                | (TagCondition::Absent, Some(TagCondition::Absent)) => true,
                (TagCondition::OneOf(wide), Some(TagCondition::OneOf(narrow))) => narrow.is_subset(wide),
                _ => false,
            },
        }
    }
}

fn texts<T: ToString>(patterns: &[T]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, path: &[&str]) -> Account {
        Account::new("111122223333".parse().unwrap(), name).with_ou_path(path.to_vec())
    }

    #[test]
    fn a_name_is_matched_with_or_without_white_space_around_it() {
        let matches =
            |pattern: &str, name: &str| Selector::all().with_name(pattern).matches(&account(name, &[]));
        assert!(matches("shop", "shop ") && matches("shop", " shop") && matches("*shop", "shop "));
        assert!(matches("shop ", "shop ") && matches("shop ?", "shop  "));
        assert!(!matches("shop", "shop 2") && !matches("sh op", "shop "));
    }

    #[test]
    fn a_slash_in_the_name_of_a_unit_makes_the_match_unknown() {
        let judged = |pattern: &str, path: &[&str]| {
            let selector = Selector::all().with_ou_path(pattern.parse().unwrap());
            (
                selector.evaluate(&account("a", path)),
                selector.conditions().next().unwrap().unmet(&account("a", path)),
            )
        };
        assert_eq!(judged("R/D/**", &["R/D", "Prod"]).0, Match::Unknown);
        assert!(matches!(judged("R/D", &["R/D"]).1, Unmet::OuPathSlash { .. }));
        assert_eq!(judged("R?D/Prod", &["R/D", "Prod"]).0, Match::Yes, "it is one unit");
        assert_eq!(judged("*/Prod", &["R/D", "Prod"]).0, Match::Yes);
        assert_eq!(judged("Lab/**", &["R/D", "Prod"]).0, Match::No);
        assert!(matches!(judged("Lab/**", &["R/D"]).1, Unmet::OuPaths { .. }));
        assert_eq!(judged("R/D", &["R", "D"]).0, Match::Yes);
    }
}
