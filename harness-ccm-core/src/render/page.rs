//! A plan as a page for browsers, in one file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::entry::{Mark, Section, Subject};
use super::group::Group;
use super::line::{Line, LineKind};
use super::sums;
use crate::feature::Feature;
use crate::id::AccountId;
use crate::plan::{AccountPlan, Plan, Severity};
use crate::text::visible;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How many lines stand above the table at most.
const LINES: usize = 400;

/// A plan as an HTML page; see [`Plan::page`].
#[derive(Clone, Copy, Debug)]
pub struct PlanPage<'a> {
    plan: &'a Plan,
}

impl Plan {
    /// The plan as one HTML page for a browser: what is done and said in short, and a table of the accounts that can be filtered and
    /// sorted, each with everything that is said of it.
    ///
    /// The page needs no network and may use none: its content security policy allows its own style and script and nothing else.
    pub fn page(&self) -> PlanPage<'_> {
        PlanPage { plan: self }
    }
}

/// What the script of the page reads. Lists refer to each other by position.
#[derive(Serialize)]
struct Data<'a> {
    rules: Vec<Cow<'a, str>>,
    features: Vec<&'static str>,
    states: Vec<&'static str>,
    groups: Vec<Thing<'a>>,
    accounts: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Thing<'a> {
    mark: Sign,
    subject: String,
    remark: String,
    common: &'a [String],
    variants: Vec<&'a [String]>,
}

#[derive(Serialize)]
struct Sign {
    symbol: char,
    name: &'static str,
}

/// Id, name, rule or -1, features, states, the account's connector, and what is said of it: group, variant, and the connector if it
/// is another one.
#[derive(Serialize)]
struct Row<'a>(&'a AccountId, String, i64, Vec<usize>, Vec<usize>, String, Vec<Said>);

#[derive(Serialize)]
struct Said(usize, usize, String);

/// What an account is in, for the filter. It may be in several.
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

    /// The states of an account of which these groups say something.
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

impl<'a> Data<'a> {
    fn of(plan: &'a Plan, groups: &'a [Group<'a>]) -> Self {
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
            let name = visible(account.name().unwrap_or_default()).into_owned();
            let rule = account.rule.as_deref().and_then(|rule| rules.get(rule));
            let rule = rule.and_then(|rule| i64::try_from(*rule).ok()).unwrap_or(-1);
            let wanted =
                account.features.iter().filter_map(|feature| features.get(feature)).copied().collect();
            rows.push(Row(id, name, rule, wanted, Vec::new(), own, said));
        }
        let places = positions(states.iter().flatten().copied());
        for (row, states) in rows.iter_mut().zip(&states) {
            row.4 = states.iter().filter_map(|state| places.get(state)).copied().collect();
        }
        Self {
            rules: rules.into_keys().map(visible).collect(),
            features: features.into_keys().map(Feature::as_str).collect(),
            states: places.into_keys().map(State::name).collect(),
            groups: groups.iter().map(Thing::of).collect(),
            accounts: rows,
        }
    }
}

/// Each of these with its place among them.
fn positions<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let things: BTreeSet<T> = things.collect();
    things.into_iter().zip(0..).collect()
}

impl<'a> Thing<'a> {
    fn of(group: &'a Group<'a>) -> Self {
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
        Self {
            mark: Sign { symbol: group.mark.symbol(), name: class(group.mark) },
            subject,
            remark,
            common: &group.common,
            variants: group.variants.iter().map(|variant| &variant.lines[..]).collect(),
        }
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
        let title = format!("Plan for the Harness account {}", escaped(self.plan.harness_account.as_str()));
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            digest_of(STYLE),
            digest_of(SCRIPT)
        );
        write!(
            f,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        )?;
        for sum in sums::sums(self.plan) {
            writeln!(f, "<p>{}</p>", escaped(&sum))?;
        }
        lines(f, &excerpt.lines)?;
        f.write_str(TABLE)?;
        let data = serde_json::to_string(&Data::of(self.plan, digest.groups())).map_err(|_| fmt::Error)?;
        // Within a script element nothing but its end is special, and no JSON needs this character outside of texts.
        let data = data.replace('<', "\\u003c");
        write!(
            f,
            "<script type=\"application/json\" id=\"plan\">{data}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
        )
    }
}

/// What stands above the table.
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

const TABLE: &str = r#"<h2>Accounts</h2>
<noscript><p>The table of the accounts needs the script of this page.</p></noscript>
<div id="accounts" hidden>
<form id="filters">
<label>Account, name or connector <input id="text" type="search" autocomplete="off"></label>
<label>Rule <select id="rule"><option value="">any</option></select></label>
<label>Feature <select id="feature"><option value="">any</option></select></label>
<label>State <select id="state"><option value="">any</option></select></label>
<label>What is done or said <select id="thing"><option value="">any</option></select></label>
<button type="reset">Clear</button>
</form>
<p id="count" role="status"></p>
<table>
<thead><tr>
<th data-column="id" aria-sort="ascending" scope="col"><button type="button">Account</button></th>
<th data-column="name" scope="col"><button type="button">Name</button></th>
<th data-column="rule" scope="col"><button type="button">Rule</button></th>
<th data-column="features" scope="col"><button type="button">Features</button></th>
<th data-column="states" scope="col"><button type="button">State</button></th>
</tr></thead>
<tbody id="rows"></tbody>
</table>
<button id="more" type="button">Show more</button>
</div>
"#;

/// A text in HTML, between tags or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// How a content security policy names an inline style or script.
fn digest_of(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}
