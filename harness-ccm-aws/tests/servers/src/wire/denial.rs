use crate::wire::call::{AwsCall, AwsService};
use crate::wire::failure::Failure;

/// The kind of policy that denies something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denier {
    /// A policy of the caller.
    IdentityPolicy,
    /// A policy of the resource, such as a trust policy.
    ResourcePolicy,
    /// A policy of the organization for the caller.
    ServiceControlPolicy,
    /// A policy of the organization for the resource.
    ResourceControlPolicy,
    /// The boundary of the caller.
    PermissionsBoundary,
    /// The policy of the caller's session.
    SessionPolicy,
    /// The policy of the VPC endpoint.
    VpcEndpointPolicy,
}

impl Denier {
    /// Its name in AWS' messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdentityPolicy => "identity-based policy",
            Self::ResourcePolicy => "resource-based policy",
            Self::ServiceControlPolicy => "service control policy",
            Self::ResourceControlPolicy => "resource control policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::SessionPolicy => "session policy",
            Self::VpcEndpointPolicy => "VPC endpoint policy",
        }
    }

    fn article(self) -> &'static str {
        if self == Self::IdentityPolicy { "an" } else { "a" }
    }

    /// The end of the message if a statement denies it.
    pub(crate) fn explicitly(self) -> String {
        format!("with an explicit deny in {} {}", self.article(), self.name())
    }

    /// The end of the message if no statement allows it.
    pub(crate) fn implicitly(self, permission: &str) -> String {
        format!("because no {} allows the {permission} action", self.name())
    }
}

/// AWS' refusal of a call because of a missing permission.
///
/// The forms are those of the IAM user guide, "Troubleshoot access denied error messages". `why` is their end; without one AWS
/// does not give its reason.
pub(crate) fn denied(call: &AwsCall, permission: &str, resource: &str, why: &str) -> Failure {
    let mut message =
        format!("User: {} is not authorized to perform: {permission} on resource: {resource}", call.caller);
    if !why.is_empty() {
        message.push(' ');
        message.push_str(why);
    }
    match call.service {
        AwsService::Organizations => Failure::new(400, "AccessDeniedException", message),
        AwsService::Sts | AwsService::Iam => Failure::new(403, "AccessDenied", message),
    }
}
