use std::fmt;

use serde::Serialize;

use crate::account::Account;
use crate::id::ConnectorId;
use crate::plan::{AccountPlan, WithheldReason};

/// An account that fits none of the rules of a draft as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Exception {
    /// The account's name, if it is listed.
    pub name: Option<String>,
    /// The rule that takes it in, if one does.
    pub rule: Option<String>,
    /// What does not fit.
    pub kind: ExceptionKind,
}

/// What of an account does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExceptionKind {
    /// It has no connector, and its rule would give it one.
    NoConnector,
    /// It has another role or connector than its rule gives.
    Differs {
        /// In what, a line each.
        in_what: Vec<String>,
    },
    /// It has a connector, and is not among the accounts.
    NotListed {
        /// Its connectors.
        connectors: Vec<ConnectorId>,
    },
    /// It has a connector, and no rule takes it in.
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

/// What a plan has to do or withholds in an account, a line each.
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
                write!(f, "is not listed, and has the connector {}", list(connectors))
            }
            Self::NoRule { connectors } => {
                write!(f, "has the connector {}, and no rule takes it in", list(connectors))
            }
        }
    }
}
