use crate::services::iam::page::page;
use crate::services::iam::site::Site;
use crate::state::iam::CloudIam;
use crate::state::tags::CloudTags;
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

/// The maximum number for a role or policy.
const MOST: usize = 50;

/// Adds tags, unless a key repeats or breaks the rules, or there would be too many.
pub(super) fn add(to: &mut CloudTags, new: &[(&str, &str)]) -> Result<(), Failure> {
    let mut seen = CloudTags::default();
    for (key, value) in new {
        if !is_text(key, 1, 128) || key.to_lowercase().starts_with("aws:") {
            return Err(Failure::validation(
                "tags.1.member.key",
                key,
                "Member must satisfy the rules for tag keys",
            ));
        }
        if !is_text(value, 0, 256) {
            return Err(Failure::validation(
                "tags.1.member.value",
                value,
                "Member must satisfy the rules for tag values",
            ));
        }
        if seen.get(key).is_some() {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Failure::invalid_input(message));
        }
        seen.put(key, value);
        to.put(key, value);
    }
    if to.len() > MOST {
        return Err(Failure::limit_exceeded(format!(
            "The number of tags has reached the maximum limit: {MOST}"
        )));
    }
    Ok(())
}

fn is_text(text: &str, least: usize, most: usize) -> bool {
    let fits =
        |letter: char| letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter);
    (least..=most).contains(&text.chars().count()) && text.chars().all(fits)
}

pub(super) fn tag_role(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    add(&mut site.role_mut(iam)?.tags, &site.fields.tags())?;
    Ok(Xml::new())
}

pub(super) fn tag_policy(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    add(&mut site.policy_mut(iam)?.tags, &site.fields.tags())?;
    Ok(Xml::new())
}

pub(super) fn untag_role(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let role = site.role_mut(iam)?;
    site.fields.list("TagKeys").into_iter().for_each(|key| role.tags.remove(key));
    Ok(Xml::new())
}

pub(super) fn untag_policy(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    let policy = site.policy_mut(iam)?;
    site.fields.list("TagKeys").into_iter().for_each(|key| policy.tags.remove(key));
    Ok(Xml::new())
}

pub(super) fn of_role(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    listed(site, &site.role(iam)?.tags)
}

pub(super) fn of_policy(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    listed(site, &site.policy(iam)?.tags)
}

fn listed(site: &Site<'_>, tags: &CloudTags) -> Result<Xml, Failure> {
    page(site, tags.iter().collect(), |xml, tags: Vec<(&str, &str)>| {
        xml.list(
            "Tags",
            tags.into_iter().map(|(key, value)| Xml::new().text("Key", key).text("Value", value)),
        )
    })
}
