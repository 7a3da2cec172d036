//! Harness' validation and normalisation of connectors.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::json::text;
use crate::kinds;
use crate::settings::{Era, Settings, StoredReport};

type Fields = Map<String, Value>;

/// The keywords of Harness' expression language. They are not valid identifiers.
const RESERVED: [&str; 24] = [
    "or",
    "and",
    "eq",
    "ne",
    "lt",
    "gt",
    "le",
    "ge",
    "div",
    "mod",
    "not",
    "null",
    "true",
    "false",
    "new",
    "var",
    "return",
    "step",
    "parallel",
    "stepGroup",
    "org",
    "account",
    "class",
    "shellScriptProvisioner",
];
/// The identifier of Harness' own secret manager.
const BUILT_IN: &str = "harnessSecretManager";

/// The maximum number of tags of a connector.
const MOST_TAGS: usize = 128;

/// The fields of the schema of 2023, by place. The fields of `LATER_` were added until 2026.
const CONNECTOR: &[&str] =
    &["name", "identifier", "description", "orgIdentifier", "projectIdentifier", "tags", "type", "spec"];
const SPEC: &[&str] =
    &["crossAccountAccess", "awsAccountId", "isAWSGovCloudAccount", "featuresEnabled", "curAttributes"];
const LATER_SPEC: &[&str] =
    &["ignoreTestConnection", "autostoppingFeatures", "commitmentFeatures", "credential"];
const ACCESS: &[&str] = &["crossAccountRoleArn", "externalId"];
const LATER_ACCESS: &[&str] = &["assumeRoleSessionDuration"];
const REPORT: &[&str] = &["reportName", "s3BucketName", "region", "s3Prefix"];
const LATER_REPORT: &[&str] = &["reportType"];
/// The fields that only the server sets. It ignores their values in requests.
const OF_THE_SERVER: &[&str] = &["accountIdentifier", "uniqueId", "parentUniqueId"];

/// Returns the connector of a request body.
///
/// `stored` is the stored connector with the same key. The server supports all its fields and enumeration values, even those
/// that are not in the schema. A connector that is inserted through the controls can therefore simulate a newer server.
pub(crate) fn read(body: Value, settings: &Settings, stored: Option<&Value>) -> Result<Value, Answer> {
    let Value::Object(mut body) = body else { return Err(Answer::unreadable("a connector is required")) };
    let connector = match body.remove("connector") {
        Some(Value::Object(connector)) => connector,
        None | Some(Value::Null) => {
            return Err(Answer::violations(&[("connector", "must not be null".to_owned())]));
        }
        Some(_) => return Err(Answer::unreadable("the connector is not an object")),
    };
    let kind = match (connector.get("type"), connector.get("spec")) {
        (Some(Value::String(word)), _) => {
            kinds::kind(word).ok_or_else(|| Answer::unknown_word("type", word))?.to_owned()
        }
        (None | Some(Value::Null), None | Some(Value::Null)) => String::new(),
        _ => return Err(Answer::unreadable("Missing external type id property 'type'")),
    };
    let mut connector = Value::Object(connector);
    if kind == kinds::CE_AWS {
        check_types(&connector, stored)?;
    }
    connector["type"] = if kind.is_empty() { Value::Null } else { json!(kind) };
    let later = settings.era != Era::Y2023;
    Ok(known(&connector, stored, later))
}

/// Refuses fields that cannot be parsed: wrong JSON types, and values that their enumeration does not have.
fn check_types(connector: &Value, stored: Option<&Value>) -> Result<(), Answer> {
    let spec = object(connector.get("spec"), "spec")?;
    let stored = stored.map_or(&Value::Null, |stored| &stored["spec"]);
    let texts = |fields: &Fields, names: &[&str]| {
        names.iter().try_for_each(|name| match fields.get(*name) {
            Some(Value::Array(_) | Value::Object(_)) => {
                Err(Answer::unreadable(format!("{name} needs a string")))
            }
            _ => Ok(()),
        })
    };
    if let Some(fields) = connector.as_object() {
        texts(fields, &["name", "identifier", "description", "orgIdentifier", "projectIdentifier"])?;
    }
    texts(&spec, &["awsAccountId"])?;
    texts(&object(spec.get("crossAccountAccess"), "crossAccountAccess")?, ACCESS)?;
    let report = object(spec.get("curAttributes"), "curAttributes")?;
    texts(&report, REPORT)?;
    let tags = object(connector.get("tags"), "tags")?;
    if tags.values().any(|value| !value.is_string() && !value.is_null()) {
        return Err(Answer::unreadable("tags need strings"));
    }
    if spec.get("isAWSGovCloudAccount").is_some_and(|value| !value.is_boolean() && !value.is_null()) {
        return Err(Answer::unreadable("isAWSGovCloudAccount needs true or false"));
    }
    for (field, words) in [
        ("featuresEnabled", kinds::FEATURES),
        ("autostoppingFeatures", kinds::AUTOSTOPPING),
        ("commitmentFeatures", kinds::COMMITMENT),
    ] {
        let known = stored[field].as_array().map(Vec::as_slice).unwrap_or_default();
        for word in list(spec.get(field), field)? {
            let accepted = word.as_str().is_some_and(|word| words.contains(&word)) || known.contains(word);
            if !accepted {
                return Err(Answer::unknown_word(field, &word.to_string()));
            }
        }
    }
    let one_of = |value: Option<&Value>, before: &Value, field, words: &[&str]| match value {
        None | Some(Value::Null) => Ok(()),
        Some(value) if value.as_str().is_some_and(|word| words.contains(&word)) || value == before => Ok(()),
        Some(other) => Err(Answer::unknown_word(field, &other.to_string())),
    };
    let before = &stored["curAttributes"]["reportType"];
    one_of(report.get("reportType"), before, "reportType", kinds::REPORT_TYPES)?;
    let credential = object(spec.get("credential"), "credential")?;
    one_of(credential.get("type"), &stored["credential"]["type"], "credential", kinds::CREDENTIALS)
}

/// Keeps the sent fields that the server supports: those of the schema and of the stored connector. A field of the stored
/// connector that was not sent becomes null.
fn known(sent: &Value, stored: Option<&Value>, later: bool) -> Value {
    let with = |always: &'static [&'static str], later_ones: &'static [&'static str]| {
        always.iter().chain(later_ones.iter().filter(move |_| later)).copied()
    };
    let stored = stored.unwrap_or(&Value::Null);
    let mut connector = pick(sent, stored, with(CONNECTOR, &[]));
    if text(sent, "type") == kinds::CE_AWS {
        let (sent, stored) = (&sent["spec"], &stored["spec"]);
        let mut spec = pick(sent, stored, with(SPEC, LATER_SPEC));
        for (field, always, later_ones) in
            [("crossAccountAccess", ACCESS, LATER_ACCESS), ("curAttributes", REPORT, LATER_REPORT)]
        {
            if sent[field].is_object() {
                spec[field] = pick(&sent[field], &stored[field], with(always, later_ones));
            }
        }
        connector["spec"] = spec;
    }
    for field in OF_THE_SERVER {
        match (stored.get(*field), connector.as_object_mut()) {
            (Some(kept), Some(connector)) => drop(connector.insert((*field).into(), kept.clone())),
            (None, Some(connector)) => drop(connector.remove(*field)),
            _ => {}
        }
    }
    connector
}

fn pick<'a>(sent: &Value, stored: &Value, schema: impl Iterator<Item = &'a str>) -> Value {
    let (Some(sent), schema) = (sent.as_object(), schema.collect::<Vec<_>>()) else { return sent.clone() };
    let stored = stored.as_object();
    let is_known = |field: &str| schema.contains(&field) || stored.is_some_and(|s| s.contains_key(field));
    let kept =
        sent.iter().filter(|(field, _)| is_known(field)).map(|(field, value)| (field.clone(), value.clone()));
    let mut kept: Fields = kept.collect();
    for field in stored.into_iter().flat_map(Map::keys) {
        kept.entry(field.clone()).or_insert(Value::Null);
    }
    Value::Object(kept)
}

/// Checks the fields of a create or update, and reports all violations together.
pub(crate) fn validate(connector: &Value, settings: &Settings) -> Result<(), Answer> {
    let mut violations = Vec::new();
    let identifier = text(connector, "identifier");
    if identifier.trim().is_empty() {
        violations.push(("identifier", "cannot be empty".to_owned()));
    } else if !is_identifier(identifier) {
        violations.push((
            "identifier",
            "can be 128 characters long and can only contain alphanumeric, underscore and $ characters, and not start with a number or $".to_owned(),
        ));
    } else if RESERVED.contains(&identifier) {
        violations.push(("identifier", format!("{identifier} is a keyword, so cannot be used")));
    }
    let name = text(connector, "name");
    if name.trim().is_empty() {
        violations.push(("name", "cannot be empty.".to_owned()));
    } else if name.chars().count() > 128 {
        violations.push(("name", "cannot be more than 128 characters long.".to_owned()));
    } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_. /".contains(c)) {
        let rule = "can only contain alphanumeric, dot, hyphen, forward slash and underscore characters.";
        violations.push(("name", rule.to_owned()));
    }
    let must_not_be_null = || "must not be null".to_owned();
    if connector["type"].is_null() {
        violations.push(("type", must_not_be_null()));
    }
    let spec = &connector["spec"];
    if spec.is_null() {
        violations.push(("spec", must_not_be_null()));
    } else if text(connector, "type") == kinds::CE_AWS {
        if spec["featuresEnabled"].as_array().is_none_or(Vec::is_empty) {
            violations.push(("featuresEnabled", "FeaturesEnabled can't be empty".to_owned()));
        }
        let access = &spec["crossAccountAccess"];
        let by_token =
            settings.era != Era::Y2023 && text(&spec["credential"], "type") == "OidcAuthentication";
        if access.is_null() && !by_token {
            violations.push(("crossAccountAccess", must_not_be_null()));
        } else if !access.is_null() && access["crossAccountRoleArn"].is_null() {
            violations.push(("crossAccountRoleArn", must_not_be_null()));
        }
        for field in ["reportName", "s3BucketName"] {
            if spec["curAttributes"].is_object() && spec["curAttributes"][field].is_null() {
                violations.push((field, must_not_be_null()));
            }
        }
    }
    if connector["tags"].as_object().is_some_and(|tags| tags.len() > MOST_TAGS) {
        violations.push(("tags", format!("size must be between 0 and {MOST_TAGS}")));
    }
    if !violations.is_empty() {
        return Err(Answer::violations(&violations));
    }
    if identifier == BUILT_IN {
        return Err(Answer::invalid(&format!("{BUILT_IN} cannot be used as identifier of a connector")));
    }
    Ok(())
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
        && text.len() <= 128
}

/// Returns the connector as Harness stores it, or the error of a broken rule of its type.
pub(crate) fn normalise(account: &str, mut connector: Value, settings: &Settings) -> Result<Value, Answer> {
    if text(&connector, "type") == kinds::CE_AWS {
        normalise_spec(&mut connector["spec"], settings)?;
    }
    for scope in ["orgIdentifier", "projectIdentifier"] {
        if text(&connector, scope).is_empty() {
            connector[scope] = Value::Null;
        }
    }
    if connector.get("description").is_none() {
        connector["description"] = Value::Null;
    }
    let tags = connector["tags"].as_object().into_iter().flatten();
    let tags =
        tags.map(|(key, value)| (key.clone(), if value.is_null() { json!("") } else { value.clone() }));
    connector["tags"] = Value::Object(tags.collect());
    connector["accountIdentifier"] = json!(account);
    if settings.newer_fields {
        add_newer_fields(account, &mut connector);
    }
    Ok(connector)
}

fn normalise_spec(spec: &mut Value, settings: &Settings) -> Result<(), Answer> {
    if spec["crossAccountAccess"].is_object() {
        let access = &mut spec["crossAccountAccess"];
        let account = account_of(text(access, "crossAccountRoleArn")).ok_or_else(Answer::unknown)?.to_owned();
        if access.get("externalId").is_none() {
            access["externalId"] = Value::Null;
        }
        if text(spec, "awsAccountId") != account {
            return Err(Answer::invalid("accountId in role arn does not match accountId in overview screen"));
        }
        spec["awsAccountId"] = json!(account);
    } else {
        spec["crossAccountAccess"] = Value::Null;
    }
    let features = spec["featuresEnabled"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !features.iter().any(|feature| feature == "BILLING") {
        spec["curAttributes"] = Value::Null;
    } else if spec["curAttributes"].is_null() {
        return Err(Answer::invalid(
            "curAttributes should be provided when the features 'BILLING' is enabled.",
        ));
    } else {
        let report = &mut spec["curAttributes"];
        let is_it = |one: &&StoredReport| {
            one.name == text(report, "reportName") && one.bucket == text(report, "s3BucketName")
        };
        let found = settings.reports.iter().find(is_it);
        report["region"] = json!(found.map(|report| &report.region));
        report["s3Prefix"] = json!(found.map(|report| &report.prefix));
    }
    if spec.get("isAWSGovCloudAccount").is_none() {
        spec["isAWSGovCloudAccount"] = Value::Null;
    }
    Ok(())
}

/// Returns the account of an ARN. Like AWS' own parser, it requires only that the parts exist.
fn account_of(arn: &str) -> Option<&str> {
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, service, _, account, resource]
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
        {
            Some(account)
        }
        _ => None,
    }
}

/// Adds the fields that servers of 2026 return and the request does not have.
fn add_newer_fields(account: &str, connector: &mut Value) {
    let identifier = text(connector, "identifier").to_owned();
    let mut add = |place: &str, field: &str, value: Value| {
        let place = connector.pointer_mut(place).and_then(Value::as_object_mut);
        place.map(|fields| fields.entry(field).or_insert(value));
    };
    add("", "uniqueId", json!(format!("unique-{identifier}")));
    add("", "parentUniqueId", json!(format!("unique-{account}")));
    add("/spec", "credential", json!({"type": "Default", "region": null, "spec": null}));
    add("/spec", "ignoreTestConnection", json!(false));
    add("/spec", "autostoppingFeatures", json!([]));
    add("/spec", "commitmentFeatures", json!([]));
    add("/spec/crossAccountAccess", "assumeRoleSessionDuration", json!(3600));
    add("/spec/curAttributes", "reportType", json!("CUR1.0"));
}

fn object(value: Option<&Value>, field: &str) -> Result<Fields, Answer> {
    match value {
        None | Some(Value::Null) => Ok(Fields::new()),
        Some(Value::Object(fields)) => Ok(fields.clone()),
        Some(_) => Err(Answer::unreadable(format!("{field} needs an object"))),
    }
}

fn list<'a>(value: Option<&'a Value>, field: &str) -> Result<&'a [Value], Answer> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(Answer::unreadable(format!("{field} needs a list"))),
    }
}
