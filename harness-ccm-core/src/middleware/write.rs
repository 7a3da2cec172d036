use crate::backend::Expect;
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::id::{AccountId, ConnectorId};
use crate::resource::Resource;
use crate::role::{RoleAddress, RoleSpec, RoleState};

/// A write that a backend was asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Write<'a> {
    /// Make a role what `spec` says.
    PutRole {
        /// What it shall be.
        spec: &'a RoleSpec,
        /// What is expected to be there.
        expect: &'a Expect<RoleState>,
    },
    /// Remove a role.
    RemoveRole {
        /// Where it is.
        address: &'a RoleAddress,
        /// What is expected to be there.
        expected: &'a RoleState,
    },
    /// Make a connector what `spec` says.
    PutConnector {
        /// What it shall be.
        spec: &'a ConnectorSpec,
        /// What is expected to be there.
        expect: &'a Expect<ConnectorState>,
    },
    /// Remove a connector.
    RemoveConnector {
        /// Which.
        id: &'a ConnectorId,
        /// What is expected to be there.
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

    /// The AWS account that it is about; `None` for a connector that names none.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::PutRole { spec, .. } => Some(spec.address.account()),
            Self::RemoveRole { address, .. } => Some(address.account()),
            Self::PutConnector { spec, .. } => Some(spec.account()),
            Self::RemoveConnector { expected, .. } => expected.account.as_ref(),
        }
    }

    /// What is written.
    pub fn resource(&self) -> Resource {
        match self {
            Self::PutRole { spec, .. } => spec.address.arn.clone().into(),
            Self::RemoveRole { address, .. } => address.arn.clone().into(),
            Self::PutConnector { spec, .. } => spec.id.clone().into(),
            Self::RemoveConnector { id, .. } => (*id).clone().into(),
        }
    }
}
