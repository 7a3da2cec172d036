use crate::backend::Expect;
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::id::{AccountId, ConnectorId};
use crate::resource::Resource;
use crate::role::{RoleAddress, RoleSpec, RoleState};

/// A write request to a backend.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Write<'a> {
    /// Bring a role to the state of `spec`.
    PutRole {
        /// The desired role.
        spec: &'a RoleSpec,
        /// The expected current state.
        expect: &'a Expect<RoleState>,
    },
    /// Remove a role.
    RemoveRole {
        /// The address of the role.
        address: &'a RoleAddress,
        /// The expected current state.
        expected: &'a RoleState,
    },
    /// Bring a connector to the state of `spec`.
    PutConnector {
        /// The desired connector.
        spec: &'a ConnectorSpec,
        /// The expected current state.
        expect: &'a Expect<ConnectorState>,
    },
    /// Remove a connector.
    RemoveConnector {
        /// The connector.
        id: &'a ConnectorId,
        /// The expected current state.
        expected: &'a ConnectorState,
    },
}

impl Write<'_> {
    /// The operation, such as `put_role`.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::PutRole { .. } => "put_role",
            Self::RemoveRole { .. } => "remove_role",
            Self::PutConnector { .. } => "put_connector",
            Self::RemoveConnector { .. } => "remove_connector",
        }
    }

    /// The AWS account of the write; `None` for a connector that names no account.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::PutRole { spec, .. } => Some(spec.address.account()),
            Self::RemoveRole { address, .. } => Some(address.account()),
            Self::PutConnector { spec, .. } => Some(spec.account()),
            Self::RemoveConnector { expected, .. } => expected.account.as_ref(),
        }
    }

    /// The role or connector that is written.
    pub fn resource(&self) -> Resource {
        match self {
            Self::PutRole { spec, .. } => spec.address.arn.clone().into(),
            Self::RemoveRole { address, .. } => address.arn.clone().into(),
            Self::PutConnector { spec, .. } => spec.id.clone().into(),
            Self::RemoveConnector { id, .. } => (*id).clone().into(),
        }
    }
}
