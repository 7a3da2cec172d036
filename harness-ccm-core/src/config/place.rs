use std::fmt;
use std::ops::Range;

use crate::redact::{self, ShownLine};
use crate::text::visible;

/// A place in an intent file. It is shown with its line, which includes the keys but not the values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line as shown, or the part of it near the place.
    shown: ShownLine,
}

/// The number of characters shown on either side of a place.
const AROUND: usize = 80;

impl Place {
    /// The place of `span`, in bytes, in `text`.
    pub(super) fn of(text: &str, span: &Range<usize>) -> Self {
        let start = floor(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let ShownLine { text: line, mark, length } =
            redact::line(text, &(start..floor(text, span.end).max(start)));
        // Long lines are cut to the text around the place.
        let cut = mark.saturating_sub(AROUND);
        let shown = ShownLine {
            text: line.chars().skip(cut).take(2 * AROUND).collect(),
            mark: mark - cut,
            length: length.min(AROUND),
        };
        let column = text[line_start..start].chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column, shown }
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, shown: ShownLine { text, mark, length } } = self;
        let margin = line.to_string().len();
        let (before, mark) = (" ".repeat(*mark), "^".repeat(*length));
        write!(
            f,
            "line {line}, column {column}\n{:margin$} |\n{line} | {}\n{:margin$} | {before}{mark}",
            "",
            printable(text),
            ""
        )
    }
}

/// The line with the same number of characters, so that the mark stays below its place.
fn printable(line: &str) -> String {
    line.chars()
        .map(|c| {
            if c != '\t' && *visible(c.encode_utf8(&mut [0; 4])) != *c.encode_utf8(&mut [0; 4]) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
