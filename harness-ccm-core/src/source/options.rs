/// How a list of accounts in a file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Whether ids of 9 to 11 digits get zeros in front, which is noted. Off by default: a number that was read as octal digits, as
    /// YAML does, has lost more than its zeros. A file in which some id still has its leading zero did not lose any, so a short id
    /// in it is an error in any case.
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
