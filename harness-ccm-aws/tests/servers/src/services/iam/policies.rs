use crate::policy::syntax::{self, Use};
use crate::services::iam::page::page;
use crate::services::iam::shape;
use crate::services::iam::site::Site;
use crate::services::iam::tags;
use crate::state::iam::{CloudIam, CloudPolicy};
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

/// AWS' own policies have only a name here.
pub(super) fn get(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let arn = site.fields.need("PolicyArn")?;
    if iam.policy(arn).is_none() && site.has_policy(iam, arn) {
        let policy = CloudPolicy::new(arn.rsplit('/').next().unwrap_or_default(), "/", "{}");
        return Ok(Xml::new().within("Policy", &shape::policy(site, iam, &policy).text("Arn", arn)));
    }
    Ok(Xml::new().within("Policy", &shape::policy(site, iam, site.policy(iam)?)))
}

/// Customer-managed policies; those of AWS are not listed.
pub(super) fn list(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let prefix = site.fields.get("PathPrefix").unwrap_or("/");
    let policies = iam.all_policies().filter(|policy| policy.path.starts_with(prefix)).collect();
    page(site, policies, |xml, policies: Vec<&CloudPolicy>| {
        xml.list("Policies", policies.into_iter().map(|policy| shape::listed_policy(site, iam, policy)))
    })
}

pub(super) fn create(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let fields = site.fields;
    let (name, path) = (fields.name("PolicyName", 128)?, fields.path()?);
    let document = document(site, iam)?;
    if iam.policies.contains_key(&name.to_lowercase()) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Failure::already_exists(message));
    }
    let quota = iam.quota("PoliciesQuota");
    if iam.all_policies().count() >= quota {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {quota}")));
    }
    let mut policy = CloudPolicy::new(name, path, document);
    policy.description = fields.get("Description").map(str::to_owned);
    tags::add(&mut policy.tags, &fields.tags())?;
    let answer = Xml::new().within("Policy", &shape::policy(site, iam, &policy));
    iam.put_policy(policy);
    Ok(answer)
}

pub(super) fn delete(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let policy = site.policy(iam)?;
    let arn = site.arn("policy", &policy.path, &policy.name);
    let is_held = |role: &crate::state::iam::CloudRole| {
        role.attached.contains(&arn) || role.boundary.as_deref() == Some(&arn)
    };
    if iam.all_roles().any(is_held) {
        return Err(Failure::delete_conflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
        return Err(Failure::delete_conflict(message));
    }
    let name = policy.name.to_lowercase();
    iam.policies.remove(&name);
    Ok(Xml::new())
}

/// The document of the call, if it is one and not too long.
pub(super) fn document(site: &Site<'_>, iam: &CloudIam) -> Result<String, Failure> {
    let text = site.fields.need("PolicyDocument")?;
    syntax::check(text, Use::Identity)?;
    let most = iam.quota("PolicySizeQuota");
    if syntax::size(text) > most {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for PolicySize: {most}")));
    }
    Ok(text.to_owned())
}
