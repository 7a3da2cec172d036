use std::ops::Range;

use super::placed::Placed;
use super::{InvalidConfig, Place};
use crate::files::Files;

/// The context for interpreting a parsed file: its text, for places, and the files that it names.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) files: &'a dyn Files,
}

impl Reader<'_> {
    /// The error for a value that is not allowed, at its place.
    pub(super) fn wrong(&self, span: &Range<usize>, problem: impl Into<String>) -> InvalidConfig {
        InvalidConfig::Value { place: Place::of(self.text, span), problem: problem.into() }
    }

    /// The range from byte `at` of a text to its end. The whole text if its spelling in the file differs, as with
    /// escapes.
    pub(super) fn within(&self, value: &Placed<String>, at: usize) -> Range<usize> {
        let (span, text) = (value.span(), value.get_ref());
        let inner = span.start + 1..span.start + 1 + text.len();
        if self.text.get(inner.clone()) == Some(text) { inner.start + at..inner.end } else { span }
    }
}
