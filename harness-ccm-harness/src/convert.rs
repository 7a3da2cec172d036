//! From the wire to the core's types, and back for a new connector.

use harness_ccm_core::connector::{ConnectorSpec, ConnectorState, CredentialState, Health, ReportState};
use harness_ccm_core::timestamp::Timestamp;
use harness_ccm_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::governance;
use crate::merge::merge;
use crate::unmodelled::unmodelled;
use crate::wire::{CONNECTOR_TYPE, Connector, Record, Spec, Status};

/// A connector of Harness, of whatever type and scope.
pub(crate) enum Seen {
    /// One of ours: type `CEAws` at account scope.
    Ours(Box<ConnectorState>),
    /// Another type or scope, with both in words.
    Other {
        /// Scope and identifier: what tells it from others in a list.
        key: String,
        /// The type.
        kind: String,
    },
}

pub(crate) fn read<T: DeserializeOwned>(operation: &'static str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| {
        Error::new(ErrorKind::Protocol, operation, "the answer has not the documented shape")
            .with_source(error)
    })
}

pub(crate) fn seen(operation: &'static str, record: Record) -> Result<Seen> {
    let Record { connector, created_at, status, governance_metadata } = record;
    let unmodelled = unmodelled(&connector);
    let connector: Connector = read(operation, connector)?;
    let Connector { identifier, name, org_identifier, project_identifier, tags, kind, spec } = connector;
    let [org_identifier, project_identifier] =
        [org_identifier, project_identifier].map(|scope| scope.filter(|scope| !scope.is_empty()));
    if !kind.eq_ignore_ascii_case(CONNECTOR_TYPE) || org_identifier.is_some() || project_identifier.is_some()
    {
        let scope = [org_identifier, project_identifier].map(Option::unwrap_or_default);
        return Ok(Seen::Other { key: format!("{}/{identifier}", scope.join("/")), kind });
    }
    let id = identifier.parse().map_err(|error| {
        Error::new(ErrorKind::Protocol, operation, "Harness names a connector that breaks its own rules")
            .with_source(error)
    })?;
    let spec: Option<Spec> = read(operation, spec)?;
    let spec = spec.unwrap_or_default();
    let mut state = ConnectorState::new(id);
    if let Some(name) = name {
        state.name = name;
    }
    state.settings = spec.settings();
    state.account = spec.aws_account_id.and_then(|account| account.parse().ok());
    if let Some(access) = spec.cross_account_access {
        state.role_arn = access.cross_account_role_arn;
        state.external_id = access.external_id;
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
    state.unmodelled = unmodelled;
    state.created_at = created_at.unwrap_or_default();
    if let Some(status) = status {
        state.health = health(&status);
        state.tested_at = moment(status.tested_at);
        state.passed_at = moment(status.last_connected_at);
    }
    state.policy_warnings = governance_metadata.as_ref().map(governance::warnings).unwrap_or_default();
    Ok(Seen::Ours(Box::new(state)))
}

/// Tags are texts; anything else that may stand there is shown as its JSON.
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

/// What a verdict says in one sentence.
pub(crate) fn summary(status: &Status) -> String {
    let first =
        || status.errors.as_ref()?.iter().find_map(|e| e.message.clone().or_else(|| e.reason.clone()));
    status.error_summary.clone().or_else(first).unwrap_or_else(|| "no reason given".into())
}

/// The body that creates the connector.
pub(crate) fn new_connector(spec: &ConnectorSpec) -> Value {
    let mut connector = json!({ "identifier": spec.id, "type": CONNECTOR_TYPE });
    merge(&mut connector, spec);
    connector
}
