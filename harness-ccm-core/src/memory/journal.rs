/// One call to a backend in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The operation, such as `put_role`.
    pub operation: &'static str,
    /// The subject of the call.
    pub subject: String,
    /// Whether it was a write.
    pub write: bool,
}

impl Call {
    pub(super) fn new(operation: &'static str, subject: impl Into<String>, write: bool) -> Self {
        Self { operation, subject: subject.into(), write }
    }
}
