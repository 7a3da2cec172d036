use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::backend::ConnectorView;
use crate::catalog::Release;
use crate::connector::UnreadableConnector;
use crate::feature::HarnessFlag;
use crate::id::{AccountId, ConnectorId, Partition};
use crate::setting::Setting;
use crate::text::some_of;

/// What somebody should know about a listing and the rules. It stops nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Diagnostic {
    /// The source says something about its listing.
    Listing {
        /// What it says.
        note: String,
    },
    /// The source lists accounts more than once. They are withheld.
    ListedTwice {
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// The source tells no state of some accounts. They are withheld.
    NoState {
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// This version does not know the state of some accounts. They are withheld.
    UnknownState {
        /// The state, as the source has it.
        name: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// This version does not know the partition of some accounts. Nothing is done in them.
    UnknownPartition {
        /// The partition, as their ARNs have it.
        name: Partition,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// Accounts lack a value that the naming template asks for, so their connectors are named after the account id.
    Unnamed {
        /// The value that they lack, as the template has it.
        name: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// A rule can never match, whatever accounts there are.
    Unreachable {
        /// The rule.
        rule: String,
        /// Why.
        why: Unreachable,
    },
    /// A rule names accounts that the listing does not have.
    NotListed {
        /// The rule.
        rule: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// A rule matches none of the accounts.
    Idle {
        /// The rule.
        rule: String,
        /// Why.
        why: Idle,
    },
    /// Too little is known of some accounts to say whether a route leads to them. It is not taken.
    UndecidedRoute {
        /// The route.
        route: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// A route leads to no account.
    IdleRoute {
        /// The route.
        route: String,
    },
    /// Connectors lack a field as an update by Terraform's provider leaves it: it does not know the field, and sends connectors whole.
    LeftOutByTerraform {
        /// The field.
        field: LeftOut,
        /// The connectors.
        connectors: Vec<ConnectorId>,
    },
    /// The intent asks for whatever release of the permissions is the newest.
    CurrentRelease {
        /// The one that it is now.
        release: Release,
    },
    /// Connectors will do something that Harness switches on for each Harness account.
    NeedsFlag {
        /// The feature flag.
        flag: HarnessFlag,
        /// The connectors.
        connectors: Vec<ConnectorId>,
    },
    /// Connectors that cannot be read are left alone.
    UnreadableConnectors {
        /// The connectors.
        connectors: Vec<UnreadableConnector>,
    },
    /// Perhaps not all connectors of the Harness account are seen.
    UnseenConnectors {
        /// How much is known of that.
        view: ConnectorView,
    },
}

impl Diagnostic {
    /// What is said of connectors that cannot be read, if there are any.
    pub(crate) fn of_unreadable(connectors: &[UnreadableConnector]) -> Option<Self> {
        (!connectors.is_empty()).then(|| Self::UnreadableConnectors { connectors: connectors.to_vec() })
    }
}

/// A field that Terraform's provider leaves empty or does not send (provider 0.45.1). Nor does it send a credential, but one that is not
/// there is no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOut {
    /// `curAttributes`: a report of two empty texts.
    Report,
    /// `autostoppingFeatures`, where optimization is enabled.
    AutoStopping,
    /// `commitmentFeatures`, where commitments are orchestrated.
    Commitment,
    /// `curAttributes.reportType`, with billing.
    ReportType,
    /// `isAWSGovCloudAccount`, where the role is in GovCloud.
    GovCloud,
}

impl LeftOut {
    pub(crate) const ALL: &'static [Self] =
        &[Self::Report, Self::AutoStopping, Self::Commitment, Self::ReportType, Self::GovCloud];

    /// The field, by its name in Harness' API.
    pub fn field(self) -> &'static str {
        match self {
            Self::Report => "curAttributes",
            Self::AutoStopping => "autostoppingFeatures",
            Self::Commitment => "commitmentFeatures",
            Self::ReportType => "curAttributes.reportType",
            Self::GovCloud => "isAWSGovCloudAccount",
        }
    }
}

/// Why a rule can never match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unreachable {
    /// It allows a tag no value.
    NoTagValue {
        /// The tag.
        key: String,
    },
    /// One rule before it takes every account that it could take.
    Covered {
        /// The rule before it.
        by: String,
    },
    /// Several rules before it together take every account that it names.
    CoveredTogether {
        /// The rules before it.
        by: Vec<String>,
    },
}

/// Why a rule matches none of the accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Idle {
    /// There are no accounts.
    EmptyListing,
    /// It names no account.
    EmptyList,
    /// It names only accounts that are not listed.
    NoneListed,
    /// Rules before it take the accounts that it would take.
    Taken {
        /// The rules, each with the number of accounts that it takes.
        by: BTreeMap<String, usize>,
    },
    /// No account satisfies one of its conditions.
    Condition {
        /// The condition.
        note: String,
    },
    /// Each condition is satisfied by some account, all together by none.
    Together,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listing { note } => f.write_str(note),
            Self::ListedTwice { accounts } => {
                write!(f, "withheld, since the source lists them more than once: {}", some_of(accounts))
            }
            Self::NoState { accounts } => write!(
                f,
                "withheld, since the source tells neither their State nor their Status: {}",
                some_of(accounts)
            ),
            Self::UnknownState { name, accounts } => write!(
                f,
                "withheld, since this version does not know their state {name:?}: {}",
                some_of(accounts)
            ),
            Self::UnknownPartition { name, accounts } => write!(
                f,
                "nothing is done, since this version does not know their partition {name}: {}",
                some_of(accounts)
            ),
            Self::Unnamed { name, accounts } => write!(
                f,
                "called aws<id>, since they lack {name}, which {} asks for (a default helps: ${{{name}|none}}): {}",
                Setting::NamingTemplate,
                some_of(accounts)
            ),
            Self::Unreachable { rule, why } => write!(f, "rule {rule:?} can never match: {why}"),
            Self::NotListed { rule, accounts } => {
                write!(f, "rule {rule:?} names accounts that are not in the listing: {}", some_of(accounts))
            }
            Self::Idle { rule, why } => write!(f, "rule {rule:?} matches no account: {why}"),
            Self::UndecidedRoute { route, accounts } => write!(
                f,
                "route {route:?} is not taken for accounts of which too little is known to judge it: {}",
                some_of(accounts)
            ),
            Self::IdleRoute { route } => write!(f, "route {route:?} leads to no account"),
            Self::LeftOutByTerraform { field, connectors } => write!(
                f,
                "{} connectors have no {}, as an update by Terraform's provider leaves them: {}",
                connectors.len(),
                field.field(),
                some_of(connectors)
            ),
            Self::CurrentRelease { release } => write!(
                f,
                "the current release of the permissions is {release}; with a later version of this program it may be another, and change every role: name one in {} to stay with it",
                Setting::RoleRelease
            ),
            Self::NeedsFlag { flag, connectors } => write!(
                f,
                "{} connectors need the feature flag {flag} on the Harness account, which Harness Support switches on: {}",
                connectors.len(),
                some_of(connectors)
            ),
            Self::UnreadableConnectors { connectors } => {
                write!(f, "left alone, and nothing is done in their accounts: {}", some_of(connectors))
            }
            Self::UnseenConnectors { view } => write!(
                f,
                "{view}: a connector that is not seen looks as if it were not there, so no role of ours loses anything; use a key that may view all of them"
            ),
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTagValue { key } => write!(f, "it allows the tag {key:?} no value"),
            Self::Covered { by } => {
                write!(f, "rule {by:?} before it takes every account that it could take")
            }
            Self::CoveredTogether { by } => {
                let names = by.iter().map(|rule| format!("{rule:?}"));
                write!(f, "rules {} before it take every account that it names", some_of(names))
            }
        }
    }
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyListing => f.write_str("the listing is empty"),
            Self::EmptyList => f.write_str("its list of accounts is empty"),
            Self::NoneListed => f.write_str("none of the accounts that it names is in the listing"),
            Self::Taken { by } => {
                let by = by.iter().map(|(rule, count)| format!("{rule:?} ({count})"));
                write!(f, "earlier rules take the accounts that it would take: {}", some_of(by))
            }
            Self::Condition { note } => write!(f, "no account satisfies {note}"),
            Self::Together => f.write_str("no account satisfies all its conditions at once"),
        }
    }
}
