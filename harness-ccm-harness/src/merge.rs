//! Puts what is wanted into a connector's JSON and leaves everything else in it alone.

use std::collections::BTreeSet;

use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::feature::{ReportType, Word};
use serde_json::{Map, Value, json};

/// Writes the fields that `spec` models into `connector`, the object as Harness gave it.
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
    // Null and false mean the same; what is there stays as it is written there.
    if fields.get("isAWSGovCloudAccount").and_then(Value::as_bool).unwrap_or_default() != spec.gov_cloud {
        fields.insert("isAWSGovCloudAccount".into(), json!(spec.gov_cloud));
    }
    fields.insert("featuresEnabled".into(), words(&spec.features));
    if let Some(kinds) = &spec.autostopping {
        fields.insert("autostoppingFeatures".into(), words(kinds));
    }
    if let Some(services) = &spec.commitment {
        fields.insert("commitmentFeatures".into(), words(services));
    }
    if let Some(report) = &spec.report {
        let attributes = object(fields.entry("curAttributes").or_insert(Value::Null));
        attributes.insert("reportName".into(), json!(report.name));
        attributes.insert("s3BucketName".into(), json!(report.bucket));
        // A server that does not know the field takes the classic format; so does one that finds it missing.
        if report.report_type != ReportType::Cur1
            || attributes.get("reportType").is_some_and(|seen| !seen.is_null())
        {
            attributes.insert("reportType".into(), json!(report.report_type));
        }
    }
}

fn words<T: Word>(words: &BTreeSet<T>) -> Value {
    words.iter().map(|word| Value::from(word.word())).collect()
}

/// The value as an object; null and anything else that is none becomes an empty one.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made an object above"),
    }
}
