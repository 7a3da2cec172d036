use crate::services::iam::page::page;
use crate::services::iam::shape;
use crate::services::iam::site::Site;
use crate::services::iam::tags;
use crate::state::iam::{CloudIam, CloudRole};
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

pub(super) fn get(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    Ok(Xml::new().within("Role", &shape::role(site, site.role(iam)?)))
}

pub(super) fn list(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let prefix = site.fields.get("PathPrefix").unwrap_or("/");
    let roles =
        iam.all_roles().filter(|role| format!("{}{}", role.path, role.name).starts_with(prefix)).collect();
    page(site, roles, |xml, roles: Vec<&CloudRole>| {
        xml.list("Roles", roles.into_iter().map(|role| shape::listed_role(site, role)))
    })
}

pub(super) fn create(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let fields = site.fields;
    let (name, path) = (fields.name("RoleName", 64)?, fields.path()?);
    let trust = site.trust(iam, fields.need("AssumeRolePolicyDocument")?)?;
    if iam.role(name).is_some() {
        return Err(Failure::already_exists(format!("Role with name {name} already exists.")));
    }
    let quota = iam.quota("RolesQuota");
    if iam.all_roles().count() >= quota {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for RolesPerAccount: {quota}")));
    }
    let mut role = CloudRole::new(name, trust);
    path.clone_into(&mut role.path);
    role.boundary = boundary(site, iam)?;
    role.description = fields.get("Description").map(str::to_owned);
    role.max_session = max_session(site)?.unwrap_or(role.max_session);
    tags::add(&mut role.tags, &fields.tags())?;
    let answer = Xml::new().within("Role", &shape::role(site, &role));
    iam.put_role(role);
    Ok(answer)
}

/// A value that the call leaves out does not change.
pub(super) fn update(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let max_session = max_session(site)?;
    let role = site.role_mut(iam)?;
    role.max_session = max_session.unwrap_or(role.max_session);
    if let Some(description) = site.fields.get("Description") {
        role.description = Some(description.to_owned());
    }
    Ok(Xml::new())
}

pub(super) fn update_trust(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let trust = site.trust(iam, site.fields.need("PolicyDocument")?)?;
    site.role_mut(iam)?.trust = trust;
    Ok(Xml::new())
}

pub(super) fn put_boundary(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    site.fields.need("PermissionsBoundary")?;
    site.role(iam)?;
    let boundary = boundary(site, iam)?;
    site.role_mut(iam)?.boundary = boundary;
    Ok(Xml::new())
}

pub(super) fn delete_boundary(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let role = site.role_mut(iam)?;
    if role.boundary.take().is_none() {
        let message = format!("Role {} does not have a permissions boundary.", role.name);
        return Err(Failure::no_such_entity(message));
    }
    Ok(Xml::new())
}

pub(super) fn delete(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let role = site.role_mut(iam)?.clone();
    let in_the_way = if iam.profiles.values().any(|held| held.eq_ignore_ascii_case(&role.name)) {
        Some("remove roles from instance profile")
    } else if !role.attached.is_empty() {
        Some("detach all policies")
    } else if role.inline.is_empty() {
        None
    } else {
        Some("delete policies")
    };
    if let Some(first) = in_the_way {
        return Err(Failure::delete_conflict(format!("Cannot delete entity, must {first} first.")));
    }
    iam.remove_role(&role.name);
    Ok(Xml::new())
}

/// The boundary that the call names, if such a policy exists.
fn boundary(site: &Site<'_>, iam: &CloudIam) -> Result<Option<String>, Failure> {
    let Some(arn) = site.fields.get("PermissionsBoundary") else { return Ok(None) };
    if site.has_policy(iam, arn) {
        return Ok(Some(arn.to_owned()));
    }
    Err(Failure::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")))
}

fn max_session(site: &Site<'_>) -> Result<Option<u64>, Failure> {
    let Some(seconds) = site.fields.number("MaxSessionDuration")? else { return Ok(None) };
    if (3_600..=43_200).contains(&seconds) {
        return Ok(Some(seconds));
    }
    let rule = "Member must have value between 3600 and 43200";
    Err(Failure::validation("maxSessionDuration", &seconds.to_string(), rule))
}
