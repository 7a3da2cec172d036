use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::connector::ConnectorDifference;
use crate::id::PolicyArn;
use crate::policy::{Permission, TrustFinding, counted};
use crate::setting::Setting;

/// One shortfall of a resource that another tool or a person made, judged by its effect and not by its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shortfall {
    /// A field of the connector.
    Connector(ConnectorDifference),
    /// The role's trust policy.
    Trust(TrustFinding),
    /// The role's trust policy, in a way that no finding describes.
    TrustDiffers,
    /// Permissions that the role certainly does not grant.
    NotGranted(BTreeSet<Permission>),
    /// Permissions of which it is unknown whether the role grants them.
    PerhapsNotGranted(BTreeSet<Permission>),
    /// A managed policy that is not attached to the role.
    NotAttached(PolicyArn),
    /// The permissions boundary differs from the desired one, or is missing.
    Boundary,
    /// The role has a permissions boundary that may remove desired permissions.
    BoundaryMayLimit(PolicyArn),
    /// The role allows shorter sessions than the connector requests. Both in seconds.
    MaxSession {
        /// The maximum that the role allows.
        allowed: u32,
        /// The duration that the connector requests.
        asked: u32,
    },
    /// A managed policy with a desired name carries no mark.
    UnmarkedPolicy(PolicyArn),
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(difference) => difference.fmt(f),
            Self::Trust(finding) => finding.fmt(f),
            Self::TrustDiffers => f.write_str("its trust policy differs"),
            Self::NotGranted(permissions) => write!(f, "does not grant {}", counted(permissions)),
            Self::PerhapsNotGranted(permissions) => {
                write!(f, "is not known to grant {}", counted(permissions))
            }
            Self::NotAttached(policy) => write!(f, "{} is not attached", policy.name()),
            Self::Boundary => f.write_str("the permissions boundary differs"),
            Self::BoundaryMayLimit(boundary) => write!(
                f,
                "has the permissions boundary {}, which may deny desired permissions: set {} to it if it does not",
                boundary.name(),
                Setting::RoleBoundary
            ),
            Self::MaxSession { allowed, asked } => {
                write!(f, "allows sessions of at most {allowed} seconds, the connector requests {asked}")
            }
            Self::UnmarkedPolicy(policy) => write!(f, "the managed policy {} carries no mark", policy.name()),
        }
    }
}
