use std::fmt;

use serde::{Deserialize, Serialize};

use crate::backend::Expect;
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::event::Operation;
use crate::id::ConnectorId;
use crate::resource::Resource;
use crate::role::{RoleAddress, RoleSpec, RoleState};

/// One write in one account.
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
    /// The write.
    pub action: Action,
    /// The reason for the step, for people. Applying a plan does not use the reason.
    pub reason: Reason,
}

impl Step {
    pub(super) fn new(action: Action, reason: Reason) -> Self {
        Self { action, reason }
    }

    /// Returns the kind of change.
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

/// A write with all its details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Create or change the role to match `spec`.
    PutRole {
        /// The desired role.
        spec: Box<RoleSpec>,
        /// The expected state.
        expect: Expect<RoleState>,
    },
    /// Create or change the connector to match `spec`.
    PutConnector {
        /// The desired connector.
        spec: Box<ConnectorSpec>,
        /// The expected state.
        expect: Expect<ConnectorState>,
    },
    /// Remove the connector.
    RemoveConnector {
        /// The identifier of the connector.
        id: ConnectorId,
        /// The expected state.
        expected: Box<ConnectorState>,
    },
    /// Remove the role.
    RemoveRole {
        /// The address of the role.
        address: Box<RoleAddress>,
        /// The expected state.
        expected: Box<RoleState>,
    },
}

impl Action {
    /// Returns the resource that the action writes.
    pub fn resource(&self) -> Resource {
        match self {
            Self::PutRole { spec, .. } => Resource::Role(spec.address.arn.clone()),
            Self::PutConnector { spec, .. } => Resource::Connector(spec.id.clone()),
            Self::RemoveConnector { id, .. } => Resource::Connector(id.clone()),
            Self::RemoveRole { address, .. } => Resource::Role(address.arn.clone()),
        }
    }
}

/// The reason for a step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The resource does not exist.
    Missing,
    /// An interrupted run of ours left the resource half created, and nothing uses the resource yet.
    Unfinished,
    /// The resource is ours and differs from the desired state.
    Drift,
    /// The resource is unmarked and differs from the desired state, and the options permit adoption.
    Adopt,
    /// The resource is unmarked and in sync. It gets the owner mark and otherwise stays unchanged.
    Mark,
    /// The role first gains permissions, and loses others in a later step, so that no permission is missing in between.
    Bridge,
    /// No rule requires the resource any more.
    Unwanted,
}

impl Reason {
    /// Returns the reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unfinished => "left unfinished by an earlier run",
            Self::Drift => "differs",
            Self::Adopt => "adopted",
            Self::Mark => "marked as ours, otherwise unchanged",
            Self::Bridge => "extended first, reduced later",
            Self::Unwanted => "no longer desired",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
