use crate::services::iam::page::page;
use crate::services::iam::policies::document;
use crate::services::iam::shape::{encoded, version};
use crate::services::iam::site::Site;
use crate::state::iam::{CloudIam, CloudPolicy};
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

pub(super) fn get(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let policy = site.policy(iam)?;
    let number = number(site, policy)?;
    let xml = version(policy, number).text("Document", encoded(&policy.versions[&number]));
    Ok(Xml::new().within("PolicyVersion", &xml))
}

pub(super) fn list(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    let policy = site.policy(iam)?;
    page(site, policy.versions.keys().rev().copied().collect(), |xml, numbers: Vec<u32>| {
        xml.list("Versions", numbers.into_iter().map(|number| version(policy, number)))
    })
}

pub(super) fn create(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let document = document(site, iam)?;
    let quota = iam.quota("VersionsPerPolicyQuota");
    let policy = site.policy_mut(iam)?;
    if policy.versions.len() >= quota {
        let message = format!(
            "A managed policy can have up to {quota} versions. Before you create a new version, you must delete an existing version."
        );
        return Err(Failure::limit_exceeded(message));
    }
    policy.latest_version += 1;
    let number = policy.latest_version;
    policy.versions.insert(number, document);
    if site.fields.get("SetAsDefault") == Some("true") {
        policy.default_version = number;
    }
    Ok(Xml::new().within("PolicyVersion", &version(policy, number)))
}

pub(super) fn set_default(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let policy = site.policy_mut(iam)?;
    policy.default_version = number(site, policy)?;
    Ok(Xml::new())
}

pub(super) fn delete(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let policy = site.policy_mut(iam)?;
    let number = number(site, policy)?;
    if number == policy.default_version {
        return Err(Failure::delete_conflict("Cannot delete the default version of a policy."));
    }
    policy.versions.remove(&number);
    Ok(Xml::new())
}

/// The version that the call names, if it exists.
fn number(site: &Site<'_>, policy: &CloudPolicy) -> Result<u32, Failure> {
    let id = site.fields.need("VersionId")?;
    let number = id.strip_prefix('v').and_then(|digits| digits.parse().ok());
    number.filter(|number| policy.versions.contains_key(number)).ok_or_else(|| {
        let message = format!("Policy {} version {id} does not exist or is not attachable.", policy.name);
        Failure::no_such_entity(message)
    })
}
