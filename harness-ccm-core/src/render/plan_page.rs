//! A plan as a page for browsers, in one file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::digest::Digest;
use super::entry::{Mark, Section, Subject};
use super::group::Group;
use super::line::{Line, LineKind};
use super::table_page::{Column, Filter, Row, Said, Saying, Sign, Table, escaped, positions};
use super::{sums, table_page};
use crate::feature::Feature;
use crate::id::AccountId;
use crate::plan::{AccountPlan, Plan, Severity};
use crate::text::visible;

/// The maximum number of lines above the table.
const LINES: usize = 400;

/// A plan as an HTML page, the result of [`Plan::page`].
#[derive(Clone, Copy, Debug)]
pub struct PlanPage<'a> {
    plan: &'a Plan,
}

impl Plan {
    /// Returns the plan as one HTML page for a browser. The page contains a summary of the entries, and a table of the accounts.
    /// The table shows all entries of each account, and can be filtered and sorted.
    ///
    /// The page loads nothing from a network.
    pub fn page(&self) -> PlanPage<'_> {
        PlanPage { plan: self }
    }
}

/// The state of an account, for the filter. An account may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Said(Section, Option<Mark>),
    InSync,
    LeftOut,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Said(Section::Risks, _) => "risk",
            Self::Said(Section::Problems, _) => "problem",
            Self::Said(Section::Changes, Some(Mark::Create)) => "create",
            Self::Said(Section::Changes, Some(Mark::Remove)) => "remove",
            Self::Said(Section::Changes, _) => "change",
            Self::Said(Section::Incomplete, _) => "incomplete",
            Self::Said(Section::HeldBack, _) => "held back",
            Self::Said(Section::Notes, _) => "note",
            Self::InSync => "in sync",
            Self::LeftOut => "left out",
        }
    }

    /// The states of an account, by the groups that contain it.
    fn of(account: &AccountPlan, said: &[Said], groups: &[Group<'_>]) -> BTreeSet<Self> {
        let said = said.iter().filter_map(|Said(group, ..)| groups.get(*group));
        let mut states: BTreeSet<_> = said
            .map(|group| {
                Self::Said(group.section, Some(group.mark).filter(|_| group.section == Section::Changes))
            })
            .collect();
        if account.skipped.is_some() {
            states.insert(Self::LeftOut);
        } else if !account.in_sync.is_empty() && account.steps.is_empty() && account.withheld.is_empty() {
            states.insert(Self::InSync);
        }
        states
    }
}

fn table<'a>(plan: &'a Plan, groups: &'a [Group<'a>]) -> Table<'a> {
    let rules = positions(plan.accounts.values().filter_map(|account| account.rule.as_deref()));
    let features: BTreeMap<Feature, usize> =
        positions(plan.accounts.values().flat_map(|account| account.features.iter().copied()));
    let mut said: BTreeMap<&AccountId, (String, Vec<Said>)> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        for (variant, of) in group.variants.iter().enumerate() {
            for member in &of.members {
                let own = member.own.map(ToString::to_string).unwrap_or_default();
                let other = member.connector.filter(|_| member.connector != member.own);
                let (_, said) = said.entry(member.id).or_insert_with(|| (own, Vec::new()));
                said.push(Said(number, variant, other.map(ToString::to_string).unwrap_or_default()));
            }
        }
    }
    let mut states: Vec<BTreeSet<State>> = Vec::new();
    let mut rows = Vec::new();
    for (id, account) in &plan.accounts {
        let (own, said) = said.remove(id).unwrap_or_default();
        states.push(State::of(account, &said, groups));
        let cells = vec![Cow::Borrowed(id.as_str()), visible(account.name().unwrap_or_default())];
        let rule = account.rule.as_deref().and_then(|rule| rules.get(rule)).copied();
        let wanted = account.features.iter().filter_map(|feature| features.get(feature)).copied().collect();
        rows.push(Row(cells, vec![rule.into_iter().collect(), wanted], own, said));
    }
    let places = positions(states.iter().flatten().copied());
    for (Row(_, picks, _, said), states) in rows.iter_mut().zip(&states) {
        picks.push(states.iter().filter_map(|state| places.get(state)).copied().collect());
        picks.push(said.iter().map(|Said(group, ..)| *group).collect::<BTreeSet<_>>().into_iter().collect());
    }
    let sayings: Vec<_> = groups.iter().map(saying).collect();
    let filter = |id, label, names| Filter { id, label, names };
    Table {
        columns: vec![
            Column::text("id", "Account"),
            Column::text("name", "Name"),
            Column::filter("rule", "Rule", 0),
            Column::filter("features", "Features", 1),
            Column::filter("states", "State", 2),
        ],
        filters: vec![
            filter("rule", "Rule", rules.into_keys().map(visible).collect()),
            filter(
                "feature",
                "Feature",
                features.into_keys().map(|feature| feature.as_str().into()).collect(),
            ),
            filter("state", "State", places.into_keys().map(|state| state.name().into()).collect()),
            filter("thing", "Step or finding", sayings.iter().map(|saying| saying.name().into()).collect()),
        ],
        groups: sayings,
        rows,
    }
}

fn saying<'a>(group: &'a Group<'a>) -> Saying<'a> {
    let subject = match group.subject {
        Subject::Account => "account".to_owned(),
        Subject::Role(name) => format!("role {name}"),
        Subject::Connector => "connector".to_owned(),
    };
    let remark = match (group.section, group.remark) {
        (Section::Changes, why) => format!("({why})"),
        (_, "") => format!("({})", group.kind),
        (_, remark) => format!("{remark} ({})", group.kind),
    };
    Saying {
        mark: Sign { symbol: group.mark.symbol(), name: class(group.mark) },
        subject,
        remark,
        common: &group.common,
        variants: group.variants.iter().map(|variant| &variant.lines[..]).collect(),
    }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Create => "create",
        Mark::Change => "change",
        Mark::Remove => "remove",
        Mark::Withheld => "withheld",
        Mark::Finding(Severity::Risk) => "risks",
        Mark::Finding(_) => "finding",
    }
}

impl fmt::Display for PlanPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Digest::of(self.plan);
        let excerpt = digest.fitting(|lines| lines.len() <= LINES);
        let title = format!("Plan for the Harness account {}", self.plan.harness_account);
        let above = |f: &mut fmt::Formatter<'_>| {
            for sum in sums::sums(self.plan) {
                writeln!(f, "<p>{}</p>", escaped(&sum))?;
            }
            lines(f, &excerpt.lines)
        };
        table_page::write(f, &title, above, &table(self.plan, digest.groups()))
    }
}

/// The lines above the table.
fn lines(f: &mut fmt::Formatter<'_>, lines: &[Line]) -> fmt::Result {
    let mut is_open = false;
    for line in lines {
        let text = escaped(&line.text);
        match line.kind {
            LineKind::Title => {
                if is_open {
                    f.write_str("</section>\n")?;
                }
                is_open = true;
                let class =
                    if line.text.starts_with(Section::Risks.title()) { " class=\"risk\"" } else { "" };
                writeln!(f, "<section{class}>\n<h2>{}</h2>", text.trim_end_matches(':'))?;
            }
            LineKind::Marked(mark) => writeln!(
                f,
                "<div class=\"marked\"><span class=\"mark {}\">{}</span>{text}</div>",
                class(mark),
                mark.symbol()
            )?,
            LineKind::Plain => writeln!(f, "<div class=\"d{}\">{text}</div>", line.depth.clamp(1, 2))?,
        }
    }
    if is_open { f.write_str("</section>\n") } else { Ok(()) }
}
