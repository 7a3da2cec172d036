//! Roles and policies as in responses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::services::iam::site::Site;
use crate::state::iam::{CloudIam, CloudPolicy, CloudRole};
use crate::state::tags::CloudTags;
use crate::wire::xml::Xml;

/// The characters that RFC 3986 leaves unescaped.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Times of creation have no effect here.
const DATE: &str = "2026-01-01T00:00:00Z";

/// A policy document as IAM sends it.
pub(super) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}

pub(super) fn tags(xml: Xml, tags: &CloudTags) -> Xml {
    xml.list("Tags", tags.iter().map(|(key, value)| Xml::new().text("Key", key).text("Value", value)))
}

/// A role as in lists: without tags and boundary.
pub(super) fn listed_role(site: &Site<'_>, role: &CloudRole) -> Xml {
    Xml::new()
        .text("Path", &role.path)
        .text("RoleName", &role.name)
        .text("RoleId", "AROALOCAL")
        .text("Arn", site.arn("role", &role.path, &role.name))
        .text("CreateDate", DATE)
        .text("AssumeRolePolicyDocument", encoded(&role.trust))
        .maybe("Description", role.description.as_ref())
        .text("MaxSessionDuration", role.max_session)
}

pub(super) fn role(site: &Site<'_>, role: &CloudRole) -> Xml {
    let mut xml = listed_role(site, role);
    if let Some(arn) = &role.boundary {
        let boundary =
            Xml::new().text("PermissionsBoundaryType", "Policy").text("PermissionsBoundaryArn", arn);
        xml = xml.within("PermissionsBoundary", &boundary);
    }
    tags(xml, &role.tags)
}

pub(super) fn listed_policy(site: &Site<'_>, iam: &CloudIam, policy: &CloudPolicy) -> Xml {
    let arn = site.arn("policy", &policy.path, &policy.name);
    let holders = iam.all_roles().filter(|role| role.attached.contains(&arn)).count();
    Xml::new()
        .text("PolicyName", &policy.name)
        .text("PolicyId", "ANPALOCAL")
        .text("Arn", &arn)
        .text("Path", &policy.path)
        .text("DefaultVersionId", format!("v{}", policy.default_version))
        .text("AttachmentCount", holders)
        .text("IsAttachable", true)
        .text("CreateDate", DATE)
        .text("UpdateDate", DATE)
}

pub(super) fn policy(site: &Site<'_>, iam: &CloudIam, policy: &CloudPolicy) -> Xml {
    let xml = listed_policy(site, iam, policy).maybe("Description", policy.description.as_ref());
    tags(xml, &policy.tags)
}

pub(super) fn version(policy: &CloudPolicy, number: u32) -> Xml {
    Xml::new()
        .text("VersionId", format!("v{number}"))
        .text("IsDefaultVersion", number == policy.default_version)
        .text("CreateDate", DATE)
}
