/// The error for a text that is not a policy document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a policy document: {0}")]
pub struct InvalidPolicy(String);

impl InvalidPolicy {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}
