use crate::wire::call::{AwsCall, AwsService};
use crate::wire::failure::Failure;

/// The kind of policy that denies something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denier {
    /// A policy of the caller.
    IdentityPolicy,
    /// A policy of the thing, such as a trust policy.
    ResourcePolicy,
    /// A policy of the organization for who calls.
    ServiceControlPolicy,
    /// A policy of the organization for what is called.
    ResourceControlPolicy,
    /// The boundary of the caller.
    PermissionsBoundary,
    /// The policy of the caller's session.
    SessionPolicy,
    /// The policy of the way to AWS.
    VpcEndpointPolicy,
}

impl Denier {
    /// As AWS' messages call it.
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

    /// The end of the message where a statement denies it.
    pub(crate) fn explicitly(self) -> String {
        format!("with an explicit deny in {} {}", self.article(), self.name())
    }

    /// The end of the message where nothing allows it.
    pub(crate) fn implicitly(self, permission: &str) -> String {
        format!("because no {} allows the {permission} action", self.name())
    }
}

/// As AWS refuses a call for lack of a permission.
///
/// The forms are those of the IAM user guide, "Troubleshoot access denied error messages". `why` is their end; without one AWS
/// keeps its reason to itself.
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
