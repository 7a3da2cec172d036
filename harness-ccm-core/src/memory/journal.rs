/// One call that a backend in memory received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The operation, such as `put_role`.
    pub operation: &'static str,
    /// What it was about.
    pub subject: String,
    /// Whether it changed something.
    pub write: bool,
}

impl Call {
    pub(super) fn new(operation: &'static str, subject: impl Into<String>, write: bool) -> Self {
        Self { operation, subject: subject.into(), write }
    }
}
