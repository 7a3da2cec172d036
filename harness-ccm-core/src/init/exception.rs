use std::fmt;

use serde::Serialize;

use crate::account::Account;
use crate::id::ConnectorId;
use crate::plan::{AccountPlan, WithheldReason};

/// An account that differs from every rule of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Exception {
    /// The account's name, if it is listed.
    pub name: Option<String>,
    /// The rule that selects it, if there is one.
    pub rule: Option<String>,
    /// The difference.
    pub kind: ExceptionKind,
}

/// The kind of difference between an account and the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExceptionKind {
    /// The account has no connector, but its rule would create one.
    NoConnector,
    /// The account has another role or connector than its rule gives.
    Differs {
        /// The differences, one per line.
        in_what: Vec<String>,
    },
    /// The account has a connector, but is not listed.
    NotListed {
        /// Its connectors.
        connectors: Vec<ConnectorId>,
    },
    /// The account has a connector, but no rule selects it.
    NoRule {
        /// Its connectors.
        connectors: Vec<ConnectorId>,
    },
}

impl Exception {
    pub(super) fn new(account: Option<&Account>, rule: Option<&str>, kind: ExceptionKind) -> Self {
        let name = account.map(|account| account.name.clone());
        Self { name, rule: rule.map(str::to_owned), kind }
    }
}

/// The steps and withheld resources of an account, one per line.
pub(super) fn differences(plan: &AccountPlan) -> Vec<String> {
    let steps = plan.steps.iter().flat_map(|step| {
        let resource = step.action.resource();
        step.describe().into_iter().map(move |line| format!("{resource}: {line}"))
    });
    let waits = |reason: &WithheldReason| matches!(reason, WithheldReason::WaitsFor { .. });
    let withheld = plan.withheld.iter().filter(|withheld| !waits(&withheld.reason));
    steps.chain(withheld.map(|withheld| format!("{}: {}", withheld.resource, withheld.reason))).collect()
}

impl fmt::Display for ExceptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |connectors: &[ConnectorId]| {
            connectors.iter().map(ConnectorId::as_str).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::NoConnector => f.write_str("has no connector yet"),
            Self::Differs { in_what } => write!(f, "differs: {}", in_what.join("; ")),
            Self::NotListed { connectors } => {
                write!(f, "is not listed, but has the connector {}", list(connectors))
            }
            Self::NoRule { connectors } => {
                write!(f, "has the connector {}, but no rule selects it", list(connectors))
            }
        }
    }
}
