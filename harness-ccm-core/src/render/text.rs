//! A plan as text for a terminal.

use std::fmt;

use super::digest::Digest;
use super::entry::Mark;
use super::line::{Line, LineKind};
use super::{full, sums};
use crate::plan::{Plan, Severity};
use crate::setting::Setting;

/// The maximum number of lines about the accounts of a plan, unless all are requested.
const LINES: usize = 380;

/// A plan as text of 80 columns, the result of [`Plan::render`].
#[derive(Clone, Copy, Debug)]
pub struct PlanText<'a> {
    plan: &'a Plan,
    colour: bool,
    full: bool,
}

impl Plan {
    /// Returns the plan as text for a terminal. The text shows risks first, then every other entry with its accounts, then the
    /// totals. For any number of accounts, the text has at most 400 lines. Entries that do not fit are only counted.
    pub fn render(&self) -> PlanText<'_> {
        PlanText { plan: self, colour: false, full: false }
    }
}

impl PlanText<'_> {
    /// Shows all entries of every account, account by account. The text then has no maximum number of lines.
    #[must_use]
    pub fn full(mut self) -> Self {
        self.full = true;
        self
    }

    /// Adds ANSI colours.
    #[must_use]
    pub fn coloured(mut self) -> Self {
        self.colour = true;
        self
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, line: &Line, is_first: bool) -> fmt::Result {
        if line.kind == LineKind::Title && !is_first {
            writeln!(f)?;
        }
        for (number, text) in line.broken().iter().enumerate() {
            match line.kind {
                LineKind::Title if self.colour => writeln!(f, "\u{1b}[1m{text}\u{1b}[0m")?,
                LineKind::Marked(mark) if number == 0 => {
                    let (before, after) = text.split_at(text.len() - text.trim_start().len());
                    let before = &before[..before.len().saturating_sub(2)];
                    writeln!(f, "{before}{} {after}", self.symbol(mark))?;
                }
                LineKind::Title | LineKind::Marked(_) | LineKind::Plain => writeln!(f, "{text}")?,
            }
        }
        Ok(())
    }

    fn symbol(&self, mark: Mark) -> String {
        let symbol = mark.symbol();
        let code = match mark {
            Mark::Create => "32",
            Mark::Change => "33",
            Mark::Remove | Mark::Finding(Severity::Risk) => "31",
            Mark::Withheld => "35",
            Mark::Finding(_) => "36",
        };
        if self.colour { format!("\u{1b}[{code}m{symbol}\u{1b}[0m") } else { symbol.to_string() }
    }
}

impl fmt::Display for PlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Digest::of(self.plan);
        // Wrapping takes the most time, so lines beyond the limit are not wrapped.
        let fits = |lines: &[Line]| lines.len() <= LINES && lines.iter().map(rows).sum::<usize>() <= LINES;
        let (lines, is_shortened) = if self.full {
            (
                digest.risks().into_iter().chain(full::accounts(self.plan)).chain(digest.about()).collect(),
                false,
            )
        } else {
            let excerpt = digest.fitting(fits);
            (excerpt.lines, excerpt.is_shortened)
        };
        for (number, line) in lines.iter().enumerate() {
            self.write(f, line, number == 0)?;
        }
        if !lines.is_empty() {
            writeln!(f)?;
        }
        for sum in sums::sums(self.plan) {
            self.write(f, &Line::plain(0, sum), false)?;
        }
        if is_shortened {
            let more = format!("Entries that are only counted here are shown with {}.", Setting::Full);
            self.write(f, &Line::plain(0, more), false)?;
        }
        Ok(())
    }
}

/// The number of rows of a line, including the blank one before a title.
fn rows(line: &Line) -> usize {
    line.broken().len() + usize::from(line.kind == LineKind::Title)
}
