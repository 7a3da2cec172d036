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

/// A note for the user about a listing or the rules. It does not stop the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Diagnostic {
    /// A note of the source about its listing.
    Listing {
        /// The note.
        note: String,
    },
    /// The source lists accounts more than once. They are withheld.
    ListedTwice {
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// The source does not return the state of some accounts. They are withheld.
    NoState {
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// This version does not know the state of some accounts. They are withheld.
    UnknownState {
        /// The state, as the source returns it.
        name: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// This version does not know the partition of some accounts. Nothing is done in them.
    UnknownPartition {
        /// The partition, as in their ARNs.
        name: Partition,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// Accounts do not have a value that the naming template needs, so their connectors are named after the account
    /// id.
    Unnamed {
        /// The missing value, as in the template.
        name: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// A rule can never match any account.
    Unreachable {
        /// The rule.
        rule: String,
        /// The reason.
        why: Unreachable,
    },
    /// A rule names accounts that are missing from the listing.
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
        /// The reason.
        why: Idle,
    },
    /// Too little is known about some accounts to decide whether a route applies to them. It is not used.
    UndecidedRoute {
        /// The route.
        route: String,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// A route applies to no account.
    IdleRoute {
        /// The route.
        route: String,
    },
    /// Connectors are missing a field, as after an update by the Terraform provider, which does not know the field and replaces
    /// the whole connector.
    LeftOutByTerraform {
        /// The field.
        field: LeftOut,
        /// The connectors.
        connectors: Vec<ConnectorId>,
    },
    /// The intent uses the newest release of the permissions.
    CurrentRelease {
        /// The newest release at present.
        release: Release,
    },
    /// Connectors use a function that Harness enables for each Harness account.
    NeedsFlag {
        /// The feature flag.
        flag: HarnessFlag,
        /// The connectors.
        connectors: Vec<ConnectorId>,
    },
    /// Connectors that cannot be read are not changed.
    UnreadableConnectors {
        /// The connectors.
        connectors: Vec<UnreadableConnector>,
    },
    /// The API key may not see all connectors of the Harness account.
    UnseenConnectors {
        /// What is known about the view.
        view: ConnectorView,
    },
}

impl Diagnostic {
    /// The diagnostic about unreadable connectors, if there are any.
    pub(crate) fn of_unreadable(connectors: &[UnreadableConnector]) -> Option<Self> {
        (!connectors.is_empty()).then(|| Self::UnreadableConnectors { connectors: connectors.to_vec() })
    }
}

/// A field that the Terraform provider leaves empty or does not send (provider 0.45.1). It does not send a credential either, but
/// a missing credential leaves no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOut {
    /// `curAttributes`: a report of two empty texts.
    Report,
    /// `autostoppingFeatures`, if optimization is enabled.
    AutoStopping,
    /// `commitmentFeatures`, if commitments are orchestrated.
    Commitment,
    /// `curAttributes.reportType`, with billing.
    ReportType,
    /// `isAWSGovCloudAccount`, if the role is in GovCloud.
    GovCloud,
}

impl LeftOut {
    pub(crate) const ALL: &'static [Self] =
        &[Self::Report, Self::AutoStopping, Self::Commitment, Self::ReportType, Self::GovCloud];

    /// The field's name in Harness' API.
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

/// The reason why a rule can never match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unreachable {
    /// It does not allow any value for a tag.
    NoTagValue {
        /// The tag.
        key: String,
    },
    /// An earlier rule matches every account that it could match.
    Covered {
        /// The earlier rule.
        by: String,
    },
    /// Several earlier rules together match every account that it names.
    CoveredTogether {
        /// The earlier rules.
        by: Vec<String>,
    },
}

/// The reason why a rule matches none of the accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Idle {
    /// The listing has no accounts.
    EmptyListing,
    /// The rule names no account.
    EmptyList,
    /// The rule names only accounts that are not listed.
    NoneListed,
    /// Earlier rules match the accounts that it would match.
    Taken {
        /// The earlier rules, each with the number of accounts that it matches.
        by: BTreeMap<String, usize>,
    },
    /// No account satisfies one of its conditions.
    Condition {
        /// The condition.
        note: String,
    },
    /// Each condition is satisfied by some account, but no account satisfies all of them.
    Together,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listing { note } => f.write_str(note),
            Self::ListedTwice { accounts } => {
                write!(f, "withheld, because the source lists them more than once: {}", some_of(accounts))
            }
            Self::NoState { accounts } => write!(
                f,
                "withheld, because the source returns neither their State nor their Status: {}",
                some_of(accounts)
            ),
            Self::UnknownState { name, accounts } => write!(
                f,
                "withheld, because this version does not know their state {name:?}: {}",
                some_of(accounts)
            ),
            Self::UnknownPartition { name, accounts } => write!(
                f,
                "nothing is done, because this version does not know their partition {name}: {}",
                some_of(accounts)
            ),
            Self::Unnamed { name, accounts } => write!(
                f,
                "named aws<id>, because they do not have {name}, which {} uses (set a default: ${{{name}|none}}): {}",
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
                "route {route:?} is not used for accounts about which too little is known: {}",
                some_of(accounts)
            ),
            Self::IdleRoute { route } => write!(f, "route {route:?} applies to no account"),
            Self::LeftOutByTerraform { field, connectors } => write!(
                f,
                "{} connectors have no {}, as after an update by the Terraform provider: {}",
                connectors.len(),
                field.field(),
                some_of(connectors)
            ),
            Self::CurrentRelease { release } => write!(
                f,
                "the current release of the permissions is {release}; a later version of this program may use another one and change every role: set {} to a fixed release to keep it",
                Setting::RoleRelease
            ),
            Self::NeedsFlag { flag, connectors } => write!(
                f,
                "{} connectors need the feature flag {flag} on the Harness account, which Harness Support enables: {}",
                connectors.len(),
                some_of(connectors)
            ),
            Self::UnreadableConnectors { connectors } => {
                write!(f, "left alone, and nothing is done in their accounts: {}", some_of(connectors))
            }
            Self::UnseenConnectors { view } => write!(
                f,
                "{view}: a hidden connector looks as if it did not exist, so our roles keep all their permissions; use a key that may view all connectors"
            ),
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTagValue { key } => write!(f, "it does not allow any value for the tag {key:?}"),
            Self::Covered { by } => {
                write!(f, "the earlier rule {by:?} matches every account that it could match")
            }
            Self::CoveredTogether { by } => {
                let names = by.iter().map(|rule| format!("{rule:?}"));
                write!(f, "the earlier rules {} match every account that it names", some_of(names))
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
                write!(f, "earlier rules match the accounts that it would match: {}", some_of(by))
            }
            Self::Condition { note } => write!(f, "no account satisfies {note}"),
            Self::Together => f.write_str("no account satisfies all its conditions at once"),
        }
    }
}
