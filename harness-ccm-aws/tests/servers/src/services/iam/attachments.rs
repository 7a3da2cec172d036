use crate::services::iam::page::page;
use crate::services::iam::site::Site;
use crate::state::iam::CloudIam;
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

pub(super) fn list(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let attached = site.role(iam)?.attached.iter().collect();
    page(site, attached, |xml, attached: Vec<&String>| {
        let item = |arn: &String| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            Xml::new().text("PolicyName", name).text("PolicyArn", arn)
        };
        xml.list("AttachedPolicies", attached.into_iter().map(item))
    })
}

/// A second attachment has no effect.
pub(super) fn attach(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let arn = site.fields.need("PolicyArn")?;
    site.role(iam)?;
    if !site.has_policy(iam, arn) {
        return Err(Failure::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")));
    }
    let quota = iam.quota("AttachedPoliciesPerRoleQuota");
    let role = site.role_mut(iam)?;
    role.attached.insert(arn.to_owned());
    if role.attached.len() > quota {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for PoliciesPerRole: {quota}")));
    }
    Ok(Xml::new())
}

pub(super) fn detach(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let arn = site.fields.need("PolicyArn")?;
    if !site.role_mut(iam)?.attached.remove(arn) {
        return Err(Failure::no_such_entity(format!("Policy {arn} was not found.")));
    }
    Ok(Xml::new())
}

pub(super) fn profiles(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let role = site.role(iam)?;
    let holding = iam.profiles.iter().filter(|(_, held)| held.eq_ignore_ascii_case(&role.name));
    page(site, holding.map(|(name, _)| name).collect(), |xml, names: Vec<&String>| {
        let item = |name: &String| {
            Xml::new()
                .text("InstanceProfileName", name)
                .text("InstanceProfileId", "AIPALOCAL")
                .text("Arn", site.arn("instance-profile", "/", name))
                .text("Path", "/")
                .text("CreateDate", "2026-01-01T00:00:00Z")
                .list("Roles", [])
        };
        xml.list("InstanceProfiles", names.into_iter().map(item))
    })
}

pub(super) fn leave_profile(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let name = site.fields.name("InstanceProfileName", 128)?;
    let role = site.role(iam)?.name.clone();
    if iam.profiles.get(name).is_none_or(|held| !held.eq_ignore_ascii_case(&role)) {
        let message = format!("Instance Profile {name} cannot be found.");
        return Err(Failure::no_such_entity(message));
    }
    iam.profiles.remove(name);
    Ok(Xml::new())
}
