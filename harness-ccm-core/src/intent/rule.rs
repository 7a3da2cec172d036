use crate::feature::FeatureSet;
use crate::selector::Selector;

/// One rule: which accounts, and what of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, for people.
    pub name: String,
    /// Which accounts.
    pub selector: Selector,
    /// What of them.
    pub verdict: Verdict,
}

impl Rule {
    /// Gives these features to the accounts that `selector` selects.
    pub fn onboard(name: impl Into<String>, selector: Selector, features: FeatureSet) -> Self {
        Self { name: name.into(), selector, verdict: Verdict::Onboard(features) }
    }

    /// Leaves out the accounts that `selector` selects.
    pub fn skip(name: impl Into<String>, selector: Selector, reason: impl Into<String>) -> Self {
        Self { name: name.into(), selector, verdict: Verdict::Skip(reason.into()) }
    }
}

/// What a rule decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The account gets these features.
    Onboard(FeatureSet),
    /// The account is left out, for this reason.
    Skip(String),
}
