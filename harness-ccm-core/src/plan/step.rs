use std::fmt;

use serde::{Deserialize, Serialize};

use crate::backend::Expect;
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::event::Operation;
use crate::id::ConnectorId;
use crate::resource::Resource;
use crate::role::{RoleAddress, RoleSpec, RoleState};

/// One thing to do in one account.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// let plan = pipeline.plan().await?;
/// let (account, step) = plan.steps().next().ok_or("nothing to do")?;
/// println!("{account}: {} {}", step.operation().symbol(), step.action.resource());
/// assert!(!step.change().actions_added.is_empty(), "the role comes before the connector");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// Why. For people: applying never looks at it.
    pub reason: Reason,
}

impl Step {
    pub(super) fn new(action: Action, reason: Reason) -> Self {
        Self { action, reason }
    }

    /// What kind of change it is.
    pub fn operation(&self) -> Operation {
        match (self.reason, &self.action) {
            (Reason::Unfinished, _) => Operation::Finish,
            (
                _,
                Action::PutRole { expect: Expect::Absent, .. }
                | Action::PutConnector { expect: Expect::Absent, .. },
            ) => Operation::Create,
            (Reason::Adopt | Reason::Mark, _) => Operation::Adopt,
            (_, Action::PutRole { .. } | Action::PutConnector { .. }) => Operation::Update,
            (_, Action::RemoveConnector { .. } | Action::RemoveRole { .. }) => Operation::Remove,
        }
    }
}

/// A write, wholly decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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

impl Action {
    /// What it writes.
    pub fn resource(&self) -> Resource {
        match self {
            Self::PutRole { spec, .. } => Resource::Role(spec.address.arn.clone()),
            Self::PutConnector { spec, .. } => Resource::Connector(spec.id.clone()),
            Self::RemoveConnector { id, .. } => Resource::Connector(id.clone()),
            Self::RemoveRole { address, .. } => Resource::Role(address.arn.clone()),
        }
    }
}

/// Why a step is in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// It is nobody's and in sync: it gets the mark and stays as it is.
    Mark,
    /// What the role gains comes first, and what it loses in a later step, so that nothing is missing in between.
    Bridge,
    /// No rule desires it any more.
    Unwanted,
}

impl Reason {
    /// The reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unfinished => "left unfinished by an earlier run",
            Self::Drift => "differs",
            Self::Adopt => "adopted",
            Self::Mark => "marked as ours, otherwise as it is",
            Self::Bridge => "widened before anything goes",
            Self::Unwanted => "no longer wanted",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
