//! From the wire to the core's types, and back for a new connector.

use harness_ccm_core::connector::{
    ConnectorSpec, ConnectorState, CredentialState, Health, ReportState, UnreadableConnector,
};
use harness_ccm_core::id::{InvalidId, RoleArn};
use harness_ccm_core::secret::without_keys;
use harness_ccm_core::timestamp::Timestamp;
use harness_ccm_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::governance;
use crate::merge::merge;
use crate::settings::Settings;
use crate::unmodelled::unmodelled;
use crate::wire::{CONNECTOR_TYPE, Connector, Record, Status};

/// A connector of Harness, of any type and scope.
#[derive(Debug)]
pub(crate) enum Seen {
    /// One of ours: type `CEAws` at account scope.
    Ours(Box<ConnectorState>),
    /// One of ours by its type, whose record breaks the rules or has a field of an unknown shape.
    Unreadable(UnreadableConnector),
    /// Another type or scope.
    Other {
        /// The type.
        kind: String,
    },
}

pub(crate) fn read<T: DeserializeOwned>(operation: &'static str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| {
        Error::new(ErrorKind::Protocol, operation, "the answer does not have the documented shape")
            .with_source(error)
    })
}

/// Converts a record. An unreadable record is not an error: a mistake in one record must not end a listing.
pub(crate) fn seen(record: &Value) -> Seen {
    let connector = record.get("connector").unwrap_or(&Value::Null);
    let text = |key| connector.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let is_below = text("orgIdentifier").is_some() || text("projectIdentifier").is_some();
    match connector.get("type").and_then(Value::as_str) {
        Some(kind) if is_below || !kind.eq_ignore_ascii_case(CONNECTOR_TYPE) => {
            Seen::Other { kind: kind.into() }
        }
        _ => match state(record, connector) {
            Ok(state) => Seen::Ours(Box::new(state)),
            Err(note) => Seen::Unreadable(unreadable(connector, note)),
        },
    }
}

/// The key that distinguishes records in a list.
pub(crate) fn key(record: &Value) -> String {
    let connector = record.get("connector").unwrap_or(record);
    match connector.get("identifier") {
        None | Some(Value::Null) => connector.to_string(),
        Some(identifier) => {
            let scope = ["orgIdentifier", "projectIdentifier"].map(|key| {
                let scope = connector.get(key).filter(|scope| scope.as_str() != Some(""));
                scope.unwrap_or(&Value::Null).to_string()
            });
            format!("{}/{identifier}", scope.join("/"))
        }
    }
}

/// The parts of an unreadable record that identify it and its account.
fn unreadable(connector: &Value, note: String) -> UnreadableConnector {
    let identifier = match connector.get("identifier") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(identifier)) => identifier.clone(),
        Some(other) => other.to_string(),
    };
    let account = match connector.pointer("/spec/awsAccountId") {
        Some(Value::String(id)) => id.parse().ok(),
        // A number has lost its leading zeros.
        Some(Value::Number(id)) => format!("{:0>12}", id.to_string()).parse().ok(),
        _ => None,
    };
    let role_arn = connector.pointer("/spec/crossAccountAccess/crossAccountRoleArn").and_then(Value::as_str);
    UnreadableConnector::new(&identifier, note)
        .with_account(account)
        .with_role_arn(role_arn.map(str::to_owned))
}

/// The maximum length of a problem with a field in reports: it may contain anything.
const LONGEST_TELLING: usize = 160;

/// Reads a part of a record, or returns the field with an unknown shape.
fn part<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let told = without_keys(&error.inner().to_string());
        let told: String = told.chars().take(LONGEST_TELLING).collect();
        match error.path().to_string().as_str() {
            "." => format!("the record has an unknown shape ({told})"),
            path => format!("its field {path} has an unknown shape ({told})"),
        }
    })
}

/// An object with fields that are read here. Serde would accept a list instead of one.
const OBJECTS: [&str; 6] = [
    "",
    "/spec",
    "/spec/crossAccountAccess",
    "/spec/curAttributes",
    "/spec/credential",
    "/spec/credential/spec",
];

fn state(record: &Value, connector: &Value) -> Result<ConnectorState, String> {
    if let Some(pointer) =
        OBJECTS.iter().find(|pointer| connector.pointer(pointer).is_some_and(Value::is_array))
    {
        let path = format!("connector{}", pointer.replace('/', "."));
        return Err(format!("its field {path} has an unknown shape (a list)"));
    }
    let Record { created_at, status, governance_metadata } = part(record)?;
    let Connector { identifier, name, tags, spec } = part(connector)?;
    if connector.get("type").and_then(Value::as_str).is_none() {
        return Err("its field type is missing, or is not a text".into());
    }
    let id = identifier.parse().map_err(|error: InvalidId| {
        format!("its identifier breaks the rules of Harness: {}", error.rule())
    })?;
    let settings: Settings = part(connector)?;
    let spec = spec.unwrap_or_default();
    let mut state = ConnectorState::new(id);
    if let Some(name) = name {
        state.name = name;
    }
    state.settings = settings.into();
    state.account = spec.aws_account_id.and_then(|account| account.parse().ok());
    if let Some(access) = spec.cross_account_access {
        state.role_arn = access.cross_account_role_arn;
        state.external_id = access.external_id;
    }
    let named: Option<RoleArn> = state.role_arn.as_deref().and_then(|arn| arn.parse().ok());
    if let (None, Some(role)) = (&state.account, named) {
        // It may be the connector of that account.
        return Err(format!(
            "it names a role of the account {}, and its field awsAccountId is missing or is not an account id",
            role.account()
        ));
    }
    state.features = spec.features_enabled.unwrap_or_default();
    state.autostopping = spec.autostopping_features.unwrap_or_default();
    state.commitment = spec.commitment_features.unwrap_or_default();
    state.report = spec.cur_attributes.map(|report| {
        let (name, bucket) =
            (report.report_name.unwrap_or_default(), report.s3_bucket_name.unwrap_or_default());
        ReportState::new(name, bucket, report.report_type)
    });
    state.credential = spec.credential.map(|credential| {
        CredentialState::new(credential.kind.unwrap_or_default())
            .with_region(credential.region)
            .with_role_arn(credential.spec.and_then(|spec| spec.iam_role_arn))
    });
    state.gov_cloud = spec.gov_cloud.unwrap_or_default();
    state.tags = tags.unwrap_or_default().into_iter().map(|(key, value)| (key, tag(value))).collect();
    state.unmodelled = unmodelled(connector);
    state.created_at = created_at.unwrap_or_default();
    if let Some(status) = status {
        state.health = health(&status);
        state.tested_at = moment(status.tested_at);
        state.passed_at = moment(status.last_connected_at);
    }
    state.policy_warnings = governance_metadata.as_ref().map(governance::warnings).unwrap_or_default();
    Ok(state)
}

/// Tags are texts; any other value is shown as its JSON.
fn tag(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Harness writes 0 for never.
fn moment(milliseconds: Option<i64>) -> Option<Timestamp> {
    milliseconds.filter(|at| *at > 0).and_then(|at| Timestamp::from_unix_milliseconds(at).ok())
}

fn health(status: &Status) -> Health {
    match status.status.as_deref() {
        Some("SUCCESS") => Health::Success,
        Some("PENDING") => Health::Pending,
        Some("FAILURE") => Health::Failure { message: summary(status) },
        _ => Health::Unknown,
    }
}

/// The text of a test result in one sentence.
pub(crate) fn summary(status: &Status) -> String {
    let first =
        || status.errors.as_ref()?.iter().find_map(|e| e.message.clone().or_else(|| e.reason.clone()));
    status.error_summary.clone().or_else(first).unwrap_or_else(|| "no reason given".into())
}

/// Returns the body that creates the connector.
pub(crate) fn new_connector(spec: &ConnectorSpec) -> Value {
    let mut connector = json!({ "identifier": spec.id, "type": CONNECTOR_TYPE });
    merge(&mut connector, spec);
    connector
}
