use std::collections::BTreeSet;

/// A remark about how an account was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remark {
    /// Invisible characters were removed.
    Invisible,
    /// A placeholder was found in place of a value.
    Placeholder,
    /// The unit path is ambiguous.
    UnclearPath,
    /// The record ends before the tags, or the tags are null.
    NoTags,
}

/// Remarks, each once.
pub(super) type Remarks = BTreeSet<Remark>;
