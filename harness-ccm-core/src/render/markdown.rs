//! A plan as Markdown, for pull requests.

use std::fmt;

use super::digest::Digest;
use super::entry::Mark;
use super::line::{Line, LineKind};
use super::sums;
use crate::plan::{Counts, Plan};
use crate::setting::Setting;

/// The maximum length of a comment on GitHub, in characters. Bytes are counted here, of which there are never fewer.
const LIMIT: usize = 65_536;

/// Sections of more lines than this are folded.
const FOLDED_FROM: usize = 40;

/// A plan as GitHub-flavoured Markdown, the result of [`Plan::markdown`].
#[derive(Clone, Copy, Debug)]
pub struct PlanMarkdown<'a> {
    plan: &'a Plan,
}

impl Plan {
    /// Returns the plan as Markdown for a pull request, with risks first. The Markdown has at most 65,536 characters, the limit
    /// of GitHub. Entries that do not fit are only counted.
    ///
    /// Texts from outside are in code blocks, in which GitHub interprets no markup, links or mentions. The code blocks have the
    /// language `diff`, so GitHub colours the lines. This language has no colour for `~`, so `!` marks changes.
    pub fn markdown(&self) -> PlanMarkdown<'_> {
        PlanMarkdown { plan: self }
    }
}

impl PlanMarkdown<'_> {
    fn composed(self, lines: &[Line], is_shortened: bool, sums: &[String]) -> String {
        let mut text = self.head();
        let mut sections = Vec::new();
        for line in lines {
            match (&line.kind, sections.last_mut()) {
                (LineKind::Title, _) | (_, None) => sections.push((line.text.as_str(), Vec::new())),
                (_, Some((_, rows))) => rows.extend(rows_of(line)),
            }
        }
        for (title, rows) in sections {
            text.push_str(&section(title.trim_end_matches(':'), &rows));
        }
        for sum in sums {
            text.push_str(sum);
            text.push('\n');
        }
        if is_shortened {
            let more = format!(
                "Entries that are only counted here are shown in the text of the plan with {}.\n",
                Setting::Full
            );
            text.push_str(&more);
        }
        text
    }

    fn head(self) -> String {
        let Counts { create, update, adopt, remove, in_sync, withheld, skipped, .. } = self.plan.counts();
        format!(
            "## Plan for the Harness account `{}`\n\n\
             | create | change | adopt | remove | in sync | withheld | accounts left out |\n\
             |---:|---:|---:|---:|---:|---:|---:|\n\
             | {create} | {update} | {adopt} | {remove} | {in_sync} | {withheld} | {skipped} |\n\n",
            self.plan.harness_account
        )
    }
}

impl fmt::Display for PlanMarkdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Digest::of(self.plan);
        let sums = sums::sums(self.plan);
        let least = |lines: &[Line]| lines.iter().map(|line| line.text.len()).sum::<usize>();
        let fits = |lines: &[Line]| least(lines) <= LIMIT && self.composed(lines, true, &sums).len() <= LIMIT;
        let excerpt = digest.fitting(fits);
        f.write_str(&self.composed(&excerpt.lines, excerpt.is_shortened, &sums))
    }
}

/// A line with the mark that `diff` colours.
fn rows_of(line: &Line) -> Vec<String> {
    let mut rows = line.broken();
    if let (LineKind::Marked(mark), Some(first)) = (line.kind, rows.first_mut()) {
        let symbol = if mark == Mark::Change { '!' } else { mark.symbol() };
        *first = format!("{symbol} {}", first.trim_start());
    }
    rows
}

fn section(title: &str, rows: &[String]) -> String {
    let block = block(rows);
    if rows.len() > FOLDED_FROM {
        // Folding does not hide risks: their section comes first, and its title contains their number.
        format!(
            "<details><summary><b>{title}</b> ({} lines)</summary>\n\n{block}\n</details>\n\n",
            rows.len()
        )
    } else {
        format!("### {title}\n\n{block}\n")
    }
}

/// A code block whose fence is longer than every run of backticks in it.
fn block(rows: &[String]) -> String {
    let runs = rows.iter().flat_map(|row| row.split(|c| c != '`')).map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default().max(2) + 1);
    format!("{fence}diff\n{}\n{fence}\n", rows.join("\n"))
}
