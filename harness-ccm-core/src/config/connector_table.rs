use serde::{Deserialize, Serialize};

use crate::connector::ConnectorSettings;
use crate::session::SessionSeconds;

/// The keys, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("session-seconds", "ConnectorSettings::with_session"),
    ("ignore-test", "ConnectorSettings::without_connection_tests"),
];

/// Settings of connectors, other than role and features.
#[derive(Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ConnectorTable {
    /// How long Harness' sessions in the accounts last, in seconds; without it, existing values stay. Roles are created and
    /// kept with a maximum session of at least this length.
    session_seconds: Option<SessionSeconds>,
    /// Whether Harness skips connection tests; without it, existing values stay.
    ignore_test: Option<bool>,
}

impl From<&ConnectorSettings> for ConnectorTable {
    fn from(ConnectorSettings { session, ignore_test }: &ConnectorSettings) -> Self {
        Self { session_seconds: *session, ignore_test: *ignore_test }
    }
}

impl From<ConnectorTable> for ConnectorSettings {
    fn from(table: ConnectorTable) -> Self {
        let ConnectorTable { session_seconds, ignore_test } = table;
        Self { session: session_seconds, ignore_test }
    }
}
