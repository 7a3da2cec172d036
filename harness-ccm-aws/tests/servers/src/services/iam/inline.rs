use crate::policy::syntax::{self, Use};
use crate::services::iam::page::page;
use crate::services::iam::shape::encoded;
use crate::services::iam::site::Site;
use crate::state::iam::CloudIam;
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

pub(super) fn get(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let (role, name) = (site.role(iam)?, site.fields.name("PolicyName", 128)?);
    let document = role.inline.get(name).ok_or_else(|| absent(name))?;
    Ok(Xml::new()
        .text("RoleName", &role.name)
        .text("PolicyName", name)
        .text("PolicyDocument", encoded(document)))
}

pub(super) fn list(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let names = site.role(iam)?.inline.keys().map(String::as_str).collect();
    page(site, names, |xml, names: Vec<&str>| xml.texts("PolicyNames", names))
}

pub(super) fn put(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let name = site.fields.name("PolicyName", 128)?;
    let document = site.fields.need("PolicyDocument")?;
    syntax::check(document, Use::Identity)?;
    let most = iam.quota("RolePolicySizeQuota");
    let role = site.role_mut(iam)?;
    role.inline.insert(name.to_owned(), document.to_owned());
    if role.inline.values().map(|text| syntax::size(text)).sum::<usize>() > most {
        let message = format!("Maximum policy size of {most} bytes exceeded for role {}", role.name);
        return Err(Failure::limit_exceeded(message));
    }
    Ok(Xml::new())
}

pub(super) fn delete(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let name = site.fields.name("PolicyName", 128)?;
    site.role_mut(iam)?.inline.remove(name).ok_or_else(|| absent(name))?;
    Ok(Xml::new())
}

fn absent(name: &str) -> Failure {
    Failure::no_such_entity(format!("The role policy with name {name} cannot be found."))
}
