use std::collections::BTreeSet;

/// A condition on one tag.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let selector = Selector::all()
///     .with_tag("env", TagCondition::OneOf(["prod".into(), "live".into()].into()))
///     .with_tag("team", TagCondition::Present)
///     .with_tag("temporary", TagCondition::Absent);
/// let account = Account::new("123456789012".parse()?, "web").with_tags([("env", "live"), ("team", "web")]);
/// assert!(selector.matches(&account));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagCondition {
    /// The account has the tag, with any value.
    Present,
    /// The account does not have the tag.
    Absent,
    /// The account has the tag, and the value of the tag is one of these values.
    OneOf(BTreeSet<String>),
}

impl TagCondition {
    /// Requires the tag with exactly this value.
    pub fn is(value: impl Into<String>) -> Self {
        Self::OneOf(BTreeSet::from([value.into()]))
    }

    pub(super) fn holds(&self, value: Option<&String>) -> bool {
        match (self, value) {
            (Self::Present, value) => value.is_some(),
            (Self::Absent, value) => value.is_none(),
            (Self::OneOf(values), Some(value)) => values.contains(value),
            (Self::OneOf(_), None) => false,
        }
    }
}
