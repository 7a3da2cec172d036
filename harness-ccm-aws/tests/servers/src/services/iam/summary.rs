use crate::state::iam::CloudIam;
use crate::wire::xml::Xml;

/// The counts and the quotas of the account.
pub(super) fn get(iam: &CloudIam) -> Xml {
    let mut all = iam.all_quotas();
    all.insert("Roles", iam.all_roles().count());
    all.insert("Policies", iam.all_policies().count());
    all.insert("InstanceProfiles", iam.profiles.len());
    let map = all.into_iter().fold(Xml::new(), |map, (key, value)| {
        map.within("entry", &Xml::new().text("key", key).text("value", value))
    });
    Xml::new().within("SummaryMap", &map)
}
