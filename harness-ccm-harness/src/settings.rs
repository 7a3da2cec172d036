//! The settings of a connector in its JSON: those other than its role and its features.

use harness_ccm_core::connector::{ConnectorSettings, ConnectorSettingsState};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The paths of their fields.
pub(crate) const FIELDS: [&str; 2] =
    ["spec.crossAccountAccess.assumeRoleSessionDuration", "spec.ignoreTestConnection"];

/// A connector, of which only the settings are read.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    #[serde(default)]
    spec: Option<Spec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    cross_account_access: Option<CrossAccountAccess>,
    #[serde(default)]
    ignore_test_connection: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CrossAccountAccess {
    #[serde(default)]
    assume_role_session_duration: Option<i64>,
}

impl From<Settings> for ConnectorSettingsState {
    fn from(Settings { spec }: Settings) -> Self {
        let Spec { cross_account_access, ignore_test_connection } = spec.unwrap_or_default();
        let session = cross_account_access.and_then(|access| access.assume_role_session_duration);
        let settings = Self::default().with_session(session);
        if ignore_test_connection.unwrap_or_default() {
            settings.without_connection_tests()
        } else {
            settings
        }
    }
}

/// Writes the settings into `spec` of a connector, whose field `crossAccountAccess` is an object.
pub(crate) fn write(settings: &ConnectorSettings, spec: &mut Map<String, Value>) {
    if let Some(session) = settings.session
        && let Some(Value::Object(access)) = spec.get_mut("crossAccountAccess")
    {
        access.insert("assumeRoleSessionDuration".into(), json!(session.get()));
    }
    // Null and false mean the same; the existing value stays.
    if let Some(ignore) = settings.ignore_test
        && spec.get("ignoreTestConnection").and_then(Value::as_bool).unwrap_or_default() != ignore
    {
        spec.insert("ignoreTestConnection".into(), json!(ignore));
    }
}
