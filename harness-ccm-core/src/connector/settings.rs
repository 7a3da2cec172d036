use serde::{Deserialize, Serialize};

use crate::session::SessionSeconds;

/// The default length of Harness' sessions, in seconds: a newer server writes it.
const DEFAULT_SESSION: i64 = 3_600;

/// Optional settings of a connector. `None` leaves the current value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectorSettings {
    /// The session length of Harness in the account. If it is longer than the role's maximum, which
    /// [`RoleSpec::max_session`](crate::role::RoleSpec::max_session) raises, every assumption of the role fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionSeconds>,
    /// Whether Harness skips connection tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_test: Option<bool>,
}

/// The observed settings of a connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectorSettingsState {
    /// The session length in seconds, if the connector sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<i64>,
    /// Whether Harness skips connection tests.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignore_test: bool,
}

impl ConnectorSettings {
    /// Sets the session length of Harness in the account.
    #[must_use]
    pub fn with_session(mut self, session: SessionSeconds) -> Self {
        self.session = Some(session);
        self
    }

    /// Enables connection tests, if a user disabled them.
    #[must_use]
    pub fn with_connection_tests(mut self) -> Self {
        self.ignore_test = Some(false);
        self
    }

    /// Disables connection tests.
    #[must_use]
    pub fn without_connection_tests(mut self) -> Self {
        self.ignore_test = Some(true);
        self
    }

    /// Returns `state` after these settings are written over it.
    #[must_use]
    pub fn over(&self, state: &ConnectorSettingsState) -> ConnectorSettingsState {
        let Self { session, ignore_test } = self;
        ConnectorSettingsState {
            session: session.map(|session| session.get().into()).or(state.session),
            ignore_test: ignore_test.unwrap_or(state.ignore_test),
        }
    }

    /// Returns the fields of Harness' API that have a value in `state` and none here, by their paths.
    pub(crate) fn unmanaged(&self, state: &ConnectorSettingsState) -> impl Iterator<Item = &'static str> {
        let ConnectorSettingsState { session, ignore_test } = *state;
        let fields = [
            (
                "spec.crossAccountAccess.assumeRoleSessionDuration",
                self.session.is_none() && session.is_some_and(|seconds| seconds != DEFAULT_SESSION),
            ),
            ("spec.ignoreTestConnection", self.ignore_test.is_none() && ignore_test),
        ];
        fields.into_iter().filter_map(|(field, is_unmanaged)| is_unmanaged.then_some(field))
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ConnectorSettingsState {
    /// Sets the session length in seconds, if the connector has one.
    #[must_use]
    pub fn with_session(mut self, seconds: Option<i64>) -> Self {
        self.session = seconds;
        self
    }

    /// Marks connection tests as disabled.
    #[must_use]
    pub fn without_connection_tests(mut self) -> Self {
        self.ignore_test = true;
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u32) -> SessionSeconds {
        seconds.try_into().unwrap()
    }

    #[test]
    fn set_values_are_written_and_unset_ones_stay() {
        let there = ConnectorSettingsState::default().with_session(Some(1800)).without_connection_tests();
        let none = ConnectorSettings::default();
        assert_eq!(none.over(&there), there);
        let session = none.clone().with_session(seconds(7200));
        assert_eq!(session.over(&there), there.clone().with_session(Some(7200)));
        let tested = none.with_connection_tests();
        assert_eq!(tested.over(&there), ConnectorSettingsState::default().with_session(Some(1800)));
    }

    #[test]
    fn settings_without_a_value_are_empty() {
        let settings = ConnectorSettings::default();
        assert!(settings.is_empty());
        assert!(!settings.clone().with_session(seconds(3600)).is_empty());
        assert!(!settings.with_connection_tests().is_empty(), "the setting has a value");
        let state = ConnectorSettingsState::default();
        assert!(state.is_empty());
        assert!(!state.clone().with_session(Some(1)).is_empty());
        assert!(!state.without_connection_tests().is_empty());
    }
}
