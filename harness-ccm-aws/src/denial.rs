//! The details of a refusal by IAM: the missing permission, and the kind of policy that refused it.

use std::fmt;

use harness_ccm_core::setting::Setting;

/// A refusal, in the wording of the IAM user guide ("Troubleshoot access denied error messages").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The permission, which may differ from the call: `iam:TagRole` in a `CreateRole` with tags.
    action: String,
    /// The kind of policy; AWS may not name it.
    by: Option<DenyingPolicy>,
    /// Whether a statement denies it; otherwise no statement allows it.
    explicit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DenyingPolicy {
    Identity,
    Resource,
    ServiceControl,
    ResourceControl,
    PermissionsBoundary,
    Session,
    VpcEndpoint,
}

impl DenyingPolicy {
    const ALL: [Self; 7] = [
        Self::Identity,
        Self::Resource,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::PermissionsBoundary,
        Self::Session,
        Self::VpcEndpoint,
    ];

    /// Its name at AWS.
    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Session => "session policy",
            Self::VpcEndpoint => "VPC endpoint policy",
        }
    }
}

/// The conditions that a policy can set for a call that creates or changes a resource: visible tags or the boundary.
const MAKING: [&str; 7] = [
    "iam:AttachRolePolicy",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagPolicy",
    "iam:TagRole",
];

impl Denial {
    /// Reads a message of AWS; `None` for any other message.
    pub(crate) fn parse(said: &str) -> Option<Self> {
        let (_, rest) = said.split_once("not authorized to perform: ")?;
        let (action, why) = rest.split_once(' ').unwrap_or((rest, ""));
        let by = DenyingPolicy::ALL.into_iter().find(|policy| why.contains(policy.name()));
        Some(Self { action: action.to_owned(), by, explicit: why.contains("explicit deny") })
    }

    /// Returns the remedy: first the usual conditions of policies of organizations, last an exemption.
    pub(crate) fn remedy(&self) -> String {
        let Self { action, by, explicit } = self;
        let last = match by {
            Some(DenyingPolicy::Session) => {
                return format!("the session may not do this: set {} to false", Setting::RestrictSession);
            }
            Some(DenyingPolicy::VpcEndpoint) => {
                return format!("allow {action} in the policy of the VPC endpoint for IAM");
            }
            Some(DenyingPolicy::ServiceControl | DenyingPolicy::ResourceControl) => {
                "have the bootstrap role exempted in that policy; a policy that allows only some regions must exempt IAM, which is a global service".to_owned()
            }
            Some(DenyingPolicy::PermissionsBoundary) => {
                format!("allow {action} in the permissions boundary of the bootstrap role")
            }
            Some(DenyingPolicy::Identity | DenyingPolicy::Resource) if *explicit => {
                format!("have the bootstrap role exempted from the statement that denies {action}")
            }
            Some(DenyingPolicy::Identity | DenyingPolicy::Resource) | None => {
                format!("allow the bootstrap role {action}")
            }
        };
        if !MAKING.contains(&action.as_str()) {
            return last;
        }
        format!(
            "such policies often require certain tags: set them in {}; or a permissions boundary: set it in {}; if it is neither, {last}",
            Setting::Tags,
            Setting::RoleBoundary
        )
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, by, explicit } = self;
        let article = if *by == Some(DenyingPolicy::Identity) { "an" } else { "a" };
        match (by.map(DenyingPolicy::name), explicit) {
            (Some(policy), true) => write!(f, "{action} is denied by a statement in {article} {policy}"),
            (Some(policy), false) => write!(f, "no {policy} allows {action}"),
            (None, _) => {
                write!(f, "{action} is not allowed, and AWS does not name the kind of policy that denies it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(why: &str) -> String {
        let said = format!(
            "User: arn:aws:sts::1:assumed-role/A/b is not authorized to perform: iam:TagRole on resource: arn:aws:iam::1:role/X{why}"
        );
        Denial::parse(&said).unwrap().to_string()
    }

    #[test]
    fn action_and_kind_of_policy_are_what_aws_says() {
        let told: Vec<_> = [
            "",
            " because no identity-based policy allows the iam:TagRole action",
            " with an explicit deny in an identity-based policy",
            " because no service control policy allows the iam:TagRole action",
            " with an explicit deny in a service control policy",
            " with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-a/service_control_policy/p-b",
            " with an explicit deny in a resource control policy",
            " because no permissions boundary allows the iam:TagRole action",
            " because no session policy allows the iam:TagRole action",
            " because no VPC endpoint policy allows the iam:TagRole action",
        ]
        .map(told)
        .into();
        insta::assert_snapshot!(told.join("\n"), @r"
        iam:TagRole is not allowed, and AWS does not name the kind of policy that denies it
        no identity-based policy allows iam:TagRole
        iam:TagRole is denied by a statement in an identity-based policy
        no service control policy allows iam:TagRole
        iam:TagRole is denied by a statement in a service control policy
        iam:TagRole is denied by a statement in a service control policy
        iam:TagRole is denied by a statement in a resource control policy
        no permissions boundary allows iam:TagRole
        no session policy allows iam:TagRole
        no VPC endpoint policy allows iam:TagRole
        ");
        assert_eq!(Denial::parse("access is denied"), None);
    }

    #[test]
    fn usual_conditions_come_first_and_an_exemption_last() {
        for policy in ["service control policy", "permissions boundary", "identity-based policy"] {
            let said = format!(
                "User: a is not authorized to perform: iam:CreateRole on resource: b with an explicit deny in a {policy}"
            );
            let remedy = Denial::parse(&said).unwrap().remedy();
            let at = |part: &str| remedy.find(part).unwrap_or_else(|| panic!("{part} is not in {remedy}"));
            assert!(
                at("`tags`") < at("`role-boundary`") && at("`role-boundary`") < at("if it is neither"),
                "{remedy}"
            );
        }
        let read = "User: a is not authorized to perform: iam:GetRole on resource: b";
        assert_eq!(Denial::parse(read).unwrap().remedy(), "allow the bootstrap role iam:GetRole");
    }
}
