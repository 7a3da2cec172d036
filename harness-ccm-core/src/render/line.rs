use super::entry::Mark;

/// The width of a line in columns.
const COLUMNS: usize = 80;

/// The indentation of each level in columns.
const STEP: usize = 4;

/// The beginning of the name of a [setting](crate::setting::Setting) in texts.
const SETTING: &str = "the setting `";

/// A space at which no line is wrapped.
const UNBROKEN: &str = "\u{a0}";

/// A line of a plan for people, before it is wrapped.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) kind: LineKind,
    pub(super) depth: usize,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// A title of the lines below it, preceded by a blank line.
    Title,
    /// An entry with its mark.
    Marked(Mark),
    /// A detail of the line above.
    Plain,
}

impl Line {
    pub(super) fn title(text: impl Into<String>) -> Self {
        Self { kind: LineKind::Title, depth: 0, text: text.into() }
    }

    pub(super) fn marked(mark: Mark, depth: usize, text: impl Into<String>) -> Self {
        Self { kind: LineKind::Marked(mark), depth, text: text.into() }
    }

    pub(super) fn plain(depth: usize, text: impl Into<String>) -> Self {
        Self { kind: LineKind::Plain, depth, text: text.into() }
    }

    /// Returns the text, wrapped at the width of a terminal, without its mark: the first line leaves two columns for that.
    pub(super) fn broken(&self) -> Vec<String> {
        let set_in = " ".repeat(self.depth * STEP);
        let own = self.text.trim_start();
        let deeper = " ".repeat((self.text.len() - own.len()).min(STEP));
        let first = match self.kind {
            LineKind::Marked(_) => format!("{set_in}  "),
            LineKind::Title | LineKind::Plain => format!("{set_in}{deeper}"),
        };
        let next = match self.kind {
            LineKind::Marked(_) => format!("{set_in}    "),
            LineKind::Title => first.clone(),
            LineKind::Plain => format!("{set_in}{deeper}  "),
        };
        let options = textwrap::Options::new(COLUMNS)
            .initial_indent(&first)
            .subsequent_indent(&next)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        // Names that programs replace with their own spelling stay on one line.
        let own = own.replace(SETTING, &SETTING.replace(' ', UNBROKEN));
        let lines = textwrap::wrap(&own, options).into_iter();
        lines.map(|line| line.trim_end().replace(UNBROKEN, " ")).collect()
    }
}
