use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::text;

/// A policy of the account (OPA, on save) that has something against connectors: those for which all its conditions hold; without
/// any, all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SavePolicy {
    /// Its name, as the answer has it.
    pub name: String,
    /// What it says when it denies.
    pub message: String,
    /// A regular expression that the connector's identifier matches.
    pub identifier: Option<String>,
    /// A regular expression that the connector's name does **not** match.
    pub name_unlike: Option<String>,
    /// A feature that is enabled.
    pub feature: Option<String>,
    /// A tag that is missing.
    pub missing_tag: Option<String>,
    /// What becomes of the save.
    pub effect: PolicyEffect,
}

/// What becomes of a save that a policy has something against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PolicyEffect {
    /// It is denied, in the policy's words.
    #[default]
    Deny,
    /// It is done, and the answer has the policy's words.
    Warn,
    /// It is not done, and the answer has neither a connector nor a word.
    Silence,
}

impl SavePolicy {
    /// A policy that denies everything, until conditions are set.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into(), ..Self::default() }
    }

    /// What becomes of a save that it has something against, in place of a denial.
    #[must_use]
    pub fn with_effect(mut self, effect: PolicyEffect) -> Self {
        self.effect = effect;
        self
    }

    /// Denies connectors without this tag.
    #[must_use]
    pub fn requires_tag(mut self, key: impl Into<String>) -> Self {
        self.missing_tag = Some(key.into());
        self
    }

    /// Denies connectors with this feature.
    #[must_use]
    pub fn forbids_feature(mut self, feature: impl Into<String>) -> Self {
        self.feature = Some(feature.into());
        self
    }

    /// Only connectors whose identifier matches this regular expression.
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
        // One that is no regular expression matches nothing; over HTTP it is refused before.
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
