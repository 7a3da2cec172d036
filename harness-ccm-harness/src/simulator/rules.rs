//! What Harness accepts as a connector, and what it makes of it.

use harness_ccm_core::id::{ConnectorId, ConnectorName, RoleArn};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome};
use super::store::text;

const FEATURES: [&str; 6] = [
    "BILLING",
    "OPTIMIZATION",
    "VISIBILITY",
    "GOVERNANCE",
    "COMMITMENT_ORCHESTRATOR",
    "CLUSTER_ORCHESTRATOR",
];

/// Checks the fields of a create or update, all together.
pub(super) fn validate(connector: &Value) -> Result<(), Answer> {
    if !text(connector, "type").eq_ignore_ascii_case("CEAws") {
        return Err(Answer::unreadable("Could not resolve type id of the connector"));
    }
    let spec = connector.get("spec").cloned().unwrap_or_default();
    let mut violations = Vec::new();
    let identifier = text(connector, "identifier");
    if identifier.is_empty() {
        violations.push(("identifier", "cannot be empty".to_owned()));
    } else {
        match identifier.parse::<ConnectorId>() {
            Err(_) => violations.push((
                "identifier",
                "can be 128 characters long and can only contain alphanumeric, underscore and $ characters, and not start with a number or $".to_owned(),
            )),
            Ok(id) if id.is_reserved() => {
                violations.push(("identifier", format!("{identifier} is a keyword, so cannot be used")));
            }
            Ok(_) => {}
        }
    }
    let name = text(connector, "name");
    if name.trim().is_empty() {
        violations.push(("name", "cannot be empty.".to_owned()));
    } else if name.parse::<ConnectorName>().is_err() {
        let rule = if name.len() > 128 {
            "cannot be more than 128 characters long."
        } else {
            "can only contain alphanumeric, dot, hyphen, forward slash and underscore characters."
        };
        violations.push(("name", rule.to_owned()));
    }
    let features = features(&spec)?;
    if features.is_empty() {
        violations.push(("spec.featuresEnabled", "FeaturesEnabled can't be empty".to_owned()));
    }
    if text(spec.get("crossAccountAccess").unwrap_or(&Value::Null), "crossAccountRoleArn").is_empty() {
        violations.push(("spec.crossAccountAccess.crossAccountRoleArn", "cannot be empty".to_owned()));
    }
    if violations.is_empty() { Ok(()) } else { Err(Answer::violations(&violations)) }
}

fn features(spec: &Value) -> Result<Vec<String>, Answer> {
    let mut features = Vec::new();
    for feature in
        spec.get("featuresEnabled").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    {
        let feature = feature.as_str().unwrap_or_default();
        if !FEATURES.contains(&feature) {
            return Err(Answer::unreadable(format!(
                "Cannot deserialize value of type CEFeatures from String {feature:?}"
            )));
        }
        features.push(feature.to_owned());
    }
    Ok(features)
}

/// The connector as Harness stores it. Full replacement: what is not in the request becomes null.
pub(super) fn normalise(account: &str, mut connector: Value) -> Outcome {
    let spec = object(connector.get("spec"));
    let access = object(spec.get("crossAccountAccess"));
    let arn = access.get("crossAccountRoleArn").and_then(Value::as_str).unwrap_or_default();
    let Ok(arn) = arn.parse::<RoleArn>() else {
        return Err(Answer::unknown());
    };
    let billing = features(&Value::Object(spec.clone()))?.iter().any(|feature| feature == "BILLING");
    let mut report = spec.get("curAttributes").cloned().unwrap_or_default();
    if billing && !report.is_object() {
        return Err(Answer::invalid(
            "curAttributes should be provided when the features 'BILLING' is enabled.",
        ));
    }
    if spec.get("awsAccountId").and_then(Value::as_str) != Some(arn.account().as_str()) {
        return Err(Answer::invalid("accountId in role arn does not match accountId in overview screen"));
    }
    match &mut report {
        Value::Object(report) if billing => {
            report.insert("region".into(), Value::Null);
            report.insert("s3Prefix".into(), Value::Null);
        }
        report => *report = Value::Null,
    }
    let mut spec = spec;
    spec.insert("awsAccountId".into(), json!(arn.account()));
    spec.insert("curAttributes".into(), report);
    let mut access = access;
    access.entry("externalId").or_insert(Value::Null);
    spec.insert("crossAccountAccess".into(), Value::Object(access));
    spec.entry("isAWSGovCloudAccount").or_insert(Value::Null);

    let mut stored = object(Some(&connector.take()));
    stored.remove("_");
    for scope in ["orgIdentifier", "projectIdentifier", "description"] {
        let value = stored.entry(scope).or_insert(Value::Null);
        if scope != "description" && value.as_str() == Some("") {
            *value = Value::Null;
        }
    }
    if !stored.get("tags").is_some_and(Value::is_object) {
        stored.insert("tags".into(), json!({}));
    }
    stored.insert("type".into(), json!("CEAws"));
    stored.insert("accountIdentifier".into(), json!(account));
    stored.insert("spec".into(), Value::Object(spec));
    Ok(Value::Object(stored))
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}
