use std::ops::Range;

use super::placed::Placed;
use super::{InvalidConfig, Place};
use crate::files::Files;

/// What it takes to make sense of a parsed file: its text, for places, and the files that it names.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) files: &'a dyn Files,
}

impl Reader<'_> {
    /// A value that makes no sense, at its place.
    pub(super) fn wrong(&self, span: &Range<usize>, problem: impl Into<String>) -> InvalidConfig {
        InvalidConfig::Value { place: Place::of(self.text, span), problem: problem.into() }
    }

    /// From byte `at` of a text to its end. All of it where its spelling in the file is another, as with escapes.
    pub(super) fn within(&self, value: &Placed<String>, at: usize) -> Range<usize> {
        let (span, text) = (value.span(), value.get_ref());
        let inner = span.start + 1..span.start + 1 + text.len();
        if self.text.get(inner.clone()) == Some(text) { inner.start + at..inner.end } else { span }
    }
}
