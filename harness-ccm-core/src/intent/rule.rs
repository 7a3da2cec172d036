use crate::feature::FeatureSet;
use crate::selector::Selector;

/// A rule: a selection of accounts, and the action for these accounts.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let pilot = Selector::all().with_tag("env", TagCondition::is("prod")).with_tag("temporary", TagCondition::Absent);
/// let onboard = Rule::onboard("pilot", pilot, FeatureSet::new().with_visibility());
/// let skip = Rule::skip("sandboxes", Selector::all().with_name("sandbox-*"), "they cost too little");
/// # let _ = (onboard, skip);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// The name of the rule, for people.
    pub name: String,
    /// The conditions that select accounts.
    pub selector: Selector,
    /// The action for the selected accounts.
    pub action: RuleAction,
}

impl Rule {
    /// Makes a rule that onboards the selected accounts with `features`.
    pub fn onboard(name: impl Into<String>, selector: Selector, features: FeatureSet) -> Self {
        Self { name: name.into(), selector, action: RuleAction::Onboard(features) }
    }

    /// Makes a rule that skips the selected accounts, for `reason`.
    pub fn skip(name: impl Into<String>, selector: Selector, reason: impl Into<String>) -> Self {
        Self { name: name.into(), selector, action: RuleAction::Skip(reason.into()) }
    }
}

/// The action of a rule.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RuleAction {
    /// Onboards the account with these features.
    Onboard(FeatureSet),
    /// Skips the account, for this reason.
    Skip(String),
}
