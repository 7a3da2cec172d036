use std::fmt;
use std::ops::Range;

/// A place in an intent file, shown with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text of the line, or what of it is near.
    text: String,
    /// Where in that text it is.
    mark: usize,
    /// How many characters of it are meant.
    length: usize,
}

/// How many characters on either side of a place are shown.
const AROUND: usize = 80;

impl Place {
    /// The place of `span`, in bytes, in `text`.
    pub(super) fn of(text: &str, span: &Range<usize>) -> Self {
        let start = floor(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor(text, span.end.clamp(start, line_end));
        let column = text[line_start..start].chars().count() + 1;
        // Of a line with a thousand ids, what stands around the place.
        let cut = column.saturating_sub(AROUND);
        let shown: String =
            text[line_start..line_end].trim_end().chars().skip(cut).take(2 * AROUND).collect();
        let length = text[start..end].chars().count().clamp(1, AROUND);
        Self { line: before.matches('\n').count() + 1, column, text: shown, mark: column - 1 - cut, length }
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, text, mark, length } = self;
        let margin = line.to_string().len();
        let (before, mark) = (" ".repeat(*mark), "^".repeat(*length));
        write!(
            f,
            "line {line}, column {column}\n{:margin$} |\n{line} | {text}\n{:margin$} | {before}{mark}",
            "", ""
        )
    }
}
