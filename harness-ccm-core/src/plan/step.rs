use std::fmt;

use serde::{Deserialize, Serialize};

use crate::backend::Expect;
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::id::ConnectorId;
use crate::role::{RoleAddress, RoleSpec, RoleState};

/// One thing to do in one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// Why. For people: applying never looks at it.
    pub reason: Reason,
    /// What changes, in words. For people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
}

impl Step {
    pub(super) fn new(action: Action, reason: Reason, changes: Vec<String>) -> Self {
        Self { action, reason, changes }
    }

    /// `+` creates, or finishes what an earlier run began to create; `~` changes, `-` removes.
    pub fn symbol(&self) -> char {
        match (self.reason, &self.action) {
            (Reason::Unfinished, _)
            | (
                _,
                Action::PutRole { expect: Expect::Absent, .. }
                | Action::PutConnector { expect: Expect::Absent, .. },
            ) => '+',
            (_, Action::PutRole { .. } | Action::PutConnector { .. }) => '~',
            (_, Action::RemoveConnector { .. } | Action::RemoveRole { .. }) => '-',
        }
    }
}

/// A write, wholly decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make the role what `spec` says.
    PutRole {
        /// What it shall be.
        spec: Box<RoleSpec>,
        /// What is expected to be there.
        expect: Expect<RoleState>,
    },
    /// Make the connector what `spec` says.
    PutConnector {
        /// What it shall be.
        spec: Box<ConnectorSpec>,
        /// What is expected to be there.
        expect: Expect<ConnectorState>,
    },
    /// Remove the connector.
    RemoveConnector {
        /// Which.
        id: ConnectorId,
        /// What is expected to be there.
        expected: Box<ConnectorState>,
    },
    /// Remove the role.
    RemoveRole {
        /// Where it is.
        address: Box<RoleAddress>,
        /// What is expected to be there.
        expected: Box<RoleState>,
    },
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutRole { spec, .. } => write!(f, "role {}", spec.address.name()),
            Self::PutConnector { spec, .. } => write!(f, "connector {}", spec.id),
            Self::RemoveConnector { id, .. } => write!(f, "connector {id}"),
            Self::RemoveRole { address, .. } => write!(f, "role {}", address.name()),
        }
    }
}

/// Why a step is in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// It is not there.
    Missing,
    /// An earlier run of ours made it in part, and nothing uses it yet.
    Unfinished,
    /// It is ours and differs.
    Drift,
    /// It is nobody's and differs, and adopting was asked for.
    Adopt,
    /// What the role gains comes first, and what it loses in a later step, so that nothing is missing in between.
    Bridge,
    /// No rule wants it any more.
    Unwanted,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Unfinished => "left unfinished by an earlier run",
            Self::Drift => "differs",
            Self::Adopt => "adopted",
            Self::Bridge => "widened before anything goes",
            Self::Unwanted => "no longer wanted",
        })
    }
}
