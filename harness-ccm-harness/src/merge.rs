//! Writes desired values into a connector's JSON and leaves everything else in it unchanged.

use std::collections::BTreeSet;

use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::feature::{Feature, Word};
use serde_json::{Map, Value, json};

use crate::settings;

/// Writes the fields that `spec` models into `connector`, the object as Harness returned it.
pub(crate) fn merge(connector: &mut Value, spec: &ConnectorSpec) {
    let connector = object(connector);
    connector.insert("name".into(), json!(spec.name));
    let tags = object(connector.entry("tags").or_insert(Value::Null));
    tags.extend(spec.all_tags().into_iter().map(|(key, value)| (key, Value::String(value))));

    let fields = object(connector.entry("spec").or_insert(Value::Null));
    let access = object(fields.entry("crossAccountAccess").or_insert(Value::Null));
    access.insert("crossAccountRoleArn".into(), json!(spec.role));
    access.insert("externalId".into(), json!(spec.external_id));
    fields.insert("awsAccountId".into(), json!(spec.account()));
    // Null and false mean the same; the existing value stays.
    if fields.get("isAWSGovCloudAccount").and_then(Value::as_bool).unwrap_or_default() != spec.gov_cloud {
        fields.insert("isAWSGovCloudAccount".into(), json!(spec.gov_cloud));
    }
    lay_over(fields, "featuresEnabled", &spec.features);
    if let Some(kinds) = &spec.autostopping {
        lay_over(fields, "autostoppingFeatures", kinds);
    }
    if let Some(services) = &spec.commitment {
        lay_over(fields, "commitmentFeatures", services);
    }
    if let Some(report) = spec.report.as_ref().filter(|_| spec.features.contains(&Feature::Billing)) {
        let attributes = object(fields.entry("curAttributes").or_insert(Value::Null));
        attributes.insert("reportName".into(), json!(report.name));
        attributes.insert("s3BucketName".into(), json!(report.bucket));
        if let Some(report_type) = report.report_type {
            attributes.insert("reportType".into(), json!(report_type.word()));
        }
    }
    settings::write(&spec.settings, fields);
}

/// Makes a list contain the desired words, and no other word that this version knows. Remaining words keep their place.
fn lay_over<T: Word + Ord>(fields: &mut Map<String, Value>, key: &str, wanted: &BTreeSet<T>) {
    let mut words = match fields.get_mut(key) {
        Some(Value::Array(words)) => std::mem::take(words),
        // Null and an empty list mean the same; the existing value stays.
        _ if wanted.is_empty() => return,
        _ => Vec::new(),
    };
    let is = |word: &Value, known: &T| word.as_str() == Some(known.word());
    words.retain(|word| wanted.iter().any(|w| is(word, w)) || !T::ALL.iter().any(|known| is(word, known)));
    let missing: Vec<_> = wanted.iter().filter(|w| !words.iter().any(|word| is(word, w))).collect();
    words.extend(missing.into_iter().map(|word| Value::from(word.word())));
    fields.insert(key.into(), Value::Array(words));
}

/// Returns the value as an object; null and any other value becomes an empty one.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made an object above"),
    }
}
