use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::text;

/// A policy of the account (OPA, on save). It applies to the connectors for which all its conditions hold; without conditions
/// it applies to all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SavePolicy {
    /// The name of the policy in responses.
    pub name: String,
    /// The message of the policy in responses.
    pub message: String,
    /// Condition: the connector's identifier matches this regular expression.
    pub identifier: Option<String>,
    /// Condition: the connector's name does **not** match this regular expression.
    pub name_unlike: Option<String>,
    /// Condition: this feature is enabled.
    pub feature: Option<String>,
    /// Condition: this tag is missing.
    pub missing_tag: Option<String>,
    /// The effect on the save.
    pub effect: PolicyEffect,
}

/// The effect of a policy on the save of a connector to which it applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PolicyEffect {
    /// The save is denied, and the response contains the message of the policy.
    #[default]
    Deny,
    /// The save is done, and the response contains the message of the policy.
    Warn,
    /// The save is not done, and the response contains neither a connector nor a message.
    Silence,
}

impl SavePolicy {
    /// Returns a policy that denies every save, until conditions are set.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into(), ..Self::default() }
    }

    /// Sets the effect on the save; a denial by default.
    #[must_use]
    pub fn with_effect(mut self, effect: PolicyEffect) -> Self {
        self.effect = effect;
        self
    }

    /// Applies the policy only to connectors without this tag.
    #[must_use]
    pub fn requires_tag(mut self, key: impl Into<String>) -> Self {
        self.missing_tag = Some(key.into());
        self
    }

    /// Applies the policy only to connectors with this feature.
    #[must_use]
    pub fn forbids_feature(mut self, feature: impl Into<String>) -> Self {
        self.feature = Some(feature.into());
        self
    }

    /// Applies the policy only to connectors whose identifier matches this regular expression.
    #[must_use]
    pub fn on_identifier(mut self, pattern: impl Into<String>) -> Self {
        self.identifier = Some(pattern.into());
        self
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let patterns = [&self.identifier, &self.name_unlike];
        patterns.into_iter().flatten().try_for_each(|pattern| match Regex::new(pattern) {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(format!("the policy {:?} has an invalid regular expression: {error}", self.name))
            }
        })
    }

    pub(crate) fn is_about(&self, connector: &Value) -> bool {
        let Self { name: _, message: _, identifier, name_unlike, feature, missing_tag, effect: _ } = self;
        // An invalid regular expression matches nothing. Over HTTP, `check` refuses it.
        let like = |pattern: &str, field| {
            Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text(connector, field)))
        };
        let features = connector["spec"]["featuresEnabled"].as_array().map(Vec::as_slice).unwrap_or_default();
        identifier.as_ref().is_none_or(|pattern| like(pattern, "identifier"))
            && name_unlike.as_ref().is_none_or(|pattern| !like(pattern, "name"))
            && feature.as_ref().is_none_or(|feature| features.iter().any(|one| one == feature))
            && missing_tag.as_ref().is_none_or(|key| connector["tags"].get(key).is_none())
    }
}
