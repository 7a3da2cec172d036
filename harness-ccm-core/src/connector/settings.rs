use serde::{Deserialize, Serialize};

use crate::session::SessionSeconds;

/// What a connector may be told beside its role and its features. `None` leaves what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectorSettings {
    /// How long Harness' session in the account lasts. More than the role's own maximum, which
    /// [`RoleSpec::max_session`](crate::role::RoleSpec::max_session) raises, fails every assumption of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionSeconds>,
    /// Whether Harness shall go without connection tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_test: Option<bool>,
}

/// The same as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectorSettingsState {
    /// How many seconds a session in the account lasts, if the connector says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<i64>,
    /// Whether Harness goes without connection tests.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignore_test: bool,
}

impl ConnectorSettings {
    /// Sets how long Harness' session in the account lasts.
    #[must_use]
    pub fn with_session(mut self, session: SessionSeconds) -> Self {
        self.session = Some(session);
        self
    }

    /// Has Harness test connections, where somebody told it to go without.
    #[must_use]
    pub fn with_connection_tests(mut self) -> Self {
        self.ignore_test = Some(false);
        self
    }

    /// Has Harness go without connection tests.
    #[must_use]
    pub fn without_connection_tests(mut self) -> Self {
        self.ignore_test = Some(true);
        self
    }

    /// What `state` becomes when these are written over it.
    #[must_use]
    pub fn over(&self, state: &ConnectorSettingsState) -> ConnectorSettingsState {
        let Self { session, ignore_test } = self;
        ConnectorSettingsState {
            session: session.map(|session| session.get().into()).or(state.session),
            ignore_test: ignore_test.unwrap_or(state.ignore_test),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ConnectorSettingsState {
    /// Sets how many seconds a session lasts, if the connector says so.
    #[must_use]
    pub fn with_session(mut self, seconds: Option<i64>) -> Self {
        self.session = seconds;
        self
    }

    /// Says that Harness goes without connection tests.
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
    fn what_is_set_is_written_and_what_is_not_stays() {
        let there = ConnectorSettingsState::default().with_session(Some(1800)).without_connection_tests();
        let none = ConnectorSettings::default();
        assert_eq!(none.over(&there), there);
        let session = none.clone().with_session(seconds(7200));
        assert_eq!(session.over(&there), there.clone().with_session(Some(7200)));
        let tested = none.with_connection_tests();
        assert_eq!(tested.over(&there), ConnectorSettingsState::default().with_session(Some(1800)));
    }

    #[test]
    fn only_what_says_nothing_is_empty() {
        let settings = ConnectorSettings::default();
        assert!(settings.is_empty());
        assert!(!settings.clone().with_session(seconds(3600)).is_empty());
        assert!(!settings.with_connection_tests().is_empty(), "it is told");
        let state = ConnectorSettingsState::default();
        assert!(state.is_empty());
        assert!(!state.clone().with_session(Some(1)).is_empty());
        assert!(!state.without_connection_tests().is_empty());
    }
}
