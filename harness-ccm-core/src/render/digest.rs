use super::detail::Detail;
use super::entry::{Mark, Section, Subject};
use super::group::{Group, Member, Variant, accounts, unfolded};
use super::line::Line;
use crate::plan::{Plan, Severity};
use crate::text::{number_of, visible};

/// A plan as lines, with repetitions combined.
#[derive(Debug)]
pub(super) struct Digest<'a> {
    plan: &'a Plan,
    groups: Vec<Group<'a>>,
}

/// The part of a digest that is shown.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub(super) lines: Vec<Line>,
    /// Whether something is only counted.
    pub(super) is_shortened: bool,
}

impl<'a> Digest<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        Self { plan, groups: Group::of(plan) }
    }

    pub(super) fn groups(&self) -> &[Group<'a>] {
        &self.groups
    }

    /// As much as fits.
    pub(super) fn fitting(&self, fits: impl Fn(&[Line]) -> bool) -> Excerpt {
        let [most @ .., least] = &Detail::LEVELS;
        let excerpts = most.iter().map(|detail| self.excerpt(detail));
        let fitting = excerpts.into_iter().find(|excerpt| fits(&excerpt.lines));
        fitting.unwrap_or_else(|| self.excerpt(least))
    }

    fn excerpt(&self, detail: &Detail) -> Excerpt {
        let mut excerpt = Excerpt { lines: Vec::new(), is_shortened: false };
        for section in Section::ALL {
            excerpt.section(section, &self.groups, detail);
        }
        excerpt.about(self.plan, detail);
        excerpt
    }

    /// The risks alone, in full.
    pub(super) fn risks(&self) -> Vec<Line> {
        let mut excerpt = Excerpt { lines: Vec::new(), is_shortened: false };
        excerpt.section(Section::Risks, &self.groups, &Detail::FULL);
        excerpt.lines
    }

    /// The notes on rules and listing, and on connectors that belong to no account, in full.
    pub(super) fn about(&self) -> Vec<Line> {
        let mut excerpt = Excerpt { lines: Vec::new(), is_shortened: false };
        excerpt.about(self.plan, &Detail::FULL);
        excerpt.lines
    }
}

impl Excerpt {
    fn section(&mut self, section: Section, groups: &[Group<'_>], detail: &Detail) {
        let groups: Vec<_> = groups.iter().filter(|group| group.section == section).collect();
        if groups.is_empty() {
            return;
        }
        self.lines.push(Line::title(format!("{}:", section.title())));
        let (shown, rest) = groups.split_at(groups.len().min(detail.groups));
        for group in shown {
            self.group(group, detail);
        }
        if !rest.is_empty() {
            let accounts: usize = rest.iter().map(|group| group.members.len()).sum();
            let (entries, times) = (more_entries(rest.len()), number_of(accounts, "time"));
            self.counted(0, &format!("{entries} of this section, {times} in all"));
        }
    }

    fn group(&mut self, group: &Group<'_>, detail: &Detail) {
        let is_said_at_once = group.variants.len() == 1 && group.remark_ends_it() && group.common.len() == 1;
        let heading = group.heading();
        match &group.common[..] {
            [only] if is_said_at_once => {
                let text = format!("{heading}: {}", unfolded(only, &group.members));
                let text = self.cut(&text, detail);
                self.lines.push(Line::marked(group.mark, 0, text));
            }
            lines => {
                self.lines.push(Line::marked(group.mark, 0, cut(&heading, detail)));
                self.said(1, lines, &group.members, detail);
                if group.variants.len() > 1 {
                    self.variants(group, detail);
                }
            }
        }
        if group.section == Section::Changes {
            let names = group.decided.iter().map(|(how, count)| match group.decided.len() {
                1 => how.clone(),
                _ => format!("{how} ({count})"),
            });
            self.names(1, names, detail);
        }
        if group.members.len() > 1 && group.variants.len() == 1 {
            self.members(1, &group.members, detail);
        }
    }

    fn variants(&mut self, group: &Group<'_>, detail: &Detail) {
        let (shown, rest) = group.variants.split_at(group.variants.len().min(detail.variants));
        for Variant { lines, members } in shown {
            let heading = match &members[..] {
                [one] => format!("in {}", one.with_connector()),
                many => format!("in {}", number_of(accounts(many), "account")),
            };
            let nothing_else = if lines.is_empty() { ": nothing else" } else { ":" };
            self.lines.push(Line::plain(1, cut(&format!("{heading}{nothing_else}"), detail)));
            self.said(2, lines, members, detail);
            if members.len() > 1 {
                self.members(2, members, detail);
            }
        }
        if !rest.is_empty() {
            let accounts: usize = rest.iter().map(|variant| accounts(&variant.members)).sum();
            let accounts = match shown {
                [] => number_of(accounts, "account"),
                _ => number_of(accounts, "more account"),
            };
            self.counted(1, &format!("in {accounts}: {}", number_of(rest.len(), "variant")));
        }
    }

    fn said(&mut self, depth: usize, lines: &[String], members: &[Member<'_>], detail: &Detail) {
        for line in lines.iter().take(detail.lines) {
            let text = self.cut(&unfolded(line, members), detail);
            self.lines.push(Line::plain(depth, text));
        }
        if let Some(more) = lines.len().checked_sub(detail.lines).filter(|more| *more > 0) {
            self.counted(depth, &format!("{} more", number_of(more, "line")));
        }
    }

    fn members(&mut self, depth: usize, members: &[Member<'_>], detail: &Detail) {
        self.names(depth, members.iter().map(Member::with_connector), detail);
    }

    fn names(&mut self, depth: usize, names: impl ExactSizeIterator<Item = String>, detail: &Detail) {
        let count = names.len();
        let names: Vec<_> = names.take(detail.names).collect();
        let mut text = names.join(", ");
        if count > names.len() {
            self.is_shortened = true;
            text = format!("{text} and {} more", count - names.len());
        }
        let text = self.cut(&text, detail);
        self.lines.push(Line::plain(depth, text));
    }

    /// Notes for the user that are not about accounts.
    fn about(&mut self, plan: &Plan, detail: &Detail) {
        if plan.unassigned.is_empty() && plan.diagnostics.is_empty() {
            return;
        }
        self.lines.push(Line::title("About rules and listing:"));
        let connectors = plan
            .unassigned
            .iter()
            .map(|connector| format!("connector {connector} belongs to no AWS account: left alone"));
        let diagnostics =
            plan.diagnostics.iter().map(|diagnostic| visible(&diagnostic.to_string()).into_owned());
        let all: Vec<_> = connectors.chain(diagnostics).collect();
        for text in all.iter().take(detail.groups) {
            let text = self.cut(text, detail);
            self.lines.push(Line::marked(Mark::Finding(Severity::Note), 0, text));
        }
        if let Some(more) = all.len().checked_sub(detail.groups).filter(|more| *more > 0) {
            self.counted(0, &format!("{} of this section", more_entries(more)));
        }
    }

    fn counted(&mut self, depth: usize, text: &str) {
        self.is_shortened = true;
        self.lines.push(Line::plain(depth, text));
    }

    fn cut(&mut self, text: &str, detail: &Detail) -> String {
        let cut = cut(text, detail);
        self.is_shortened |= cut.len() < text.len();
        cut
    }
}

impl Group<'_> {
    /// The title of a group, with the number of its accounts.
    fn heading(&self) -> String {
        let count = self.accounts();
        let about = match (&self.subject, &self.members[..]) {
            (Subject::Account, [one]) => format!("account {}", one.shown()),
            (Subject::Account, _) => number_of(count, "account"),
            (_, [one]) => format!("{} in {}", self.subject(), one.shown()),
            _ => format!("{} in {}", self.subject(), number_of(count, "account")),
        };
        match self.section {
            Section::Changes => format!("{about} ({})", self.remark),
            Section::Incomplete | Section::HeldBack => format!("{about} {}", self.remark),
            Section::Risks | Section::Problems | Section::Notes => about,
        }
    }

    /// Whether its only line may follow on the same line.
    fn remark_ends_it(&self) -> bool {
        self.section != Section::Changes
    }
}

fn more_entries(count: usize) -> String {
    if count == 1 { "1 more entry".to_owned() } else { format!("{count} more entries") }
}

fn cut(text: &str, detail: &Detail) -> String {
    match text.char_indices().nth(detail.characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
