/// Options for reading a list of accounts from a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Whether ids of 9 to 11 digits get leading zeros, with a note. Off by default: a number that was read as octal digits, as
    /// YAML does, has lost more than its zeros. A short id is an error in any case if another id in the file still has its
    /// leading zero: that file did not lose zeros.
    pub pad_ids: bool,
}

impl ListOptions {
    /// Pads short ids with zeros.
    #[must_use]
    pub fn with_pad_ids(mut self) -> Self {
        self.pad_ids = true;
        self
    }
}
