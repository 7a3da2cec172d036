use std::collections::BTreeSet;

/// What is to be said of how an account was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remark {
    /// Characters that do not show were left out.
    Invisible,
    /// A word for nothing stands where a value belongs.
    Placeholder,
    /// The path of the units is written in a way that may be read as several paths.
    UnclearPath,
    /// The record ends before the tags, or says that they are null.
    NoTags,
}

/// Each once.
pub(super) type Remarks = BTreeSet<Remark>;
