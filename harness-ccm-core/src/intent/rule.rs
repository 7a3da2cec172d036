use crate::feature::FeatureSet;
use crate::selector::Selector;

/// One rule: which accounts it selects, and what happens to them.
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
    /// Its name, for people.
    pub name: String,
    /// The accounts.
    pub selector: Selector,
    /// What happens to them.
    pub action: RuleAction,
}

impl Rule {
    /// Gives these features to the accounts that `selector` selects.
    pub fn onboard(name: impl Into<String>, selector: Selector, features: FeatureSet) -> Self {
        Self { name: name.into(), selector, action: RuleAction::Onboard(features) }
    }

    /// Leaves out the accounts that `selector` selects.
    pub fn skip(name: impl Into<String>, selector: Selector, reason: impl Into<String>) -> Self {
        Self { name: name.into(), selector, action: RuleAction::Skip(reason.into()) }
    }
}

/// The action of a rule.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RuleAction {
    /// The account gets these features.
    Onboard(FeatureSet),
    /// The account is left out, for this reason.
    Skip(String),
}
