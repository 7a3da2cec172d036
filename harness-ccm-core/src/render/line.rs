use super::entry::Mark;

/// How many columns a line has.
const COLUMNS: usize = 80;

/// Columns by which each level is set in.
const STEP: usize = 4;

/// How texts begin to speak of a [setting](crate::setting::Setting).
const SETTING: &str = "the setting `";

/// A space at which no line is broken.
const UNBROKEN: &str = "\u{a0}";

/// A line of a plan for people, before it is broken.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) kind: LineKind,
    pub(super) depth: usize,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// What comes under it, of which a blank line goes before.
    Title,
    /// Something that is done or said.
    Marked(Mark),
    /// What belongs to the line above.
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

    /// The text, broken at the width of a terminal, without its mark: the first line leaves two columns for that.
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
        // What programs put their own spelling in place of stays in one piece.
        let own = own.replace(SETTING, &SETTING.replace(' ', UNBROKEN));
        let lines = textwrap::wrap(&own, options).into_iter();
        lines.map(|line| line.trim_end().replace(UNBROKEN, " ")).collect()
    }
}
