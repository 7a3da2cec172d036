//! The fields of a connector's JSON that are not read here.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::settings;

/// The fields of an object that are read here, or are Harness' own, except the settings: a tree of names.
struct Known(&'static [(&'static str, Option<Known>)]);

const KNOWN: Known = Known(&[
    ("accountIdentifier", None),
    ("description", None),
    ("identifier", None),
    ("name", None),
    ("orgIdentifier", None),
    ("parentUniqueId", None),
    ("projectIdentifier", None),
    ("spec", Some(SPEC)),
    ("tags", None),
    ("type", None),
    ("uniqueId", None),
]);

const SPEC: Known = Known(&[
    ("autostoppingFeatures", None),
    ("awsAccountId", None),
    ("commitmentFeatures", None),
    ("credential", Some(CREDENTIAL)),
    ("crossAccountAccess", Some(ACCESS)),
    ("curAttributes", Some(REPORT)),
    ("featuresEnabled", None),
    ("isAWSGovCloudAccount", None),
]);

const ACCESS: Known = Known(&[("crossAccountRoleArn", None), ("externalId", None)]);

/// Harness determines region and prefix itself.
const REPORT: Known = Known(&[
    ("region", None),
    ("reportName", None),
    ("reportType", None),
    ("s3BucketName", None),
    ("s3Prefix", None),
]);

const CREDENTIAL: Known =
    Known(&[("region", None), ("spec", Some(Known(&[("iamRoleArn", None)]))), ("type", None)]);

/// Returns the fields of the connector that have a value and that this version does not know, by their paths of names with
/// dots.
pub(crate) fn unmodelled(connector: &Value) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    collect(connector, &KNOWN, "", &mut fields);
    fields
}

fn collect(value: &Value, Known(known): &Known, path: &str, fields: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match known.iter().find(|(known, _)| known == name) {
            Some((_, Some(below))) => collect(value, below, &format!("{path}{name}."), fields),
            Some((_, None)) => {}
            None => {
                let path = format!("{path}{name}");
                if !says_nothing(value) && !settings::FIELDS.contains(&path.as_str()) {
                    fields.insert(path);
                }
            }
        }
    }
}

/// Whether a value counts as not set: a server writes unset fields in one of these ways.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_with_a_value_are_named_by_their_path() {
        let connector = json!({
            "name": "a", "description": "by hand", "owners": ["x"], "spec": {
                "later": {"inner": 1}, "off": false, "none": null, "empty": {"inner": ""},
                "crossAccountAccess": {"externalId": "x", "sourceIdentity": "y"},
                "credential": {"type": "Default", "spec": {"iamRoleArn": "x", "audience": "z"}},
                "curAttributes": {"region": "us-east-1", "kind": "hourly"},
                "featuresEnabled": ["VISIBILITY"],
            },
        });
        let expected = [
            "owners",
            "spec.credential.spec.audience",
            "spec.crossAccountAccess.sourceIdentity",
            "spec.curAttributes.kind",
            "spec.later",
        ];
        assert_eq!(unmodelled(&connector).into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(unmodelled(&Value::Null), BTreeSet::new());
    }
}
